import { describe, expect, test } from "vitest";
import { createRandom, type Random, xoshiro128 } from "./random.ts";

/** A deviation of this many standard errors happens by chance once in 15,000 tests. */
const tolerance = 4;
const draws = 40_000;

function moments(draw: () => number): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < draws; i++) {
    const x = draw();
    sum += x;
    squares += x * x;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean * mean };
}

/**
 * How far mean and variance of a draw lie from the truth, in standard errors; `kurtosis` sets the
 * error of the variance.
 */
function strangeness(draw: () => number, mean: number, variance: number, kurtosis: number): number {
  const seen = moments(draw);
  const meanError = Math.sqrt(variance / draws);
  const varianceError = variance * Math.sqrt((kurtosis - 1) / draws);
  return Math.max(
    Math.abs(seen.mean - mean) / meanError,
    Math.abs(seen.variance - variance) / varianceError,
  );
}

const random = (name: string): Random => createRandom(20_240_501).split(name);

describe("the generator", () => {
  test("follows the published recurrence from state 1, 2, 3, 4", () => {
    // Computed by hand-sized integer arithmetic in another language from the paper's definition.
    const state = Uint32Array.of(1, 2, 3, 4);
    const seen = Array.from({ length: 8 }, () => xoshiro128(state));
    expect(seen).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849,
    ]);
  });

  test("a seed gives the same numbers, another seed others", () => {
    const take = (seed: number) => {
      const r = createRandom(seed);
      return Array.from({ length: 5 }, () => r.uniform());
    };
    expect(take(1)).toEqual(take(1));
    expect(take(1)).not.toEqual(take(2));
    expect(take(0)).toEqual(take(-0));
    expect(take(0.5)).not.toEqual(take(0.25));
    expect(() => createRandom(Number.NaN)).toThrow("finite");
  });

  test("these are the first draws of seed 1, for ever", () => {
    const r = createRandom(1);
    expect(r.uniform()).toBe(0.1734701910055938);
    expect(r.split("a").uniform()).toBe(0.25148606641199667);
  });

  test("a named stream depends on seed and names, not on draws made or streams split", () => {
    const parent = createRandom(5);
    const early = parent.split("shoppers").uniform();
    parent.uniform();
    parent.split("items").normal();
    expect(parent.split("shoppers").uniform()).toBe(early);
    expect(parent.split("shoppers").split("1").uniform()).not.toBe(early);
    expect(createRandom(6).split("shoppers").uniform()).not.toBe(early);
  });

  test("streams of neighbouring names and seeds are uncorrelated", () => {
    const pairs = [
      [createRandom(1).split("a1"), createRandom(1).split("a2")],
      [createRandom(7), createRandom(8)],
      [createRandom(7), createRandom(7).split("")],
      [createRandom(1).split("ab"), createRandom(1).split("ba")],
    ];
    for (const [a, b] of pairs) {
      let sum = 0;
      for (let i = 0; i < draws; i++) sum += (a.uniform() - 0.5) * (b.uniform() - 0.5);
      // The product has variance 1 / 144.
      expect(Math.abs(sum)).toBeLessThan((tolerance * Math.sqrt(draws)) / 12);
    }
  });

  test("no two of many names share their first draw", () => {
    const root = createRandom(3);
    const first = new Set<number>();
    for (let i = 0; i < 20_000; i++) first.add(root.split(`shopper ${i}`).uniform());
    expect(first.size).toBe(20_000);
  });
});

describe("uniform and int", () => {
  test("cells of [0, 1) and pairs of draws are equally likely (chi squared)", () => {
    const r = random("cells");
    const cells = new Float64Array(256);
    for (let i = 0; i < draws; i++) {
      cells[Math.floor(r.uniform() * 16) * 16 + Math.floor(r.uniform() * 16)]++;
    }
    const expected = draws / 256;
    const chi = cells.reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    // 255 degrees of freedom: mean 255, deviation 22.6; 160 and 355 are beyond 4 of them.
    expect(chi).toBeGreaterThan(160);
    expect(chi).toBeLessThan(355);
  });

  test("int is unbiased where a plain remainder would not be", () => {
    const r = random("int");
    const n = 3 * 2 ** 30;
    let low = 0;
    for (let i = 0; i < draws; i++) if (r.int(n) < 2 ** 30) low++;
    // A remainder of 32 bits would give 1/2 instead of 1/3.
    expect(Math.abs(low / draws - 1 / 3)).toBeLessThan(0.01);
  });

  test("int stays in range and refuses nonsense", () => {
    const r = random("range");
    const seen = new Set(Array.from({ length: 200 }, () => r.int(3)));
    expect([...seen].sort()).toEqual([0, 1, 2]);
    expect(r.int(1)).toBe(0);
    expect(() => r.int(0)).toThrow("whole number");
    expect(() => r.int(1.5)).toThrow("whole number");
    expect(() => r.pick([])).toThrow("whole number");
  });
});

