import { Select, Text } from "@mantine/core";
import { type JSX, useMemo } from "react";
import { Chart } from "../../ui/chart.tsx";
import { decimal, fixed } from "../../ui/format.ts";
import { Sheet } from "../../ui/frame.tsx";
import { intervalPlot } from "../../ui/plots.ts";
import { named, SOURCES } from "../../ui/scene-words.ts";
import { type Column, DataTable } from "../../ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";
import {
  type Interval,
  meanOf,
  metricsOf,
  ordered,
  partsOf,
  type RankingReport,
  type Scorer,
} from "./ranking-report.ts";

const ROW_PX = 30;

/** What a metric is called, with the length of the list, and what it says. */
export function useMetricWords(): (metric: string) => {
  readonly name: string;
  readonly about: string;
} {
  const { metrics } = useWords(EVALUATE_WORDS);
  return (metric) => {
    const { base, k } = partsOf(metric);
    const { name, about } = metrics[base] ?? { name: base, about: "" };
    return { name: k === "" ? name : `${name}@${k}`, about };
  };
}

/** Chosen once for the page: what its chart, its comparisons and its segments show. */
export function MetricChoice({
  report,
  metric,
  setMetric,
}: {
  readonly report: RankingReport;
  readonly metric: string;
  readonly setMetric: (metric: string) => void;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const wordsOf = useMetricWords();
  return (
    <Select
      label={words.metric}
      description={wordsOf(metric).about}
      data={metricsOf(report).map((value) => ({ value, label: wordsOf(value).name }))}
      value={metric}
      allowDeselect={false}
      onChange={(next) => setMetric(next ?? metric)}
      maw={420}
    />
  );
}

export function Methods({
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
  const { name } = wordsOf(metric);
  const rows = useMemo(() => ordered(report, metric), [report, metric]);
  const option = useMemo(() => {
    const shown = rows.map((scorer) => ({
      name: named(sources, scorer.name),
      ...(scorer.metrics[metric] as Interval),
    }));
    return intervalPlot(shown, name, (value) => decimal(value, language, 3));
  }, [rows, metric, name, sources, language]);
  const table = (
    <DataTable
      name={`${id}-methods`}
      rows={rows}
      keyOf={(scorer) => scorer.name}
      columns={columnsOf(metricsOf(report), (one) => wordsOf(one).name, words, sources, language)}
      empty={null}
    />
  );
  return (
    <Sheet title={words.methods} about={words.methodsNote}>
      <Chart
        name={`${name}: ${wordsOf(metric).about}`}
        option={option}
        height={60 + ROW_PX * rows.length}
        table={table}
      />
      {table}
    </Sheet>
  );
}

function columnsOf(
  metrics: readonly string[],
  nameOf: (metric: string) => string,
  words: (typeof EVALUATE_WORDS)["en"],
  sources: Readonly<Record<string, string>>,
  language: Language,
): readonly Column<Scorer>[] {
  return [
    {
      id: "method",
      head: words.method,
      value: ({ name }) => named(sources, name),
      cell: (scorer) => <MethodName scorer={scorer} />,
    },
    ...metrics.flatMap((metric): Column<Scorer>[] => [
      {
        id: metric,
        head: nameOf(metric),
        value: (scorer) => scorer.metrics[metric]?.mean,
        cell: (scorer) => withHalfWidth(scorer.metrics[metric], language),
      },
      ...(["low", "high"] as const).map(
        (end): Column<Scorer> => ({
          id: `${metric}-${end}`,
          head: `${nameOf(metric)} ${words[end]}`,
          value: (scorer) => scorer.metrics[metric]?.[end],
          isExportOnly: true,
        }),
      ),
    ]),
    {
      id: "seconds",
      head: words.seconds,
      value: ({ seconds }) => seconds,
      cell: ({ seconds }) => decimal(seconds, language, 2),
    },
  ];
}

function MethodName({ scorer }: { readonly scorer: Scorer }): JSX.Element {
  const sources = useWords(SOURCES);
  return (
    <Text size="sm" style={{ whiteSpace: "nowrap" }} fw={scorer.baseline ? 400 : 600}>
      {named(sources, scorer.name)}
    </Text>
  );
}

/** "0.123 ± 0.004" */
export function withHalfWidth(interval: Interval | undefined, language: Language): string {
  if (interval === undefined) return "–";
  const half = (interval.high - interval.low) / 2;
  return `${fixed(interval.mean, language, 3)} ± ${fixed(half, language, 3)}`;
}

/** What the lists of each method are like, apart from being right. */
export function Lists({
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
  const number = (
    of: "coverage" | "gini" | "novelty" | "diversity",
    digits: number,
  ): Column<Scorer> => ({
    id: of,
    head: words[of],
    value: ({ lists }) => lists[of],
    cell: ({ lists }) => fixed(lists[of], language, digits),
  });
  return (
    <Sheet title={words.lists} about={words.listsNote(String(report.scorers[0]?.lists.k ?? ""))}>
      <DataTable
        name={`${id}-lists`}
        rows={ordered(report, metric)}
        keyOf={({ name }) => name}
        columns={[
          { id: "method", head: words.method, value: ({ name }) => named(sources, name) },
          number("coverage", 3),
          number("diversity", 3),
          number("gini", 3),
          number("novelty", 2),
        ]}
        empty={null}
      />
    </Sheet>
  );
}

/** The metric by how much was known of the shopper, for each method. */
export function Segments({
  report,
  metric,
  id,
}: {
  readonly report: RankingReport;
  readonly metric: string;
  readonly id: string;
}): JSX.Element | null {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const sources = useWords(SOURCES);
  const wordsOf = useMetricWords();
  const segments = Object.entries(report.scorers[0]?.segments ?? {});
  if (segments.length === 0) return null;
  return (
    <Sheet title={words.segments} about={words.segmentsNote(wordsOf(metric).name)}>
      <DataTable
        name={`${id}-segments`}
        rows={ordered(report, metric)}
        keyOf={({ name }) => name}
        columns={[
          { id: "method", head: words.method, value: ({ name }) => named(sources, name) },
          ...segments.map(
            ([segment, { cases }]): Column<Scorer> => ({
              id: segment,
              head: `${named(words.segmentNames, segment)} (${cases})`,
              value: (scorer) => meanIn(scorer, segment, metric),
              cell: (scorer) =>
                withHalfWidth(scorer.segments?.[segment]?.metrics[metric], language),
            }),
          ),
        ]}
        empty={null}
      />
    </Sheet>
  );
}

const meanIn = ({ segments }: Scorer, segment: string, metric: string): number | undefined => {
  const found = segments?.[segment];
  return found === undefined ? undefined : meanOf(found, metric);
};
