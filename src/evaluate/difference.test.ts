import { describe, expect, test } from "vitest";
import { createRandom, type Random } from "../tensor/random.ts";
import type { Interval } from "./bootstrap.ts";
import {
  alwaysHalf,
  differenceOf,
  intervalOf,
  meanOf,
  type RatioSums,
  ratioOf,
  ratioTest,
  relativeDifferenceOf,
  type Sample,
  shareOf,
} from "./difference.ts";

/** Published cases are printed with five places. */
const PRINTED = 5;
const bounds = (found: { mean: number; low: number; high: number } | undefined) =>
  [found?.mean, found?.low, found?.high].map((value) => Number(value?.toFixed(PRINTED)));

describe("cases of gbstats, GrowthBook's statistics", () => {
  const a = meanOf(3_407, 1_396.87, 52_377.9767);
  const b = meanOf(3_461, 2_422.7, 134_698.29);

  test("means", () => {
    const found = differenceOf(a, b, 0.95);
    expect(bounds(found)).toEqual([0.29, 0.04538, 0.53462]);
    expect(found.p).toBeCloseTo(0.02016, PRINTED);
    const relative = relativeDifferenceOf(a, b, 0.95);
    expect(bounds(relative)).toEqual([0.70732, -0.03526, 1.44989]);
    expect(relative?.p).toBeCloseTo(0.06191, PRINTED);
  });

  test("shares", () => {
    const found = relativeDifferenceOf(shareOf(28, 14), shareOf(30, 16), 0.95);
    expect(bounds(found)).toEqual([0.06667, -0.47767, 0.61101]);
    expect(found?.p).toBeCloseTo(0.80707, PRINTED);
  });

  test("intervals of every look", () => {
    const always = (first: Sample, second: Sample, tightestAt: number) => {
      const { mean = 0, error = 0 } = relativeDifferenceOf(first, second, 0.95) ?? {};
      const half = alwaysHalf(error, first.n + second.n, 0.95, tightestAt);
      return bounds({ mean, low: mean - half, high: mean + half });
    };
    const fewer = meanOf(3_000, 1_396.87, 52_377.9767);
    expect(always(fewer, b, 1_000)).toEqual([0.50336, -0.55844, 1.56516]);
    const shares = [shareOf(3_000, 1_396), shareOf(3_461, 2_422)] as const;
    expect(always(...shares, 5_000)).toEqual([0.50386, 0.40098, 0.60675]);
  });
});

/** Shoppers with 1 to 20 lists each, of whom three in ten click in most. */
function clickers(n: number, random: Random): RatioSums {
  const sums = { n, top: 0, base: 0, topTop: 0, baseBase: 0, topBase: 0 };
  for (let shopper = 0; shopper < n; shopper++) {
    const base = 1 + random.int(20);
    const chance = random.uniform() < 0.3 ? 0.6 : 0.05;
    const drawn = Array.from({ length: base }, () => random.uniform());
    const top = drawn.filter((one) => one < chance).length;
    sums.top += top;
    sums.base += base;
    sums.topTop += top * top;
    sums.baseBase += base * base;
    sums.topBase += top * base;
  }
  return sums;
}

describe("a rate per list", () => {
  test("of shoppers with one list each is the share of them", () => {
    const found = ratioOf({ n: 50, top: 20, base: 50, topTop: 20, baseBase: 50, topBase: 20 });
    expect(found.mean).toBe(0.4);
    // n/(n-1), for the mean of what is left over is 0 by making.
    expect(found.variance).toBeCloseTo((0.24 * 50) / 49, 12);
  });

  test("by hand: shoppers with (clicked, shown) of (1, 2), (0, 1), (2, 3)", () => {
    // Rate 3/6. Left over: 1-1=0, 0-.5=-.5, 2-1.5=.5; squares .5, over 2 is .25; lists each 2: .25/4.
    const found = ratioOf({ n: 3, top: 3, base: 6, topTop: 5, baseBase: 14, topBase: 8 });
    expect(found).toEqual({ n: 3, mean: 0.5, variance: 0.0625 });
  });

  test("knows that a shopper's lists are alike: its interval covers, one over lists does not", () => {
    const random = createRandom(7).split("clusters");
    const truth = 0.3 * 0.6 + 0.7 * 0.05;
    const holds = ({ low, high }: Interval): boolean => low <= truth && truth <= high;
    const rounds = 400;
    let [covered, naive] = [0, 0];
    for (let round = 0; round < rounds; round++) {
      const sums = clickers(200, random);
      covered += Number(holds(intervalOf(ratioOf(sums), 0.95)));
      naive += Number(holds(intervalOf(shareOf(sums.base, sums.top), 0.95)));
    }
    expect(covered / rounds).toBeGreaterThan(0.92);
    expect(naive / rounds).toBeLessThan(0.75);
  });
});

describe("groups as they were drawn", () => {
  test("chi-square by hand: 480 and 520 of halves", () => {
    // (520 - 500)² / (1000 · ½ · ½) = 1.6; the tail of chi-square with one degree is .2059.
    const { chiSquare, p } = ratioTest(480, 520, 0.5);
    expect(chiSquare).toBeCloseTo(1.6, 12);
    expect(p).toBeCloseTo(0.2059, 4);
    expect(ratioTest(9_000, 1_000, 0.1)).toEqual({ chiSquare: 0, p: 1 });
    expect(ratioTest(9_200, 800, 0.1).p).toBeLessThan(1e-10);
    expect(ratioTest(0, 0, 0.5)).toEqual({ chiSquare: 0, p: 1 });
  });
});

describe("without anything to go by", () => {
  test("no number is NaN", () => {
    const none = shareOf(0, 0);
    expect(differenceOf(none, none, 0.95)).toEqual({ mean: 0, low: 0, high: 0, p: 1, error: 0 });
    expect(relativeDifferenceOf(none, shareOf(3, 1), 0.95)).toBeUndefined();
    expect(meanOf(0, 0, 0)).toEqual({ n: 0, mean: 0, variance: 0 });
    expect(meanOf(1, 5, 25)).toEqual({ n: 1, mean: 5, variance: 0 });
    expect(intervalOf(meanOf(1, 5, 25), 0.95)).toEqual({ mean: 5, low: 5, high: 5 });
    const nothing = { n: 0, top: 0, base: 0, topTop: 0, baseBase: 0, topBase: 0 };
    expect(ratioOf(nothing)).toEqual({ n: 0, mean: 0, variance: 0 });
    expect(alwaysHalf(1, 0, 0.95, 10)).toBe(Number.POSITIVE_INFINITY);
  });
});
