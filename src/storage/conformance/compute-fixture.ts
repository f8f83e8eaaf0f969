import { problem } from "../../errors.ts";

/** Functions for worker threads, each showing one thing a computation may do. */
export const double = async (value: number): Promise<number> => value * 2;

export const scale = async (given: { values: Float64Array; by: number }): Promise<Float64Array> =>
  given.values.map((value) => value * given.by);

export async function refuse(pointer: string): Promise<never> {
  throw problem("too-little-data", "three events are too few", {
    errors: [{ pointer, detail: "needs ten" }],
    retryAfterSeconds: 7,
  });
}

export async function stumble(): Promise<never> {
  throw new TypeError("a stumble");
}

/** Counts aloud, and answers with how far it came. */
export async function count(to: number, say: (at: number) => void): Promise<number> {
  for (let at = 1; at <= to; at++) say(at);
  return to;
}

/** Never gives the thread back. */
export async function spin(): Promise<never> {
  for (;;);
}

/** Works until it is asked to stop, and says that it was. */
export async function workUntilAsked(
  _: null,
  say: (word: string) => void,
  sign: { readonly aborted: boolean },
): Promise<void> {
  say("began");
  while (!sign.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
  say("stopped by itself");
}
