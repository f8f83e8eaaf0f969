import { logGamma } from "../algorithms/log-gamma.ts";
import { assert } from "../assert.ts";

/**
 * How seldom chance alone goes so far: both tails of Student's t and of the normal distribution, and the
 * bound that a share of all draws stays within. The tail of t is an incomplete beta function, by its
 * continued fraction (DLMF 8.17.22); that of the normal a series near 0 and a continued fraction
 * further out (DLMF 7.6.2, 7.9.1). Left out: one-sided tails, which are half of these.
 */
const STEPS_MOST = 500;
const ENOUGH = 1e-15;
/** From here on t is as good as normal, and differences of log-gammas lose digits. */
const MANY = 1e6;

/** P(|T| >= |t|). O(1). @unit freedom degrees, > 0 */
export function studentTail(t: number, freedom: number): number {
  assert(freedom > 0, "there is some freedom");
  if (freedom > MANY) return normalTail(t);
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** P(|Z| >= |z|) of a normal draw; its square is the tail of chi-square with one degree. O(1). */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  return x < 2 ? 1 - nearErf(x) : farErfc(x);
}

/**
 * t so that |T| < t with so much confidence. By Newton's steps from 0: the tail falls ever slower, so
 * none goes too far. O(steps). @unit confidence 0..1 exclusive
 */
export function studentBound(confidence: number, freedom: number): number {
  assert(confidence > 0 && confidence < 1, "confidence lies inside 0..1");
  let t = 0;
  for (let step = 0; step < STEPS_MOST; step++) {
    const forward = (studentTail(t, freedom) - (1 - confidence)) / (2 * studentDensity(t, freedom));
    t += forward;
    if (forward <= 1e-14 * t) break;
  }
  return t;
}

function studentDensity(t: number, freedom: number): number {
  if (freedom > MANY) return Math.exp(-0.5 * t * t) / Math.sqrt(2 * Math.PI);
  const peak = logGamma((freedom + 1) / 2) - logGamma(freedom / 2);
  const fall = ((freedom + 1) / 2) * Math.log1p((t * t) / freedom);
  return Math.exp(peak - fall) / Math.sqrt(freedom * Math.PI);
}

function nearErf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < STEPS_MOST && term > ENOUGH * sum; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function farErfc(x: number): number {
  let below = x;
  for (let n = 60; n > 0; n--) below = x + n / 2 / below;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * below);
}

/** I_x(a, b). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  // The fraction converges fast on one side of the mean; the other side is its mirror.
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** By Lentz's method: numerator and denominator are carried as ratios. */
function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < STEPS_MOST; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= d * c;
    if (Math.abs(d * c - 1) < ENOUGH) break;
  }
  return value;
}
