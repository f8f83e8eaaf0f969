import type { EpochMs } from "../schema.ts";

/**
 * Jobs: long work with progress, cancellation and a durable record. A handler runs in the server
 * process and hands heavy pure computation to worker threads with `compute`, so that serving stays
 * responsive. A job found `running` at start was interrupted: it is queued again if its kind says
 * it is resumable, else marked failed.
 */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface Job {
  readonly id: string;
  readonly shop: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: JobState;
  readonly progress: Progress;
  readonly createdAt: EpochMs;
  readonly startedAt: EpochMs | null;
  readonly endedAt: EpochMs | null;
  readonly result: unknown;
  /** The problem code and detail when failed; a bug has the code "bug". */
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export interface Progress {
  /** What is being done now, in words. */
  readonly stage: string;
  readonly done: number;
  /** Null while it is not known. */
  readonly total: number | null;
  /** What is counted: "rows", "shoppers", "epochs". */
  readonly unit: string;
  /** What was found on the way, in words: "loss 4.12". */
  readonly note?: string;
  /** What was measured so far, the earliest first: to be drawn while the work goes on. */
  readonly measured?: readonly Measured[];
}

/** Numbers found at one step of a run, such as the losses of an epoch. */
export interface Measured {
  readonly run: string;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface JobControl {
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /**
   * Runs an exported function of a compiled module in a worker thread; typed arrays are copied. The
   * function's second argument takes what it has to say on the way, as plain data; its third, a
   * `StopSign`, says whether to stop: a function that does not look is cut off after a while.
   */
  compute<T, Said = never>(task: ComputeTask, heard?: (said: Said) => void): Promise<T>;
}

/** Told across threads: whoever works looks between two steps. */
export interface StopSign {
  readonly aborted: boolean;
}

export interface ComputeTask {
  /** `new URL("./fit.ts", import.meta.url).href`; the engine finds the compiled file. */
  readonly module: string;
  /** Name of the exported async function to call with `argument`. */
  readonly name: string;
  readonly argument: unknown;
}

export interface JobKind<Payload, Result> {
  readonly kind: string;
  readonly resumable: boolean;
  /** At most one running job of this kind and shop; a second one is refused with `already-running`. */
  readonly exclusive: boolean;
  run(job: Job & { readonly payload: Payload }, control: JobControl): Promise<Result>;
}

export interface Jobs {
  /** Registers how a kind is done. Call before `start`. */
  handle<Payload, Result>(kind: JobKind<Payload, Result>): void;
  /** Begins taking queued jobs. */
  start(): Promise<void>;
  enqueue(shop: string, kind: string, payload: unknown): Promise<Job>;
  get(shop: string, id: string): Promise<Job | undefined>;
  /** Newest first. */
  list(shop: string, limit: number): Promise<readonly Job[]>;
  cancel(shop: string, id: string): Promise<Job>;
  /** Resolves when the job has ended, in whatever state. */
  settled(shop: string, id: string): Promise<Job>;
  /** Runs pure computation in a worker thread outside any job. */
  compute<T>(task: ComputeTask, signal?: AbortSignal): Promise<T>;
  /** Cancels what runs, waits for it to end, releases the threads. */
  close(): Promise<void>;
}
