import type { Sequences } from "./sequences.ts";
import { createTopK, nothingMasked, topKInto } from "./top-k.ts";

/**
 * Popularity with decay: a place counts its weight, halved for every half-life it is old. The
 * baseline that everything must beat, and the answer when nothing is known of who asks.
 * Left out: trends (a rise against the past); a short half-life does most of that.
 */
export interface PopularityParams {
  /** Infinity = plain counts. @unit ms */
  readonly halfLifeMs: number;
  /** The moment as of which places are old. @unit epoch ms */
  readonly now: number;
}

/** @shape scores [vocabulary], 0 or more */
export interface PopularityModel {
  readonly scores: Float32Array;
}

/** O(n). Places after `now` count as if they were of now. */
export function fitPopularity(sequences: Sequences, params: PopularityParams): PopularityModel {
  const sums = new Float64Array(sequences.vocabulary);
  const still = params.halfLifeMs === Number.POSITIVE_INFINITY;
  for (let place = 0; place < sequences.tokens.length; place++) {
    const age = Math.max(0, params.now - sequences.times[place]);
    const fade = still ? 1 : 2 ** (-age / params.halfLifeMs);
    sums[sequences.tokens[place]] += sequences.weights[place] * fade;
  }
  return { scores: Float32Array.from(sums) };
}

/** The most popular tokens, best first. O(vocabulary). @shape result [most or all] */
export function mostPopular({ scores }: PopularityModel, most: number): Int32Array {
  const top = createTopK(Math.min(most, scores.length));
  return top.indexes.subarray(0, topKInto(top, scores, nothingMasked));
}
