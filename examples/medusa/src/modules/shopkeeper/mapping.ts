import type { EventInput, ItemInput } from "../../../../../client/src/index.ts";
import { idOf, toMinor } from "../../../../webhooks/said-by-shops.ts";

/** What is asked of Medusa's query for each product. */
export const productFields = [
  "id",
  "title",
  "description",
  "handle",
  "status",
  "thumbnail",
  "categories.name",
  "variants.id",
  "variants.title",
  "variants.prices.amount",
  "variants.prices.currency_code",
] as const;

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly description?: string | null;
  readonly handle: string;
  readonly status: string;
  readonly thumbnail?: string | null;
  readonly categories?: readonly { readonly name: string }[];
  readonly variants: readonly {
    readonly id: string;
    readonly title: string;
    readonly prices: readonly { readonly amount: number; readonly currency_code: string }[];
  }[];
}

export const orderFields = [
  "id",
  "created_at",
  "currency_code",
  "total",
  "customer_id",
  "items.variant_id",
  "items.quantity",
  "items.unit_price",
] as const;

export interface Order {
  readonly id: string;
  readonly created_at: string;
  readonly currency_code: string;
  readonly total: number;
  readonly customer_id?: string | null;
  readonly items: readonly {
    readonly variant_id: string | null;
    readonly quantity: number;
    readonly unit_price: number;
  }[];
}

/** Medusa v2 keeps prices as decimals, one for each currency. */
export function itemsOf(product: Product, currency: string): ItemInput[] {
  return product.variants.map((variant) => {
    const price = variant.prices.find(
      ({ currency_code }) => currency_code.toUpperCase() === currency,
    );
    const isOnly = product.variants.length === 1;
    return {
      item: variant.id,
      group: product.id,
      title: isOnly ? product.title : `${product.title} · ${variant.title}`,
      ...(product.description ? { description: product.description } : {}),
      categories: (product.categories ?? []).map(({ name }) => name),
      images: product.thumbnail ? [product.thumbnail] : [],
      link: `/products/${product.handle}`,
      ...(price ? { priceMinor: toMinor(price.amount, currency), currency } : {}),
      hidden: product.status !== "published",
    };
  });
}

export function purchaseOf(order: Order): EventInput {
  const currency = order.currency_code.toUpperCase();
  return {
    eventId: idOf("medusa", "order", order.id),
    name: "purchase",
    at: Date.parse(order.created_at),
    shopper: order.customer_id ?? `medusa-guest-${order.id}`,
    items: order.items.flatMap(({ variant_id, quantity, unit_price }) =>
      variant_id === null
        ? []
        : [{ item: variant_id, quantity, unitPriceMinor: toMinor(unit_price, currency) }],
    ),
    valueMinor: toMinor(order.total, currency),
    currency,
    context: { order: order.id },
  };
}
