import { Group, Select, Text } from "@mantine/core";
import type { JSX } from "react";
import type { ModelVersion, Serving } from "../../client/src/made/schemas.ts";
import { decimal, percent } from "../ui/format.ts";
import { Sheet } from "../ui/frame.tsx";
import { useAddressState } from "../ui/links.tsx";
import { DataTable } from "../ui/table.tsx";
import { useLanguage, useWords } from "../ui/words.ts";
import { metricName } from "./metric-name.ts";
import { MODEL_WORDS } from "./models.words.ts";

interface Compared {
  readonly metric: string;
  readonly first: number | undefined;
  readonly second: number | undefined;
}

/** Two versions side by side: the one in service and the newest other, until others are chosen. */
export function TwoVersions({
  versions,
  serving,
}: {
  readonly versions: readonly ModelVersion[];
  readonly serving: Serving | undefined;
}): JSX.Element {
  const words = useWords(MODEL_WORDS);
  const language = useLanguage();
  const usualFirst = serving?.inService?.version ?? versions[1]?.version ?? "";
  const usualSecond = versions.find(({ version }) => version !== usualFirst)?.version ?? "";
  const [first, setFirst] = useAddressState("first", usualFirst);
  const [second, setSecond] = useAddressState("second", usualSecond);
  const left = versions.find(({ version }) => version === first);
  const right = versions.find(({ version }) => version === second);
  const names = versions.map(({ version }) => version);
  const isSameData = left?.dataFingerprint === right?.dataFingerprint;
  return (
    <Sheet title={words.compare} about={words.compareNote}>
      <Group mb="sm">
        <Select
          label={words.first}
          data={names}
          value={first}
          allowDeselect={false}
          onChange={(version) => setFirst(version ?? usualFirst)}
        />
        <Select
          label={words.second}
          data={names}
          value={second}
          allowDeselect={false}
          onChange={(version) => setSecond(version ?? usualSecond)}
        />
      </Group>
      <Text size="sm" c="dimmed" mb="xs">
        {isSameData ? words.sameData : words.otherData}
      </Text>
      <DataTable
        name={`${first}-${second}`}
        rows={compared(left, right)}
        keyOf={({ metric }) => metric}
        columns={[
          {
            id: "metric",
            head: words.metric,
            value: ({ metric }) => metricName(metric, language),
            cell: ({ metric }) => (
              <Text size="sm" miw={260}>
                {metricName(metric, language)}
              </Text>
            ),
          },
          {
            id: "first",
            head: first,
            value: (row) => row.first,
            cell: (row) => decimal(row.first, language, 4),
          },
          {
            id: "second",
            head: second,
            value: (row) => row.second,
            cell: (row) => decimal(row.second, language, 4),
          },
          {
            id: "difference",
            head: words.difference,
            value: relative,
            cell: (row) => percent(relative(row), language),
          },
        ]}
        empty={null}
      />
    </Sheet>
  );
}

function compared(
  left: ModelVersion | undefined,
  right: ModelVersion | undefined,
): readonly Compared[] {
  const metrics = new Set([
    ...Object.keys(left?.metrics ?? {}),
    ...Object.keys(right?.metrics ?? {}),
  ]);
  return [...metrics].map((metric) => ({
    metric,
    first: left?.metrics[metric],
    second: right?.metrics[metric],
  }));
}

/** Of the second to the first. @unit share */
const relative = ({ first, second }: Compared): number | undefined =>
  first === undefined || second === undefined || first === 0 ? undefined : second / first - 1;
