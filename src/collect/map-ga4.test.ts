import { describe, expect, test } from "vitest";
import { mapGa4 } from "./map-ga4.ts";
import { judgeEvent } from "./take-event.ts";

const options = { currency: "USD" };

/** A Measurement Protocol purchase as a shop's server would send it. */
const purchase = {
  client_id: "1142.1700000000",
  user_id: "u-77",
  timestamp_micros: "1700000000123456",
  user_properties: { tier: { value: "gold" } },
  events: [
    {
      name: "purchase",
      params: {
        currency: "EUR",
        value: 59.97,
        transaction_id: "T-1001",
        coupon: "WINTER",
        shipping: 4.5,
        ga_session_id: 1700000001,
        items: [
          { item_id: "SKU_1", item_name: "Mug", price: 19.99, quantity: 2, index: 0 },
          { item_id: "SKU_2", item_brand: "Kiln", price: "19.99", quantity: 1, index: 1 },
        ],
      },
    },
  ],
};

describe("a Measurement Protocol payload", () => {
  test("keeps every field, in its place or as it was", () => {
    expect(mapGa4(purchase, options)).toEqual([
      {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: "purchase",
        shopper: "u-77",
        anonymous: "1142.1700000000",
        session: "1700000001",
        at: 1_700_000_000_123,
        items: [
          { item: "SKU_1", quantity: 2, unitPriceMinor: 1999, position: 0, item_name: "Mug" },
          { item: "SKU_2", quantity: 1, unitPriceMinor: 1999, position: 1, item_brand: "Kiln" },
        ],
        context: { order: "T-1001", coupon: "WINTER" },
        valueMinor: 5997,
        currency: "EUR",
        properties: {
          user_properties: { tier: { value: "gold" } },
          shipping: 4.5,
          ga4: "purchase",
        },
      },
    ]);
  });

  test("is taken by the schema", () => {
    const [event] = mapGa4(purchase, options);
    expect(judgeEvent(event)).toMatchObject({
      input: { properties: { "/items/0/item_name": "Mug", "/items/1/item_brand": "Kiln" } },
    });
  });

  test("sent again has the same ids; another order has another", () => {
    const [again] = mapGa4({ ...purchase, timestamp_micros: 1 }, options);
    expect(again?.eventId).toBe(mapGa4(purchase, options)[0]?.eventId);
    const view = (micros: number): string | undefined =>
      mapGa4(
        {
          client_id: "c",
          timestamp_micros: micros,
          events: [{ name: "view_item", params: { items: [{ item_id: "a" }] } }],
        },
        options,
      )[0]?.eventId;
    expect(view(1_000)).toBe(view(1_000));
    expect(view(1_000)).not.toBe(view(2_000));
    expect(
      mapGa4({ client_id: "c", events: [{ name: "page_view" }] }, options)[0],
    ).not.toHaveProperty("eventId");
  });

  test.each([
    ["page_view", "page_view"],
    ["view_homepage", "page_view"],
    ["view_item_list", "list_view"],
    ["select_item", "list_click"],
    ["search", "search"],
    ["view_search_results", "search"],
    ["view_item", "item_view"],
    ["add_to_wishlist", "wishlist_add"],
    ["add_to_cart", "cart_add"],
    ["remove_from_cart", "cart_remove"],
    ["view_cart", "cart_view"],
    ["begin_checkout", "checkout_start"],
    ["add_shipping_info", "checkout_step"],
    ["add_payment_info", "checkout_step"],
    ["purchase", "purchase"],
    ["refund", "refund"],
    ["view_promotion", "promotion_view"],
    ["select_promotion", "promotion_click"],
    ["share", "share"],
    ["login", "identify"],
    ["sign_up", "identify"],
  ])("%s is %s and valid", (source, name) => {
    const event = { name: source, params: { items: [{ item_id: "a" }] } };
    const [mapped] = mapGa4({ client_id: "c", events: [event] }, options);
    expect(judgeEvent(mapped)).toMatchObject({ input: { name, properties: { ga4: source } } });
  });

  test("every event answers in its place; a name outside the table is refused by name", () => {
    const events = [{ name: "scroll" }, { name: "constructor" }, "junk", { name: "page_view" }];
    const verdicts = mapGa4({ client_id: "c", events }, options).map(judgeEvent);
    expect(verdicts.map((one) => one.refused?.errors[0]?.pointer)).toEqual([
      "/name",
      "/name",
      "/name",
      undefined,
    ]);
  });

  test("amounts have the decimals of their currency", () => {
    const pay = (currency: string | undefined, value: unknown): unknown =>
      mapGa4({ events: [{ name: "refund", params: { currency, value } }] }, options)[0]?.valueMinor;
    expect([pay("JPY", 1200), pay("KWD", 1.5), pay(undefined, "12.5"), pay("usd", 1)]).toEqual([
      1200, 1500, 1250, 100,
    ]);
    expect(pay("USD", "much")).toBeNaN();
  });

  test.each([
    [{ ad_personalization: "DENIED" }, { measure: true, personalise: false }],
    [
      { ad_user_data: "GRANTED", ad_personalization: "GRANTED" },
      { measure: true, personalise: true },
    ],
    [{ analytics_storage: "denied" }, { measure: false, personalise: true }],
    [{ ad_user_data: "GRANTED" }, undefined],
  ])("consent %j", (consent, expected) => {
    const [event] = mapGa4({ client_id: "c", consent, events: [{ name: "page_view" }] }, options);
    expect(event?.context?.consent).toEqual(expected);
  });
});

describe("other forms", () => {
  test("a gtag call", () => {
    const call = ["event", "search", { search_term: "blue mug", client_id: "c" }];
    expect(mapGa4(call, options)).toEqual([
      {
        name: "search",
        anonymous: "c",
        context: { query: "blue mug" },
        properties: { ga4: "search" },
      },
    ]);
  });

  test("a data layer push", () => {
    const push = {
      event: "add_to_cart",
      ecommerce: { currency: "USD", value: 5, items: [{ item_id: "a" }] },
      theme: "dark",
    };
    expect(mapGa4(push, options)).toEqual([
      {
        name: "cart_add",
        items: [{ item: "a" }],
        context: {},
        valueMinor: 500,
        currency: "USD",
        properties: { theme: "dark", ga4: "add_to_cart" },
      },
    ]);
  });

  test("a consent call", () => {
    const params = { analytics_storage: "granted", ad_personalization: "denied", client_id: "c" };
    expect(judgeEvent(mapGa4({ name: "consent", params }, options)[0])).toMatchObject({
      input: { name: "consent", context: { consent: { measure: true, personalise: false } } },
    });
  });

  test.each([null, 1, "x", [], {}])("%j is refused, not thrown at", (payload) => {
    const verdicts = mapGa4(payload, options).map(judgeEvent);
    expect(verdicts.every((one) => one.refused !== undefined)).toBe(true);
    expect(verdicts).toHaveLength(1);
  });
});
