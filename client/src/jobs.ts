import type { CallOptions } from "./calls.ts";
import type { Job } from "./made/schemas.ts";
import type { JobsCalls } from "./made/subjects.ts";

/** Longest that the server keeps one question open. */
const WAIT_SECONDS = 20;
const ENDED: ReadonlySet<Job["state"]> = new Set(["done", "failed", "cancelled"]);

/**
 * The job once it has ended, however it ended. `told` hears of its progress after each wait; a
 * signal in `options` ends the waiting, not the job.
 */
export async function endOf(
  jobs: JobsCalls,
  job: Pick<Job, "id" | "state">,
  options: CallOptions & { readonly told?: (job: Job) => void } = {},
): Promise<Job> {
  for (;;) {
    const now = await jobs.getJob(
      job.id,
      { wait: WAIT_SECONDS },
      { ...options, waitSeconds: WAIT_SECONDS },
    );
    options.told?.(now);
    if (ENDED.has(now.state)) return now;
  }
}
