import { assert } from "../assert.ts";
import { fitLogistic, sigmoid } from "./logistic.ts";

/**
 * Makes of a probability that orders rightly one that is right in size: what is said to happen in three
 * cases of ten then happens in three of ten. Three ways, all of them rising, so that no order changes:
 *
 *   platt     sigmoid(a logit p + b)                                           two numbers
 *   beta      sigmoid(a log p - b log(1 - p) + c), a and b not negative        three
 *   isotonic  the rising steps nearest to what happened, straight in between   as many as the data say
 *
 * Sources: Platt 1999 (with his cautious targets); Kull, Silva Filho & Flach 2017 (beta); Ayer et al.
 * 1955 (pool adjacent violators); Niculescu-Mizil & Caruana 2005 (which when: isotonic wants a thousand
 * cases, and hundreds of the rarer kind).
 * Left out: temperature (Platt with b = 0), several classes. Fit it on a time that the model has not seen.
 */
export type Calibrator =
  | { readonly kind: "identity" }
  | { readonly kind: "platt"; readonly slope: number; readonly intercept: number }
  | { readonly kind: "beta"; readonly a: number; readonly b: number; readonly c: number }
  | {
      readonly kind: "isotonic";
      /** Rising. @shape [knots] */
      readonly knots: Float64Array;
      /** Not falling. @shape [knots] */
      readonly values: Float64Array;
    };

export const calibrationKinds = ["identity", "platt", "beta", "isotonic"] as const;
export type CalibrationKind = (typeof calibrationKinds)[number];

/** Probabilities are kept so far from 0 and 1 where their logarithm is taken. */
const EDGE = 1e-9;
const ROUNDS_MOST = 100;

/** O(n log n). @shape probabilities [n] 0..1, labels [n] 0 or 1 */
export function fitCalibrator(
  kind: CalibrationKind,
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
): Calibrator {
  assert(probabilities.length === labels.length, "every probability has a label");
  switch (kind) {
    case "identity":
      return { kind };
    case "platt":
      return fitPlatt(probabilities, labels);
    case "beta":
      return fitBeta(probabilities, labels);
    case "isotonic":
      return fitIsotonic(probabilities, labels);
  }
}

/** O(log knots). @unit probability 0..1, as the result */
export function calibrated(calibrator: Calibrator, probability: number): number {
  const p = Math.min(Math.max(probability, EDGE), 1 - EDGE);
  switch (calibrator.kind) {
    case "identity":
      return probability;
    case "platt":
      return sigmoid(calibrator.slope * Math.log(p / (1 - p)) + calibrator.intercept);
    case "beta":
      return sigmoid(calibrator.a * Math.log(p) - calibrator.b * Math.log1p(-p) + calibrator.c);
    case "isotonic":
      return interpolated(calibrator.knots, calibrator.values, probability);
  }
}

/**
 * Labels are drawn in by one case of each kind, so that cases that are told apart without a mistake do
 * not make it certain.
 */
function fitPlatt(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Calibrator {
  const { yes, no } = countsOf(labels);
  const targets = Float64Array.from(labels, (label) =>
    label === 1 ? (yes + 1) / (yes + 2) : 1 / (no + 2),
  );
  const logits = Float64Array.from(probabilities, (value) => {
    const p = Math.min(Math.max(value, EDGE), 1 - EDGE);
    return Math.log(p / (1 - p));
  });
  const { intercept, coefficients } = logisticOf(logits, targets, 1);
  // A slope below 0 would turn the order round: then nothing is known but the rate.
  if (coefficients[0] >= 0) return { kind: "platt", slope: coefficients[0], intercept };
  return { kind: "platt", slope: 0, intercept: rateLogit(yes, no) };
}

function fitBeta(probabilities: ArrayLike<number>, labels: ArrayLike<number>): Calibrator {
  const { yes, no } = countsOf(labels);
  const both = new Float64Array(2 * labels.length);
  for (let i = 0; i < labels.length; i++) {
    const p = Math.min(Math.max(probabilities[i], EDGE), 1 - EDGE);
    both[2 * i] = Math.log(p);
    both[2 * i + 1] = -Math.log1p(-p);
  }
  const free = logisticOf(both, labels, 2);
  const [a, b] = free.coefficients;
  if (a >= 0 && b >= 0) return { kind: "beta", a, b, c: free.intercept };
  // One of the two turns the order round: it is left out, and the other is fitted alone.
  const kept = a < 0 ? 1 : 0;
  const alone = logisticOf(
    both.filter((_, at) => at % 2 === kept),
    labels,
    1,
  );
  const one = alone.coefficients[0];
  if (one < 0) return { kind: "beta", a: 0, b: 0, c: rateLogit(yes, no) };
  return { kind: "beta", a: kept === 0 ? one : 0, b: kept === 1 ? one : 0, c: alone.intercept };
}

/**
 * The function that does not fall and whose squared distance from the labels is least: neighbours that
 * fall are pooled until none does. Between two pools it runs straight. O(n log n).
 * @shape probabilities [n], labels [n]
 */
export function fitIsotonic(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
): Calibrator & { readonly kind: "isotonic" } {
  const n = labels.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => probabilities[i] - probabilities[j],
  );
  const pools: { sum: number; count: number; first: number; last: number }[] = [];
  for (let from = 0; from < n; ) {
    const score = probabilities[order[from]];
    const pool = { sum: 0, count: 0, first: score, last: score };
    for (; from < n && probabilities[order[from]] === score; from++) {
      pool.sum += labels[order[from]];
      pool.count++;
    }
    pools.push(pool);
    while (pools.length > 1 && falls(pools)) {
      const top = pools.pop() as (typeof pools)[number];
      const below = pools[pools.length - 1];
      below.sum += top.sum;
      below.count += top.count;
      below.last = top.last;
    }
  }
  const ends = pools.flatMap((pool) =>
    pool.first === pool.last
      ? [[pool.first, pool]]
      : [
          [pool.first, pool],
          [pool.last, pool],
        ],
  ) as [number, (typeof pools)[number]][];
  return {
    kind: "isotonic",
    knots: Float64Array.from(ends, ([score]) => score),
    values: Float64Array.from(ends, ([, pool]) => pool.sum / pool.count),
  };
}

function falls(pools: readonly { sum: number; count: number }[]): boolean {
  const [below, top] = [pools[pools.length - 2], pools[pools.length - 1]];
  return below.sum * top.count >= top.sum * below.count;
}

/** @shape knots [n] rising, values [n] */
function interpolated(knots: Float64Array, values: Float64Array, at: number): number {
  const last = knots.length - 1;
  if (last < 0) return at;
  if (at <= knots[0]) return values[0];
  if (at >= knots[last]) return values[last];
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (knots[middle] <= at) low = middle;
    else high = middle;
  }
  const share = (at - knots[low]) / (knots[high] - knots[low]);
  return values[low] + share * (values[high] - values[low]);
}

const logisticOf = (x: Float64Array, labels: ArrayLike<number>, columns: number) =>
  fitLogistic(x, labels, undefined, { columns, ridge: 0, roundsMost: ROUNDS_MOST });

function countsOf(labels: ArrayLike<number>): { yes: number; no: number } {
  let yes = 0;
  for (let i = 0; i < labels.length; i++) yes += labels[i];
  return { yes, no: labels.length - yes };
}

const rateLogit = (yes: number, no: number): number => Math.log((yes + 1) / (no + 1));
