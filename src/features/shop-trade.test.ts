import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { daysTaken, listsShown, shopFunnel } from "./shop-trade.ts";

const DAY_MS = 86_400_000;
const TODAY = Math.floor(noon / DAY_MS) * DAY_MS;
const week = { since: TODAY - 6 * DAY_MS, until: noon + 1 };
const LIST = "018f0000-0000-7000-8000-000000000001";
let open: OpenShop;

beforeAll(async () => {
  open = await openShop();
  await open.collect.items("corner", [
    { item: "tea-100g", group: "tea", title: "Tea" },
    { item: "tea-500g", group: "tea", title: "Tea" },
  ]);
  const list = { request: LIST };
  const shown = [{ item: "tea-100g", position: 0 }, { item: "cup" }];
  const pays = (item: string, unitPriceMinor: number, quantity = 1) => ({
    name: "purchase" as const,
    currency: "EUR",
    items: [{ item, unitPriceMinor, quantity }],
  });
  const clicks = (item: string, request: string) => ({
    name: "list_click" as const,
    items: [{ item }],
    context: { request },
  });
  const eight = noon - 8 * DAY_MS;
  await open.happen(
    { shopper: "ann", name: "exposure", at: noon - 2 * DAY_MS, items: shown, context: list },
    { shopper: "ann", at: noon - 2 * DAY_MS + 1, ...clicks("tea-100g", LIST) },
    // Another variant of the group that was clicked, and an item that was not.
    {
      ...{ shopper: "ann", at: noon - DAY_MS, name: "purchase", currency: "EUR" },
      items: [
        { item: "tea-500g", unitPriceMinor: 900, quantity: 2 },
        { item: "cup", unitPriceMinor: 300 },
      ],
    },
    // Bought before it was clicked; and clicked by another shopper.
    { shopper: "ann", at: noon - 3 * DAY_MS, ...pays("tea-100g", 1) },
    { shopper: "bob", at: noon - 10, ...pays("tea-100g", 50) },
    // A click in a list that nobody answered here.
    { shopper: "cat", at: noon - 30, ...clicks("cup", "018f0000-0000-7000-8000-00000000dead") },
    { shopper: "cat", at: noon - 20, ...pays("cup", 7) },
    // Clicked more than the window ago.
    { shopper: "dan", name: "exposure", at: eight, items: shown, context: { request: `${LIST}0` } },
    { shopper: "dan", at: eight + 1, ...clicks("cup", `${LIST}0`) },
    { shopper: "dan", at: noon - 5, ...pays("cup", 11) },
    { shopper: "eve", name: "item_view", at: noon - 4, items: [{ item: "cup" }] },
    { shopper: "fay", name: "cart_add", at: noon - 4, items: [{ item: "cup" }] },
    { shopper: "gus", name: "page_view", at: noon - 4 },
    { shopper: "ida", name: "item_view", at: noon - 7 * DAY_MS, items: [{ item: "cup" }] },
    { anonymous: "only-shown", name: "exposure", at: noon - 3, items: shown },
  );
});
afterAll(() => open.close());

describe("how a shop trades", () => {
  test("counts shoppers at the step they came to, and at all before it", async () => {
    const steps = { visited: 7, viewed: 6, carted: 5, bought: 4 };
    expect(await shopFunnel(open.past, week)).toEqual(steps);
  });

  test("counts a list once, and whether it was clicked", async () => {
    expect(await listsShown(open.past, week)).toEqual({ shown: 1, clicked: 1 });
    const before = { since: 0, until: week.since };
    expect(await listsShown(open.past, before)).toEqual({ shown: 1, clicked: 1 });
  });

  test("knows what went through lists: by the same shopper, of the group, after, in time", async () => {
    const euros = { currency: "EUR" };
    expect(await daysTaken(open.past, week, 7 * DAY_MS)).toEqual([
      { day: TODAY - 3 * DAY_MS, ...euros, orders: 1, revenueMinor: 1, throughMinor: 0 },
      { day: TODAY - DAY_MS, ...euros, orders: 1, revenueMinor: 2_100, throughMinor: 1_800 },
      { day: TODAY, ...euros, orders: 3, revenueMinor: 68, throughMinor: 0 },
    ]);
  });

  test("of a longer window counts an earlier click", async () => {
    const days = await daysTaken(open.past, week, 9 * DAY_MS);
    expect(days.at(-1)).toMatchObject({ revenueMinor: 68, throughMinor: 11 });
  });

  test("is nothing where nothing happened", async () => {
    const long = { since: 0, until: 1 };
    const nothing = { visited: 0, viewed: 0, carted: 0, bought: 0 };
    expect(await shopFunnel(open.past, long)).toEqual(nothing);
    expect(await listsShown(open.past, long)).toEqual({ shown: 0, clicked: 0 });
    expect(await daysTaken(open.past, long, DAY_MS)).toEqual([]);
  });
});
