import { Alert, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { type JSX, useEffect, useRef } from "react";
import type { Job } from "../../client/src/index.ts";
import { useAsk, useChange } from "./api.ts";
import { duration, whole } from "./format.ts";
import { noteOf, stageOf, unitOf } from "./job-words.ts";
import { useNow } from "./now.ts";
import { ProblemNote } from "./problem-note.tsx";
import { problemInChinese } from "./problem-words.ts";
import { useLanguage, useWords } from "./words.ts";

const WORDS = {
  en: {
    cancel: "Cancel",
    queued: "waiting for its turn",
    done: "Done",
    failed: "Did not succeed",
    cancelled: "Cancelled",
    left: (time: string) => `about ${time} left`,
  },
  zh: {
    cancel: "取消",
    queued: "排队中",
    done: "已完成",
    failed: "未成功",
    cancelled: "已取消",
    left: (time: string) => `约剩 ${time}`,
  },
};

const EVERY_MS = 700;
const isOver = (job: Job): boolean => job.state !== "queued" && job.state !== "running";

/** A long work from its begin to its end: how far it is, what is left, and how to stop it. */
export function JobProgress({
  job: id,
  onEnd,
}: {
  readonly job: string;
  readonly onEnd?: (job: Job) => void;
}): JSX.Element | null {
  const words = useWords(WORDS);
  const asked = useAsk(["job", id], (client) => client.jobs.getJob(id), { everyMs: EVERY_MS });
  const cancel = useChange((client) => client.jobs.cancelJob(id), [["job", id]]);
  const told = useRef<string>(undefined);
  const job = asked.data;
  useEffect(() => {
    if (!job || !isOver(job) || told.current === job.id) return;
    told.current = job.id;
    onEnd?.(job);
  }, [job, onEnd]);
  if (asked.error) return <ProblemNote error={asked.error} />;
  if (!job) return null;
  if (isOver(job)) return <Ended job={job} />;
  return (
    <Stack gap={6} aria-live="polite">
      <Running job={job} />
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          loading={cancel.isPending}
          onClick={() => cancel.mutate(undefined)}
        >
          {words.cancel}
        </Button>
      </Group>
    </Stack>
  );
}

/** How far a running job is, on one line and a bar. */
export function Running({ job }: { readonly job: Job }): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const now = useNow();
  const { stage, done, total, unit, note } = job.progress;
  const said = stageOf(stage, language);
  const share = total === null || total === 0 ? undefined : done / total;
  const spentMs = job.startedAt === null ? 0 : now - job.startedAt;
  const leftMs = share === undefined || share < 0.02 ? undefined : (spentMs * (1 - share)) / share;
  const far =
    total === null ? whole(done, language) : `${whole(done, language)} / ${whole(total, language)}`;
  return (
    <>
      <Text size="sm">
        {job.state === "queued" ? words.queued : `${said} · ${far} ${unitOf(unit, language)}`}
        {note === undefined ? "" : ` · ${noteOf(note, language)}`}
        {leftMs === undefined ? "" : ` · ${words.left(duration(leftMs, language))}`}
      </Text>
      <Progress
        value={share === undefined ? 100 : 100 * share}
        animated={share === undefined}
        aria-label={stage === "" ? words.queued : said}
      />
    </>
  );
}

function Ended({ job }: { readonly job: Job }): JSX.Element {
  const words = useWords(WORDS);
  const language = useLanguage();
  const took =
    job.startedAt === null || job.endedAt === null
      ? ""
      : ` · ${duration(job.endedAt - job.startedAt, language)}`;
  const inChinese = language === "zh" ? problemInChinese(job.error?.code ?? "") : undefined;
  const title = job.state === "done" ? words.done : words[job.state as "failed" | "cancelled"];
  return (
    <Alert color={job.state === "done" ? "teal" : "seal"} variant="light" title={`${title}${took}`}>
      {inChinese === undefined ? null : (
        <Text size="sm">
          {inChinese.title}。{inChinese.remedy}
        </Text>
      )}
      {job.error === null ? null : (
        <Text size="sm" lang="en">
          {job.error.detail}
        </Text>
      )}
    </Alert>
  );
}
