import { Tabs } from "@mantine/core";
import type { JSX } from "react";
import { usePlace } from "../../ui/api.ts";
import { Page } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { useWords } from "../../ui/words.ts";
import { Keys } from "./keys.tsx";
import { OwnPassword } from "./own-password.tsx";
import { ServerSettings } from "./server-settings.tsx";
import { Shops } from "./shops.tsx";
import { Users } from "./users.tsx";
import { SETTINGS_WORDS } from "./words.ts";

const PARTS = { me: OwnPassword, users: Users, keys: Keys, shops: Shops, config: ServerSettings };
type Part = keyof typeof PARTS;
const OWN: readonly Part[] = ["me"];

/** What is set for the installation and for oneself; all but the latter is the owner's. */
export function Settings(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const { user } = usePlace();
  const [part, setPart] = useAddressState("part", "me");
  const parts = (Object.keys(PARTS) as Part[]).filter(
    (name) => user.role === "owner" || OWN.includes(name),
  );
  return (
    <Page title={words.title} about={words.about}>
      <Tabs value={part} onChange={(next) => setPart(next ?? "me")} keepMounted={false}>
        <Tabs.List>
          {parts.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {words.tabs[name]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map((name) => {
          const Content = PARTS[name];
          return (
            <Tabs.Panel key={name} value={name} pt="md">
              <Content />
            </Tabs.Panel>
          );
        })}
      </Tabs>
    </Page>
  );
}
