import { assert } from "../../assert.ts";

/** Learning rate of a step, counted from 1. */
export type Schedule = (step: number) => number;

export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate;

export interface DecayOptions {
  readonly peak: number;
  /** Steps in which the rate grows from 0 to its peak, in a line. */
  readonly warmUp: number;
  /** Steps in all; afterwards the rate stays at its last. */
  readonly steps: number;
  /** Share of the peak that is left at the end. @unit 0..1 */
  readonly last: number;
}

/** Up in a line, down along `shape`, which falls from 1 to 0 as its argument grows from 0 to 1. */
function warmed(
  { peak, warmUp, steps, last }: DecayOptions,
  shape: (t: number) => number,
): Schedule {
  assert(warmUp >= 0 && steps >= warmUp, "warm-up comes before the end");
  return (step) => {
    if (step <= warmUp) return (peak * step) / warmUp;
    const t = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
    return peak * (last + (1 - last) * shape(t));
  };
}

/** Half a cosine. Source: Loshchilov & Hutter 2017, without restarts. */
export const cosineDecay = (options: DecayOptions): Schedule =>
  warmed(options, (t) => (1 + Math.cos(Math.PI * t)) / 2);

export const linearDecay = (options: DecayOptions): Schedule => warmed(options, (t) => 1 - t);

/** Up in a line, then as one over the root of the step. Source: Vaswani et al. 2017. */
export const inverseRootDecay =
  (peak: number, warmUp: number): Schedule =>
  (step) =>
    peak * Math.min(step / Math.max(1, warmUp), Math.sqrt(Math.max(1, warmUp) / step));
