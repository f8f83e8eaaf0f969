import { Tabs } from "@mantine/core";
import type { JSX } from "react";
import { usePlace } from "../../ui/api.ts";
import { Page } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { useWords } from "../../ui/words.ts";
import { Changes } from "./changes.tsx";
import { Keys } from "./keys.tsx";
import { OwnPassword } from "./own-password.tsx";
import { Retention } from "./retention.tsx";
import { ServerSettings } from "./server-settings.tsx";
import { Shops } from "./shops.tsx";
import { Users } from "./users.tsx";
import { Webhooks } from "./webhooks.tsx";
import { SETTINGS_WORDS } from "./words.ts";

const PARTS = {
  me: OwnPassword,
  users: Users,
  keys: Keys,
  webhooks: Webhooks,
  retention: Retention,
  changes: Changes,
  shops: Shops,
  config: ServerSettings,
};
type Part = keyof typeof PARTS;
/** What others than an owner see. */
const PARTS_OF = { viewer: ["me"], editor: ["me", "webhooks", "changes"] } as const;

/** What is set for the installation, for the shop and for oneself. */
export function Settings(): JSX.Element {
  const words = useWords(SETTINGS_WORDS);
  const { user } = usePlace();
  const [part, setPart] = useAddressState("part", "me");
  const all = Object.keys(PARTS) as Part[];
  const parts: readonly Part[] = user.role === "owner" ? all : PARTS_OF[user.role];
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
