import type { FastifyReply, FastifyRequest } from "fastify";
import { problem } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Job } from "../storage/jobs.ts";

/**
 * Long work by HTTP. It is answered at once with 202, the job and its Location, unless the caller
 * says `Prefer: wait=seconds` (RFC 7240) and the job ends within that time.
 */
export async function startJob(
  platform: Platform,
  work: { readonly shop: string; readonly kind: string; readonly payload: unknown },
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<Job> {
  const job = await platform.storage.jobs.enqueue(work.shop, work.kind, work.payload);
  reply.header("location", `/v1/jobs/${job.id}`);
  const preferred = /(?:^|[,;\s])wait=(\d{1,4})/i.exec(String(request.headers["prefer"] ?? ""));
  const seconds = Math.min(Number(preferred?.[1] ?? 0), WAIT_SECONDS_MOST);
  if (seconds > 0) reply.header("preference-applied", `wait=${seconds}`);
  const seen = await waitForJob(platform, work.shop, job.id, seconds);
  reply.code(seen.endedAt === null ? 202 : 200);
  return seen;
}

export const WAIT_SECONDS_MOST = 60;

/** The job when it has ended, or as it is when the time is up. @throws problem `unknown-job` */
export async function waitForJob(
  { storage: { jobs } }: Platform,
  shop: string,
  id: string,
  seconds: number,
): Promise<Job> {
  const job = await jobs.get(shop, id);
  if (!job) throw problem("unknown-job", `there is no job "${id}"`);
  if (seconds === 0 || job.endedAt !== null) return job;
  const timer = newTimer(seconds * 1_000);
  try {
    await Promise.race([jobs.settled(shop, id), timer.elapsed]);
  } finally {
    timer.stop();
  }
  return (await jobs.get(shop, id)) ?? job;
}

function newTimer(ms: number): { readonly elapsed: Promise<void>; stop(): void } {
  let stop = (): void => {};
  const elapsed = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop = () => clearTimeout(timer);
  });
  return { elapsed, stop: () => stop() };
}
