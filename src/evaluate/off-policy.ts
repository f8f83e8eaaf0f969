import { assert } from "../assert.ts";

/**
 * What click rate another policy would have had, from lists that were shown by the one in service.
 * Idea: a show that the other policy would have made more often counts for more, by the ratio of
 * the two probabilities. Sources: Horvitz & Thompson 1952 (IPS); Swaminathan & Joachims 2015
 * (SNIPS); Ionides 2008 (truncated weights).
 * Left out: a model of rewards (doubly robust), slates as wholes. It says nothing of what the
 * logging policy never shows: look at `effectiveShows` and `reach` before believing it.
 */
export interface OffPolicyShows {
  /** 1 when clicked. @shape [n] */
  readonly clicks: ArrayLike<number>;
  /** Probability of the show under the policy in service, (0, 1]. @shape [n] */
  readonly propensities: ArrayLike<number>;
  /** Probability of the same show under the policy that is judged, 0..1. @shape [n] */
  readonly targets: ArrayLike<number>;
}

export interface ClickRateEstimate {
  readonly shows: number;
  /** What the policy in service had. */
  readonly logged: number;
  /** Unbiased where weights are not clipped; may exceed 1. */
  readonly ips: number;
  /** Weights normalised by their sum: a little biased, far steadier, never outside 0..1. */
  readonly snips: number;
  /** Standard error of `snips` by the delta method. */
  readonly snipsError: number;
  /** (sum w)² / sum w²: as many equal shows would be as sure. */
  readonly effectiveShows: number;
  /** Mean weight: near 1 when the logged shows cover what the other policy does. */
  readonly reach: number;
  /** Share of shows whose weight was cut to `clip`, 0..1. */
  readonly clippedShare: number;
}

/** O(n). @unit clip greatest weight, above 0; Infinity cuts nothing */
export function estimateClickRate(shows: OffPolicyShows, clip: number): ClickRateEstimate {
  const { clicks, propensities, targets } = shows;
  const n = clicks.length;
  assert(propensities.length === n, "every show has a propensity");
  assert(targets.length === n, "every show has a target probability");
  assert(clip > 0, "the greatest weight is positive");
  const weights = new Float64Array(n);
  let clipped = 0;
  for (let i = 0; i < n; i++) {
    const propensity = propensities[i] as number;
    assert(propensity > 0 && propensity <= 1, "a propensity is in (0, 1]");
    const weight = (targets[i] as number) / propensity;
    if (weight > clip) clipped++;
    weights[i] = Math.min(weight, clip);
  }
  const sums = weighted(weights, clicks);
  const snips = ratio(sums.clicks, sums.weight);
  return {
    shows: n,
    logged: ratio(sums.plain, n),
    ips: ratio(sums.clicks, n),
    snips,
    snipsError: ratio(Math.sqrt(scatter(weights, clicks, snips)), sums.weight),
    effectiveShows: ratio(sums.weight ** 2, sums.squares),
    reach: ratio(sums.weight, n),
    clippedShare: ratio(clipped, n),
  };
}

function weighted(
  weights: Float64Array,
  clicks: ArrayLike<number>,
): { weight: number; squares: number; clicks: number; plain: number } {
  const sums = { weight: 0, squares: 0, clicks: 0, plain: 0 };
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    sums.weight += weight;
    sums.squares += weight * weight;
    sums.clicks += weight * (clicks[i] as number);
    sums.plain += clicks[i] as number;
  }
  return sums;
}

/** Sum of squared weighted residuals. */
function scatter(weights: Float64Array, clicks: ArrayLike<number>, rate: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    sum += ((weights[i] as number) * ((clicks[i] as number) - rate)) ** 2;
  }
  return sum;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
