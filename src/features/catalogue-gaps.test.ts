import { expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";
import { catalogueGaps } from "./catalogue-gaps.ts";

const item = (id: string, more: Partial<Item> = {}): Item => ({
  ...{ item: id, group: id, title: { en: id }, categories: [], attributes: {} },
  ...{ images: ["https://shop.example/1.png"], priceMinor: 100, currency: "EUR", hidden: false },
  ...{ availability: "in_stock", stock: 3, createdAt: 0, updatedAt: 0 },
  ...more,
});

const catalogueOf = (items: readonly Item[]): Catalogue => ({
  item: (id) => items.find((one) => one.item === id),
  variants: (group) => items.filter((one) => one.group === group),
  offer: () => undefined,
  groups: () => new Set(items.map(({ group }) => group)),
  items: items.length,
  size: items.length,
});

test("items without picture, price or stock are counted; the hidden are nobody's concern", async () => {
  const gaps = await catalogueGaps(
    catalogueOf([
      item("good"),
      item("on-sale", { priceMinor: undefined, salePriceMinor: 90 }),
      item("bare", { images: [], priceMinor: undefined }),
      item("gone", { stock: 0 }),
      item("said-gone", { stock: undefined, availability: "out_of_stock" }),
      item("hidden", { hidden: true, images: [], priceMinor: undefined, stock: 0 }),
      item("uploaded", { images: [] }),
    ]),
    { versionOf: (group) => (group === "uploaded" ? "v1" : undefined) },
  );
  expect(gaps).toEqual({
    withoutPicture: { count: 1, examples: ["bare"] },
    withoutPrice: { count: 1, examples: ["bare"] },
    outOfStock: { count: 2, examples: ["gone", "said-gone"] },
  });
});

test("of many the first five are named", async () => {
  const many = Array.from({ length: 9 }, (_, at) => item(`i${at}`, { images: [] }));
  const { withoutPicture } = await catalogueGaps(catalogueOf(many), { versionOf: () => undefined });
  expect(withoutPicture).toEqual({ count: 9, examples: ["i0", "i1", "i2", "i3", "i4"] });
});
