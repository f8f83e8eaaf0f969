import type { EpochMs } from "./schema.ts";

/** The only place that reads the time of day. Everything else is handed a clock or a moment. */
export type Clock = () => EpochMs;

export const systemClock: Clock = () => Date.now() as EpochMs;

/** In every runtime we support, yet in neither the language's own library nor this zone's types. */
declare const performance: { now(): number };

/** Milliseconds since an arbitrary start, never going back: for durations, not for dates. */
export const monotonicMs = (): number => performance.now();

/** A clock that a test moves by hand. @unit start ms, step ms/call */
export function fixedClock(start: number, step = 0): Clock {
  let now = start - step;
  return () => {
    now += step;
    return now as EpochMs;
  };
}
