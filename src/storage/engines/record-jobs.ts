import { uuidv7 } from "uuidv7";
import { assert } from "../../assert.ts";
import type { Clock } from "../../clock.ts";
import { isProblem, problem } from "../../errors.ts";
import type { EpochMs } from "../../schema.ts";
import type { Job, JobControl, JobKind, Jobs, Progress } from "../jobs.ts";
import { type Change, INSTALLATION, type Records } from "../records.ts";
import type { ComputeThreads } from "./compute-threads.ts";

/**
 * Jobs of one process. Each is a record, written at every change of state; the few that are kept
 * also live in memory, where they are found. Left out: leases and several processes, which the
 * work queue of a distributed engine brings.
 */
export interface JobOptions {
  /** Jobs that run side by side. */
  readonly running: number;
  /** Jobs of all shops that may wait; more is problem `limit-reached`. */
  readonly maxWaiting: number;
  /** Ended jobs kept for each shop; older ones are forgotten. */
  readonly keepEnded: number;
  /** Payload and result as JSON; more is problem `too-large`. @unit bytes */
  readonly maxBytes: number;
  /** Progress is written at most this often. @unit ms */
  readonly progressMs: number;
}

const KIND = "job";
const PAGE = 1000;
const WAITING: Progress = { stage: "waiting", done: 0, total: null, unit: "steps" };
const ended = (job: Job): boolean => !["queued", "running"].includes(job.state);
const newestFirst = (a: Job, b: Job): number => (a.id < b.id ? 1 : -1);

/** What runs now. */
interface Run {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Progress on its way to the disk. */
interface Writes {
  all: Promise<unknown>;
}

export async function openRecordJobs(
  records: Records,
  threads: ComputeThreads,
  options: JobOptions,
  clock: Clock,
): Promise<Jobs> {
  const jobs = new Map<string, Job>();
  let after: string | undefined;
  do {
    const page = await records.list<Job>(INSTALLATION, KIND, { limit: PAGE, after });
    for (const { id, value } of page.rows) jobs.set(id, value);
    after = page.next;
  } while (after !== undefined);
  return new RecordJobs(jobs, records, threads, options, clock);
}

class RecordJobs implements Jobs {
  readonly #jobs: Map<string, Job>;
  readonly #records: Records;
  readonly #threads: ComputeThreads;
  readonly #options: JobOptions;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, JobKind<never, unknown>>();
  readonly #runs = new Map<string, Run>();
  readonly #watchers = new Map<string, ((job: Job) => void)[]>();
  #state: "opened" | "started" | "closed" = "opened";

  constructor(
    jobs: Map<string, Job>,
    records: Records,
    threads: ComputeThreads,
    options: JobOptions,
    clock: Clock,
  ) {
    this.#jobs = jobs;
    this.#records = records;
    this.#threads = threads;
    this.#options = options;
    this.#clock = clock;
  }