describe("distributions", () => {
  test("have the mean and the variance of their definition", () => {
    const r = random("moments");
    expect(strangeness(() => r.uniform(), 1 / 2, 1 / 12, 1.8)).toBeLessThan(tolerance);
    expect(strangeness(() => r.normal(), 0, 1, 3)).toBeLessThan(tolerance);
    expect(strangeness(() => r.exponential(4), 1 / 4, 1 / 16, 9)).toBeLessThan(tolerance);
    expect(strangeness(() => Number(r.bernoulli(0.3)), 0.3, 0.21, 1.8)).toBeLessThan(tolerance);
    for (const mean of [0.2, 3, 9.9, 10, 60, 4000]) {
      expect(strangeness(() => r.poisson(mean), mean, mean, 3 + 1 / mean)).toBeLessThan(tolerance);
    }
    for (const shape of [0.3, 1, 2.5, 80]) {
      expect(
        strangeness(() => r.gamma(shape, 2), 2 * shape, 4 * shape, 3 + 6 / shape),
      ).toBeLessThan(tolerance);
    }
  });

  test("beta has its mean and variance, small shapes included", () => {
    const r = random("beta");
    for (const [a, b] of [
      [0.5, 0.5],
      [2, 5],
      [0.2, 3],
      [0.01, 0.02],
    ]) {
      const variance = (a * b) / ((a + b) ** 2 * (a + b + 1));
      expect(strangeness(() => r.beta(a, b), a / (a + b), variance, 9)).toBeLessThan(tolerance);
    }
  });

  test("normal has the tails of a normal", () => {
    const r = random("tails");
    let beyond = 0;
    for (let i = 0; i < draws; i++) if (Math.abs(r.normal()) > 1.959964) beyond++;
    expect(Math.abs(beyond / draws - 0.05)).toBeLessThan(0.005);
  });

  test("a large Poisson has the right probability of a single count", () => {
    const r = random("count");
    let hits = 0;
    for (let i = 0; i < draws; i++) if (r.poisson(20) === 20) hits++;
    // e^-20 20^20 / 20! = 0.0888
    expect(Math.abs(hits / draws - 0.08884)).toBeLessThan(0.006);
  });

  test("edges: mean 0, certain events, nonsense refused", () => {
    const r = random("edges");
    expect(r.poisson(0)).toBe(0);
    expect(r.bernoulli(0)).toBe(false);
    expect(r.bernoulli(1)).toBe(true);
    expect(() => r.poisson(-1)).toThrow("mean");
    expect(() => r.gamma(0, 1)).toThrow("shape");
    expect(() => r.beta(1, 0)).toThrow("b is positive");
    expect(() => r.exponential(0)).toThrow("rate");
  });
});

describe("choices", () => {
  test("weighted draws in proportion and never a weight of 0", () => {
    const r = random("weighted");
    const counts = new Float64Array(5);
    // Weights 0, 1, 0, 3, 0.
    const cumulative = Float64Array.of(0, 1, 1, 4, 4);
    for (let i = 0; i < draws; i++) counts[r.weighted(cumulative)]++;
    expect(counts[0] + counts[2] + counts[4]).toBe(0);
    expect(Math.abs(counts[3] / draws - 0.75)).toBeLessThan(0.01);
    expect(() => r.weighted(Float64Array.of(0, 0))).toThrow("positive");
  });

  test("shuffle makes each order of three equally often", () => {
    const r = random("shuffle");
    const seen = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const values = Int32Array.of(0, 1, 2);
      r.shuffle(values);
      seen.set(values.join(""), (seen.get(values.join("")) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const count of seen.values()) {
      expect(Math.abs(count / draws - 1 / 6)).toBeLessThan(0.008);
    }
  });

  test("pick takes each value", () => {
    const r = random("pick");
    const seen = new Set(Array.from({ length: 100 }, () => r.pick(["a", "b", "c"])));
    expect(seen.size).toBe(3);
  });
});
