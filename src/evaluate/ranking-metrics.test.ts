import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  averagePrecisionAt,
  f1At,
  hitAt,
  ndcgAt,
  precisionAt,
  rankingMetricNames,
  rankingMetricsInto,
  recallAt,
  reciprocalRankAt,
} from "./ranking-metrics.ts";

/**
 * Reference values by Python 3.11.7, numpy 2.4.6, scikit-learn 1.9.1: 12 items with the scores
 * .31 .92 .13 .55 .72 .04 .88 .61 .27 .49 .70 .18 of which items 0, 4, 6 and 11 are relevant take
 * the ranks 2, 3, 8 and 10; `ndcg_score(k=5)`, `ndcg_score(k=10)`, `average_precision_score`.
 */
const ranks = [2, 3, 8, 10];

describe("metrics of one ranked list", () => {
  test("equal scikit-learn", () => {
    expect(ndcgAt(ranks, 4, 5)).toBeCloseTo(0.44149241373678083, 14);
    expect(ndcgAt(ranks, 4, 10)).toBeCloseTo(0.6774887494560811, 14);
    expect(averagePrecisionAt(ranks, 4, 12)).toBeCloseTo(0.48541666666666666, 14);
  });

  test("one target at rank 3, by hand", () => {
    expect(hitAt([3], 2)).toBe(0);
    expect(hitAt([3], 3)).toBe(1);
    // 1 / log2(3 + 1) = 1 / 2, and the best list is worth 1 / log2(2) = 1.
    expect(ndcgAt([3], 1, 10)).toBe(0.5);
    expect(reciprocalRankAt([3], 10)).toBeCloseTo(1 / 3, 15);
    expect(averagePrecisionAt([3], 1, 10)).toBeCloseTo(1 / 3, 15);
  });

  test("four targets, two of them in the first five, by hand", () => {
    expect(recallAt(ranks, 4, 5)).toBe(0.5);
    expect(precisionAt(ranks, 5)).toBe(0.4);
    // 2 * .4 * .5 / (.4 + .5) = 4 / 9.
    expect(f1At(ranks, 4, 5)).toBeCloseTo(4 / 9, 15);
    // Precision at the hits: 1 / 2 and 2 / 3, over min(4, 5) = 4 targets.
    expect(averagePrecisionAt(ranks, 4, 5)).toBeCloseTo((1 / 2 + 2 / 3) / 4, 15);
  });

  test("more targets than places: the best possible list scores 1", () => {
    expect(ndcgAt([1, 2, 3, 4, 5], 5, 3)).toBe(1);
    expect(averagePrecisionAt([1, 2, 3, 4, 5], 5, 3)).toBe(1);
    expect(recallAt([1, 2, 3, 4, 5], 5, 3)).toBe(0.6);
  });

  test("a target that could not be ranked counts as missed", () => {
    expect(recallAt([1], 2, 10)).toBe(0.5);
    expect(ndcgAt([], 1, 10)).toBe(0);
    expect(averagePrecisionAt([], 1, 10)).toBe(0);
    expect(reciprocalRankAt([], 10)).toBe(0);
  });

  test("all metrics at once are those of the single functions, in the order of the names", () => {
    const out = new Float64Array(9).fill(-1);
    rankingMetricsInto(out, 1, ranks, 4, 5);
    expect([...out]).toEqual([
      -1,
      hitAt(ranks, 5),
      ndcgAt(ranks, 4, 5),
      reciprocalRankAt(ranks, 5),
      recallAt(ranks, 4, 5),
      precisionAt(ranks, 5),
      f1At(ranks, 4, 5),
      averagePrecisionAt(ranks, 4, 5),
      -1,
    ]);
    expect(rankingMetricNames).toEqual(["hr", "ndcg", "mrr", "recall", "precision", "f1", "map"]);
  });

  test("moving a target up never lowers a metric, and all lie in 0..1", () => {
    const places = fc.uniqueArray(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(places, fc.nat(), fc.integer({ min: 1, max: 40 }), (given, pick, k) => {
        const before = given.toSorted((a, b) => a - b);
        const moved = before.slice();
        const at = pick % moved.length;
        const free = (moved[at - 1] ?? 0) + 1;
        moved[at] = free;
        const low = new Float64Array(7);
        const high = new Float64Array(7);
        rankingMetricsInto(low, 0, before, before.length, k);
        rankingMetricsInto(high, 0, moved, before.length, k);
        for (let i = 0; i < 7; i++) {
          expect(high[i]).toBeGreaterThanOrEqual(low[i]);
          expect(high[i]).toBeLessThanOrEqual(1 + 1e-12);
          expect(low[i]).toBeGreaterThanOrEqual(0);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  test("more ranked targets than targets is a bug of the caller", () => {
    expect(() => rankingMetricsInto(new Float64Array(7), 0, [1, 2], 1, 5)).toThrow(
      /no more targets/,
    );
  });
});
