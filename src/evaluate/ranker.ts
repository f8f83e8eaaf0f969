import { createTopK, nothingMasked, topKInto } from "../algorithms/top-k.ts";
import { assert } from "../assert.ts";
import { createRandom } from "../tensor/random.ts";

/**
 * The exact places that targets take among all candidates. Idea: scores are scattered once into a
 * seeded random order of the tokens, with what may not be shown at -Infinity; a target's rank is
 * then one more than the number of better scores and of equal ones before it. Nothing is sorted,
 * ties are broken by chance, the same for every method, and neither a token's number nor its age
 * helps it.
 */
export interface Ranker {
  /**
   * Takes the scores of one case. NaN is refused. O(vocabulary).
   * @shape scores [vocabulary], seen [n] tokens that may not be shown in this case
   */
  take(scores: Float32Array, seen: Int32Array): void;
  /**
   * Writes the ranks of the targets that may be shown, ascending, and returns how many.
   * O(vocabulary * targets). @shape targets [t], out [>= t]
   */
  ranksInto(out: Int32Array, targets: Int32Array): number;
  /** Writes the best tokens, best first; returns how many. O(vocabulary). @shape out [>= length] */
  listInto(out: Int32Array): number;
}

export interface RankerOptions {
  /** @shape candidates [vocabulary]: 1 = may be shown */
  readonly candidates: Uint8Array;
  /** Tokens in a list. */
  readonly length: number;
  /** Orders the ties. */
  readonly seed: number;
}

/** Scratch memory for one catalogue; reuse it over cases and methods. O(vocabulary) memory. */
export function createRanker({ candidates, length, seed }: RankerOptions): Ranker {
  const vocabulary = candidates.length;
  const tokenAt = Int32Array.from({ length: vocabulary }, (_, token) => token);
  createRandom(seed).split("ties").shuffle(tokenAt);
  const placeOf = new Int32Array(vocabulary);
  for (let place = 0; place < vocabulary; place++) placeOf[tokenAt[place] as number] = place;
  const placed = new Float32Array(vocabulary);
  const best = createTopK(Math.min(length, vocabulary));
  return {
    take(scores, seen) {
      assert(scores.length === vocabulary, "there is a score for every token");
      const sane = scatterInto(placed, scores, candidates, placeOf);
      assert(sane, "a score is a number");
      for (let i = 0; i < seen.length; i++) {
        placed[placeOf[seen[i] as number] as number] = Number.NEGATIVE_INFINITY;
      }
    },
    ranksInto(out, targets) {
      let ranked = 0;
      for (let i = 0; i < targets.length; i++) {
        const rank = rankOf(placed, placeOf[targets[i] as number] as number);
        if (rank > 0) out[ranked++] = rank;
      }
      out.subarray(0, ranked).sort();
      return ranked;
    },
    listInto(out) {
      const count = topKInto(best, placed, nothingMasked);
      for (let i = 0; i < count; i++) out[i] = tokenAt[best.indexes[i] as number] as number;
      return count;
    },
  };
}

/** False when a score is NaN. */
function scatterInto(
  placed: Float32Array,
  scores: Float32Array,
  candidates: Uint8Array,
  placeOf: Int32Array,
): boolean {
  let sane = true;
  for (let token = 0; token < scores.length; token++) {
    const score = scores[token] as number;
    if (Number.isNaN(score)) sane = false;
    const shown = candidates[token] === 0 ? Number.NEGATIVE_INFINITY : score;
    placed[placeOf[token] as number] = shown;
  }
  return sane;
}

/**
 * 1-based; 0 when it may not be shown. Comparisons are added up as numbers: on scores in random
 * order the processor guesses a branch wrongly half of the time, which made this 2.6 times slower.
 */
function rankOf(placed: Float32Array, at: number): number {
  const score = placed[at] as number;
  if (score === Number.NEGATIVE_INFINITY) return 0;
  let rank = 1;
  for (let place = 0; place < at; place++) rank += Number((placed[place] as number) >= score);
  for (let place = at + 1; place < placed.length; place++) {
    rank += Number((placed[place] as number) > score);
  }
  return rank;
}
