import { assert } from "../assert.ts";

/**
 * How good one ranked list is, from the places its targets took in the full catalogue. Idea: every
 * metric here depends on the targets' ranks alone, so a list is never built and the catalogue never
 * sorted. Relevance is binary. Source: Järvelin & Kekäläinen 2002 (DCG); Manning, Raghavan &
 * Schütze 2008, chapter 8. Left out: graded relevance, and every metric on sampled negatives
 * (Krichene & Rendle 2020 show that those order models wrongly).
 *
 * Throughout: `ranks` are 1-based and ascending, without targets that could not be ranked;
 * `targets` counts all targets, ranked or not; `k` is the length of the list.
 */
export const rankingMetricNames = [
  "hr",
  "ndcg",
  "mrr",
  "recall",
  "precision",
  "f1",
  "map",
] as const;

/** 1 when any target is in the first k, else 0. O(1). @shape ranks [n] */
export function hitAt(ranks: ArrayLike<number>, k: number): number {
  return ranks.length > 0 && (ranks[0] as number) <= k ? 1 : 0;
}

/** How many targets are in the first k. O(k). @shape ranks [n] */
export function hitsAt(ranks: ArrayLike<number>, k: number): number {
  let hits = 0;
  while (hits < ranks.length && (ranks[hits] as number) <= k) hits++;
  return hits;
}

/**
 * Normalised discounted cumulative gain, 0..1: a target at rank r is worth 1 / log2(r + 1), and
 * the sum is divided by that of the best possible list of length k. O(k). @shape ranks [n]
 */
export function ndcgAt(ranks: ArrayLike<number>, targets: number, k: number): number {
  const hits = hitsAt(ranks, k);
  let gain = 0;
  for (let i = 0; i < hits; i++) gain += discount(ranks[i] as number);
  let best = 0;
  for (let rank = Math.min(targets, k); rank >= 1; rank--) best += discount(rank);
  return best === 0 ? 0 : gain / best;
}

/** 1 / rank of the first target, 0 when it is not in the first k. O(1). @shape ranks [n] */
export function reciprocalRankAt(ranks: ArrayLike<number>, k: number): number {
  return hitAt(ranks, k) === 0 ? 0 : 1 / (ranks[0] as number);
}

/** Share of the targets that are in the first k, 0..1. O(k). @shape ranks [n] */
export function recallAt(ranks: ArrayLike<number>, targets: number, k: number): number {
  return targets === 0 ? 0 : hitsAt(ranks, k) / targets;
}

/** Share of the first k that are targets, 0..1. O(k). @shape ranks [n] */
export function precisionAt(ranks: ArrayLike<number>, k: number): number {
  return hitsAt(ranks, k) / k;
}

/** Harmonic mean of precision and recall at k, 0..1. O(k). @shape ranks [n] */
export function f1At(ranks: ArrayLike<number>, targets: number, k: number): number {
  const hits = hitsAt(ranks, k);
  return hits === 0 ? 0 : (2 * hits) / (k + targets);
}

/**
 * Average precision, 0..1: the mean of the precision at each hit, divided by min(targets, k) so
 * that the best list of length k scores 1. O(k). @shape ranks [n]
 */
export function averagePrecisionAt(ranks: ArrayLike<number>, targets: number, k: number): number {
  const hits = hitsAt(ranks, k);
  let sum = 0;
  for (let i = 0; i < hits; i++) sum += (i + 1) / (ranks[i] as number);
  return hits === 0 ? 0 : sum / Math.min(targets, k);
}

/**
 * All metrics of one case at k, written to out[at ..] in the order of `rankingMetricNames`.
 * O(k), no allocation. @shape ranks [n], out [>= at + 7]
 */
export function rankingMetricsInto(
  out: Float64Array,
  at: number,
  ranks: ArrayLike<number>,
  targets: number,
  k: number,
): void {
  assert(targets >= ranks.length, "no more targets are ranked than there are");
  assert(k >= 1, "a list has at least one place");
  out[at] = hitAt(ranks, k);
  out[at + 1] = ndcgAt(ranks, targets, k);
  out[at + 2] = reciprocalRankAt(ranks, k);
  out[at + 3] = recallAt(ranks, targets, k);
  out[at + 4] = precisionAt(ranks, k);
  out[at + 5] = f1At(ranks, targets, k);
  out[at + 6] = averagePrecisionAt(ranks, targets, k);
}

const discount = (rank: number): number => 1 / Math.log2(rank + 1);
