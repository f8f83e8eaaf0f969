import { Box, Button, Group, Skeleton, Text, useComputedColorScheme } from "@mantine/core";
import type { EChartsCoreOption } from "echarts/core";
import { type JSX, type ReactNode, useEffect, useRef, useState } from "react";
import { useWords } from "./words.ts";

const WORDS = {
  en: { table: "As a table", chart: "As a chart" },
  zh: { table: "以表格显示", chart: "以图显示" },
};

/** Fetched with the code of the first page that draws, so that it is there when the numbers are. */
const fetched = import("./chart-library.ts");

type Library = Pick<typeof import("./chart-library.ts"), "init" | "manners">;

export interface ChartProps {
  /** What the chart shows, said to those who do not see it. */
  readonly name: string;
  readonly option: EChartsCoreOption;
  /** The same numbers as a table, for those who prefer them. */
  readonly table: ReactNode;
  /** @unit px */
  readonly height?: number;
  /** Called with the name of the part that was clicked. */
  readonly onPick?: (name: string) => void;
}

/** A drawing of numbers. */
export function Chart({ name, option, table, height = 260, onPick }: ChartProps): JSX.Element {
  const words = useWords(WORDS);
  const [asTable, setAsTable] = useState(false);
  return (
    <Box component="figure" m={0}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text component="figcaption" size="sm" c="dimmed">
          {name}
        </Text>
        <Button size="compact-xs" variant="subtle" onClick={() => setAsTable(!asTable)}>
          {asTable ? words.chart : words.table}
        </Button>
      </Group>
      {asTable ? (
        table
      ) : (
        <Drawing name={name} option={option} height={height} {...(onPick && { onPick })} />
      )}
    </Box>
  );
}

function Drawing({
  name,
  option,
  height,
  onPick,
}: Omit<ChartProps, "table"> & { readonly height: number }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ReturnType<Library["init"]>>(null);
  const [library, setLibrary] = useState<Library>();
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    void fetched.then(({ init, manners }) => setLibrary({ init, manners }));
  }, []);
  useEffect(() => {
    if (!library || !box.current) return undefined;
    const drawn = library.init(box.current, scheme);
    chart.current = drawn;
    const watch = new ResizeObserver(() => drawn.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      drawn.dispose();
      chart.current = null;
    };
  }, [library, scheme]);
  // Drawn anew after each change of numbers, and after a change of colours made a new chart.
  // biome-ignore lint/correctness/useExhaustiveDependencies: scheme and library decide which chart it is
  useEffect(() => {
    chart.current?.setOption({ ...library?.manners(name), ...option }, { notMerge: true });
  }, [option, name, library, scheme]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    const drawn = chart.current;
    if (!drawn || !onPick) return undefined;
    const picked = (part: { name: string }): void => onPick(part.name);
    drawn.on("click", picked);
    return () => {
      if (!drawn.isDisposed()) drawn.off("click", picked);
    };
  }, [onPick, library, scheme]);

  return (
    <Box ref={box} role="img" aria-label={name} h={height} w="100%">
      {library === undefined ? <Skeleton height={height} /> : null}
    </Box>
  );
}
