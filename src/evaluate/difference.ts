import { assert } from "../assert.ts";
import type { Interval } from "./bootstrap.ts";
import { normalTail, studentBound, studentTail } from "./student-t.ts";

/**
 * Whether two groups of shoppers differ, and by how much. A group is known by how many it has, the mean
 * of what was measured of each, and how far those lie apart. A rate whose base is not the shopper (clicks
 * of lists) is a ratio of two means over shoppers, and its spread that of the linearised ratio, so
 * that a shopper with many lists counts as one (delta method; Deng, Knoblich & Lu 2018). The interval of
 * one look is Welch's; the interval that holds however often somebody looks is the asymptotic confidence
 * sequence of Waudby-Smith et al. 2021. Whether shoppers fell into the groups as drawn: chi-square (Fabijan
 * et al. 2019). Left out: CUPED, correction for many metrics. Not for fewer than some hundred shoppers, whose
 * means are not yet normal.
 */
export interface Sample {
  /** Shoppers. */
  readonly n: number;
  readonly mean: number;
  /** Of one shopper; that of the mean is 1/n of it. */
  readonly variance: number;
}

/** Of n shoppers, those to whom it happened. O(1). */
export function shareOf(n: number, happened: number): Sample {
  assert(happened >= 0 && happened <= n, "no more than all");
  const mean = n === 0 ? 0 : happened / n;
  return { n, mean, variance: mean * (1 - mean) };
}

/** Of n numbers, given as their sum and the sum of their squares. O(1). */
export function meanOf(n: number, sum: number, squares: number): Sample {
  if (n === 0) return { n, mean: 0, variance: 0 };
  const mean = sum / n;
  return { n, mean, variance: n < 2 ? 0 : Math.max(0, (squares - sum * mean) / (n - 1)) };
}

/** Sums over n shoppers of what is counted (top) and of what it is counted per (base). */
export interface RatioSums {
  readonly n: number;
  readonly top: number;
  readonly base: number;
  readonly topTop: number;
  readonly baseBase: number;
  readonly topBase: number;
}

/** Sum of top over sum of base, both of the same shoppers. O(1). */
export function ratioOf({ n, top, base, topTop, baseBase, topBase }: RatioSums): Sample {
  if (n === 0 || base === 0) return { n, mean: 0, variance: 0 };
  const mean = top / base;
  if (n < 2) return { n, mean, variance: 0 };
  // Of top - mean * base of each shopper, whose sum is 0.
  const squares = topTop - 2 * mean * topBase + mean * mean * baseBase;
  const perShopper = base / n;
  return { n, mean, variance: Math.max(0, squares / (n - 1)) / (perShopper * perShopper) };
}

/** How sure the mean of one group is. O(1). */
export function intervalOf({ n, mean, variance }: Sample, confidence: number): Interval {
  const half = n < 2 ? 0 : studentBound(confidence, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

export interface Difference extends Interval {
  /** Two-sided, of one look; 1 where nothing varies. */
  readonly p: number;
  /** Of the mean: its standard deviation. */
  readonly error: number;
}

/** The second mean less the first, by Welch's t. O(1). @unit confidence 0..1 exclusive */
export function differenceOf(first: Sample, second: Sample, confidence: number): Difference {
  const error = Math.sqrt(errorSquared(first) + errorSquared(second));
  return around(second.mean - first.mean, error, freedomOf(first, second), confidence);
}

/** The same as a share of the first mean; undefined where that is 0. O(1). */
export function relativeDifferenceOf(
  first: Sample,
  second: Sample,
  confidence: number,
): Difference | undefined {
  if (first.mean === 0) return undefined;
  const ratio = second.mean / first.mean;
  const variance = errorSquared(second) + ratio * ratio * errorSquared(first);
  const error = Math.sqrt(variance) / Math.abs(first.mean);
  return around(ratio - 1, error, freedomOf(first, second), confidence);
}

/**
 * Half of the interval around a difference that holds at every look at once. It is narrowest, for its
 * number of shoppers, at `tightestAt`. O(1). @unit error of the difference; n, tightestAt shoppers
 */
export function alwaysHalf(
  error: number,
  n: number,
  confidence: number,
  tightestAt: number,
): number {
  if (n === 0) return Number.POSITIVE_INFINITY;
  const miss = 1 - confidence;
  const twice = -2 * Math.log(miss);
  const grown = 1 + (n * (twice + Math.log(twice + 1))) / tightestAt;
  return error * Math.sqrt(((2 * grown) / (grown - 1)) * Math.log(Math.sqrt(grown) / miss));
}

/**
 * Whether the groups are as large as was drawn: chance goes so far with probability p.
 * O(1). @unit share of the second group, 0..1 exclusive
 */
export function ratioTest(
  first: number,
  second: number,
  share: number,
): { readonly chiSquare: number; readonly p: number } {
  assert(share > 0 && share < 1, "both groups were to have some");
  const n = first + second;
  if (n === 0) return { chiSquare: 0, p: 1 };
  const off = second - n * share;
  const chiSquare = (off * off) / (n * share * (1 - share));
  return { chiSquare, p: normalTail(Math.sqrt(chiSquare)) };
}

const errorSquared = ({ n, variance }: Sample): number => (n === 0 ? 0 : variance / n);

/** Of Welch and Satterthwaite. */
function freedomOf(first: Sample, second: Sample): number {
  const [a, b] = [errorSquared(first), errorSquared(second)];
  const parts = (a * a) / Math.max(1, first.n - 1) + (b * b) / Math.max(1, second.n - 1);
  return parts === 0 ? 1 : ((a + b) * (a + b)) / parts;
}

function around(mean: number, error: number, freedom: number, confidence: number): Difference {
  if (error === 0) return { mean, low: mean, high: mean, p: mean === 0 ? 1 : 0, error };
  const half = studentBound(confidence, freedom) * error;
  const p = studentTail(mean / error, freedom);
  return { mean, low: mean - half, high: mean + half, p, error };
}
