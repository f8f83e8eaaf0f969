import { Alert, Button, Stack } from "@mantine/core";
import type { JSX } from "react";
import type { RecommendDecision, RuleSet } from "../../../../client/src/made/schemas.ts";
import { useAsk } from "../../../../web/ui/api.ts";
import { moment, money } from "../../../../web/ui/format.ts";
import { Answered, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { ItemPicker } from "../../../../web/ui/item-picker.tsx";
import { useAddress } from "../../../../web/ui/links.tsx";
import { csvOf, saveFile } from "../../../../web/ui/table.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { AskForm } from "./ask-form.tsx";
import { lacksItems, requestOf, useListAsked } from "./list-request.ts";
import { ListShown, type ShownItem } from "./list-shown.tsx";
import { PLAYGROUND_WORDS } from "./playground.words.ts";
import { RuleSteps } from "./rule-steps.tsx";
import { Why } from "./why.tsx";

/** The list of a shopper at this moment, under the rules in force, each item with its why. */
export function Playground({ rules }: { readonly rules: RuleSet }): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const [asked, change] = useListAsked();
  const [{ why = "" }, set] = useAddress();
  const request = requestOf(asked);
  const lacks = lacksItems(asked);
  const answer = useAsk(
    ["list", request, rules.version],
    (client) => client.recommendations.previewRules({ request, rules: rules.rules }),
    { enabled: !lacks },
  );
  const explain = (item: string): void => set({ why: item });
  return (
    <Stack gap="lg">
      <AskForm asked={asked} change={change} />
      {lacks ? (
        <Sheet>
          <Nothing title={words.needsItems}>{words.needsItemsNote}</Nothing>
        </Sheet>
      ) : (
        <Answered of={answer} height={420}>
          {(preview) => (
            <>
              <TheList
                decision={{ ...preview.then, rules: rules.version }}
                again={() => void answer.refetch()}
                isAsking={answer.isFetching}
                onWhy={explain}
              />
              <Sheet title={words.whyNot} about={words.whyNotNote}>
                <ItemPicker label={words.item} onPick={({ item }) => explain(item)} />
              </Sheet>
              <RuleSteps preview={preview} />
            </>
          )}
        </Answered>
      )}
      <Why item={why} request={request} onClose={() => set({ why: "" })} />
    </Stack>
  );
}

function TheList({
  decision,
  again,
  isAsking,
  onWhy,
}: {
  readonly decision: RecommendDecision;
  readonly again: () => void;
  readonly isAsking: boolean;
  readonly onWhy: (item: string) => void;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const language = useLanguage();
  const { items, asOf, model, rules, notices, surface } = decision;
  return (
    <Sheet
      title={words.list}
      about={words.asOf(moment(asOf, language), model ?? words.noModel, rules)}
      actions={
        <>
          <SaveList items={items} name={surface} />
          <Button variant="default" size="compact-sm" onClick={again} loading={isAsking}>
            {words.again}
          </Button>
        </>
      }
    >
      {notices.length === 0 ? null : (
        <Alert variant="light" color="blue" mb="sm">
          {notices.join(" · ")}
        </Alert>
      )}
      <ListShown items={items} onWhy={onWhy} />
    </Sheet>
  );
}

const SAVE = { en: { csv: "Export CSV" }, zh: { csv: "导出 CSV" } };

function SaveList({
  items,
  name,
}: {
  readonly items: readonly ShownItem[];
  readonly name: string;
}): JSX.Element {
  const words = useWords(PLAYGROUND_WORDS);
  const { csv } = useWords(SAVE);
  const language = useLanguage();
  const save = (): void => {
    const text = csvOf(items, [
      { id: "place", head: words.place, value: ({ position }) => position + 1 },
      { id: "item", head: words.item, value: ({ item }) => item },
      { id: "title", head: "title", value: ({ title }) => title },
      {
        id: "price",
        head: words.price,
        value: ({ priceMinor, currency }) => money(priceMinor, currency, language),
      },
      { id: "score", head: words.score, value: ({ score }) => score },
      {
        id: "reasons",
        head: words.reasons,
        value: ({ reasons }) => reasons.map((reason) => reason.text).join("; "),
      },
      { id: "rules", head: words.byRules, value: ({ rules }) => rules.join(" ") },
    ]);
    saveFile(`${name}.csv`, text, "text/csv");
  };
  return (
    <Button variant="default" size="compact-sm" onClick={save} disabled={items.length === 0}>
      {csv}
    </Button>
  );
}
