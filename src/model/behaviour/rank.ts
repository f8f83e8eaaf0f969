import type { Matmul } from "../../tensor/matmul.ts";
import { type Told, tokensOf } from "./context.ts";

/**
 * How high the model ranks what really came next, among the whole catalogue: for stopping in time.
 * What a history holds already can be left out of the ranking, as the published protocols do.
 */
export interface RankQuestion {
  readonly history: Told;
  readonly target: number;
}

export interface Hits {
  /** Share of targets among the first k. */
  readonly hitRate: number;
  readonly ndcg: number;
}

export interface RankOptions {
  readonly k: number;
  readonly filterSeen: boolean;
  readonly width: number;
  /** Tokens that stand in the ranking, 1 each; undefined ranks all. @shape [vocabulary] */
  readonly among?: Uint8Array | undefined;
}

const BLOCK = 256;

/**
 * O(questions vocabulary width). Ties count against the target.
 * @shape states [questions, width], items [vocabulary, width]
 */
export async function rankedHits(
  matmul: Matmul,
  questions: readonly RankQuestion[],
  states: Float32Array,
  items: Float32Array,
  { k, filterSeen, width, among }: RankOptions,
): Promise<Hits> {
  const vocabulary = items.length / width;
  const ranks: number[] = [];
  for (let from = 0; from < questions.length; from += BLOCK) {
    const part = questions.slice(from, from + BLOCK);
    const scores = new Float32Array(part.length * vocabulary);
    const block = states.subarray(from * width, (from + part.length) * width);
    await matmul.multiplyInto(scores, block, items, {
      ...{ m: part.length, n: vocabulary, k: width },
      ...{ transposeA: false, transposeB: true, alpha: 1, beta: 0 },
    });
    part.forEach((question, row) => {
      const own = scores.subarray(row * vocabulary, (row + 1) * vocabulary);
      ranks.push(rankOf(own, question, { filterSeen, among }));
    });
  }
  return hitsOf(ranks, k);
}

/** Of the ranks of the targets, counted from 0. */
export function hitsOf(ranks: readonly number[], k: number): Hits {
  let hits = 0;
  let gain = 0;
  for (const rank of ranks) {
    if (rank >= k) continue;
    hits++;
    gain += 1 / Math.log2(rank + 2);
  }
  const count = Math.max(1, ranks.length);
  return { hitRate: hits / count, ndcg: gain / count };
}

/**
 * Tokens that stand before the target; a target among what is left out stands behind all. Overwrites the
 * scores of what is left out. O(vocabulary). @shape scores [vocabulary]
 */
export function rankOf(
  scores: Float32Array,
  { history, target }: RankQuestion,
  { filterSeen, among }: Pick<RankOptions, "filterSeen" | "among">,
): number {
  if (filterSeen) {
    for (const token of tokensOf(history)) scores[token] = Number.NEGATIVE_INFINITY;
  }
  const own = scores[target] as number;
  let before = 0;
  for (let token = 0; token < scores.length; token++) {
    const stands = among === undefined || among[token] === 1;
    if (stands && (scores[token] as number) >= own && token !== target) before++;
  }
  return before;
}
