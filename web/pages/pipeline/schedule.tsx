import { Box, Button, Group, NumberInput, Stack, Switch, Text, Title } from "@mantine/core";
import { type JSX, useState } from "react";
import type { TrainingHours, TrainingSchedule } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange } from "../../ui/api.ts";
import { moment } from "../../ui/format.ts";
import { Answered } from "../../ui/frame.tsx";
import { useNow } from "../../ui/now.ts";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { SCHEDULE_WORDS } from "./schedule.words.ts";

const EVERY_MS = 30_000;
const HOURS_MOST = 8_760;
/** What is offered to a shop that had none. @unit hours */
const USUAL = { everyHours: 6, fullEveryHours: 168 };
const names = ["everyHours", "fullEveryHours"] as const;

/** How often the recommender is trained by itself, and when next. */
export function Schedule(): JSX.Element {
  const words = useWords(SCHEDULE_WORDS);
  const schedule = useAsk(["schedule"], (client) => client.models.getTrainingSchedule(), {
    everyMs: EVERY_MS,
  });
  return (
    <Box>
      <Title order={3} fz={16}>
        {words.title}
      </Title>
      <Text size="sm" c="dimmed" maw="70ch" mb="xs">
        {words.about}
      </Text>
      <Answered of={schedule} height={80}>
        {(found) => (
          <>
            <Next schedule={found} />
            <Form key={JSON.stringify(found.own)} schedule={found} />
          </>
        )}
      </Answered>
    </Box>
  );
}

function Next({ schedule }: { readonly schedule: TrainingSchedule }): JSX.Element {
  const words = useWords(SCHEDULE_WORDS);
  const language = useLanguage();
  const now = useNow();
  const { onwardAt, fullAt, waitsFor } = schedule;
  const when = (at: number): string => (at <= now ? words.soon : moment(at, language));
  const lines = [
    ...(onwardAt === null ? [] : [words.onward(when(onwardAt))]),
    ...(fullAt === null ? [] : [words.full(when(fullAt))]),
  ];
  const isOff = names.every((name) => schedule[name] === 0);
  const said = isOff ? [words.never] : waitsFor === null ? lines : [words.waits[waitsFor]];
  return (
    <Stack gap={2} mb="sm">
      {said.map((line) => (
        <Text size="sm" key={line}>
          {line}
        </Text>
      ))}
    </Stack>
  );
}

function Form({ schedule }: { readonly schedule: TrainingSchedule }): JSX.Element {
  const words = useWords(SCHEDULE_WORDS);
  const { own, everyHours, fullEveryHours } = schedule;
  const [hours, setHours] = useState({ everyHours, fullEveryHours });
  const save = useChange(
    (client, asked: TrainingHours) => client.models.setTrainingSchedule(asked),
    [["schedule"]],
  );
  const isOwn = names.some((name) => own[name] !== null);
  return (
    <ReadersKeepOut>
      <Stack gap="sm">
        {names.map((name) => (
          <Hours
            key={name}
            name={name}
            hours={hours[name]}
            change={(next) => setHours({ ...hours, [name]: next })}
          />
        ))}
        <Group gap="sm">
          <Button
            variant="default"
            onClick={() => save.mutate(hours)}
            loading={save.isPending}
            disabled={names.every((name) => hours[name] === schedule[name])}
          >
            {words.save}
          </Button>
          {isOwn ? (
            <Button
              variant="subtle"
              onClick={() => save.mutate({ everyHours: null, fullEveryHours: null })}
            >
              {words.asTheServer}
            </Button>
          ) : null}
        </Group>
        {save.error ? <ProblemNote error={save.error} /> : null}
      </Stack>
    </ReadersKeepOut>
  );
}

function Hours({
  name,
  hours,
  change,
}: {
  readonly name: keyof typeof USUAL;
  readonly hours: number;
  readonly change: (hours: number) => void;
}): JSX.Element {
  const words = useWords(SCHEDULE_WORDS);
  return (
    <Group gap="md" align="center">
      <Switch
        label={words[name]}
        checked={hours > 0}
        onChange={({ currentTarget }) => change(currentTarget.checked ? USUAL[name] : 0)}
      />
      {hours > 0 ? (
        <NumberInput
          aria-label={`${words[name]}: ${words.hours}`}
          prefix={words.every}
          suffix={words.hours}
          min={1}
          max={HOURS_MOST}
          clampBehavior="strict"
          value={hours}
          onChange={(next) => change(Number(next) || 1)}
          w={170}
        />
      ) : null}
    </Group>
  );
}
