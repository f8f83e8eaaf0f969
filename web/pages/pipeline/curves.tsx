import { SimpleGrid, Text } from "@mantine/core";
import { type JSX, useMemo } from "react";
import type { Job, TrainingRun } from "../../../client/src/made/schemas.ts";
import { Chart } from "../../ui/chart.tsx";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useWords } from "../../ui/words.ts";
import { PIPELINE_WORDS } from "./words.ts";

type Measured = NonNullable<Job["progress"]["measured"]>[number];

/** What a running training says as it goes, of one that has ended. */
export const measuredOf = (course: readonly TrainingRun[]): readonly Measured[] =>
  course.flatMap(({ run, points }) =>
    points.map(({ epoch, learned, heldOut }) => ({
      run,
      step: epoch,
      values: {
        ...{ learnedLoss: learned.loss, heldOutLoss: heldOut.loss },
        ...{ learnedNdcg: learned.ndcg, heldOutNdcg: heldOut.ndcg },
      },
    })),
  );

/** Loss and ranking epoch by epoch, what was learned from beside what was held out. */
export function Curves({
  title,
  measured,
}: {
  readonly title: string;
  readonly measured: readonly Measured[];
}): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const { learned, heldOut, training } = words;
  const losses = { learnedLoss: learned, heldOutLoss: heldOut, loss: training };
  return (
    <>
      <Text fw={600}>{title}</Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <CurveChart name={words.loss} lines={losses} measured={measured} />
        <CurveChart
          name={words.ndcg}
          lines={{ learnedNdcg: learned, heldOutNdcg: heldOut }}
          measured={measured}
        />
      </SimpleGrid>
    </>
  );
}

interface CurveChartProps {
  readonly name: string;
  /** Value to what it is called. */
  readonly lines: Readonly<Record<string, string>>;
  readonly measured: readonly Measured[];
}

interface Line {
  readonly name: string;
  readonly data: readonly (readonly [number, number])[];
}

function CurveChart({ name, lines, measured }: CurveChartProps): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  // Told anew with each answer, and drawn when it changed.
  const key = JSON.stringify(measured);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is what was measured
  const drawn = useMemo(() => linesOf(measured, lines, words.runs), [key, words]);
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 12, top: 56, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, itemWidth: 18 },
      tooltip: { trigger: "axis" },
      animation: false,
      xAxis: { type: "value", minInterval: 1, min: 1, max: "dataMax", splitLine: { show: false } },
      yAxis: { type: "value", scale: true },
      series: drawn.map((line) => ({ type: "line", symbolSize: 6, ...line })),
    }),
    [drawn],
  );
  const columns: readonly Column<Measured>[] = [
    { id: "run", head: "", value: ({ run }) => nameOf(words.runs, run) },
    { id: "step", head: words.epoch, value: ({ step }) => step },
    ...Object.entries(lines).map(([id, head]) => ({
      ...{ id, head, value: ({ values }: Measured) => values[id] ?? null },
      cell: ({ values }: Measured) => values[id]?.toFixed(4) ?? "–",
    })),
  ];
  return (
    <Chart
      name={name}
      option={option}
      height={240}
      table={
        <DataTable
          name="learning-curves"
          rows={measured}
          columns={columns}
          keyOf={({ run, step }) => `${run} ${step}`}
          empty={null}
        />
      }
    />
  );
}

const nameOf = (names: Readonly<Record<string, string>>, run: string): string => names[run] ?? run;

/** A line for each run and value of which something was measured. */
function linesOf(
  measured: readonly Measured[],
  lines: Readonly<Record<string, string>>,
  runs: Readonly<Record<string, string>>,
): Line[] {
  return [...new Set(measured.map(({ run }) => run))].flatMap((run) =>
    Object.entries(lines).flatMap(([value, called]): Line[] => {
      const points = measured.filter((one) => one.run === run && value in one.values);
      const isDrawn = value !== "loss" || run === "everything";
      if (points.length === 0 || !isDrawn) return [];
      const data = points.map(({ step, values }) => [step, values[value] as number] as const);
      return [{ name: `${nameOf(runs, run)}, ${called}`, data }];
    }),
  );
}
