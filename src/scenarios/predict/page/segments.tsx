import { type JSX, useMemo } from "react";
import type { SegmentForecasts } from "../../../../client/src/made/schemas.ts";
import { Chart } from "../../../../web/ui/chart.tsx";
import { moment, money, percent, whole } from "../../../../web/ui/format.ts";
import { Nothing, Sheet } from "../../../../web/ui/frame.tsx";
import { columnPlot } from "../../../../web/ui/plots.ts";
import { HEADS, named, SEGMENTS } from "../../../../web/ui/scene-words.ts";
import { type Column, DataTable } from "../../../../web/ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";

type Segment = SegmentForecasts["segments"][number];

/** What each segment is expected to do: bars of one chance, a table of all. */
export function Segments({
  forecasts: { segments, asOf },
  head,
}: {
  readonly forecasts: SegmentForecasts;
  readonly head: string;
}): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const heads = useWords(HEADS);
  const names = useWords(SEGMENTS);
  const language = useLanguage();
  const option = useMemo(
    () =>
      columnPlot(
        segments.map(({ segment, chances }) => ({
          name: named(names, segment),
          value: chances[head] ?? 0,
        })),
        { x: words.segment, y: named(heads, head) },
        (value) => percent(value, language, 0),
      ),
    [segments, names, heads, head, words, language],
  );
  const table = (
    <DataTable
      name="segments"
      rows={segments}
      keyOf={({ segment }) => segment}
      columns={useColumns(segments, head)}
      empty={<Nothing title={words.noRows} />}
    />
  );
  return (
    <Sheet title={words.segments} about={words.segmentsNote(moment(asOf, language))}>
      <Chart name={named(heads, head)} option={option} table={table} />
      {table}
    </Sheet>
  );
}

function useColumns(segments: readonly Segment[], head: string): readonly Column<Segment>[] {
  const words = useWords(PREDICT_WORDS);
  const heads = useWords(HEADS);
  const names = useWords(SEGMENTS);
  const language = useLanguage();
  const known = [...new Set(segments.flatMap(({ chances }) => Object.keys(chances)))];
  return [
    { id: "segment", head: words.segment, value: ({ segment }) => named(names, segment) },
    {
      id: "shoppers",
      head: words.shoppers,
      value: ({ shoppers }) => shoppers,
      cell: ({ shoppers }) => whole(shoppers, language),
    },
    {
      id: "expected",
      head: `${words.expected}: ${named(heads, head)}`,
      value: ({ shoppers, chances }) => Math.round(shoppers * (chances[head] ?? 0)),
    },
    ...known.map((name) => chanceColumn(name, named(heads, name), language)),
    {
      id: "value",
      head: words.valueName,
      value: ({ expectedMinor }) => expectedMinor,
      cell: ({ expectedMinor, currency }) => money(expectedMinor, currency, language),
    },
  ];
}

export const chanceColumn = (
  head: string,
  name: string,
  language: Language,
): Column<{ readonly chances: Readonly<Record<string, number>> }> => ({
  id: head,
  head: name,
  value: ({ chances }) => chances[head],
  cell: ({ chances }) => percent(chances[head], language),
});
