import { afterAll, beforeAll, expect, test } from "vitest";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { logSize } from "./log-size.ts";

const DAY_MS = 86_400_000;
let open: OpenShop;
beforeAll(async () => {
  open = await openShop();
});
afterAll(() => open.close());

test("an empty log has nothing in it", async () => {
  const size = await logSize(open.past, noon, noon);
  expect(Object.values(size)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test("lines, shoppers and sessions are counted, and what is new", async () => {
  const two = [{ item: "tea" }, { item: "cup" }];
  const chance = [{ item: "tea", propensity: 0.5 }, { item: "cup" }];
  await open.happen(
    { shopper: "ann", session: "a", name: "item_view", at: noon - 2 * DAY_MS, items: two },
    { shopper: "ann", session: "b", name: "item_view", at: noon - 9, items: two },
    { shopper: "bob", session: "c", name: "page_view", at: noon - 8 },
    { shopper: "bob", session: "c", name: "exposure", at: noon - 7, items: chance },
    { shopper: "bob", session: "c", name: "exposure", at: noon - 6, items: two },
  );
  expect(await logSize(open.past, noon, noon - 8)).toEqual({
    ...{ lines: 9, shoppers: 2, sessions: 3, eventsOfDay: 2 },
    ...{ listsOfDay: 2, exploredOfDay: 1, eventsSince: 1 },
  });
});
