import { isDeepStrictEqual } from "node:util";
import type { ZodType } from "zod";
import { isProblem, type ProblemCode, problem, problemKinds } from "../../errors.ts";
import type { Job } from "../../storage/jobs.ts";
import { openMeter } from "../terminal/progress.ts";
import { Interrupted } from "../terminal/terminal.ts";
import { ServerBug } from "./connection.ts";
import type { Session } from "./session.ts";

/** How long one question waits for the job to end. @unit s */
const WAIT_SECONDS = 1;
const JOBS_SEEN = 100;

/**
 * Watches a job to its end, showing how far it has come. Ctrl-C cancels the job, waits until it
 * has put everything down, and then interrupts the command.
 * `shop` is undefined for work of the installation. @throws the job's problem when it failed
 */
export async function followJob<Result>(
  session: Session,
  shop: string | undefined,
  job: Job,
): Promise<Result> {
  const meter = openMeter(session.terminal, session.now);
  const path = `/v1/jobs/${job.id}`;
  let current = job;
  let isCancelling = false;
  while (isOpen(current)) {
    if (session.terminal.signal.aborted && !isCancelling) {
      isCancelling = true;
      session.terminal.note("stopping ...");
      await cancel(session, shop, path);
    }
    if (hasBegun(current)) meter.show(current.progress);
    current = await session.connection.call<Job>("GET", path, {
      shop,
      query: { wait: WAIT_SECONDS },
    });
  }
  if (current.state === "done") meter.show(current.progress);
  meter.end();
  return resultOf<Result>(current, isCancelling);
}

export interface Work {
  readonly path: string;
  readonly shop: string | undefined;
  readonly body?: unknown;
  /** What a job keeps of it, where the server makes more of the body: see `kept`. */
  readonly payload?: unknown;
}

/** The body with all its defaults, as a job keeps it; undefined where the server will refuse it. */
export const kept = (schema: ZodType, body: unknown): unknown => schema.safeParse(body).data;

/**
 * Starts long work and follows it. When the same work is running already (a command that was
 * killed goes on when the data folder is opened again), that one is followed instead.
 */
export async function runJob<Result>(session: Session, work: Work): Promise<Result> {
  const { shop, path, body } = work;
  try {
    const job = await session.connection.call<Job>("POST", path, { shop, body });
    return await followJob<Result>(session, shop, job);
  } catch (error) {
    if (!(isProblem(error) && error.code === "already-running")) throw error;
    const same = await sameJob(session, work);
    if (same === undefined) throw error;
    session.terminal.note(`going on with ${same.kind}, which is running already`);
    return followJob<Result>(session, shop, same);
  }
}

/** The open job that was asked for in the same words. */
async function sameJob(
  session: Session,
  { shop, body, payload = body }: Work,
): Promise<Job | undefined> {
  const query = { limit: JOBS_SEEN };
  const { rows } = await session.connection.call<{ rows: readonly Job[] }>("GET", "/v1/jobs", {
    shop,
    query,
  });
  const asked = Object.entries(payload ?? {});
  const isSame = (job: Job): boolean =>
    asked.every(([name, value]) =>
      isDeepStrictEqual((job.payload as Record<string, unknown>)[name], value),
    );
  return rows.find((job) => isOpen(job) && asked.length > 0 && isSame(job));
}

const isOpen = (job: Job): boolean => job.state === "queued" || job.state === "running";

/** Nothing is worth a line before the work has said what it does. */
const hasBegun = ({ state, progress }: Job): boolean =>
  state === "running" && progress.stage !== "waiting";

/** It may have ended in the meantime; that is no trouble. */
async function cancel(session: Session, shop: string | undefined, path: string): Promise<void> {
  try {
    await session.connection.call("POST", `${path}/cancel`, { shop });
  } catch (error) {
    if (!(isProblem(error) && error.code === "conflict")) throw error;
  }
}

function resultOf<Result>(job: Job, wasCancelled: boolean): Result {
  if (job.state === "done") return job.result as Result;
  if (job.state === "cancelled" && wasCancelled) throw new Interrupted(`${job.kind} was stopped`);
  const { code, detail } = job.error ?? { code: "cancelled", detail: `${job.kind} was cancelled` };
  if (Object.hasOwn(problemKinds, code)) throw problem(code as ProblemCode, detail);
  throw new ServerBug(`job ${job.id}: ${detail}`);
}
