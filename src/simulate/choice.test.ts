import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { type Catalogue, charmPrice } from "./catalogue.ts";
import { attractionOf, cartChance, examination } from "./choice.ts";
import { eventIdAt } from "./event-id.ts";
import {
  dayOfYear,
  hourFactors,
  seasonFactor,
  trafficCeiling,
  trafficFactor,
  weekdayFactors,
} from "./rhythm.ts";
import { openShelf, placeFrom, placeOf, renewShelf, startList } from "./shelf.ts";

describe("the laws", () => {
  test("examination falls as (1 + k)^-0.6", () => {
    expect(examination(0)).toBe(1);
    expect(examination(3)).toBeCloseTo(4 ** -0.6, 12);
  });

  test("demand is isoelastic in the price: half the price at elasticity 2 is four times the chance", () => {
    const full = cartChance(0, 2, 1, 1);
    expect(full).toBeCloseTo(0.03, 12);
    expect(cartChance(0, 2, 0.5, 1) / full).toBeCloseTo(4, 12);
    expect(cartChance(9, 2, 1, 9)).toBe(0.85);
  });

  test("attraction is a logistic of match and fit, lifted by the badge", () => {
    expect(attractionOf(2, 0.9, 0, 1)).toBeCloseTo(0.5, 12);
    expect(attractionOf(2, 0.9, 0, 1.3)).toBeCloseTo(0.65, 12);
    expect(attractionOf(50, 0.9, 0, 1.3)).toBe(0.95);
  });

  test("prices end as a shop prints them", () => {
    expect([12.2, 57, 131, 2875].map(charmPrice)).toEqual([1190, 5490, 12_900, 289_900]);
  });
});

describe("rhythm", () => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;

  test("hours and weekdays average to one", () => {
    expect(mean(hourFactors)).toBeCloseTo(1, 10);
    expect(mean(weekdayFactors)).toBeCloseTo(1, 10);
  });

  test("the day turns at midnight in the shop, 16:00 UTC", () => {
    expect(dayOfYear(Date.UTC(2026, 0, 1, 15, 59))).toBe(0);
    expect(dayOfYear(Date.UTC(2026, 0, 1, 16))).toBe(1);
    expect(dayOfYear(Date.UTC(2025, 11, 31, 16))).toBe(0);
  });

  test("a season peaks on its day, by its amplitude", () => {
    const leaf = { peakDay: 100, seasonality: 0.5 };
    expect(seasonFactor(leaf, 100)).toBeCloseTo(Math.exp(0.5), 12);
    expect(seasonFactor(leaf, 100 + 365 / 4)).toBeCloseTo(1, 12);
  });

  test("no hour of two years is above the ceiling", () => {
    let most = 0;
    for (let hour = 0; hour < 731 * 24; hour++) {
      most = Math.max(most, trafficFactor(Date.UTC(2026, 0, 1, hour)));
    }
    expect(most).toBeLessThanOrEqual(trafficCeiling);
    expect(most).toBeGreaterThan(0.8 * trafficCeiling);
  });
});

describe("event ids", () => {
  test("are UUIDs of version 7 that begin with the moment", () => {
    const at = Date.UTC(2026, 4, 1, 12, 30);
    const id = eventIdAt(at, createRandom(1));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace("-", "").slice(0, 12), 16)).toBe(at);
    expect(eventIdAt(at, createRandom(1))).toBe(id);
    expect(eventIdAt(at, createRandom(2))).not.toBe(id);
  });
});

/** A shelf of groups with the weights given, all in one leaf. */
function shelfOf(weights: readonly number[]): ReturnType<typeof openShelf> {
  const groups = weights.length;
  const catalogue = {
    groups,
    quality: new Float32Array(groups),
    launchDay: new Int32Array(groups).fill(-1),
  } as unknown as Catalogue;
  const shelf = openShelf(catalogue);
  renewShelf(shelf, catalogue, 0, () => true);
  weights.forEach((weight, g) => {
    shelf.weight[g] = weight;
    shelf.running[g + 1] = (shelf.running[g] ?? 0) + weight;
  });
  return shelf;
}

describe("the old policy", () => {
  const rounds = 20_000;
  const range = { from: 0, to: 4 };

  test("shows each order as often as Plackett and Luce say, and knows the propensity", () => {
    // Weights 5, 3, 2, 0: P(0 then 1) = 5/10 * 3/5 = 0.3; P(2 then 0) = 2/10 * 5/8 = 0.125.
    const shelf = shelfOf([5, 3, 2, 0]);
    const random = createRandom(3);
    const seen = new Map<string, number>();
    const told = new Map<string, number>();
    for (let i = 0; i < rounds; i++) {
      const list = startList(shelf);
      placeFrom(shelf, random, list, range, 2);
      const key = list.map((place) => place.group).join(">");
      seen.set(key, (seen.get(key) ?? 0) + 1 / rounds);
      told.set(
        key,
        list.reduce((product, place) => product * place.propensity, 1),
      );
    }
    // Six standard errors of a share of 20,000 draws are at most 0.0195.
    expect(seen.get("0>1")).toBeCloseTo(0.3, 1);
    expect(Math.abs((seen.get("0>1") ?? 0) - 0.3)).toBeLessThan(0.0195);
    expect(Math.abs((seen.get("2>0") ?? 0) - 0.125)).toBeLessThan(0.0195);
    expect(told.get("0>1")).toBeCloseTo(0.3, 10);
    expect(told.get("2>0")).toBeCloseTo(0.125, 10);
    expect([...seen.keys()].some((key) => key.includes("3"))).toBe(false);
  });

  test("a named set follows the same law, and a full list repeats nobody", () => {
    const shelf = shelfOf([5, 3, 2, 1]);
    const random = createRandom(5);
    let first = 0;
    let broken = 0;
    for (let i = 0; i < rounds; i++) {
      const list = startList(shelf);
      placeOf(shelf, random, list, [1, 2, 2, -1], 1);
      if (list[0]?.group === 1) first += 1 / rounds;
      placeFrom(shelf, random, list, range, 9);
      const groups = new Set(list.map((place) => place.group));
      const last = list.at(-1)?.propensity ?? 0;
      if (groups.size !== 4 || list.length !== 4 || Math.abs(last - 1) > 1e-9) broken++;
    }
    expect(broken).toBe(0);
    expect(Math.abs(first - 0.6)).toBeLessThan(0.0208);
  });
});
