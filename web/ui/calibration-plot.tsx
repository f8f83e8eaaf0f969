import { type JSX, useMemo } from "react";
import { Chart } from "./chart.tsx";
import { fixed, percent, whole } from "./format.ts";
import { curvePlot } from "./plots.ts";
import { DataTable } from "./table.tsx";
import { type Language, useLanguage, useWords, type Words } from "./words.ts";

/** Chances of about one size that were judged: what was said of them, and what came of it. */
export interface CalibrationBin {
  readonly cases: number;
  /** Mean of what was said. @unit 0..1 */
  readonly said: number;
  /** Share that came true. @unit 0..1 */
  readonly rate: number;
}

export interface CalibrationProps {
  /** Of what; names the file that the table leaves as. */
  readonly head: string;
  readonly bins: readonly CalibrationBin[];
  /** @unit 0..1 */
  readonly ece: number;
}

const WORDS: Words<{
  readonly title: string;
  readonly measured: string;
  readonly perfect: string;
  readonly said: string;
  readonly happened: string;
  readonly cases: string;
  readonly casesOf: (count: string) => string;
  readonly gap: string;
}> = {
  en: {
    title: "Calibration: said against happened",
    measured: "Measured",
    perfect: "Perfect",
    said: "Said",
    happened: "Happened",
    cases: "Judged on",
    casesOf: (count) => `${count} moments`,
    gap: "Gap (points)",
  },
  zh: {
    title: "校准：所说概率与实际发生",
    measured: "实测",
    perfect: "完美",
    said: "所说概率",
    happened: "实际发生",
    cases: "检验样本",
    casesOf: (count) => `${count} 个时刻`,
    gap: "差距（百分点）",
  },
};

/** A reliability diagram: where chances are right in size, the points lie on the dashed line. */
export function CalibrationPlot({ head, bins, ece }: CalibrationProps): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const option = useMemo(() => {
    const rows = rising(bins);
    const most = Math.max(0.01, ...rows.flatMap(({ said, rate }) => [said, rate]));
    return curvePlot(
      [
        {
          name: words.measured,
          points: rows.map(({ said, rate }) => [said, rate] as const),
          notes: rows.map(({ cases }) => words.casesOf(whole(cases, language))),
        },
        {
          name: words.perfect,
          points: [
            [0, 0],
            [most, most],
          ],
          isReference: true,
        },
      ],
      { x: words.said, y: words.happened },
      (value) => percent(value, language, most < 0.1 ? 1 : 0),
    );
  }, [bins, words, language]);
  return (
    <Chart
      name={`${words.title} · ECE ${percent(ece, language)}`}
      option={option}
      height={300}
      table={<CalibrationTable head={head} bins={bins} />}
    />
  );
}

/** The numbers of the diagram, the least likely first. */
export function CalibrationTable({ head, bins }: Omit<CalibrationProps, "ece">): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const share = (id: "said" | "rate", name: string) => ({
    id,
    head: name,
    value: (bin: CalibrationBin) => bin[id],
    cell: (bin: CalibrationBin) => percent(bin[id], language),
  });
  return (
    <DataTable
      name={`${head}-calibration`}
      rows={rising(bins)}
      keyOf={({ nth }) => String(nth)}
      columns={[
        share("said", words.said),
        share("rate", words.happened),
        {
          id: "gap",
          head: words.gap,
          value: gapOf,
          cell: (bin) => signedPoints(gapOf(bin), language),
        },
        {
          id: "cases",
          head: words.cases,
          value: ({ cases }) => cases,
          cell: ({ cases }) => whole(cases, language),
        },
      ]}
      empty={null}
    />
  );
}

/** Numbered, for several may be equal in all else. */
const rising = (bins: readonly CalibrationBin[]): readonly (CalibrationBin & { nth: number })[] =>
  bins.toSorted((a, b) => a.said - b.said).map((bin, nth) => ({ ...bin, nth }));

/** Below 0 where more was said than happened. @unit result percent points */
const gapOf = ({ said, rate }: CalibrationBin): number => 100 * (rate - said);

const signedPoints = (points: number, language: Language): string =>
  fixed(points, language, 1, "exceptZero");
