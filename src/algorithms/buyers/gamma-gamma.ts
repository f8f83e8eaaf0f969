import { assert } from "../../assert.ts";
import { logGamma } from "../log-gamma.ts";
import { simplexDescent } from "../solvers/simplex-descent.ts";

/**
 * How much will who buys spend a purchase? The amounts of one buyer are gamma-distributed with shape p
 * and a rate of their own, which is gamma-distributed with shape q and rate gamma: the mean of few
 * purchases is drawn towards everybody's, that of many stands. Sources: Colombo & Jiang 1999; Fader &
 * Hardie 2013. Beside BG/NBD it gives the value of a time: expected purchases times expected amount.
 * Not where who buys more often also spends more or less a time: it takes the two as unrelated.
 */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
  readonly logLikelihood: number;
}

const CALLS_MOST = 20_000;

/**
 * Greatest likelihood over buyers with a purchase whose mean is above 0. O(calls buyers).
 * @shape purchases [buyers], means [buyers] @unit means > 0, money of any unit
 */
export function fitGammaGamma(purchases: ArrayLike<number>, means: ArrayLike<number>): GammaGamma {
  const n = means.length;
  assert(n > 0, "there is a buyer");
  let scale = 0;
  for (let i = 0; i < n; i++) {
    assert(purchases[i] > 0 && means[i] > 0, "every buyer has bought for something");
    scale += means[i] / n;
  }
  const scaled = Float64Array.from(means, (mean) => mean / scale);
  const lowest = simplexDescent(
    Float64Array.from([Math.log(2), Math.log(3), Math.log(2)]),
    ([p, q, gamma]) =>
      -likelihood(purchases, scaled, Math.exp(p), Math.exp(q), Math.exp(gamma)) / n,
    { step: 0.5, tolerance: 1e-13, callsMost: CALLS_MOST },
  );
  const [p, q, gamma] = lowest.point.map(Math.exp);
  const ofMoney = gamma * scale;
  return { p, q, gamma: ofMoney, logLikelihood: likelihood(purchases, means, p, q, ofMoney) };
}

function likelihood(
  purchases: ArrayLike<number>,
  means: ArrayLike<number>,
  p: number,
  q: number,
  gamma: number,
): number {
  const start = q * Math.log(gamma) - logGamma(q);
  let sum = 0;
  for (let i = 0; i < means.length; i++) {
    const px = p * purchases[i];
    const spent = purchases[i] * means[i];
    sum += start + logGamma(px + q) - logGamma(px);
    sum += (px - 1) * Math.log(means[i]) + px * Math.log(purchases[i]);
    sum -= (px + q) * Math.log(gamma + spent);
  }
  return sum;
}

/**
 * Expected amount of a purchase of who bought so often for so much in the mean; of who has not bought
 * yet (0 purchases), everybody's mean. O(1). @unit mean and result as the means of the fit
 */
export function expectedAmount(
  { p, q, gamma }: GammaGamma,
  purchases: number,
  mean: number,
): number {
  // Without a mean (q <= 1) the likeliest of what is known stands in for it.
  const divisor = Math.max(p * purchases + q - 1, 1e-6);
  return (p * (gamma + purchases * mean)) / divisor;
}
