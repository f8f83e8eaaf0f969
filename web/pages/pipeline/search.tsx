import { Box, Button, Group, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type { Job, RecommendParams } from "../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../ui/api.ts";
import { decimal, moment, whole } from "../../ui/format.ts";
import { LongWork } from "../../ui/long-work.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { type Column, DataTable } from "../../ui/table.tsx";
import { type Language, useLanguage, useWords } from "../../ui/words.ts";
import { SEARCH_WORDS } from "./search.words.ts";

const KIND = "search-params";
const LOOKED_BACK = 20;
const MINUTES = { least: 1, most: 10_080, usual: 20 };
const PLACES = 4;

type Changes = Readonly<Record<string, number>>;

/** What a search answers, as its job keeps it. */
interface Found {
  readonly best: Changes;
  readonly improves: boolean;
  readonly checked: { readonly cases: number; readonly ndcgBefore: number; readonly ndcg: number };
  readonly trials: readonly Trial[];
}

interface Trial {
  readonly rung: number;
  readonly changes: Changes;
  readonly epochs: number;
  readonly ndcg: number | null;
}

/** Looks for better parameters of the behaviour model within a time, and shows what the last one found. */
export function Search(): JSX.Element {
  const words = useWords(SEARCH_WORDS);
  const { shop } = usePlace();
  const queries = useQueryClient();
  const [minutes, setMinutes] = useState(MINUTES.usual);
  const jobs = useAsk(["jobs", KIND], (client) => client.jobs.listJobs({ limit: LOOKED_BACK }));
  const last = jobs.data?.rows.find(({ kind, state }) => kind === KIND && state === "done");
  const ended = (): void => {
    void queries.invalidateQueries({ queryKey: [shop.id, "jobs"] });
  };
  return (
    <Box>
      <Title order={3} fz={16}>
        {words.title}
      </Title>
      <Text size="sm" c="dimmed" maw="70ch" mb="xs">
        {words.about}
      </Text>
      <ReadersKeepOut>
        <Stack gap="sm">
          <NumberInput
            label={words.budget}
            suffix={words.minutes}
            min={MINUTES.least}
            max={MINUTES.most}
            clampBehavior="strict"
            value={minutes}
            onChange={(next) => setMinutes(Number(next) || MINUTES.least)}
            w={200}
          />
          <LongWork
            kind={KIND}
            label={words.begin}
            begin={(client) => client.models.searchParams({ budgetMinutes: minutes })}
            onEnd={ended}
          />
        </Stack>
      </ReadersKeepOut>
      {last === undefined ? null : <WhatWasFound job={last} />}
    </Box>
  );
}

function WhatWasFound({ job }: { readonly job: Job }): JSX.Element {
  const words = useWords(SEARCH_WORDS);
  const language = useLanguage();
  const { best, improves, checked, trials } = job.result as Found;
  const [before, now] = [checked.ndcgBefore, checked.ndcg].map((one) =>
    decimal(one, language, PLACES),
  ) as [string, string];
  const columns: readonly Column<Trial>[] = [
    { id: "rung", head: words.rung, value: ({ rung }) => rung },
    {
      id: "changes",
      head: words.changes,
      value: ({ changes }) => saidOf(changes, words, language),
    },
    { id: "epochs", head: words.epochs, value: ({ epochs }) => epochs },
    {
      id: "ndcg",
      head: words.ndcg,
      value: ({ ndcg }) => ndcg,
      cell: ({ ndcg }) => (ndcg === null ? words.diverged : decimal(ndcg, language, PLACES)),
    },
  ];
  return (
    <Stack gap="xs" mt="md">
      <Text size="sm">
        {words.foundAt(moment(job.endedAt, language))}{" "}
        {improves
          ? words.improves(saidOf(best, words, language), whole(checked.cases, language))
          : words.nothingBetter(whole(checked.cases, language))}{" "}
        {words.checked(before, now)}
      </Text>
      {improves ? <TrainWith best={best} /> : null}
      <DataTable
        name="search-trials"
        rows={trials}
        columns={columns}
        keyOf={({ rung, changes }) => `${rung} ${JSON.stringify(changes)}`}
        shownMost={LOOKED_BACK}
        empty={null}
      />
    </Stack>
  );
}

/** A training by the parameters in service, with what won in their place. */
function TrainWith({ best }: { readonly best: Changes }): JSX.Element {
  const words = useWords(SEARCH_WORDS);
  const train = useChange(
    async (client) => {
      const { inService } = await client.models.getServing({ scenario: "recommend" });
      const params = (inService?.params ?? {}) as Partial<RecommendParams>;
      const behaviour = { ...params.behaviour, ...best };
      return client.models.train({ params: { ...params, behaviour } });
    },
    [["pipeline"], ["jobs"]],
  );
  return (
    <ReadersKeepOut>
      <Group>
        <Button variant="default" onClick={() => train.mutate(undefined)} loading={train.isPending}>
          {words.trainWith}
        </Button>
        {train.error ? <ProblemNote error={train.error} /> : null}
      </Group>
    </ReadersKeepOut>
  );
}

function saidOf(changes: Changes, words: (typeof SEARCH_WORDS)["en"], language: Language): string {
  const names: Readonly<Record<string, string>> = words.names;
  const said = Object.entries(changes).map(
    ([name, value]) => `${names[name] ?? name} ${decimal(value, language)}`,
  );
  return said.length === 0 ? words.asItIs : said.join(", ");
}
