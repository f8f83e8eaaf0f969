import { describe, expect, test } from "vitest";
import { bootstrapMeans, differences, signFlipTest } from "./bootstrap.ts";

const options = { rounds: 4000, confidence: 0.95, seed: 3 };

/** Reference by numpy 2.4.6: mean and population deviation / sqrt(200) of this series. */
const series = Float64Array.from({ length: 200 }, (_, i) => ((i * 3571 + 17) % 1013) / 1013);
const mean = 0.49647087857847977;
const standardError = 0.020446640341157122;

/** Two percentile ends of 4000 rounds scatter by about 3 % of a standard error. */
const scatter = 0.15 * standardError;

describe("bootstrap of means", () => {
  test("a large sample gives mean ± 1.96 standard errors", () => {
    const [found] = bootstrapMeans([series], options);
    expect(found?.mean).toBeCloseTo(mean, 13);
    expect(Math.abs((found?.low as number) - (mean - 1.96 * standardError))).toBeLessThan(scatter);
    expect(Math.abs((found?.high as number) - (mean + 1.96 * standardError))).toBeLessThan(scatter);
  });

  test("a lower confidence is narrower: 1.645 standard errors at 90 %", () => {
    const [found] = bootstrapMeans([series], { ...options, confidence: 0.9 });
    expect(Math.abs((found?.high as number) - (mean + 1.645 * standardError))).toBeLessThan(
      scatter,
    );
  });

  test("series are drawn with the same cases: a constant difference has no width", () => {
    const lifted = series.map((value) => value + 0.25);
    const [difference] = bootstrapMeans([differences(lifted, series)], options);
    expect(difference?.low).toBeCloseTo(0.25, 12);
    expect(difference?.high).toBeCloseTo(0.25, 12);
  });

  test("zeros count as cases", () => {
    const hits = new Float64Array(100);
    hits[7] = 1;
    const [found] = bootstrapMeans([hits], options);
    expect(found?.mean).toBe(0.01);
    expect(found?.low).toBe(0);
    expect(found?.high).toBeLessThanOrEqual(0.04);
  });

  test("a seed gives the same bytes, another seed does not", () => {
    expect(bootstrapMeans([series], options)).toEqual(bootstrapMeans([series], options));
    expect(bootstrapMeans([series], options)).not.toEqual(
      bootstrapMeans([series], { ...options, seed: 4 }),
    );
  });

  test("no rounds, no width; no cases, no mean", () => {
    expect(bootstrapMeans([series], { ...options, rounds: 0 })[0]).toEqual({
      mean: expect.closeTo(mean, 13),
      low: expect.closeTo(mean, 13),
      high: expect.closeTo(mean, 13),
    });
    expect(bootstrapMeans([new Float64Array(0)], options)[0]).toEqual({ mean: 0, low: 0, high: 0 });
  });
});

describe("sign-flip test", () => {
  test("comes near the exact p: 24 of all 1024 sign patterns are as far from 0", () => {
    const a = Float64Array.of(0.5, 0.2, -0.1, 0.4, 0.3, 0.6, -0.2, 0.1, 0.35, 0.25);
    const p = signFlipTest(a, new Float64Array(10), { rounds: 20_000, seed: 9 });
    expect(Math.abs(p - 24 / 1024)).toBeLessThan(0.004);
  });

  test("methods that are alike are not told apart, and p is never 0", () => {
    expect(signFlipTest(series, series, { rounds: 500, seed: 1 })).toBe(1);
    const better = series.map((value) => value + 1);
    expect(signFlipTest(better, series, { rounds: 500, seed: 1 })).toBe(1 / 501);
  });

  test("only cases that differ matter", () => {
    const a = new Float64Array(1000);
    const b = new Float64Array(1000);
    a.set([1, 1, 1], 500);
    // Three equal differences: 2 of 8 sign patterns are as far.
    const p = signFlipTest(a, b, { rounds: 20_000, seed: 2 });
    expect(Math.abs(p - 0.25)).toBeLessThan(0.015);
  });

  test("pairs must pair", () => {
    expect(() => differences(new Float64Array(1), new Float64Array(2))).toThrow(/same cases/);
  });
});
