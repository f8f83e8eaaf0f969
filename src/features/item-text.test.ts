import { describe, expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import { featuresOf } from "./item-text.ts";

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
    expect(featuresOf(coat)).toEqual([
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
    expect(featuresOf(long).length).toBe(401);
    expect(featuresOf(long).at(-1)).toBe("brand=x");
  });
});
