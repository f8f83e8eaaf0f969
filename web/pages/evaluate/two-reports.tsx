import { Group, Select, Text } from "@mantine/core";
import type { JSX } from "react";
import type { ReportSummary } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { moment, percent } from "../../ui/format.ts";
import { Answered, Sheet } from "../../ui/frame.tsx";
import { useAddressState } from "../../ui/links.tsx";
import { named, SOURCES } from "../../ui/scene-words.ts";
import { DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { EVALUATE_WORDS } from "./evaluate.words.ts";
import { useMetricWords, withHalfWidth } from "./methods.tsx";
import { type Interval, type RankingReport, rankingOf } from "./ranking-report.ts";

/** Two reports side by side: the one that is looked at against the one before, until another is chosen. */
export function TwoReports({
  reports,
  second,
  metric,
}: {
  readonly reports: readonly ReportSummary[];
  readonly second: string;
  readonly metric: string;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const others = reports.filter(({ id }) => id !== second);
  const before = others.find(({ id }) => id < second) ?? others[0];
  const [first, setFirst] = useAddressState("first", before?.id ?? "");
  const left = useAsk(["reports", first], (client) => client.reports.getReport(first));
  const right = useAsk(["reports", second], (client) => client.reports.getReport(second));
  return (
    <Sheet title={words.compare} about={words.compareNote}>
      <Group mb="sm" align="flex-end">
        <Select
          label={words.first}
          data={others.map(({ id, createdAt }) => ({
            value: id,
            label: `${id} · ${moment(createdAt, language)}`,
          }))}
          value={first}
          allowDeselect={false}
          onChange={(next) => setFirst(next ?? first)}
          w={300}
        />
        <Text size="sm" pb={8}>
          {words.second}: {second}
        </Text>
      </Group>
      <Answered of={left}>
        {(one) => (
          <Answered of={right}>
            {(two) => (
              <SideBySide
                first={rankingOf(one)}
                second={rankingOf(two)}
                metric={metric}
                name={`${first}-${second}`}
              />
            )}
          </Answered>
        )}
      </Answered>
    </Sheet>
  );
}

interface Pair {
  readonly scorer: string;
  readonly first: Interval | undefined;
  readonly second: Interval | undefined;
}

function SideBySide({
  first,
  second,
  metric,
  name,
}: {
  readonly first: RankingReport | undefined;
  readonly second: RankingReport | undefined;
  readonly metric: string;
  readonly name: string;
}): JSX.Element {
  const words = useWords(EVALUATE_WORDS);
  const language = useLanguage();
  const sources = useWords(SOURCES);
  const wordsOf = useMetricWords();
  const isAlike = ruleOf(first) === ruleOf(second);
  const metricName = wordsOf(metric).name;
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {isAlike ? words.sameProtocol : words.otherProtocol}
      </Text>
      <DataTable
        name={name}
        rows={pairsOf(first, second, metric)}
        keyOf={({ scorer }) => scorer}
        columns={[
          { id: "method", head: words.method, value: ({ scorer }) => named(sources, scorer) },
          {
            id: "first",
            head: `${metricName}, ${words.first}`,
            value: (row) => row.first?.mean,
            cell: (row) => withHalfWidth(row.first, language),
          },
          {
            id: "second",
            head: `${metricName}, ${words.second}`,
            value: (row) => row.second?.mean,
            cell: (row) => withHalfWidth(row.second, language),
          },
          {
            id: "relative",
            head: words.relative,
            value: relative,
            cell: (row) => percent(relative(row), language),
          },
        ]}
        empty={null}
      />
    </>
  );
}

/** What must be the same for two numbers to be of one kind. */
const ruleOf = (report: RankingReport | undefined): string => {
  if (report === undefined) return "";
  const { split, filterSeen, ks, cases, candidates } = report.protocol;
  return JSON.stringify([split, filterSeen, ks, cases, candidates]);
};

function pairsOf(
  first: RankingReport | undefined,
  second: RankingReport | undefined,
  metric: string,
): readonly Pair[] {
  const of = (report: RankingReport | undefined, scorer: string): Interval | undefined =>
    report?.scorers.find(({ name }) => name === scorer)?.metrics[metric];
  const names = [...(second?.scorers ?? []), ...(first?.scorers ?? [])].map(({ name }) => name);
  return [...new Set(names)]
    .map((scorer) => ({ scorer, first: of(first, scorer), second: of(second, scorer) }))
    .toSorted((a, b) => (b.second?.mean ?? 0) - (a.second?.mean ?? 0));
}

/** Of the second to the first. @unit share */
const relative = ({ first, second }: Pair): number | undefined =>
  first === undefined || second === undefined || first.mean === 0
    ? undefined
    : second.mean / first.mean - 1;
