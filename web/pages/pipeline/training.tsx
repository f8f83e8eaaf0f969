import { Badge, Box, Button, Group, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type JSX, useState } from "react";
import type {
  ModelVersion,
  Pipeline,
  TrainingRun,
  TrainRequest,
} from "../../../client/src/made/schemas.ts";
import { useAsk, useChange, usePlace } from "../../ui/api.ts";
import { decimal, moment, percent, whole } from "../../ui/format.ts";
import { Answered, Nothing } from "../../ui/frame.tsx";
import { JobProgress } from "../../ui/job-progress.tsx";
import { ProblemNote } from "../../ui/problem-note.tsx";
import { ReadersKeepOut } from "../../ui/readers-keep-out.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { Curves, measuredOf } from "./curves.tsx";
import { orderOf, type TrainingWay, USUAL_WAY, WayForm } from "./training-way.tsx";
import { PIPELINE_WORDS } from "./words.ts";

const JOB_EVERY_MS = 700;

/** Trainings begun, stopped and gone on with; their curves as they grow, and what they say of the fit. */
export function Training({ pipeline }: { readonly pipeline: Pipeline }): JSX.Element {
  const stage = pipeline.stages.find(({ stage: name }) => name === "train");
  const running = stage?.state === "running" ? stage.job?.id : undefined;
  const [begun, setBegun] = useState<string | undefined>(undefined);
  const { shop } = usePlace();
  const queries = useQueryClient();
  const job = running ?? begun;
  const ended = (): void => {
    for (const key of ["pipeline", "models", "jobs", "overview"]) {
      void queries.invalidateQueries({ queryKey: [shop.id, key] });
    }
  };
  return (
    <Stack gap="md">
      <Begin pipeline={pipeline} isRunning={running !== undefined} begun={setBegun} />
      {job === undefined ? null : <JobProgress key={job} job={job} onEnd={ended} />}
      {running === undefined ? <LastCourse /> : <CurvesNow job={running} />}
    </Stack>
  );
}

function Begin({
  pipeline: { unfinished, stages },
  isRunning,
  begun,
}: {
  readonly pipeline: Pipeline;
  readonly isRunning: boolean;
  readonly begun: (job: string) => void;
}): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const [way, setWay] = useState<TrainingWay>(USUAL_WAY);
  const train = useChange(
    (client, order: TrainRequest) => client.models.train(order),
    [["pipeline"], ["jobs"]],
  );
  const go = (order: TrainRequest): void =>
    train.mutate(order, { onSuccess: ({ id }) => begun(id) });
  const stopped = isRunning ? null : unfinished;
  const hasVersion = stages.some(({ stage, word }) => stage === "deploy" && word !== null);
  return (
    <ReadersKeepOut>
      <Stack gap="sm">
        {stopped === null ? null : (
          <Text size="sm">
            {words.resumeNote(moment(stopped.at, language), stopped.measured.length)}
          </Text>
        )}
        <WayForm way={way} change={setWay} hasVersion={hasVersion} />
        <Group gap="sm">
          {stopped === null ? null : (
            <Button onClick={() => go({ resume: true })} loading={train.isPending}>
              {words.resume}
            </Button>
          )}
          <Button
            variant={stopped === null ? "filled" : "default"}
            onClick={() => go(orderOf(way))}
            disabled={isRunning}
            loading={train.isPending}
          >
            {words.train}
          </Button>
        </Group>
        {train.error ? <ProblemNote error={train.error} /> : null}
      </Stack>
    </ReadersKeepOut>
  );
}

/** As they grow: the job is asked for its progress anyway. */
function CurvesNow({ job }: { readonly job: string }): JSX.Element | null {
  const words = useWords(PIPELINE_WORDS);
  const asked = useAsk(["job", job], (client) => client.jobs.getJob(job), {
    everyMs: JOB_EVERY_MS,
  });
  const measured = asked.data?.progress.measured;
  return measured === undefined ? null : <Curves title={words.curvesNow} measured={measured} />;
}

/** Of the newest version. */
function LastCourse(): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const versions = useAsk(["models", "recommend"], (client) =>
    client.models.listModels({ scenario: "recommend" }),
  );
  return (
    <Answered of={versions}>
      {({ rows: [newest] }) =>
        newest === undefined ? (
          <Nothing title={words.noTraining}>{words.noTrainingNote}</Nothing>
        ) : (
          <CourseOf version={newest} />
        )
      }
    </Answered>
  );
}

function CourseOf({ version }: { readonly version: ModelVersion }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const { course } = version;
  const onward = version.onward && <Onward of={version.onward} />;
  if (course === undefined) return onward ?? <Text size="sm">{words.noCurves}</Text>;
  return (
    <>
      {onward}
      {course.map((run) => (
        <FitVerdict key={run.run} run={run} />
      ))}
      <Curves title={words.curvesOf(version.version)} measured={measuredOf(course)} />
    </>
  );
}

/** What a training that went on has to say. */
function Onward({ of }: { readonly of: NonNullable<ModelVersion["onward"]> }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const [before, now] = [decimal(of.ndcgBefore, language), decimal(of.ndcg, language)];
  const learned = words.onward(of.version, whole(of.fresh, language), whole(of.older, language));
  return (
    <Text size="sm">
      {learned} {words.onwardFound(whole(of.cases, language), before, now)}
    </Text>
  );
}

function FitVerdict({ run: { run, chosen, verdict } }: { readonly run: TrainingRun }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const runs: Readonly<Record<string, string>> = words.runs;
  const { fit, lowestEpoch, bestEpoch, gap, rise } = verdict;
  const nats = (value: number): string => decimal(value, language);
  return (
    <Box>
      <Group gap="xs">
        <Text fw={600}>
          {words.verdict}, {runs[run] ?? run}: {words.fits[fit]}
        </Text>
        {chosen ? <Badge variant="default">{words.chosen}</Badge> : null}
      </Group>
      <Text size="sm">
        {words.advice[fit]} {words.lowest(lowestEpoch, nats(gap), nats(rise))}{" "}
        {words.best(bestEpoch, percent(verdict.lostShare, language))}
      </Text>
    </Box>
  );
}
