import { describe, expect, test } from "vitest";
import { coverage, diversity, giniExposure, novelty, selfInformation } from "./list-metrics.ts";

const all = (n: number): Uint8Array => new Uint8Array(n).fill(1);

describe("lists together", () => {
  test("coverage counts candidates that were shown", () => {
    expect(coverage(Int32Array.of(3, 0, 1, 0), all(4))).toBe(0.5);
    expect(coverage(Int32Array.of(3, 0, 1, 0), Uint8Array.of(1, 1, 0, 0))).toBe(0.5);
    expect(coverage(Int32Array.of(), all(0))).toBe(0);
  });

  test("Gini equals half the relative mean absolute difference (numpy 2.4.6)", () => {
    const shown = Int32Array.of(5, 0, 13, 1, 0, 9, 2);
    expect(giniExposure(shown, all(7))).toBeCloseTo(0.580952380952381, 14);
  });

  test("Gini is 0 when all are shown alike, (n - 1) / n when one takes everything", () => {
    expect(giniExposure(Int32Array.of(4, 4, 4), all(3))).toBe(0);
    expect(giniExposure(Int32Array.of(0, 0, 0, 8), all(4))).toBe(0.75);
    expect(giniExposure(Int32Array.of(0, 0), all(2))).toBe(0);
  });

  test("self-information: half of the actions is one bit, unseen is the most", () => {
    // Counts 3, 1, 0 plus one each: 4, 2, 1 of 7.
    const bits = selfInformation([3, 1, 0]);
    expect(bits[0]).toBeCloseTo(Math.log2(7 / 4), 14);
    expect(bits[2]).toBeCloseTo(Math.log2(7), 14);
    expect(novelty(Int32Array.of(0, 2, 1), 2, bits)).toBeCloseTo(Math.log2(49 / 4) / 2, 14);
    expect(novelty(Int32Array.of(), 0, bits)).toBe(0);
  });

  test("diversity is 1 minus the mean similarity of the pairs", () => {
    const alike = (a: number, b: number): number => (a % 2 === b % 2 ? 1 : 0);
    // Of 0, 1, 2 only the pair (0, 2) is alike: 1 of 3.
    expect(diversity(Int32Array.of(0, 1, 2), 3, alike)).toBeCloseTo(2 / 3, 15);
    expect(diversity(Int32Array.of(0, 2, 1), 2, alike)).toBe(0);
    expect(diversity(Int32Array.of(0), 1, alike)).toBe(0);
    expect(() => diversity(Int32Array.of(0, 1), 2, () => 3)).toThrow(/0..1/);
  });
});
