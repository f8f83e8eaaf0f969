import type { EChartsCoreOption } from "echarts/core";

/** Drawings that more than one page needs, as options of the chart library. */
export interface WithInterval {
  readonly name: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

type Place = readonly [number, number];
interface Api {
  value(at: number): number;
  coord(at: Place): Place;
  visual(name: "color"): string;
}

const GRID = { left: 12, right: 24, top: 12, bottom: 40 };

/** One line a row: the mean as a dot, how sure it is as a whisker; the first row on top. */
export function intervalPlot(
  rows: readonly WithInterval[],
  axis: string,
  format: (value: number) => string,
): EChartsCoreOption {
  return {
    grid: GRID,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: format },
    xAxis: { type: "value", ...named(axis), axisLabel: { formatter: format, hideOverlap: true } },
    yAxis: { type: "category", inverse: true, data: rows.map(({ name }) => name) },
    series: [
      {
        type: "custom",
        name: axis,
        silent: true,
        tooltip: { show: false },
        renderItem: whisker,
        encode: { x: [0, 2], y: 1 },
        data: rows.map(({ low, high }, at) => [low, at, high]),
      },
      {
        type: "scatter",
        name: axis,
        symbolSize: 9,
        data: rows.map(({ mean }, at) => [mean, at]),
      },
    ],
  };
}

/** A column for each name, in the order given; a dashed line where all alike would be. */
export function columnPlot(
  columns: readonly { readonly name: string; readonly value: number }[],
  axes: { readonly x: string; readonly y: string; readonly level?: number },
  format: (value: number) => string,
): EChartsCoreOption {
  const { level } = axes;
  const line = {
    symbol: "none",
    silent: true,
    lineStyle: { type: "dashed" },
    label: { show: false },
  };
  return {
    grid: GRID,
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: format },
    xAxis: { type: "category", ...named(axes.x), data: columns.map(({ name }) => name) },
    yAxis: { type: "value", axisLabel: { formatter: format } },
    series: [
      {
        type: "bar",
        name: axes.y,
        barMaxWidth: 48,
        data: columns.map(({ value }) => value),
        ...(level === undefined ? {} : { markLine: { ...line, data: [{ yAxis: level }] } }),
      },
    ],
  };
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Place[];
  /** What else is told of each point when it is pointed at. */
  readonly notes?: readonly string[];
  /** Dashed: what would be if there were nothing to know. */
  readonly isReference?: boolean;
}

/** Curves over a common axis; those for reference are dashed. */
export function curvePlot(
  curves: readonly Curve[],
  axes: { readonly x: string; readonly y: string },
  format: (value: number) => string,
): EChartsCoreOption {
  const axisLabel = { formatter: format, hideOverlap: true };
  return {
    grid: { ...GRID, top: 40 },
    legend: { top: 0, left: 0 },
    tooltip: { trigger: "item", valueFormatter: format },
    xAxis: { type: "value", min: 0, ...named(axes.x), axisLabel },
    yAxis: { type: "value", min: 0, ...named(axes.y), nameGap: 40, axisLabel },
    series: curves.map(({ name, points, notes, isReference }) => ({
      type: "line",
      name,
      data: points.map((value, at) => ({ value, name: notes?.[at] ?? "" })),
      symbolSize: 7,
      showSymbol: isReference !== true,
      ...(isReference === true && { lineStyle: { type: "dashed" }, silent: true }),
    })),
  };
}

const named = (axis: string): object => ({ name: axis, nameLocation: "middle", nameGap: 26 });

function whisker(_: unknown, api: Api): object {
  const [left, middle] = api.coord([api.value(0), api.value(1)]);
  const [right] = api.coord([api.value(2), api.value(1)]);
  const line = (x1: number, y1: number, x2: number, y2: number): object => ({
    type: "line",
    shape: { x1, y1, x2, y2 },
    style: { stroke: api.visual("color"), lineWidth: 2 },
  });
  const half = 5;
  return {
    type: "group",
    children: [
      line(left, middle, right, middle),
      line(left, middle - half, left, middle + half),
      line(right, middle - half, right, middle + half),
    ],
  };
}
