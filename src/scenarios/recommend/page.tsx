import { Tabs } from "@mantine/core";
import type { JSX } from "react";
import { useAsk } from "../../../web/ui/api.ts";
import { Answered, Page } from "../../../web/ui/frame.tsx";
import { useAddress } from "../../../web/ui/links.tsx";
import { useWords } from "../../../web/ui/words.ts";
import { Experiment } from "./page/experiment.tsx";
import { Playground } from "./page/playground.tsx";
import { PLAYGROUND_WORDS } from "./page/playground.words.ts";
import { Rules } from "./page/rules.tsx";

/** What shoppers are shown, why, the rules by which the shop has its say, and what is on trial. */
export function RecommendPage(): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const [{ tab = "list" }, set] = useAddress();
  const rules = useAsk(["rules"], (client) => client.rules.getRules());
  return (
    <Page title={words.title} about={words.about}>
      <Tabs
        value={tab}
        onChange={(next) => set({ tab: next === "list" ? "" : (next ?? ""), rule: "", why: "" })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="list">{words.tabs.list}</Tabs.Tab>
          <Tabs.Tab value="rules">{words.tabs.rules}</Tabs.Tab>
          <Tabs.Tab value="experiment">{words.tabs.experiment}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="list">
          <Answered of={rules}>{(set) => <Playground rules={set} />}</Answered>
        </Tabs.Panel>
        <Tabs.Panel value="rules">
          <Answered of={rules}>{(set) => <Rules rules={set} />}</Answered>
        </Tabs.Panel>
        <Tabs.Panel value="experiment">
          <Experiment />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
