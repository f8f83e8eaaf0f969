import { describe, expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";
import { findItems, type ItemSearch } from "./find-items.ts";

const item = (id: string, more: Partial<Item>): Item => ({
  ...{ item: id, group: id, title: {}, categories: [], attributes: {}, images: [] },
  ...{ hidden: false, createdAt: 0, updatedAt: 0 },
  ...({ availability: "in_stock" } as Pick<Item, "availability">),
  ...more,
});
const all = [
  item("t1", { title: { en: "Green Tea", zh: "绿茶" }, categories: ["Tea"], stock: 0 }),
  item("t2", { title: { en: "Black tea" }, categories: ["Tea"], brand: "Acme", hidden: true }),
  item("c1", { title: { en: "Cup" }, categories: ["Kitchen"], brand: "Acme", stock: 3 }),
];
const catalogue = {
  groups: () => all.map(({ group }) => group),
  variants: (group: string) => all.filter((one) => one.group === group),
} as unknown as Catalogue;
const found = (search: ItemSearch, offset = 0, limit = 10): string[] =>
  findItems(catalogue, search, offset, limit).map((one) => one.item);

describe("items are found", () => {
  test("by every word, wherever it stands, in either language and any case", () => {
    expect(found({ text: "TEA" })).toEqual(["t1", "t2"]);
    expect(found({ text: "tea acme" })).toEqual(["t2"]);
    expect(found({ text: "绿" })).toEqual(["t1"]);
    expect(found({ text: "c1" })).toEqual(["c1"]);
    expect(found({ text: "tea cup" })).toEqual([]);
  });

  test("by what they are, all conditions together", () => {
    expect(found({ category: "Tea", hidden: false })).toEqual(["t1"]);
    expect(found({ brand: "Acme", stock: "in" })).toEqual(["t2", "c1"]);
    expect(found({ stock: "out" })).toEqual(["t1"]);
  });

  test("in pages", () => {
    expect(found({}, 1, 1)).toEqual(["t2"]);
    expect(found({}, 3, 1)).toEqual([]);
  });
});
