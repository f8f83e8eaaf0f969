import type { MessagePort } from "node:worker_threads";
import { type FieldError, isProblem, type ProblemCode } from "../../errors.ts";
import type { StopSign } from "../jobs.ts";

/**
 * What a worker thread runs: it imports the module asked for, calls the function, and answers with
 * plain data, because classes do not survive the way between threads.
 */
export interface ComputeOrder {
  /** File URL of a module that this thread can load. */
  readonly module: string;
  readonly name: string;
  readonly argument: unknown;
  /** Takes what the function says on the way. */
  readonly port: MessagePort;
  /** Its first number is no longer 0 once the function should stop. */
  readonly stop: Int32Array;
}

export type ComputeAnswer =
  | { readonly value: unknown }
  | { readonly problem: SentProblem }
  | { readonly bug: { readonly message: string; readonly stack: string } };

export interface SentProblem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;
}

export async function compute(order: ComputeOrder): Promise<ComputeAnswer> {
  try {
    const loaded = (await import(order.module)) as Readonly<Record<string, unknown>>;
    const found = loaded[order.name];
    if (typeof found !== "function") throw new TypeError(`${order.module} has no ${order.name}`);
    const sign: StopSign = {
      get aborted() {
        return Atomics.load(order.stop, 0) !== 0;
      },
    };
    const say = (said: unknown): void => order.port.postMessage(said);
    return { value: await found(order.argument, say, sign) };
  } catch (error) {
    return sent(error);
  } finally {
    order.port.close();
  }
}

function sent(error: unknown): ComputeAnswer {
  if (isProblem(error)) {
    const { code, message: detail, errors, retryAfterSeconds } = error;
    return { problem: { code, detail, errors, retryAfterSeconds } };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { bug: { message: known.message, stack: known.stack ?? known.message } };
}
