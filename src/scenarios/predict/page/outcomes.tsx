import { Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { JSX } from "react";
import type { PredictOutcomes } from "../../../../client/src/made/schemas.ts";
import { useAsk, usePlace } from "../../../../web/ui/api.ts";
import { dayOf, decimal, fixed, money, percent, whole } from "../../../../web/ui/format.ts";
import { Answered, Notes, Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { LongWork } from "../../../../web/ui/long-work.tsx";
import { HEADS, named } from "../../../../web/ui/scene-words.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";

const DAY_MS = 86_400_000;

type Head = PredictOutcomes["heads"][number];
type Value = PredictOutcomes["values"][number];

/** What was put on record, and how it came true. */
export function Outcomes(): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const { shop } = usePlace();
  const queries = useQueryClient();
  const outcomes = useAsk(["predict", "outcomes"], (client) =>
    client.predictions.predictOutcomes({}),
  );
  const record = (
    <LongWork
      kind="record-predictions"
      label={words.record}
      begin={(client) => client.predictions.recordPredictions({})}
      onEnd={() => void queries.invalidateQueries({ queryKey: [shop.id, "predict", "outcomes"] })}
    />
  );
  return (
    <Sheet title={words.outcomes} about={words.outcomesNote} actions={record}>
      <Answered of={outcomes}>{(found) => <Came found={found} />}</Answered>
    </Sheet>
  );
}

function Came({ found }: { readonly found: PredictOutcomes }): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const { models } = found;
  if (models.length === 0) return <Nothing title={words.noRecord}>{words.noRecordNote}</Nothing>;
  const told = models.map(({ model, recorded, firstAt, lastAt }) =>
    words.onRecord(
      model,
      whole(recorded, language),
      dayOf(firstAt, language),
      dayOf(lastAt, language),
    ),
  );
  const firstAt = Math.min(...models.map((one) => one.firstAt));
  return (
    <>
      {found.heads.length === 0 ? (
        <Nothing title={words.tooEarly}>
          {words.tooEarlyNote(dayOf(firstAt + DAY_MS, language))}
        </Nothing>
      ) : (
        <Judged found={found} />
      )}
      <Notes title={words.onRecordTitle} notes={told} />
    </>
  );
}

function Judged({ found }: { readonly found: PredictOutcomes }): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  return (
    <>
      <DataTable
        name="outcomes"
        rows={found.heads}
        keyOf={({ head, days }) => `${head} ${days}`}
        columns={useColumns()}
        empty={<Nothing title={words.tooEarly} />}
      />
      <Text size="sm" c="dimmed" mt="xs">
        {words.judgedOf(whole(found.judged, language))}
      </Text>
      {found.values.map((value) => (
        <Spent key={value.days} of={value} />
      ))}
    </>
  );
}

function Spent({ of }: { readonly of: Value }): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const { days, cases, currency, expectedMinor, paidMinor, gini } = of;
  return (
    <Text size="sm" mt="xs">
      {words.spent(
        days,
        whole(cases, language),
        money(paidMinor, currency, language),
        money(expectedMinor, currency, language),
        fixed(gini, language, 2),
      )}
    </Text>
  );
}

function useColumns(): readonly Column<Head>[] {
  const words = useWords(PREDICT_WORDS);
  const heads = useWords(HEADS);
  const language = useLanguage();
  const count = (id: string, head: string, value: (of: Head) => number): Column<Head> => ({
    ...{ id, head, value },
    cell: (of) => whole(Math.round(value(of)), language),
  });
  return [
    { id: "head", head: words.what, value: ({ head }) => named(heads, head) },
    {
      id: "days",
      head: words.horizon,
      value: ({ days }) => days,
      cell: ({ days }) => words.within(days),
    },
    count("cases", words.over, ({ cases }) => cases),
    count("expected", words.expected, ({ expected }) => expected),
    count("happened", words.happened, ({ happened }) => happened),
    {
      id: "auc",
      head: words.auc,
      value: ({ judged }) => judged?.overall.auc ?? null,
      cell: ({ judged }) => fixed(judged?.overall.auc, language, 3),
    },
    {
      id: "ece",
      head: words.ece,
      value: ({ judged }) => judged?.overall.ece ?? null,
      cell: ({ judged }) => percent(judged?.overall.ece, language),
    },
    {
      id: "lift",
      head: words.firstTenth,
      value: ({ lift: [first] }) => first?.lift ?? null,
      cell: ({ lift: [first] }) => decimal(first?.lift, language, 1),
    },
  ];
}
