import { type JSX, useMemo } from "react";
import type { PredictReport } from "../../../../client/src/made/schemas.ts";
import { Chart } from "../../../../web/ui/chart.tsx";
import { decimal, fixed, percent, whole } from "../../../../web/ui/format.ts";
import { columnPlot, curvePlot } from "../../../../web/ui/plots.ts";
import { DataTable } from "../../../../web/ui/table.tsx";
import { useLanguage, useWords } from "../../../../web/ui/words.ts";
import { PREDICT_WORDS } from "./predict.words.ts";

export type HeadReport = PredictReport["heads"][number];

interface PlotProps {
  readonly of: HeadReport;
}

/** Who begins with the likeliest finds so many of all. */
export function GainPlot({ of }: PlotProps): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const option = useMemo(
    () =>
      curvePlot(
        [
          { name: words.model, points: [[0, 0], ...of.lift.map(gained)] },
          {
            name: words.random,
            points: [
              [0, 0],
              [1, 1],
            ],
            isReference: true,
          },
        ],
        { x: words.gainAxis, y: words.found },
        (value) => percent(value, language, 0),
      ),
    [of, words, language],
  );
  return <Chart name={words.gain} option={option} height={300} table={<LiftTable of={of} />} />;
}

const gained = ({ share, gain }: HeadReport["lift"][number]): readonly [number, number] => [
  share,
  gain,
];

/** How much likelier each part is than all. */
export function LiftPlot({ of }: PlotProps): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  const option = useMemo(
    () =>
      columnPlot(
        of.lift.map(({ lift }, at) => ({ name: String(at + 1), value: lift })),
        { x: words.liftAxis, y: words.times, level: 1 },
        (value) => decimal(value, language, 3),
      ),
    [of, words, language],
  );
  return <Chart name={words.lift} option={option} table={<LiftTable of={of} />} />;
}

/** The numbers behind all three. */
function LiftTable({ of: { head, lift } }: PlotProps): JSX.Element {
  const words = useWords(PREDICT_WORDS);
  const language = useLanguage();
  return (
    <DataTable
      name={`${head}-lift`}
      rows={lift}
      keyOf={({ share }) => String(share)}
      columns={[
        {
          id: "share",
          head: words.share,
          value: ({ share }) => share,
          cell: ({ share }) => percent(share, language, 0),
        },
        {
          id: "cases",
          head: words.cases,
          value: ({ cases }) => cases,
          cell: ({ cases }) => whole(cases, language),
        },
        {
          id: "said",
          head: words.said,
          value: ({ said }) => said,
          cell: ({ said }) => percent(said, language),
        },
        {
          id: "rate",
          head: words.inTenth,
          value: ({ rate }) => rate,
          cell: ({ rate }) => percent(rate, language),
        },
        {
          id: "lift",
          head: words.times,
          value: (row) => row.lift,
          cell: (row) => fixed(row.lift, language, 2),
        },
        {
          id: "gain",
          head: words.found,
          value: ({ gain }) => gain,
          cell: ({ gain }) => percent(gain, language),
        },
      ]}
      empty={null}
    />
  );
}
