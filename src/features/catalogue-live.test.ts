import { expect, test } from "vitest";
import type { Item } from "../collect/item.ts";
import type { Page, Records } from "../storage/records.ts";
import { openCatalogues } from "./catalogue-live.ts";

const item = (id: string, more: Partial<Item> = {}): Item => ({
  item: id,
  group: "tea",
  title: { en: id },
  categories: [],
  attributes: {},
  images: [],
  availability: "in_stock",
  hidden: false,
  createdAt: 0,
  updatedAt: 0,
  ...more,
});

/** Records whose only listing waits until it is let go. */
function slowRecords(items: readonly Item[]): { records: Records; letGo: () => void } {
  let letGo = (): void => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const list = async (): Promise<Page<Item>> => {
    await gate;
    return { rows: items.map((value) => ({ id: value.item, value, version: 1 })), next: undefined };
  };
  return { records: { list } as unknown as Records, letGo };
}

test("the offer of a group is the cheapest variant that may be sold now", async () => {
  const { records, letGo } = slowRecords([
    item("sold-out", { priceMinor: 100, stock: 0 }),
    item("hidden", { priceMinor: 200, hidden: true }),
    item("unpriced"),
    item("dear", { priceMinor: 900 }),
    item("on-sale", { priceMinor: 1_000, salePriceMinor: 500 }),
  ]);
  letGo();
  const catalogue = await openCatalogues({ records }).of("shop");
  expect(catalogue.offer("tea")?.item).toBe("on-sale");
  expect(catalogue.offer("coffee")).toBeUndefined();
  expect([catalogue.items, catalogue.size]).toEqual([5, 1]);
});

test("what changes while the catalogue is being read is not lost", async () => {
  const { records, letGo } = slowRecords([item("a", { stock: 3 }), item("b")]);
  const catalogues = openCatalogues({ records });
  const [first, second] = [catalogues.of("shop"), catalogues.of("shop")];
  catalogues.listener.items?.("shop", [item("a", { stock: 0 }), item("c")], ["b"], []);
  letGo();
  const catalogue = await first;
  expect(await second).toBe(catalogue);
  expect(catalogue.item("a")?.stock).toBe(0);
  expect(catalogue.item("b")).toBeUndefined();
  expect(catalogue.variants("tea").map(({ item: id }) => id)).toEqual(["a", "c"]);
});

test("an item that moves to another group leaves the one it was in", async () => {
  const { records, letGo } = slowRecords([item("a")]);
  letGo();
  const catalogues = openCatalogues({ records });
  const catalogue = await catalogues.of("shop");
  catalogues.listener.items?.("shop", [item("a", { group: "coffee" })], [], []);
  expect(catalogue.variants("tea")).toEqual([]);
  expect([...catalogue.groups()]).toEqual(["coffee"]);
  catalogues.listener.items?.("other", [item("a")], [], []);
  expect([...catalogue.groups()]).toEqual(["coffee"]);
});
