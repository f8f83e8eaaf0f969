import { Progress, Stack, Text } from "@mantine/core";
import type { JSX } from "react";
import { isProblem } from "../../../client/src/index.ts";
import type { PredictDecision } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { fixed, percent } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { PageLink } from "../../ui/links.tsx";
import { EVENTS, HEADS, named } from "../../ui/scene-words.ts";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SHOPPER_WORDS } from "./words.ts";

type Chance = PredictDecision["chances"][number];

/** The chances of one shopper, each with what moved it. */
export function Forecast({ shopper }: { readonly shopper: string }): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const language = useLanguage();
  const ask = { shopper, explain: true, locale: language } as const;
  const forecast = useAsk(["predict", ask], (client) => client.predictions.predict(ask));
  const isUntrained = isProblem(forecast.error) && forecast.error.code === "no-model";
  return (
    <Sheet title={words.state} about={words.stateNote}>
      {isUntrained ? (
        <Nothing title={words.noState}>
          {words.noStateNote} <PageLink to="/predict">{words.predicted}</PageLink>
        </Nothing>
      ) : (
        <Answered of={forecast}>{({ chances }) => <Chances chances={chances} />}</Answered>
      )}
    </Sheet>
  );
}

function Chances({ chances }: { readonly chances: readonly Chance[] }): JSX.Element {
  const words = useWords(SHOPPER_WORDS);
  const heads = useWords(HEADS);
  const said = useSaid();
  const language = useLanguage();
  return (
    <DataTable
      name="chances"
      rows={chances}
      keyOf={({ head }) => head}
      columns={[
        {
          id: "head",
          head: words.head,
          value: ({ head }) => named(heads, head),
        },
        {
          id: "chance",
          head: words.chance,
          value: ({ probability }) => probability,
          cell: ({ head, probability }) => (
            <Stack gap={2} miw={90}>
              {percent(probability, language)}
              <Progress value={100 * probability} aria-label={named(heads, head)} />
            </Stack>
          ),
        },
        {
          id: "usual",
          head: words.usual,
          value: ({ usual }) => usual,
          cell: ({ usual }) => percent(usual, language),
        },
        {
          id: "moved",
          head: words.moved,
          value: ({ reasons }) => reasons.map(said).join("; "),
          cell: ({ reasons }) => (
            <Text size="sm">{reasons.slice(0, 2).map(said).join("; ") || "–"}</Text>
          ),
        },
      ]}
      empty={null}
    />
  );
}

/** "Looked at tea: +3.1 points", in the reader's language. */
function useSaid(): (reason: Chance["reasons"][number]) => string {
  const words = useWords(SHOPPER_WORDS);
  const events = useWords(EVENTS);
  const language = useLanguage();
  return ({ event, group = "", part }) =>
    words.part(
      `${named(events, event)} ${group}`.trim(),
      fixed(100 * part, language, 1, "exceptZero"),
    );
}
