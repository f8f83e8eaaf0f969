import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { findShoppers } from "./find-shoppers.ts";
import { itemBuyers, itemDays, itemPeople } from "./item-days.ts";

const DAY_MS = 86_400_000;
const TODAY = Math.floor(noon / DAY_MS) * DAY_MS;
let open: OpenShop;

beforeAll(async () => {
  open = await openShop();
  const tea = (more: object = {}) => [{ item: "tea", ...more }];
  const bought = tea({ quantity: 2, unitPriceMinor: 500 });
  await open.happen(
    { anonymous: "x", name: "exposure", at: noon - 90, items: [{ item: "tea" }, { item: "cup" }] },
    { anonymous: "x", name: "list_click", at: noon - 80, items: tea() },
    { anonymous: "x", name: "item_view", at: noon - 70, items: tea() },
    { shopper: "Ann", name: "item_view", at: noon - DAY_MS, items: tea() },
    { shopper: "Ann", name: "purchase", at: noon - DAY_MS + 1, items: bought },
    { shopper: "Ann", name: "purchase", at: noon - 60, items: bought },
    { shopper: "bob", name: "purchase", at: noon - 50, items: [{ item: "tea-large" }] },
    { shopper: "bob", name: "item_view", at: noon - 9 * DAY_MS, items: tea() },
    { anonymous: "only-shown", name: "exposure", at: noon - 10, items: tea() },
  );
});
afterAll(() => open.close());

describe("an item's days", () => {
  test("count what happened with its variants on each, since the moment", async () => {
    const days = await itemDays(open.past, ["tea", "tea-large"], TODAY - DAY_MS);
    expect(days).toEqual([
      {
        ...{ day: TODAY - DAY_MS, exposures: 0, clicks: 0, views: 1, cartAdds: 0 },
        ...{ bought: 2, revenueMinor: 1_000 },
      },
      {
        ...{ day: TODAY, exposures: 2, clicks: 1, views: 1, cartAdds: 0 },
        ...{ bought: 3, revenueMinor: 1_000 },
      },
    ]);
  });

  test("are of people who looked and people who bought", async () => {
    expect(await itemPeople(open.past, ["tea", "tea-large"], TODAY - DAY_MS)).toEqual({
      viewers: 2,
      buyers: 2,
      repeatBuyers: 1,
    });
    expect(await itemPeople(open.past, ["nothing"], 0)).toEqual({
      viewers: 0,
      buyers: 0,
      repeatBuyers: 0,
    });
  });
});

describe("an item's buyers", () => {
  const variants = ["tea", "tea-large"];

  test("are told with their orders and pieces, who bought last first", async () => {
    const bob = { shopper: "bob", orders: 1, pieces: 1, lastAt: noon - 50 };
    const ann = { shopper: "Ann", orders: 2, pieces: 4, lastAt: noon - 60 };
    expect(await itemBuyers(open.past, variants, TODAY - DAY_MS, 10)).toEqual([bob, ann]);
    expect(await itemBuyers(open.past, variants, TODAY - DAY_MS, 1)).toEqual([bob]);
    const today = { ...ann, orders: 1, pieces: 2 };
    expect(await itemBuyers(open.past, variants, TODAY, 10)).toEqual([bob, today]);
    expect(await itemBuyers(open.past, ["nothing"], 0, 10)).toEqual([]);
  });
});

describe("shoppers", () => {
  const found = (text: string, limit = 10, offset = 0) =>
    findShoppers(open.past, { text, limit, offset });

  test("are listed latest first, without those who were only shown a list", async () => {
    const rows = await found("");
    expect(rows.map(({ shopper }) => shopper)).toEqual(["bob", "Ann", "x"]);
    expect(rows[1]).toEqual({
      ...{ shopper: "Ann", firstSeen: noon - DAY_MS, lastSeen: noon - 60 },
      ...{ events: 3, purchases: 2 },
    });
  });

  test("are found by a part of their id in any case, in pages", async () => {
    expect((await found("an")).map(({ shopper }) => shopper)).toEqual(["Ann"]);
    expect((await found("", 1, 1)).map(({ shopper }) => shopper)).toEqual(["Ann"]);
    expect(await found("%")).toEqual([]);
  });
});
