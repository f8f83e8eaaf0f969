import { describe, expect, test } from "vitest";
import { sequencesOf } from "./sequences.ts";
import { defaultTelling, tellingWeights } from "./telling.ts";
import { bagsOf } from "./text.ts";

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

describe("what features tell", () => {
  const { bags, features } = bagsOf([
    ["shop", "tea", "lone"],
    ["shop", "tea"],
    ["shop", "cup"],
    ["shop", "cup"],
    ["pair"],
    ["pair"],
  ]);
  const lists = [...times(10, [0, 1]), ...times(10, [2, 3]), ...times(5, [4, 5])];
  const weights = tellingWeights(bags, sequencesOf(lists, 6), defaultTelling);
  const of = (feature: string): number => weights[features.indexOf(feature)];

  test("the logarithm of how many times as often as by chance neighbours share them", () => {
    // Of 25 pairs 10 share "tea"; drawn by how often each is touched, 2 (10 / 50)² of them would.
    expect(of("tea")).toBeCloseTo(Math.log(10 / (25 * 2 * 0.2 ** 2)), 5);
    expect(of("cup")).toBe(of("tea"));
    // 20 share "shop", and 12 of the 16 ways to draw two of its four would be two different ones.
    expect(of("shop")).toBeCloseTo(Math.log(20 / (25 * 12 * 0.2 ** 2)), 5);
    expect(of("tea")).toBeGreaterThan(of("shop"));
  });

  test("what no two items share is taken to be like others as seldom touched", () => {
    expect(of("pair")).toBeCloseTo(Math.log(5 / (25 * 2 * 0.1 ** 2)), 5);
    expect(of("lone")).toBeCloseTo(of("pair"), 5);
  });

  test("what is shared less often than by chance, or never touched, tells nothing", () => {
    const { bags: others } = bagsOf([["a"], ["b"], ["a"], ["b"], ["never"]]);
    const apart = sequencesOf(times(8, [0, 1, 2, 3]), 5);
    const found = tellingWeights(others, apart, { window: 1, evidence: 0.1 });
    expect([...found]).toEqual([0, 0, 0]);
  });

  test("without histories nothing does", () => {
    const found = tellingWeights(bags, sequencesOf([], 6), defaultTelling);
    expect(found.every((weight) => weight === 0)).toBe(true);
  });
});
