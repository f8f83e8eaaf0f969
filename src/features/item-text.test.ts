import { describe, expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import { featuresOf, priceBandsOf } from "./item-text.ts";

const item = (id: string, more: Partial<Item>): Item => ({
  item: id,
  group: id,
  title: {},
  categories: [],
  attributes: {},
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
  ...more,
});

describe("what an item says of itself", () => {
  test("words in both languages, and fields that no word can be mistaken for", () => {
    const coat = item("coat", {
      title: { en: "Winter Coats, red", zh: "红外套" },
      description: { en: "warm" },
      brand: "Apple",
      categories: ["Women", "Coats"],
      attributes: { colour: "Red|Blue", size: 42, vegan: true },
    });
    expect(featuresOf(coat, {})).toEqual([
      "winter",
      "coat",
      "red",
      "红外",
      "外套",
      "warm",
      "brand=apple",
      "category=Women",
      "category=Women>Coats",
      "colour=red",
      "colour=blue",
      "size=42",
      "vegan=true",
    ]);
  });

  test("a long description is cut, its brand and categories are not", () => {
    const long = item("long", { title: { en: "a ".repeat(1_000) }, brand: "x" });
    expect(featuresOf(long, {}).length).toBe(401);
    expect(featuresOf(long, {}).at(-1)).toBe("brand=x");
  });

  test("a price is one of twenty bands of as many groups, whatever the unit of money", () => {
    const priced = (priceMinor: number, currency = "EUR"): Item =>
      item("i", { priceMinor, currency });
    const many = (unit: number): Item[] =>
      Array.from({ length: 200 }, (_, at) => priced(unit * (at + 1) ** 2));
    const bandsBy = (unit: number): string[][] => {
      const prices = priceBandsOf(many(unit));
      return many(unit).map((one) => featuresOf(one, prices));
    };
    const counts = new Map<string, number>();
    for (const [band = ""] of bandsBy(1)) counts.set(band, (counts.get(band) ?? 0) + 1);
    expect([...counts]).toEqual(Array.from({ length: 20 }, (_, band) => [`price=EUR ${band}`, 10]));
    expect(bandsBy(1_000)).toEqual(bandsBy(1));
    expect(featuresOf(priced(5), priceBandsOf([priced(5), priced(5)]))).toEqual([]);
    expect(featuresOf(priced(5, "CNY"), priceBandsOf(many(1)))).toEqual([]);
    expect(priceBandsOf([item("free", {}), priced(1), priced(9)])).toEqual({ EUR: [9] });
  });
});
