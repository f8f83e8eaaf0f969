import { expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import { openAcknowledged } from "./acknowledged.ts";

const item = (id: string, more: Partial<Item> = {}): Item => ({
  ...{ item: id, group: id, title: { en: id }, categories: [], attributes: {}, images: [] },
  ...{ availability: "in_stock", hidden: false, createdAt: 0, updatedAt: 0 },
  ...{ priceMinor: 500, currency: "EUR", stock: 3 },
  ...more,
});
const shown = (id: string, priceMinor = 500, currency = "EUR") => ({
  item: id,
  priceMinor,
  currency,
});

test("a list is wrong that says an old price, or shows what is hidden, sold out or gone", () => {
  const kept = openAcknowledged();
  const change = (items: Item[], removed: string[] = []): void =>
    kept.listener.items?.("a", items, removed, []);
  change([
    ...[item("dear", { priceMinor: 900, salePriceMinor: 500 }), item("paid", { currency: "USD" })],
    ...[item("hidden", { hidden: true }), item("sold", { stock: 0 })],
    item("out", { availability: "out_of_stock" }),
  ]);
  change([], ["gone"]);
  const at = kept.moment();
  kept.hold("a", at, [shown("dear"), shown("unchanged", 7)]);
  expect(kept.of("a")).toEqual({ lists: 1, places: 1, wrong: 0, wrongItem: null });
  for (const [nth, id] of ["paid", "hidden", "sold", "out", "gone"].entries()) {
    kept.hold("a", at, [shown(id), shown("dear")]);
    expect(kept.of("a")).toMatchObject({ places: 3 + 2 * nth, wrong: nth + 1, wrongItem: id });
  }
  kept.hold("a", at, [shown("dear", 900)]);
  expect(kept.of("a")).toEqual({ lists: 7, places: 12, wrong: 6, wrongItem: "dear" });
  expect(kept.of("b").lists).toBe(0);
});

test("what was acknowledged after a list was asked for may be in it or not", () => {
  const kept = openAcknowledged();
  kept.listener.items?.("a", [item("tea", { priceMinor: 400 })], [], []);
  const asked = kept.moment();
  kept.listener.items?.("a", [item("tea", { priceMinor: 300 })], [], []);
  kept.hold("a", asked, [shown("tea", 400)]);
  kept.hold("a", asked, [shown("tea", 300)]);
  expect(kept.of("a")).toMatchObject({ lists: 2, places: 0, wrong: 0 });
  kept.hold("a", kept.moment(), [shown("tea", 400)]);
  expect(kept.of("a")).toMatchObject({ places: 1, wrong: 1 });
});

test("of a shop the thousand items that changed last are kept", () => {
  const kept = openAcknowledged();
  const change = (id: string): void => kept.listener.items?.("a", [item(id)], [], []);
  for (let nth = 0; nth < 1_000; nth++) change(`i${nth}`);
  change("i0");
  change("new");
  const placesOf = (id: string): number => {
    const { places } = kept.of("a");
    kept.hold("a", kept.moment(), [shown(id)]);
    return kept.of("a").places - places;
  };
  expect([placesOf("i0"), placesOf("new"), placesOf("i2")]).toEqual([1, 1, 1]);
  expect(placesOf("i1")).toBe(0);
});
