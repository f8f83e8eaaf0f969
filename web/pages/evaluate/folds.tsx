import { type JSX, useMemo } from "react";
import { fixed, moment, whole } from "../../ui/format.ts";
import { Notes, Sheet } from "../../ui/frame.tsx";
import { named, SOURCES } from "../../ui/scene-words.ts";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";
import { useMetricWords } from "./methods.tsx";
import type { Fold, RankingReport, Spread } from "./ranking-report.ts";

const PLACES = 4;

interface Row extends Spread {
  readonly method: string;
  /** One for each fold. */
  readonly means: readonly number[];
}

/** Of an evaluation in folds: each method in each, their mean, and how far they lie apart. */
export function Folds({
  report: { folds = [], spread = {} },
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
  const rows = useMemo(() => rowsOf(folds, spread, metric), [folds, spread, metric]);
  if (folds.length === 0) return null;
  const number = (value: number): string => fixed(value, language, PLACES);
  const columns: readonly Column<Row>[] = [
    { id: "method", head: words.method, value: ({ method }) => named(sources, method) },
    {
      id: "mean",
      head: words.mean,
      value: ({ mean }) => mean,
      cell: ({ mean, deviation }) => `${number(mean)} ± ${number(deviation)}`,
    },
    {
      id: "deviation",
      head: words.deviation,
      value: ({ deviation }) => deviation,
      isExportOnly: true,
    },
    ...folds.map(
      (_, fold): Column<Row> => ({
        id: `fold-${fold}`,
        head: words.foldHead(fold + 1),
        value: ({ means }) => means[fold],
        cell: ({ means }) => number(means[fold] as number),
      }),
    ),
  ];
  const said = folds.map(({ protocol, cases }, fold) => {
    const [, ...span] = /from (\S+) to (\S+)$/.exec(protocol) ?? [];
    const dates = span.map((text) => moment(Date.parse(`${text}Z`), language));
    const asked = `${words.foldHead(fold + 1)}: ${words.foldCases} ${whole(cases, language)}`;
    return dates.length === 0 ? asked : `${asked} · ${dates.join(" – ")}`;
  });
  return (
    <Sheet title={words.foldsTitle} about={words.foldsNote(wordsOf(metric).name)}>
      <DataTable
        name={`${id}-folds`}
        rows={rows}
        keyOf={({ method }) => method}
        columns={columns}
        empty={null}
      />
      <Notes title={words.folds} notes={said} />
    </Sheet>
  );
}

/** Best first. */
function rowsOf(
  folds: readonly Fold[],
  spread: NonNullable<RankingReport["spread"]>,
  metric: string,
): readonly Row[] {
  return Object.entries(spread)
    .map(([method, metrics]) => ({
      method,
      ...(metrics[metric] ?? { mean: 0, deviation: 0 }),
      means: folds.map(({ means }) => means[method]?.[metric] ?? 0),
    }))
    .toSorted((a, b) => b.mean - a.mean);
}
