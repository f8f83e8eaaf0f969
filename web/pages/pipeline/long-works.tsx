import { Badge } from "@mantine/core";
import type { JSX } from "react";
import type { Job } from "../../../client/src/made/schemas.ts";
import { useAsk } from "../../ui/api.ts";
import { duration, moment } from "../../ui/format.ts";
import { Answered, Nothing, Sheet } from "../../ui/frame.tsx";
import { kindOf } from "../../ui/job-words.ts";
import { type Column, DataTable } from "../../ui/table.tsx";
import { useLanguage, useWords } from "../../ui/words.ts";
import { PIPELINE_WORDS } from "./words.ts";

const ROWS_MOST = 20;
const EVERY_MS = 5_000;

/** The jobs of the shop: what ran, how long, and what went wrong; the marked one first. */
export function LongWorks({ marked }: { readonly marked: string }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const jobs = useAsk(["jobs"], (client) => client.jobs.listJobs({ limit: ROWS_MOST }), {
    everyMs: EVERY_MS,
  });
  return (
    <Sheet title={words.jobs} about={words.jobsNote}>
      <Answered of={jobs}>
        {({ rows }) => (
          <JobTable
            rows={rows.toSorted((a, b) => Number(b.id === marked) - Number(a.id === marked))}
          />
        )}
      </Answered>
    </Sheet>
  );
}

function JobTable({ rows }: { readonly rows: readonly Job[] }): JSX.Element {
  const words = useWords(PIPELINE_WORDS);
  const language = useLanguage();
  const columns: readonly Column<Job>[] = [
    { id: "kind", head: words.kind, value: ({ kind }) => kindOf(kind, language) },
    {
      id: "state",
      head: words.state,
      value: ({ state }) => words.jobStates[state],
      cell: ({ state }) => (
        <Badge variant={state === "failed" ? "filled" : "default"}>{words.jobStates[state]}</Badge>
      ),
    },
    {
      id: "at",
      head: words.at,
      value: ({ createdAt }) => new Date(createdAt).toISOString(),
      cell: ({ createdAt }) => moment(createdAt, language),
    },
    {
      id: "duration",
      head: words.duration,
      value: msTaken,
      cell: (job) => duration(msTaken(job), language),
    },
    { id: "error", head: words.error, value: ({ error }) => error?.detail ?? "" },
  ];
  return (
    <DataTable
      name="jobs"
      rows={rows}
      columns={columns}
      keyOf={({ id }) => id}
      empty={<Nothing title={words.noJobs}>{words.noJobsNote}</Nothing>}
    />
  );
}

const msTaken = ({ startedAt, endedAt }: Job): number | null =>
  startedAt === null || endedAt === null ? null : endedAt - startedAt;
