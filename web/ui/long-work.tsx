import { Button, Stack } from "@mantine/core";
import { type JSX, useState } from "react";
import type { Job, Shopkeeper } from "../../client/src/index.ts";
import { useAsk, useChange } from "./api.ts";
import { JobProgress } from "./job-progress.tsx";
import { ProblemNote } from "./problem-note.tsx";
import { ReadersKeepOut } from "./readers-keep-out.tsx";

const LOOKED_BACK = 20;

/** A button that begins a long work, and its progress; one that somebody else began is shown too. */
export function LongWork({
  kind,
  label,
  begin,
  onEnd,
}: {
  /** As the server calls this kind of job. */
  readonly kind: string;
  readonly label: string;
  readonly begin: (client: Shopkeeper) => Promise<Job>;
  readonly onEnd: (job: Job) => void;
}): JSX.Element {
  const [begun, setBegun] = useState<string | undefined>(undefined);
  const jobs = useAsk(["jobs", kind], (client) => client.jobs.listJobs({ limit: LOOKED_BACK }));
  const going = jobs.data?.rows.find(
    (job) => job.kind === kind && (job.state === "queued" || job.state === "running"),
  );
  const start = useChange(begin, [["jobs"]]);
  const job = begun ?? going?.id;
  const [isOver, setOver] = useState(false);
  const ended = (last: Job): void => {
    setOver(true);
    onEnd(last);
  };
  const go = (): void =>
    start.mutate(undefined as never, {
      onSuccess: ({ id }) => {
        setOver(false);
        setBegun(id);
      },
    });
  return (
    <ReadersKeepOut>
      <Stack gap="sm" align="flex-start">
        <Button
          onClick={go}
          loading={start.isPending}
          disabled={job !== undefined && !isOver && !start.isPending}
        >
          {label}
        </Button>
        {start.error ? <ProblemNote error={start.error} /> : null}
        {job === undefined ? null : <JobProgress key={job} job={job} onEnd={ended} />}
      </Stack>
    </ReadersKeepOut>
  );
}
