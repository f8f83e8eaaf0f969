import { assert } from "../../assert.ts";
import { logGamma } from "../log-gamma.ts";
import { simplexDescent } from "../solvers/simplex-descent.ts";

/**
 * When will who bought buy again? Each buys at a rate of their own, gamma-distributed with shape r and
 * rate alpha, and after each purchase stops for good with a chance of their own, beta-distributed with a
 * and b. All it needs of a history are three numbers: repeats, when the last one was, and how long ago
 * the first purchase is. Source: Fader, Hardie & Lee 2005 (BG/NBD), with the likelihood of their note
 * of 2019 that does not overflow.
 * Left out: covariates, seasons; who stops without a purchase (Pareto/NBD). Not for a shop whose buyers
 * come at fixed intervals: there rates are not exponential.
 */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
  readonly logLikelihood: number;
}

/**
 * What is known of buyers, counted from the first purchase of each; the unit of time is the caller's.
 * @shape all [buyers] @unit lastAt and age in one unit of time, 0 <= lastAt <= age
 */
export interface Repeats {
  /** Purchases after the first. */
  readonly repeats: ArrayLike<number>;
  /** From the first to the last purchase; 0 where there is no repeat. */
  readonly lastAt: ArrayLike<number>;
  /** From the first purchase until now. */
  readonly age: ArrayLike<number>;
}

const CALLS_MOST = 20_000;

/** Greatest likelihood. O(calls buyers), some 500 calls. @shape see Repeats */
export function fitBgNbd(buyers: Repeats): BgNbd {
  const n = buyers.age.length;
  assert(n > 0, "there is a buyer");
  const mean = meanOf(buyers.age);
  // Times in units of the mean age, so that all four numbers are of one size.
  const times = mean > 0 ? mean : 1;
  const scaled = {
    repeats: buyers.repeats,
    lastAt: Float64Array.from(buyers.lastAt, (time) => time / times),
    age: Float64Array.from(buyers.age, (time) => time / times),
  };
  const lowest = simplexDescent(
    new Float64Array(4),
    (logs) =>
      -likelihood(
        scaled,
        Math.exp(logs[0]),
        Math.exp(logs[1]),
        Math.exp(logs[2]),
        Math.exp(logs[3]),
      ) / n,
    { step: 0.5, tolerance: 1e-13, callsMost: CALLS_MOST },
  );
  const [r, alpha, a, b] = lowest.point.map(Math.exp);
  const fitted = { r, alpha: alpha * times, a, b };
  return { ...fitted, logLikelihood: bgNbdLogLikelihood(fitted, buyers) };
}

/** O(buyers). @shape see Repeats @unit result nats, of densities in the caller's unit of time */
export const bgNbdLogLikelihood = (
  { r, alpha, a, b }: Omit<BgNbd, "logLikelihood">,
  buyers: Repeats,
): number => likelihood(buyers, r, alpha, a, b);

function likelihood(
  { repeats, lastAt, age }: Repeats,
  r: number,
  alpha: number,
  a: number,
  b: number,
): number {
  const start = r * Math.log(alpha) - logGamma(r) + logGamma(a + b) - logGamma(b);
  let sum = 0;
  for (let i = 0; i < age.length; i++) {
    const x = repeats[i];
    const living = -(r + x) * Math.log(alpha + age[i]);
    let both = living;
    if (x > 0) {
      const stopped = Math.log(a / (b + x - 1)) - (r + x) * Math.log(alpha + lastAt[i]);
      const top = Math.max(living, stopped);
      both = top + Math.log(Math.exp(living - top) + Math.exp(stopped - top));
    }
    sum += start + logGamma(r + x) + logGamma(b + x) - logGamma(a + b + x) + both;
  }
  return sum;
}

/** The chance that buyer `at` has not stopped. O(1). @shape see Repeats */
export function chanceAlive({ r, alpha, a, b }: BgNbd, buyers: Repeats, at: number): number {
  const x = buyers.repeats[at];
  if (x === 0) return 1;
  const silence = (r + x) * Math.log((alpha + buyers.age[at]) / (alpha + buyers.lastAt[at]));
  return 1 / (1 + (a / (b + x - 1)) * Math.exp(silence));
}

/** The chance of at least one purchase within a time from now. O(1). @shape see Repeats */
export function chanceOfPurchase(
  model: BgNbd,
  buyers: Repeats,
  at: number,
  within: number,
): number {
  const { r, alpha } = model;
  const age = alpha + buyers.age[at];
  const none = (age / (age + within)) ** (r + buyers.repeats[at]);
  return chanceAlive(model, buyers, at) * (1 - none);
}

/** Expected purchases within a time from now. O(terms of the series). @shape see Repeats */
export function expectedPurchases(
  model: BgNbd,
  buyers: Repeats,
  at: number,
  within: number,
): number {
  const { r, alpha, b } = model;
  // The formula divides by a - 1; the mean is smooth there, so a hair beside it is as good.
  const a = Math.abs(model.a - 1) < 1e-6 ? 1 + 1e-6 : model.a;
  const x = buyers.repeats[at];
  const age = alpha + buyers.age[at];
  const series = hypergeometric(r + x, b + x, a + b + x - 1, within / (age + within));
  const whole = 1 - (age / (age + within)) ** (r + x) * series;
  return ((a + b + x - 1) / (a - 1)) * whole * chanceAlive(model, buyers, at);
}

const TERMS_MOST = 100_000;

/** Gauss's 2F1 by its series, which is finite for z below 1. */
function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 0; k < TERMS_MOST; k++) {
    term *= (((a + k) * (b + k)) / ((c + k) * (k + 1))) * z;
    sum += term;
    if (Math.abs(term) < 1e-14 * Math.abs(sum)) break;
  }
  return sum;
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
