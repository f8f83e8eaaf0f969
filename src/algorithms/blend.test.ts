import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import {
  type BlendParams,
  blendCase,
  blendInto,
  blendWeights,
  fitBlend,
  meanNdcg,
  scaleScores,
} from "./blend.ts";
import { nothingMasked } from "./top-k.ts";

const params: BlendParams = {
  k: 10,
  scale: "max",
  segments: [Number.POSITIVE_INFINITY],
  minCases: 20,
  folds: 3,
};

/** Source 0 knows half of each answer, source 1 the other half, source 2 is noise. */
function cases(count: number, noise: number, seed: number) {
  const random = createRandom(seed).split("cases");
  return Array.from({ length: count }, () => {
    const target = random.int(50);
    const sources = [0, 1, 2].map((source) =>
      Float32Array.from({ length: 50 }, (_, token) => {
        const hint = source < 2 && token === target ? 0.6 : 0;
        return hint + noise * random.uniform();
      }),
    );
    for (const scores of sources) scaleScores(scores, nothingMasked, "max");
    return blendCase(sources, Int32Array.of(target), 1 + random.int(10), 50);
  });
}

describe("scales", () => {
  test("max, root and rank by hand; masked and negative become 0", () => {
    const scores = Float32Array.of(4, -1, 1, 16);
    const mask = Uint8Array.of(0, 0, 0, 1);
    const scaled = (scale: "max" | "root" | "rank") => {
      const copy = scores.slice();
      scaleScores(copy, mask, scale);
      return [...copy];
    };
    expect(scaled("max")).toEqual([1, 0, 0.25, 0]);
    expect(scaled("root")).toEqual([1, 0, 0.5, 0]);
    expect(scaled("rank")).toEqual([1, 0, Math.fround(1 / 1.1), 0]);
  });

  test("nothing above 0 scales to zeros, not NaN", () => {
    for (const scale of ["max", "root", "rank"] as const) {
      const scores = Float32Array.of(0, -3);
      scaleScores(scores, nothingMasked, scale);
      expect([...scores]).toEqual([0, 0]);
    }
  });
});

describe("the metric of the search", () => {
  test("NDCG by hand, for one and for two right answers, also one that nobody found", () => {
    const sources = [Float32Array.of(1, 0.5, 0.25, 0)];
    const at = (targets: number[]) =>
      meanNdcg([blendCase(sources, Int32Array.from(targets), 1, 4)], Float64Array.of(1), 10);
    expect(at([0])).toBe(1);
    expect(at([1])).toBeCloseTo(1 / Math.log2(3), 9);
    expect(at([3])).toBe(0);
    const ideal = 1 + 1 / Math.log2(3);
    expect(at([0, 2])).toBeCloseTo(1.5 / ideal, 9);
    expect(at([0, 3])).toBeCloseTo(1 / ideal, 9);
  });

  test("equal sums rank the lower token first", () => {
    const sources = [Float32Array.of(1, 1)];
    const one = blendCase(sources, Int32Array.of(1), 1, 2);
    expect(meanNdcg([one], Float64Array.of(1), 10)).toBeCloseTo(1 / Math.log2(3), 9);
    expect(meanNdcg([one], Float64Array.of(1), 1)).toBe(0);
  });
});

describe("the blend", () => {
  test("beats each source alone where they know different things, also on unseen cases", () => {
    const model = fitBlend(cases(600, 1, 1), 3, params);
    const [segment] = model.segments;
    expect(segment.ndcg).toBeGreaterThan(Math.max(...segment.alone) * 1.1);
    const unseen = cases(600, 1, 2);
    const alone = meanNdcg(unseen, Float64Array.of(1, 0, 0), 10);
    expect(meanNdcg(unseen, segment.weights, 10)).toBeGreaterThan(alone * 1.1);
    expect(segment.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(segment.weights[2]).toBeLessThan(0.1);
  });

  test("is never below the best source on its cases, in any segment", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const model = fitBlend(cases(40, 3, seed), 3, { ...params, segments: [4, 8, 100] });
      for (const { ndcg, alone, weights } of model.segments) {
        expect(ndcg).toBeGreaterThanOrEqual(Math.max(...alone) - 1e-12);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test("a small segment uses the weights of all; the length of a history picks the segment", () => {
    const model = fitBlend(cases(100, 1, 3), 3, { ...params, segments: [2, 1000], minCases: 90 });
    expect(model.segments[0].weights).toEqual(
      fitBlend(cases(100, 1, 3), 3, params).segments[0].weights,
    );
    const two = {
      scale: "max" as const,
      segments: [1, 5].map((below) => ({
        below,
        weights: Float64Array.of(below),
        ndcg: 0,
        alone: new Float64Array(1),
        cases: 0,
      })),
    };
    expect([0, 1, 4, 9].map((length) => blendWeights(two, length)[0])).toEqual([1, 5, 5, 5]);
  });

  test("the same cases give the same weights; no cases give a usable blend", () => {
    expect(fitBlend(cases(50, 1, 4), 3, params)).toEqual(fitBlend(cases(50, 1, 4), 3, params));
    const weights = blendWeights(fitBlend([], 2, params), 3);
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  test("the sum by hand", () => {
    const out = new Float32Array(2).fill(9);
    blendInto(
      Float64Array.of(0.5, 0, 2),
      [1, 2, 3].map((x) => Float32Array.of(x, 10 * x)),
      out,
    );
    expect([...out]).toEqual([6.5, 65]);
  });
});
