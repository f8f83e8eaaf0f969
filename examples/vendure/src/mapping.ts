import type { Order, ProductVariant } from "@vendure/core";
import type { EventInput, ItemInput } from "../../../client/src/index.ts";
import { idOf } from "../../webhooks/said-by-shops.ts";

/** Vendure keeps amounts in minor units, as we do. */
export const itemOf = (variant: ProductVariant): ItemInput => ({
  item: String(variant.id),
  group: String(variant.productId),
  title: variant.name,
  priceMinor: variant.priceWithTax,
  currency: variant.currencyCode,
  hidden: !variant.enabled,
});

export const purchaseOf = (order: Order): EventInput => ({
  eventId: idOf("vendure", "order", order.id),
  name: "purchase",
  ...(order.orderPlacedAt ? { at: order.orderPlacedAt.getTime() } : {}),
  shopper: order.customer ? `vendure-${order.customer.id}` : `vendure-guest-${order.code}`,
  items: order.lines.map(({ productVariantId, quantity, unitPriceWithTax }) => ({
    item: String(productVariantId),
    quantity,
    unitPriceMinor: unitPriceWithTax,
  })),
  valueMinor: order.totalWithTax,
  currency: order.currencyCode,
  context: { order: order.code },
});
