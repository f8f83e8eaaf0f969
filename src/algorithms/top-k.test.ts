import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createTopK,
  nothingMasked,
  topKBesideInto,
  topKInto,
  topKOfInto,
  topKOfRunsInto,
} from "./top-k.ts";

/** The definition: sort by falling score, then by rising index. */
function reference(scores: readonly number[], masked: readonly boolean[], k: number): number[] {
  return scores
    .map((_, index) => index)
    .filter((index) => !masked[index] && scores[index] > Number.NEGATIVE_INFINITY)
    .sort((a, b) => scores[b] - scores[a] || a - b)
    .slice(0, k);
}

function best(scores: Float32Array, mask: Uint8Array, k: number): number[] {
  const top = createTopK(k);
  return [...top.indexes.subarray(0, topKInto(top, scores, mask))];
}

describe("the best k", () => {
  test("best first, ties to the lower index, masked and minus infinite left out", () => {
    const scores = Float32Array.of(1, 3, 3, Number.NEGATIVE_INFINITY, 2, 9);
    expect(best(scores, nothingMasked, 3)).toEqual([5, 1, 2]);
    expect(best(scores, Uint8Array.of(0, 0, 0, 0, 0, 1), 3)).toEqual([1, 2, 4]);
    expect(best(scores, nothingMasked, 10)).toEqual([5, 1, 2, 4, 0]);
    expect(best(scores, nothingMasked, 0)).toEqual([]);
    expect(best(Float32Array.of(Number.NaN, 1), nothingMasked, 2)).toEqual([1]);
  });

  test("of scores beside their indexes equal the best of all, in any order", () => {
    const pairs = fc.uniqueArray(
      fc.record({ index: fc.integer({ min: 0, max: 99 }), score: fc.integer({ min: -4, max: 4 }) }),
      { selector: ({ index }) => index, maxLength: 60 },
    );
    fc.assert(
      fc.property(pairs, fc.integer({ min: 0, max: 20 }), (list, k) => {
        const scores = new Float32Array(100).fill(Number.NEGATIVE_INFINITY);
        for (const { index, score } of list) scores[index] = score;
        const top = createTopK(k);
        const beside = Float32Array.from(list, ({ score }) => score);
        const indexes = Int32Array.from(list, ({ index }) => index);
        const found = topKBesideInto(top, beside, indexes, list.length);
        expect([...top.indexes.subarray(0, found)]).toEqual(best(scores, nothingMasked, k));
      }),
      { seed: 1 },
    );
  });

  test("of some runs of places equal the best of what lies in them", () => {
    // Places 0 to 7 hold rows 7 to 0; looked at are places 6, 1, 2 and 3, that is rows 1, 6, 5 and 4.
    const scores = Float32Array.of(9, 5, 8, 5, 9, 9, 5, 9);
    const rows = Int32Array.of(7, 6, 5, 4, 3, 2, 1, 0);
    const runs = Int32Array.of(6, 7, 1, 4, 0, 0);
    const top = createTopK(3);
    expect(topKOfRunsInto(top, scores, rows, runs, 2)).toBe(3);
    expect([...top.indexes]).toEqual([5, 1, 4]);
    expect(topKOfRunsInto(top, scores, rows, runs, 0)).toBe(0);
    expect(topKOfRunsInto(createTopK(0), scores, rows, runs, 2)).toBe(0);
  });

  test("equals a full sort for any scores, masks and k", () => {
    const entry = fc.record({ score: fc.integer({ min: -4, max: 4 }), masked: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 60 }),
        fc.integer({ min: 0, max: 20 }),
        (list, k) => {
          const scores = list.map(({ score }) => score);
          const masked = list.map((one) => one.masked);
          const mask = Uint8Array.from(masked, Number);
          expect(best(Float32Array.from(scores), mask, k)).toEqual(reference(scores, masked, k));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  test("candidates in any order give the same answer as the scan", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (list, k) => {
          const scores = Float64Array.from(list);
          const reversed = Int32Array.from(list, (_, at) => list.length - 1 - at);
          const top = createTopK(k);
          const found = topKOfInto(top, scores, reversed, reversed.length);
          expect([...top.indexes.subarray(0, found)]).toEqual(
            reference(
              list,
              list.map(() => false),
              k,
            ),
          );
        },
      ),
      { seed: 8, numRuns: 300 },
    );
  });
});