  handle<Payload, Result>(kind: JobKind<Payload, Result>): void {
    assert(this.#state === "opened", "kinds are registered before the start");
    assert(!this.#kinds.has(kind.kind), `the kind ${kind.kind} is registered once`);
    this.#kinds.set(kind.kind, kind as JobKind<never, unknown>);
  }

  async start(): Promise<void> {
    assert(this.#state === "opened", "jobs are started once");
    for (const job of [...this.#jobs.values()].filter((each) => !ended(each))) {
      await this.#save(this.#afterInterruption(job));
    }
    this.#state = "started";
    this.#next();
  }

  async enqueue(shop: string, kind: string, payload: unknown): Promise<Job> {
    this.#refuse(shop, kind, payload);
    const job: Job = {
      id: uuidv7(),
      shop,
      kind,
      payload: payload ?? null,
      state: "queued",
      progress: WAITING,
      createdAt: this.#clock(),
      startedAt: null,
      endedAt: null,
      result: null,
      error: null,
    };
    this.#jobs.set(job.id, job); // before the write: the next one to ask must see it
    try {
      await this.#save(job);
    } catch (error) {
      this.#jobs.delete(job.id);
      throw error;
    }
    this.#next();
    return job;
  }

  async get(shop: string, id: string): Promise<Job | undefined> {
    const job = this.#jobs.get(id);
    return job?.shop === shop ? job : undefined;
  }

  async list(shop: string, limit: number): Promise<readonly Job[]> {
    const own = [...this.#jobs.values()].filter((job) => job.shop === shop);
    return own.sort(newestFirst).slice(0, limit);
  }

  async cancel(shop: string, id: string): Promise<Job> {
    const job = this.#known(shop, id);
    this.#runs.get(id)?.abort.abort(problem("cancelled", `job ${id} was cancelled`));
    if (job.state === "queued") await this.#end(id, { state: "cancelled" });
    return this.#known(shop, id);
  }

  async settled(shop: string, id: string): Promise<Job> {
    const job = this.#known(shop, id);
    if (ended(job)) return job;
    if (this.#state === "closed") throw problem("not-ready", "the jobs have been stopped");
    return await new Promise((resolve, reject) => {
      const told = (last: Job): void =>
        ended(last) ? resolve(last) : reject(problem("not-ready", "the jobs have been stopped"));
      this.#watchers.set(id, [...(this.#watchers.get(id) ?? []), told]);
    });
  }

  async compute<T>(task: Parameters<ComputeThreads["run"]>[0], signal?: AbortSignal): Promise<T> {
    return await this.#threads.run<T>(task, signal);
  }

  async close(): Promise<void> {
    this.#state = "closed";
    const stop = problem("cancelled", "the server is stopping");
    for (const run of this.#runs.values()) run.abort.abort(stop);
    await Promise.all([...this.#runs.values()].map((run) => run.done));
    await this.#threads.close();
    for (const id of [...this.#watchers.keys()]) this.#tell(id);
  }

  #known(shop: string, id: string): Job {
    const job = this.#jobs.get(id);
    if (job?.shop === shop) return job;
    throw problem("unknown-job", `there is no job ${id}`);
  }

  #refuse(shop: string, kind: string, payload: unknown): void {
    const known = this.#kinds.get(kind);
    assert(known !== undefined, `the kind ${kind} is registered`);
    if (this.#state === "closed") throw problem("not-ready", "the jobs have been stopped");
    this.#checkSize(payload, "payload");
    const open = [...this.#jobs.values()].filter((job) => !ended(job));
    const same = open.find((job) => job.kind === kind && job.shop === shop);
    if (known.exclusive && same !== undefined) {
      throw problem("already-running", `job ${same.id} of kind ${kind} waits or runs already`);
    }
    const waiting = open.filter((job) => job.state === "queued").length;
    if (waiting < this.#options.maxWaiting) return;
    throw problem("limit-reached", `${waiting} jobs wait already`);
  }

  #checkSize(value: unknown, what: string): void {
    const text = JSON.stringify(value) as string | undefined;
    const bytes = Buffer.byteLength(text ?? "");
    if (bytes <= this.#options.maxBytes) return;
    const detail = `the ${what} of a job has ${bytes} bytes, the limit is ${this.#options.maxBytes}`;
    throw problem("too-large", detail);
  }

  #afterInterruption(job: Job): Job {
    const kind = this.#kinds.get(job.kind);
    if (kind !== undefined && (job.state === "queued" || kind.resumable)) {
      return { ...job, state: "queued", startedAt: null };
    }
    const detail =
      kind === undefined
        ? `nobody does jobs of kind ${job.kind} any more`
        : "the server stopped while it ran";
    return {
      ...job,
      state: "failed",
      endedAt: this.#clock(),
      error: { code: "cancelled", detail },
    };
  }

  /** Starts what waits longest while there is room. */
  #next(): void {
    if (this.#state !== "started") return;
    const room = this.#options.running - this.#runs.size;
    const waiting = [...this.#jobs.values()].filter((job) => job.state === "queued");
    for (const job of waiting.sort(newestFirst).reverse().slice(0, Math.max(0, room))) {
      const abort = new AbortController();
      this.#jobs.set(job.id, { ...job, state: "running", startedAt: this.#clock() });
      this.#runs.set(job.id, { abort, done: this.#run(job.id, abort.signal) });
    }
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const writes: Writes = { all: Promise.resolve() };
    try {
      const job = this.#jobs.get(id) as Job;
      await this.#save(job);
      signal.throwIfAborted(); // who begins to listen after the event would never hear it
      const kind = this.#kinds.get(job.kind) as JobKind<unknown, unknown>;
      const result = await kind.run(job, this.#control(id, signal, writes));
      this.#checkSize(result, "result");
      await writes.all;
      await this.#end(id, { state: "done", result: result ?? null });
    } catch (error) {
      await Promise.allSettled([writes.all]);
      // When even that cannot be written, the record is as it was, and the next start sees to it.
      await this.#end(id, this.#outcome(id, signal, error)).catch(() => this.#tell(id));
    } finally {
      this.#runs.delete(id);
      this.#next();
    }
  }

  /** A job that the stop of the server cancelled goes on at the next start, if it can. */
  #outcome(id: string, signal: AbortSignal, error: unknown): Partial<Job> {
    if (signal.aborted) {
      const resumable = this.#kinds.get(this.#jobs.get(id)?.kind ?? "")?.resumable === true;
      return this.#state === "closed" && resumable ? { state: "queued" } : { state: "cancelled" };
    }
    const detail = error instanceof Error ? error.message : String(error);
    return { state: "failed", error: { code: isProblem(error) ? error.code : "bug", detail } };
  }

  #control(id: string, signal: AbortSignal, writes: Writes): JobControl {
    let writtenAt = this.#clock();
    return {
      signal,
      compute: async (task, heard) =>
        await this.#threads.run(task, signal, (said) => heard?.(said as never)),
      progress: (progress) => {
        const job = { ...(this.#jobs.get(id) as Job), progress };
        this.#jobs.set(id, job);
        const now = this.#clock();
        if (now - writtenAt < this.#options.progressMs) return;
        writtenAt = now;
        writes.all = Promise.all([writes.all, this.#save(job)]);
        writes.all.catch(() => undefined); // the end of the job waits for it and reports it
      },
    };
  }

  async #end(id: string, change: Partial<Job>): Promise<void> {
    const endedAt: EpochMs | null = change.state === "queued" ? null : this.#clock();
    const job = { ...(this.#jobs.get(id) as Job), ...change, endedAt };
    this.#jobs.set(id, job);
    await this.#save(job);
    await this.#forgetOld(job.shop);
    this.#tell(id);
  }

  #tell(id: string): void {
    const told = this.#watchers.get(id) ?? [];
    this.#watchers.delete(id);
    for (const each of told) each(this.#jobs.get(id) as Job);
  }

  async #save(job: Job): Promise<void> {
    this.#jobs.set(job.id, job);
    await this.#records.write(INSTALLATION, [{ kind: KIND, id: job.id, put: job }]);
  }

  async #forgetOld(shop: string): Promise<void> {
    const own = [...this.#jobs.values()].filter((job) => job.shop === shop && ended(job));
    const old = own.sort(newestFirst).slice(this.#options.keepEnded);
    const changes = old.map(({ id }): Change => ({ kind: KIND, id, remove: true }));
    await this.#records.write(INSTALLATION, changes);
    for (const { id } of old) this.#jobs.delete(id);
  }
}
