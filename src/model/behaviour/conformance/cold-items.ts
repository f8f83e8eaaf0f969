import { type Csr, countColumns, transpose } from "../../../algorithms/csr.ts";
import type { Sequences } from "../../../algorithms/sequences.ts";
import { createRandom } from "../../../tensor/random.ts";
import { tokensOf } from "../context.ts";
import type { RankQuestion } from "../rank.ts";

/** Items of which nobody has done anything yet, and a baseline that knows what they say of themselves. */

/** A share of the items, drawn; 1 where an item is one of them. @shape result [vocabulary] */
export function drawCold(vocabulary: number, share: number, seed: number): Uint8Array {
  const order = Int32Array.from({ length: vocabulary }, (_, item) => item);
  createRandom(seed).split("cold items").shuffle(order);
  const cold = new Uint8Array(vocabulary);
  for (const item of order.subarray(0, Math.round(share * vocabulary))) cold[item] = 1;
  return cold;
}

/** The sequences without actions on those items. O(n). @shape cold [vocabulary] */
export function withoutItems(all: Sequences, cold: Uint8Array): Sequences {
  const kept = Int32Array.from(all.tokens.keys()).filter((place) => cold[all.tokens[place]] === 0);
  const offsets = new Int32Array(all.rows + 1);
  let row = 0;
  kept.forEach((place, at) => {
    while (place >= all.offsets[row + 1]) offsets[++row] = at;
  });
  offsets.fill(kept.length, row + 1);
  return {
    rows: all.rows,
    vocabulary: all.vocabulary,
    offsets,
    tokens: Int32Array.from(kept, (place) => all.tokens[place]),
    times: Float64Array.from(kept, (place) => all.times[place]),
    weights: Float32Array.from(kept, (place) => all.weights[place]),
  };
}

/** Questions whose histories have lost those items; without any history left they are not asked. */
export const historiesWithout = (
  questions: readonly RankQuestion[],
  cold: Uint8Array,
): RankQuestion[] =>
  questions.flatMap(({ history, target }) => {
    const left = tokensOf(history).filter((item) => cold[item] === 0);
    return left.length === 0 ? [] : [{ history: left, target }];
  });

/**
 * Popularity within category: items that share a category or brand with the last action come first, the
 * more of them the earlier, and among as near the popular ones. An item without events is as popular as
 * the mean of its categories and brands. `marks` tells which columns of the bags these are.
 */
export function categoryPopularity(
  sequences: Sequences,
  bags: Csr,
  marks: Uint8Array,
): (last: number, out: Float32Array) => void {
  const counts = countColumns(sequences.tokens, sequences.vocabulary);
  const byFeature = transpose(bags);
  const means = Float64Array.from({ length: bags.width }, (_, feature) => {
    const items = byFeature.columns.subarray(
      byFeature.offsets[feature],
      byFeature.offsets[feature + 1],
    );
    const known = items.filter((item) => counts[item] > 0);
    return known.reduce((sum, item) => sum + counts[item], 0) / Math.max(1, known.length);
  });
  const marksOf = (item: number): Int32Array =>
    bags.columns
      .subarray(bags.offsets[item], bags.offsets[item + 1])
      .filter((feature) => marks[feature] === 1);
  const popularity = Float64Array.from(counts, (count, item) => {
    if (count > 0) return count;
    const own = marksOf(item);
    return own.reduce((sum, feature) => sum + means[feature], 0) / Math.max(1, own.length);
  });
  const most = 1 + popularity.reduce((a, b) => Math.max(a, b), 0);
  return (last, out) => {
    popularity.forEach((value, item) => {
      out[item] = value / most;
    });
    for (const feature of marksOf(last)) {
      for (let at = byFeature.offsets[feature]; at < byFeature.offsets[feature + 1]; at++) {
        out[byFeature.columns[at]] += 1;
      }
    }
  };
}
