import { describe, expect, test } from "vitest";
import { mapSegment } from "./map-segment.ts";
import { judgeEvent } from "./take-event.ts";

const options = { currency: "USD" };
const track = (event: string, properties: object = {}): object => ({
  type: "track",
  event,
  messageId: `ajs-${event}`,
  anonymousId: "anon-1",
  timestamp: "2025-03-01T10:00:00.250Z",
  properties,
});

describe("track", () => {
  test("an order keeps every field, in its place or as it was", () => {
    const order = {
      ...track("Order Completed", {
        order_id: "o-9",
        total: 27.5,
        revenue: 25,
        tax: 2.5,
        currency: "usd",
        coupon: "hello",
        products: [
          { product_id: "p1", sku: "s1", price: 12.5, quantity: 2, position: 1, name: "Mug" },
        ],
      }),
      userId: "u-1",
      context: { locale: "en-GB", device: { type: "mobile" }, ip: "203.0.113.7" },
      integrations: { All: true },
    };
    expect(mapSegment(order, options)).toEqual([
      {
        eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: "purchase",
        shopper: "u-1",
        anonymous: "anon-1",
        at: Date.UTC(2025, 2, 1, 10, 0, 0, 250),
        items: [
          { item: "p1", quantity: 2, unitPriceMinor: 1250, position: 0, sku: "s1", name: "Mug" },
        ],
        context: { order: "o-9", coupon: "hello", locale: "en-GB", device: "phone" },
        valueMinor: 2750,
        currency: "USD",
        properties: {
          revenue: 25,
          tax: 2.5,
          segment: {
            type: "track",
            event: "Order Completed",
            context: { ip: "203.0.113.7" },
            integrations: { All: true },
          },
        },
      },
    ]);
  });

  test.each([
    ["Products Searched", "search"],
    ["Product List Viewed", "list_view"],
    ["Product List Filtered", "list_view"],
    ["Product Clicked", "list_click"],
    ["Product Viewed", "item_view"],
    ["Product Added", "cart_add"],
    ["Product Removed", "cart_remove"],
    ["Cart Viewed", "cart_view"],
    ["Checkout Started", "checkout_start"],
    ["Checkout Step Viewed", "checkout_step"],
    ["Checkout Step Completed", "checkout_step"],
    ["Payment Info Entered", "checkout_step"],
    ["Order Completed", "purchase"],
    ["Order Updated", "order_update"],
    ["Order Refunded", "refund"],
    ["Order Cancelled", "order_cancel"],
    ["Coupon Entered", "coupon"],
    ["Coupon Applied", "coupon"],
    ["Coupon Denied", "coupon"],
    ["Coupon Removed", "coupon"],
    ["Product Added to Wishlist", "wishlist_add"],
    ["Product Removed from Wishlist", "wishlist_remove"],
    ["Wishlist Product Added to Cart", "cart_add"],
    ["Promotion Viewed", "promotion_view"],
    ["Promotion Clicked", "promotion_click"],
    ["Product Reviewed", "review"],
    ["Product Shared", "share"],
    ["Cart Shared", "share"],
    [" product  viewed ", "item_view"],
  ])("%s is %s and valid", (source, name) => {
    const [mapped] = mapSegment(track(source, { product_id: "p1", rating: 4 }), options);
    expect(judgeEvent(mapped)).toMatchObject({ input: { name, items: [{ item: "p1" }] } });
  });

  test("another name is refused by that name", () => {
    const [mapped] = mapSegment(track("Video Played"), options);
    expect(judgeEvent(mapped).refused?.errors[0]?.pointer).toBe("/name");
  });

  test("a message id makes the event id; a UUID is kept", () => {
    const idOf = (messageId?: string): string | undefined =>
      mapSegment({ ...track("Cart Viewed"), messageId }, options)[0]?.eventId;
    expect(idOf("ajs-next-1")).toBe(idOf("ajs-next-1"));
    expect(idOf("ajs-next-1")).not.toBe(idOf("ajs-next-2"));
    const uuid = "018f0000-0000-7000-8000-00000000abcd";
    expect(idOf(uuid)).toBe(uuid);
    expect(idOf(undefined)).toBeUndefined();
  });
});

describe("other calls", () => {
  test("page and screen", () => {
    const page = {
      type: "page",
      anonymousId: "a",
      name: "Home",
      properties: { url: "/", path: "/" },
    };
    const [mapped] = mapSegment(page, options);
    expect(mapped).toEqual({
      name: "page_view",
      anonymous: "a",
      context: { page: "/" },
      properties: { path: "/", segment: { type: "page", name: "Home" } },
    });
    expect(mapSegment({ ...page, type: "screen" }, options)[0]?.name).toBe("page_view");
  });

  test("identify keeps the traits, known or not", () => {
    const said = { type: "identify", anonymousId: "a", userId: "u", traits: { age: 30 } };
    expect(judgeEvent(mapSegment(said, options)[0])).toMatchObject({
      input: {
        name: "identify",
        shopper: "u",
        anonymous: "a",
        properties: { traits: { age: 30 } },
      },
    });
    const { userId: _, ...unnamed } = said;
    expect(judgeEvent(mapSegment(unnamed, options)[0])).toMatchObject({
      input: { name: "identify", anonymous: "a" },
    });
  });

  test("alias is a merge of the previous id into the shopper", () => {
    const alias = { type: "alias", previousId: "old", userId: "u" };
    expect(mapSegment(alias, options)[0]).toMatchObject({
      name: "merge",
      anonymous: "old",
      shopper: "u",
    });
  });

  test("a batch answers one for one and lends its context", () => {
    const batch = {
      batch: [
        { type: "identify", userId: "u" },
        { type: "group", groupId: "g" },
        { ...track("Cart Viewed"), context: { locale: "zh" } },
        null,
      ],
      context: { locale: "en" },
    };
    const mapped = mapSegment(batch, options);
    expect(mapped.map((event) => event.context?.locale)).toEqual(["en", "en", "zh", undefined]);
    expect(mapped.map((event) => judgeEvent(event).refused === undefined)).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("consent preferences", () => {
    const consent = { categoryPreferences: { Analytics: true, Advertising: false } };
    const said = { ...track("Segment Consent Preference Updated"), context: { consent } };
    expect(judgeEvent(mapSegment(said, options)[0])).toMatchObject({
      input: { name: "consent", context: { consent: { measure: true, personalise: false } } },
    });
  });

  test("a time that is none is refused by field", () => {
    const [mapped] = mapSegment({ ...track("Cart Viewed"), timestamp: "yesterday" }, options);
    expect(judgeEvent(mapped).refused?.errors[0]?.pointer).toBe("/at");
  });
});
