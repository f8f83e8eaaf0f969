import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventInput, EventName } from "../collect/event.ts";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { itemTable, shopperTable } from "./tables.ts";

const day = 86_400_000;
const no = { consent: { measure: true, personalise: false } };
const unseen = { consent: { measure: false, personalise: false } };

const did = (
  shopper: string,
  name: EventName,
  item: string | undefined,
  days: number,
  more: Partial<EventInput> = {},
): EventInput => ({
  shopper,
  name,
  at: noon - days * day,
  ...(item === undefined ? {} : { items: [{ item }] }),
  ...more,
});
const line = (item: string, quantity: number, unitPriceMinor: number): object => ({
  items: [{ item, quantity, unitPriceMinor }],
});

let open: OpenShop;
beforeAll(async () => {
  open = await openShop();
  await open.collect.items("corner", [{ item: "tea-100g", group: "tea", title: "tea" }]);
  await open.happen(
    did("ann", "item_view", "tea-100g", 10),
    did("ann", "purchase", undefined, 8, {
      currency: "EUR",
      items: [
        { item: "tea-100g", quantity: 2, unitPriceMinor: 300 },
        { item: "pot", unitPriceMinor: 900 },
      ],
      context: { order: "o1" },
    }),
    did("ann", "purchase", undefined, 4, { currency: "EUR", ...line("tea-100g", 1, 350) }),
    did("ann", "purchase", undefined, 3, { currency: "USD", ...line("pot", 1, 99_999) }),
    did("bob", "item_view", "pot", 20),
    did("bob", "search", undefined, 1, { context: { query: "tea" } }),
    did("cat", "item_view", "tea-100g", 5),
    did("cat", "consent", undefined, 4, { context: no }),
    did("dan", "purchase", undefined, 2, {
      currency: "EUR",
      ...line("pot", 1, 800),
      context: unseen,
    }),
    // From the moment on: must not be seen.
    did("ann", "purchase", undefined, 0, { currency: "EUR", ...line("tea-100g", 9, 999) }),
    did("eve", "item_view", "cup", 0),
  );
});
afterAll(() => open.close());

describe("shoppers as of a moment", () => {
  test("recency, frequency, money; nobody who refused", async () => {
    const table = await shopperTable(open.past, noon);
    expect(table.persons).toEqual(["bob", "ann"]);
    expect([...table.daysSinceFirst]).toEqual([20, 10]);
    expect([...table.daysSinceLast]).toEqual([1, 3]);
    expect([...table.daysSincePurchase]).toEqual([Number.NaN, 3]);
    expect([...table.orders]).toEqual([0, 3]);
    // 2 * 300 + 900 + 350; the dollars are left out and counted.
    expect([...table.spentMinor]).toEqual([0, 1850]);
    expect(table.money).toEqual({ currency: "EUR", otherLines: 1 });
    expect([...table.counts.item_view]).toEqual([1, 1]);
    expect([...table.counts.purchase]).toEqual([0, 3]);
    expect([...table.counts.search]).toEqual([1, 0]);
    expect([...table.counts.refund]).toEqual([0, 0]);
  });

  test("an empty past is an empty table", async () => {
    const table = await shopperTable(open.past, 0);
    expect(table.persons).toEqual([]);
    expect(table.money).toEqual({ currency: null, otherLines: 0 });
  });
});

describe("items as of a moment", () => {
  test("by group, of all that may be measured", async () => {
    const table = await itemTable(open.past, noon);
    expect(table.groups).toEqual(["pot", "tea"]);
    expect([...table.daysSinceFirst]).toEqual([20, 10]);
    expect([...table.shoppers]).toEqual([2, 2]);
    expect([...table.buyers]).toEqual([1, 1]);
    expect([...table.units]).toEqual([2, 3]);
    expect([...table.revenueMinor]).toEqual([900, 950]);
    expect([...table.lastPriceMinor]).toEqual([900, 350]);
    expect([...table.counts.item_view]).toEqual([1, 2]);
    expect([...table.counts.purchase]).toEqual([2, 2]);
  });

  test("later, more is seen: the test can fail", async () => {
    const table = await itemTable(open.past, noon + 1);
    expect(table.groups).toEqual(["pot", "tea", "cup"]);
    expect([...table.units]).toEqual([2, 12, 0]);
  });
});
