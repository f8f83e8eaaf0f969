import { describe, expect, test } from "vitest";
import * as medusa from "./medusa/src/modules/shopkeeper/mapping.ts";
import * as vendure from "./vendure/src/mapping.ts";

/** What the plug-ins send; that they are wired as Medusa and Vendure want it, the compiler says. */
describe("the plug-in for Medusa", () => {
  const product: medusa.Product = {
    id: "prod_1",
    title: "Green tea",
    handle: "green-tea",
    status: "published",
    thumbnail: "https://cdn.example/green.jpg",
    categories: [{ name: "Tea" }],
    variants: [
      {
        id: "variant_1",
        title: "100 g",
        prices: [
          { amount: 12.9, currency_code: "eur" },
          { amount: 1_990, currency_code: "jpy" },
        ],
      },
      { id: "variant_2", title: "250 g", prices: [] },
    ],
  };

  test("sends a variant as an item, with the price of the currency that was chosen", () => {
    const [small, large] = medusa.itemsOf(product, "EUR");
    expect(small).toEqual({
      item: "variant_1",
      group: "prod_1",
      title: "Green tea · 100 g",
      categories: ["Tea"],
      images: ["https://cdn.example/green.jpg"],
      link: "/products/green-tea",
      priceMinor: 1_290,
      currency: "EUR",
      hidden: false,
    });
    expect(large).not.toHaveProperty("priceMinor");
    expect(medusa.itemsOf(product, "JPY")[0]?.priceMinor).toBe(1_990);
  });

  test("sends an order once, whoever bought", () => {
    const order: medusa.Order = {
      id: "order_1",
      created_at: "2025-06-01T10:00:00.000Z",
      currency_code: "eur",
      total: 25.8,
      items: [
        { variant_id: "variant_1", quantity: 2, unit_price: 12.9 },
        { variant_id: null, quantity: 1, unit_price: 0 },
      ],
    };
    const sent = medusa.purchaseOf(order);
    expect(sent).toMatchObject({
      name: "purchase",
      shopper: "medusa-guest-order_1",
      at: Date.UTC(2025, 5, 1, 10),
      items: [{ item: "variant_1", quantity: 2, unitPriceMinor: 1_290 }],
      valueMinor: 2_580,
      currency: "EUR",
    });
    expect(medusa.purchaseOf(order).eventId).toBe(sent.eventId);
    expect(medusa.purchaseOf({ ...order, id: "order_2" }).eventId).not.toBe(sent.eventId);
    expect(medusa.purchaseOf({ ...order, customer_id: "cus_1" }).shopper).toBe("cus_1");
  });
});

describe("the plug-in for Vendure", () => {
  test("sends what Vendure keeps in minor units as it is", () => {
    const variant = {
      id: 7,
      productId: 3,
      name: "Green tea 100 g",
      priceWithTax: 1_290,
      currencyCode: "EUR",
      enabled: false,
    };
    expect(vendure.itemOf(variant)).toEqual({
      item: "7",
      group: "3",
      title: "Green tea 100 g",
      priceMinor: 1_290,
      currency: "EUR",
      hidden: true,
    });
    const order = {
      id: 1,
      code: "ABC",
      currencyCode: "EUR",
      totalWithTax: 2_580,
      customer: { id: 5 },
      lines: [{ productVariantId: 7, quantity: 2, unitPriceWithTax: 1_290 }],
    };
    expect(vendure.purchaseOf(order)).toMatchObject({
      shopper: "vendure-5",
      items: [{ item: "7", quantity: 2, unitPriceMinor: 1_290 }],
      valueMinor: 2_580,
      context: { order: "ABC" },
    });
  });
});
