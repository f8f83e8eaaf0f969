import { assert } from "../assert.ts";

/**
 * How good the lists are together, beyond hitting a target: do they reach the catalogue, do they
 * share exposure, do they say something new, are they varied. Sources: Castells, Hurley & Vargas
 * 2015 (novelty, intra-list diversity); Fleder & Hosanagar 2009 (Gini of exposure).
 * Left out: serendipity and user-based unexpectedness, which need a model of what was expected.
 */

/** Share of the candidates that were shown at least once, 0..1. O(n). @shape shown [vocabulary] */
export function coverage(shown: Int32Array, candidates: Uint8Array): number {
  let reached = 0;
  let all = 0;
  for (let token = 0; token < shown.length; token++) {
    if (candidates[token] === 0) continue;
    all++;
    if ((shown[token] as number) > 0) reached++;
  }
  return all === 0 ? 0 : reached / all;
}

/**
 * Gini coefficient of how often each candidate was shown: 0 when all alike, towards 1 when a few
 * take everything. O(n log n). @shape shown [vocabulary], candidates [vocabulary] 1 = may be shown
 */
export function giniExposure(shown: Int32Array, candidates: Uint8Array): number {
  const counts = shown.filter((_, token) => candidates[token] !== 0).sort();
  let total = 0;
  let weighted = 0;
  for (let i = 0; i < counts.length; i++) {
    total += counts[i] as number;
    weighted += (2 * (i + 1) - counts.length - 1) * (counts[i] as number);
  }
  return total === 0 ? 0 : weighted / (counts.length * total);
}

/**
 * Self-information of each token, in bits: -log2 of its share of the training actions, each token
 * counted once more than it occurred so that an unseen one is finite and the most surprising.
 * O(n). @shape popularity [vocabulary], result [vocabulary] @unit bits
 */
export function selfInformation(popularity: ArrayLike<number>): Float64Array {
  let total = popularity.length;
  for (let token = 0; token < popularity.length; token++) total += popularity[token] as number;
  const bits = new Float64Array(popularity.length);
  for (let token = 0; token < bits.length; token++) {
    bits[token] = -Math.log2(((popularity[token] as number) + 1) / total);
  }
  return bits;
}

/** Mean of `bits` over a list, 0 for an empty one. O(count). @shape list [>= count] @unit bits */
export function novelty(list: Int32Array, count: number, bits: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += bits[list[i] as number] as number;
  return count === 0 ? 0 : sum / count;
}

/** How alike two tokens are, 0..1; symmetric. */
export type Similarity = (a: number, b: number) => number;

/**
 * Intra-list diversity: 1 - mean similarity over the pairs of a list, 0..1; 0 for fewer than two.
 * O(count²). @shape list [>= count]
 */
export function diversity(list: Int32Array, count: number, similarity: Similarity): number {
  if (count < 2) return 0;
  let sum = 0;
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) sum += similarity(list[i] as number, list[j] as number);
  }
  const mean = sum / ((count * (count - 1)) / 2);
  assert(mean >= -1e-9 && mean <= 1 + 1e-9, "similarities are 0..1");
  return 1 - mean;
}
