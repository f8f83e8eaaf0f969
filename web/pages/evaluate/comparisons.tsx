import { Text } from "@mantine/core";
import { type JSX, useMemo } from "react";
import { Chart } from "../../ui/chart.tsx";
import { decimal, fixed } from "../../ui/format.ts";
import { Nothing, Sheet } from "../../ui/frame.tsx";
import { intervalPlot } from "../../ui/plots.ts";
import { named, SOURCES } from "../../ui/scene-words.ts";
import { type Column, DataTable } from "../../ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";
import { useMetricWords } from "./methods.tsx";
import type { Comparison, RankingReport } from "./ranking-report.ts";

type Texts = (typeof EVALUATE_WORDS)["en"];

const CHANCE_MOST = 0.05;
const ROW_PX = 30;

/** Whether the methods differ from the best single one by more than chance. */
export function Comparisons({
  report,
  metric,
  id,
}: {
  readonly report: RankingReport;
  readonly metric: string;
  readonly id: string;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const sources = useWords(SOURCES);
  const wordsOf = useMetricWords();
  const rows = useMemo(
    () =>
      report.comparisons
        .filter((one) => one.metric === metric)
        .toSorted((a, b) => b.difference.mean - a.difference.mean),
    [report, metric],
  );
  const option = useMemo(
    () =>
      intervalPlot(
        rows.map(({ scorer, difference }) => ({ name: named(sources, scorer), ...difference })),
        words.difference,
        (value) => signed(value, language),
      ),
    [rows, sources, words, language],
  );
  const baseline = report.comparisons[0]?.baseline;
  const columns = columnsOf(words, sources, language);
  const table = (
    <DataTable
      name={`${id}-comparisons`}
      rows={rows}
      keyOf={({ scorer }) => scorer}
      columns={columns}
      empty={
        <Nothing title={report.comparisons.length === 0 ? words.noComparison : words.notCompared} />
      }
    />
  );
  const about = baseline === undefined ? undefined : words.againstNote(named(sources, baseline));
  return (
    <Sheet title={words.against} about={about}>
      {rows.length === 0 ? null : (
        <Chart
          name={`${wordsOf(metric).name}: ${words.difference}`}
          option={option}
          height={60 + ROW_PX * rows.length}
          table={table}
        />
      )}
      {table}
    </Sheet>
  );
}

function columnsOf(
  words: Texts,
  sources: Readonly<Record<string, string>>,
  language: Language,
): readonly Column<Comparison>[] {
  return [
    { id: "method", head: words.method, value: ({ scorer }) => named(sources, scorer) },
    {
      id: "difference",
      head: words.difference,
      value: ({ difference }) => difference.mean,
      cell: ({ difference }) => signed(difference.mean, language),
    },
    {
      id: "low",
      head: words.interval,
      value: ({ difference }) => difference.low,
      cell: ({ difference }) =>
        `${signed(difference.low, language)} … ${signed(difference.high, language)}`,
    },
    {
      id: "high",
      head: words.high,
      value: ({ difference }) => difference.high,
      isExportOnly: true,
    },
    {
      id: "p",
      head: words.chance,
      value: ({ p }) => p,
      cell: ({ p }) => (p < 0.001 ? "< 0.001" : decimal(p, language, 2)),
    },
    {
      id: "verdict",
      head: words.verdict,
      value: (row) => verdictOn(row, words),
      cell: (row) => <Text size="sm">{verdictOn(row, words)}</Text>,
    },
  ];
}

function verdictOn({ p, difference }: Comparison, words: Texts): string {
  if (p >= CHANCE_MOST) return words.alike;
  return difference.mean > 0 ? words.better : words.worse;
}

const signed = (value: number, language: Language): string =>
  fixed(value, language, 4, "exceptZero");
