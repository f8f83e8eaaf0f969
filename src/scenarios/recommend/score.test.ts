import { describe, expect, test } from "vitest";
import type { RecommendModel } from "./fit.ts";
import { singleBlend } from "./learning/blending.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import { families } from "./learning/held-out.ts";
import type { RecommendDecision } from "./schema.ts";
import { score, verdictOn } from "./score.ts";

const model = (blend: number, alone: readonly number[]): RecommendModel => {
  const family = { blend: singleBlend(2, 0), tunedOn: 1, judged: { cases: 9, blend, alone } };
  return {
    sources: [
      { name: "markov", model: null },
      { name: "ease", model: null },
    ],
    blends: Object.fromEntries(families.map((name) => [name, family])),
  } as unknown as RecommendModel;
};

describe("what good means", () => {
  test("hits and gain of the lists that were shown", () => {
    const decision = (...groups: string[]) =>
      ({ items: groups.map((group) => ({ group })) }) as unknown as RecommendDecision;
    const outcomes = {
      groups: ["a", "b", "c"],
      sequences: { offsets: Int32Array.of(0, 1, 3, 3), tokens: Int32Array.of(1, 0, 2) },
    } as unknown as RecommendFrame;
    const reached = score([decision("a", "b"), decision("x", "y"), decision("a")], outcomes);
    // The first finds b in second place, 1 / log2(3); the second finds nothing; the third is not asked.
    expect(reached["cases"]).toBe(2);
    expect(reached["hr10"]).toBe(0.5);
    expect(reached["ndcg10"]).toBeCloseTo(1 / Math.log2(3) / 2, 12);
    expect(score([], outcomes)).toEqual({ cases: 0, hr10: 0, ndcg10: 0 });
  });

  test("a blend below a source alone, or one that is no number, does not go into service", () => {
    expect(verdictOn(model(0.3, [0.2, 0.3])).good).toBe(true);
    expect(verdictOn(model(0.2, [0.1, 0.3]))).toMatchObject({
      good: false,
      why: expect.stringContaining('"next"'),
    });
    expect(verdictOn(model(Number.NaN, [0.1, 0.3])).good).toBe(false);
  });

  test("one that went on and answers worse than what serves does not go into service", () => {
    const wentOn = (ndcgBefore: number, ndcg: number): RecommendModel => ({
      ...model(0.3, [0.2, 0.3]),
      onward: {
        ...{
          version: "recommend-000007",
          since: 0,
          anewAt: 0,
          fresh: 9,
          older: 9,
          passes: 2,
          cases: 40,
        },
        ...{ ndcgBefore, ndcg },
      },
    });
    expect(verdictOn(wentOn(0.3, 0.3)).good).toBe(true);
    expect(verdictOn(wentOn(0.31, 0.3))).toMatchObject({
      good: false,
      why: expect.stringContaining("recommend-000007"),
    });
  });
});
