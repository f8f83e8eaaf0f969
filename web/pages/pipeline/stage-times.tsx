import { Group, Text } from "@mantine/core";
import type { JSX } from "react";
import type { PipelineStage } from "../../../client/src/made/schemas.ts";
import { duration, whole } from "../../ui/format.ts";
import { useLanguage, useWords } from "../../ui/words.ts";
import { PIPELINE_WORDS } from "./words.ts";

/** How long a stage takes that is passed all the time, as this server measured it. */
export function StageTimes({
  stage: { stage, seconds, lately },
}: {
  readonly stage: PipelineStage;
}): JSX.Element | null {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const timed: Readonly<Record<string, string>> = words.timed;
  const name = timed[stage];
  if (name === undefined) return null;
  const time = (ms: number | undefined): string =>
    ms === undefined ? words.notMeasured : duration(ms, language);
  return (
    <>
      <Line name={name} value={time(lately?.p50Ms)} />
      <Text size="xs" c="dimmed">
        {lately === null
          ? words.noneTimed
          : words.ofLast(whole(lately.count, language), time(lately.p99Ms))}
      </Text>
      {stage === "collect" ? (
        <Line
          name={words.lastImport}
          value={time(seconds === null ? undefined : 1_000 * seconds)}
        />
      ) : null}
    </>
  );
}

/** A name and its number, of which a card has several. */
export function Line({
  name,
  value,
}: {
  readonly name: string;
  readonly value: string;
}): JSX.Element {
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" fz="sm">
      <span>{name}</span>
      <b style={{ whiteSpace: "nowrap" }}>{value}</b>
    </Group>
  );
}
