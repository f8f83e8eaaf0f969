import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRanker } from "./ranker.ts";

const none = new Int32Array(0);
const all = (n: number): Uint8Array => new Uint8Array(n).fill(1);

function rank(
  scores: readonly number[],
  targets: readonly number[],
  more: { seed?: number; seen?: readonly number[]; candidates?: Uint8Array; length?: number } = {},
): { ranks: number[]; list: number[] } {
  const { seed = 1, seen = [], candidates = all(scores.length), length = 3 } = more;
  const ranker = createRanker({ candidates, length, seed });
  ranker.take(Float32Array.from(scores), Int32Array.from(seen));
  const ranks = new Int32Array(targets.length);
  const list = new Int32Array(length);
  const ranked = ranker.ranksInto(ranks, Int32Array.from(targets));
  return {
    ranks: [...ranks.subarray(0, ranked)],
    list: [...list.subarray(0, ranker.listInto(list))],
  };
}

describe("the ranker", () => {
  test("counts what is better", () => {
    expect(rank([0.1, 0.9, 0.5, 0.7], [2, 1])).toEqual({ ranks: [1, 3], list: [1, 3, 2] });
  });

  test("what was seen or is no candidate takes no place and is not ranked", () => {
    const more = { seen: [1], candidates: Uint8Array.of(1, 1, 1, 0) };
    expect(rank([0.1, 0.9, 0.5, 0.7], [0, 1, 3], more)).toEqual({ ranks: [2], list: [2, 0] });
  });

  test("a score of -Infinity means never", () => {
    const never = Number.NEGATIVE_INFINITY;
    expect(rank([never, 1, never], [0, 1])).toEqual({ ranks: [1], list: [1] });
  });

  test("NaN and missing scores are bugs", () => {
    expect(() => rank([1, Number.NaN], [0])).toThrow(/is a number/);
    const ranker = createRanker({ candidates: all(3), length: 1, seed: 1 });
    expect(() => ranker.take(new Float32Array(2), none)).toThrow(/every token/);
  });

  test("ties are broken by the seed, evenly: over seeds each of four has each rank a quarter", () => {
    const first = [0, 0, 0, 0];
    for (let seed = 0; seed < 400; seed++) {
      const { ranks } = rank([5, 5, 5, 5], [2], { seed });
      first[(ranks[0] as number) - 1] = (first[(ranks[0] as number) - 1] as number) + 1;
    }
    // 400 draws with a chance of 1 / 4: standard deviation 8.7, so 5 of them are 43.
    for (const count of first) expect(Math.abs(count - 100)).toBeLessThan(43);
    expect(rank([5, 5, 5, 5], [2], { seed: 7 })).toEqual(rank([5, 5, 5, 5], [2], { seed: 7 }));
  });

  test("agrees with sorting the whole catalogue: the target at rank r is the r-th of the list", () => {
    const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, fc.nat(1000), (given, seed) => {
        const targets = given.map((_, token) => token);
        const { list } = rank(given, targets, { seed, length: given.length });
        for (const token of targets) {
          const { ranks } = rank(given, [token], { seed });
          expect(list[(ranks[0] as number) - 1]).toBe(token);
        }
        for (let i = 1; i < list.length; i++) {
          expect(given[list[i] as number]).toBeLessThanOrEqual(
            given[list[i - 1] as number] as number,
          );
        }
      }),
      { seed: 23, numRuns: 100 },
    );
  });
});
