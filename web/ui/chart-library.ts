import {
  BarChart,
  CustomChart,
  FunnelChart,
  HeatmapChart,
  LineChart,
  SankeyChart,
  ScatterChart,
} from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { type EChartsType, init as initChart, registerTheme, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  CustomChart,
  FunnelChart,
  HeatmapChart,
  LineChart,
  SankeyChart,
  ScatterChart,
  AriaComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

/** Told apart without red and green; the first is the seal's. */
const colours = {
  light: ["#b3261e", "#2b6ca3", "#b7791f", "#3f7d58", "#7a5195", "#5f6b73"],
  dark: ["#ff8a7a", "#7db8e8", "#e9b44c", "#7cc79a", "#c39ae0", "#a9b4bc"],
};
const inks = {
  light: { ink: "#221d18", soft: "#635a50", line: "#e6ddd0", sheet: "#ffffff" },
  dark: { ink: "#f2ece4", soft: "#b3a89c", line: "#3a332d", sheet: "#211d1a" },
};

for (const scheme of ["light", "dark"] as const) {
  const { ink, soft, line, sheet } = inks[scheme];
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { color: soft },
    splitLine: { lineStyle: { color: line } },
    nameTextStyle: { color: soft },
  };
  registerTheme(scheme, {
    color: colours[scheme],
    textStyle: { fontFamily: "inherit", color: ink },
    legend: { textStyle: { color: ink } },
    tooltip: {
      renderMode: "richText",
      backgroundColor: sheet,
      borderColor: line,
      textStyle: { color: ink },
    },
    categoryAxis: axis,
    valueAxis: axis,
    timeAxis: axis,
    logAxis: axis,
  });
}

export const init = (box: HTMLElement, scheme: "light" | "dark"): EChartsType =>
  initChart(box, scheme);

/**
 * What holds for every drawing: described in the reader's words, and still where the reader asks for
 * it. Hints are drawn, not written as HTML, which the page's policy would not style.
 */
export const manners = (name: string): object => ({
  animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  aria: { enabled: true, label: { description: name } },
});
