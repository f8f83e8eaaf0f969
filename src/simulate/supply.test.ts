import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import type { Catalogue } from "./catalogue.ts";
import { inStock, leadTimeDays, noteSale, openSupply, putBack, restock, take } from "./supply.ts";

/** Two groups of two variants each, of brands 0 and 1. */
const catalogue = {
  groups: 2,
  variants: 4,
  brandOf: Uint8Array.of(0, 1),
  quality: new Float32Array(2),
  groupOf: Int32Array.of(0, 0, 1, 1),
  variantStart: Int32Array.of(0, 2, 4),
} as unknown as Catalogue;

describe("supply", () => {
  test("takes all units or none, and puts them back", () => {
    const supply = openSupply(createRandom(1), catalogue, 0);
    supply.stock.set([2, 0, 0, 0]);
    expect(take(supply, 0, 3)).toBe(false);
    expect(take(supply, 0, 2)).toBe(true);
    expect(take(supply, 0, 1)).toBe(false);
    expect(inStock(supply, catalogue, 0)).toBe(false);
    putBack(supply, 0, 1);
    expect([...supply.stock]).toEqual([1, 0, 0, 0]);
    expect(inStock(supply, catalogue, 0)).toBe(true);
    expect(inStock(supply, catalogue, 1)).toBe(false);
  });

  test("orders what runs out and receives it after the lead time, late or not", () => {
    const supply = openSupply(createRandom(1), catalogue, 0);
    supply.stock.set([0, 9, 9, 9]);
    restock(supply, catalogue, createRandom(2), 10);
    // At a pace of nothing two units are kept.
    expect([...supply.onOrder]).toEqual([2, 0, 0, 0]);
    const wait = (supply.dueDay[0] ?? 0) - 10;
    expect([leadTimeDays(0), 2 * leadTimeDays(0)]).toContain(wait);
    restock(supply, catalogue, createRandom(2), 9 + wait);
    expect(supply.stock[0]).toBe(0);
    restock(supply, catalogue, createRandom(2), 10 + wait);
    expect(supply.stock[0]).toBe(2);
    expect(supply.onOrder[0]).toBe(0);
  });

  test("learns the pace of sales, but not from days without stock", () => {
    const supply = openSupply(createRandom(1), catalogue, 1);
    supply.stock.set([100, 0, 100, 100]);
    noteSale(supply, 0, 6);
    restock(supply, catalogue, createRandom(2), 0);
    // 0.92 of 1 and 0.08 of what was sold.
    expect(supply.pace[0]).toBeCloseTo(1.4, 6);
    expect(supply.pace[1]).toBe(1);
    expect(supply.pace[2]).toBeCloseTo(0.92, 6);
  });

  test("an opening stock lasts three weeks on average", () => {
    const many = {
      ...catalogue,
      variants: 4000,
      quality: new Float32Array(1),
      groupOf: new Int32Array(4000),
    } as unknown as Catalogue;
    const supply = openSupply(createRandom(3), many, 2);
    const mean = supply.stock.reduce((sum, units) => sum + units, 0) / 4000;
    // 1 + Poisson(40): four standard errors of the mean are 0.4.
    expect(Math.abs(mean - 41)).toBeLessThan(0.4);
  });
});
