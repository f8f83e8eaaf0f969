import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { Piscina } from "piscina";
import { assert, Bug } from "../../assert.ts";
import { isProblem, type Problem, problem } from "../../errors.ts";
import type { ComputeTask } from "../jobs.ts";
import type { ComputeAnswer, ComputeOrder, compute } from "./compute-worker.ts";

/**
 * Worker threads for pure computation. They are started when needed and end when idle; a task that
 * is cancelled is asked to stop, and when it does not it is cut off with its thread, so endless loops
 * end too. It is asked first because native code that is cut off may take the process with it. Run from `dist`, threads load
 * compiled files; run from source, they load TypeScript through tsx as the program itself does.
 */
export interface ThreadOptions {
  readonly threads: number;
  /** Tasks that may wait; more is problem `limit-reached`. */
  readonly maxWaiting: number;
  /** Heap of one thread; a task that needs more ends with problem `limit-reached`. @unit mebibytes */
  readonly memoryMib: number;
  /** How long a cancelled task may take to stop. @unit ms */
  readonly stopMs: number;
}

/** Takes what a task says on the way. */
type Heard = (said: unknown) => void;

export interface ComputeThreads {
  run<T>(task: ComputeTask, signal?: AbortSignal, heard?: Heard): Promise<T>;
  close(): Promise<void>;
}

const IDLE_MS = 30_000;
/** The function of the worker that takes orders. */
const ENTRY: (typeof compute)["name"] = "compute";
const fromSource = import.meta.url.endsWith(".ts");

export function computeThreads(options: ThreadOptions): ComputeThreads {
  const pool = new Piscina({
    filename: fileURLToPath(new URL(compiled("./compute-worker.ts"), import.meta.url)),
    name: ENTRY,
    minThreads: 0,
    maxThreads: options.threads,
    idleTimeout: IDLE_MS,
    maxQueue: options.maxWaiting,
    resourceLimits: { maxOldGenerationSizeMb: options.memoryMib },
    execArgv: fromSource ? ["--import", typescriptLoader()] : [],
  });
  return {
    run: async <T>(task: ComputeTask, signal?: AbortSignal, heard?: Heard) => {
      signal?.throwIfAborted();
      const answer = await ask(pool, task, signal, heard, options);
      return received(answer, task) as T;
    },
    close: async () => await pool.destroy(),
  };
}

/**
 * tsx registers itself in main threads only, so the thread is told to do it. tsx is a tool of
 * development: only a program that runs from source comes here.
 */
function typescriptLoader(): string {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const api = new URL("./dist/esm/api/index.mjs", tsx).href;
  return `data:text/javascript,import { register } from "${api}"; register();`;
}

const compiled = (module: string): string => (fromSource ? module : module.replace(/\.ts$/, ".js"));

async function ask(
  pool: Piscina,
  task: ComputeTask,
  signal: AbortSignal | undefined,
  heard: Heard | undefined,
  options: ThreadOptions,
): Promise<ComputeAnswer> {
  assert(task.module.startsWith("file:"), "a task's module is a file URL");
  const { name, argument } = task;
  const { port1, port2 } = new MessageChannel();
  port1.on("message", (said: unknown) => heard?.(said));
  const stopping = stopped(signal, options.stopMs);
  const { stop } = stopping;
  const order: ComputeOrder = { module: compiled(task.module), name, argument, port: port2, stop };
  try {
    const how = { transferList: [port2], signal: stopping.cutOff };
    const answer = (await pool.run(order, how)) as ComputeAnswer;
    if (signal?.aborted === true) throw cancellation(signal);
    return answer;
  } catch (error) {
    throw refused(error, task, signal, options) ?? error;
  } finally {
    stopping.over();
    // What was said last may lie behind the answer.
    for (let left = receiveMessageOnPort(port1); left; left = receiveMessageOnPort(port1)) {
      heard?.(left.message);
    }
    port1.close();
  }
}

interface Stopping {
  /** Raised as soon as the task is cancelled. */
  readonly stop: Int32Array;
  /** Aborted when it has not stopped in time. */
  readonly cutOff: AbortSignal;
  over(): void;
}

function stopped(signal: AbortSignal | undefined, stopMs: number): Stopping {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const cutter = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    Atomics.store(stop, 0, 1);
    timer = setTimeout(() => cutter.abort(), stopMs);
  };
  signal?.addEventListener("abort", ask, { once: true });
  return {
    stop,
    cutOff: cutter.signal,
    over() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", ask);
    },
  };
}

/** What the pool says, as problems. */
function refused(
  error: unknown,
  task: ComputeTask,
  signal: AbortSignal | undefined,
  options: ThreadOptions,
): Problem | undefined {
  if (signal?.aborted === true) return cancellation(signal);
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_WORKER_OUT_OF_MEMORY") {
    const detail = `${task.name} needs more than ${options.memoryMib} MiB of memory`;
    return problem("limit-reached", detail, { cause: error });
  }
  if (/queue is at limit/.test(error.message)) {
    return problem("limit-reached", `${options.maxWaiting} computations wait already`);
  }
  if (/is closed|is being destroyed|Terminating worker/.test(error.message)) {
    return problem("not-ready", "the worker threads have ended");
  }
  return undefined;
}

/** The reason of a signal as a problem. */
function cancellation(signal: AbortSignal): Problem {
  if (isProblem(signal.reason)) return signal.reason;
  return problem("cancelled", "the work was cancelled", { cause: signal.reason });
}

function received(answer: ComputeAnswer, task: ComputeTask): unknown {
  if ("value" in answer) return answer.value;
  if ("problem" in answer) throw again(answer.problem);
  const bug = new Bug(`${task.name}: ${answer.bug.message}`);
  bug.stack = answer.bug.stack;
  throw bug;
}

function again(sent: Extract<ComputeAnswer, { problem: unknown }>["problem"]): Problem {
  const { code, detail, errors, retryAfterSeconds } = sent;
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return problem(code, detail, { errors, ...wait });
}
