import { Badge, Box, Group, SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import type { JSX } from "react";
import type { PipelineStage } from "../../../client/src/made/schemas.ts";
import { ago, bytes, decimal, duration, percent, whole } from "../../ui/format.ts";
import { Running } from "../../ui/job-progress.tsx";
import { useNow } from "../../ui/now.ts";
import { type Language, useLanguage, useWords } from "../../ui/words.ts";
import { Line, StageTimes } from "./stage-times.tsx";
import { PIPELINE_WORDS } from "./words.ts";

/** The eight stages in the order of the data; a click opens one. */
export function StageCards({
  stages,
  chosen,
  choose,
}: {
  readonly stages: readonly PipelineStage[];
  readonly chosen: string;
  readonly choose: (stage: string) => void;
}): JSX.Element {
  return (
    <SimpleGrid component="ol" cols={{ base: 1, xs: 2, md: 4 }} m={0} p={0}>
      {stages.map((stage, at) => (
        <Box component="li" key={stage.stage} style={{ listStyle: "none" }}>
          <UnstyledButton
            onClick={() => choose(stage.stage)}
            aria-pressed={stage.stage === chosen}
            w="100%"
            h="100%"
            p="md"
            bg="var(--sheet)"
            style={{
              display: "flex",
              flexDirection: "column",
              alignItems: "stretch",
              border: `${stage.stage === chosen ? 2 : 1}px solid ${
                stage.stage === chosen ? "var(--mantine-primary-color-filled)" : "var(--line)"
              }`,
              borderRadius: "var(--mantine-radius-md)",
            }}
          >
            <StageCard stage={stage} number={at + 1} />
          </UnstyledButton>
        </Box>
      ))}
    </SimpleGrid>
  );
}

const LOOKS = { waiting: "outline", ready: "default", running: "light", amiss: "filled" } as const;

function StageCard({
  stage,
  number,
}: {
  readonly stage: PipelineStage;
  readonly number: number;
}): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const now = useNow();
  const { lastAt, seconds, word, counts, state, job } = stage;
  const names: Readonly<Record<string, string>> = words.counts;
  const fits: Readonly<Record<string, string>> = words.fits;
  // An import is not what was collected last: its time stands apart.
  const isApart = seconds === null || stage.stage === "collect";
  const took = isApart ? "" : ` · ${words.took(duration(1_000 * seconds, language))}`;
  return (
    <>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600}>
          {number} · {words.stages[stage.stage]}
        </Text>
        <Badge variant={LOOKS[state]} style={{ flexShrink: 0 }}>
          {words.states[state]}
        </Badge>
      </Group>
      {word === null ? null : <Text size="sm">{fits[word] ?? word}</Text>}
      {Object.entries(counts).map(([name, count]) => (
        <Line key={name} name={names[name] ?? name} value={shown(name, count, language)} />
      ))}
      <StageTimes stage={stage} />
      <Text size="xs" c="dimmed" mt="auto" pt={6}>
        {lastAt === null ? words.never : words.last(ago(lastAt, now, language))}
        {took}
      </Text>
      {job !== null && state === "running" ? <Running job={job} /> : null}
    </>
  );
}

function shown(name: string, count: number, language: Language): string {
  if (name === "bytes") return bytes(count, language);
  if (name === "canaryShare") return percent(count, language);
  return name === "ndcgOfNext" ? decimal(count, language) : whole(count, language);
}
