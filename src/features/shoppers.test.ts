import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noon, type OpenShop, openShop } from "./conformance/open-shop.ts";
import { type ShopperProfile, shopperProfile, type TimelinePage } from "./shoppers.ts";

let open: OpenShop;
beforeAll(async () => {
  open = await openShop();
  await open.happen(
    { anonymous: "x", name: "item_view", at: noon - 50, items: [{ item: "a" }, { item: "b" }] },
    { anonymous: "x", shopper: "ann", name: "identify", at: noon - 40 },
    { shopper: "ann", name: "item_view", at: noon - 60, items: [{ item: "c" }] },
    {
      shopper: "ann",
      name: "consent",
      at: noon - 30,
      context: { consent: { measure: true, personalise: false } },
    },
    { shopper: "bob", name: "item_view", at: noon - 1, items: [{ item: "a" }] },
  );
});
afterAll(() => open.close());

const profile = (id: string, page: Partial<TimelinePage> = {}): Promise<ShopperProfile> =>
  shopperProfile(open.past, open.collect.personOf, id, { before: null, limit: 10, ...page });

describe("a shopper's profile", () => {
  test("who, what was allowed, since when, how often", async () => {
    expect(await profile("x")).toMatchObject({
      shopper: "x",
      person: "ann",
      aliases: ["x"],
      consent: { measure: true, personalise: false },
      firstSeen: noon - 60,
      lastSeen: noon - 30,
      counts: { item_view: 2, identify: 1, consent: 1 },
      next: null,
    });
    expect(await profile("bob")).toMatchObject({ aliases: [], consent: null });
  });

  test("the timeline turns its pages, newest arrival first", async () => {
    const first = await profile("ann", { limit: 3 });
    expect(first.timeline.map((event) => event.name)).toEqual(["consent", "item_view", "identify"]);
    const second = await profile("ann", { limit: 3, before: first.next });
    expect(second.timeline.map(({ items }) => items.map(({ item }) => item))).toEqual([["a", "b"]]);
    expect(second.next).toBeNull();
  });

  test("nobody is made up", async () => {
    await expect(profile("zoe")).rejects.toMatchObject({ code: "unknown-shopper" });
  });
});
