/**
 * Shopify's webhooks into Shopkeeper: catalogue, orders, cancellations, refunds, and the erasure that
 * its privacy webhooks demand. Subscribe to PRODUCTS_CREATE, _UPDATE, _DELETE, ORDERS_CREATE,
 * ORDERS_UPDATED, ORDERS_CANCELLED and the three compliance topics. A change of stock comes as
 * PRODUCTS_UPDATE too, and a refund within its order. What happens in the pages is the tracker's.
 * Run: SHOPIFY_SECRET=… SHOPKEEPER_URL=… SHOPKEEPER_KEY=sk_… npx tsx examples/webhooks/shopify.ts
 */
import type { Server } from "node:http";
import {
  allRows,
  type EventInput,
  type ItemInput,
  isProblem,
  openClient,
  type Shopkeeper,
} from "../../client/src/index.ts";
import { openReceiver, type Webhook } from "./receive.ts";
import { idOf, textOf, toMinor } from "./said-by-shops.ts";

/** As much of Shopify's REST objects as is read here. */
export interface Product {
  readonly id: number;
  readonly title: string;
  readonly body_html?: string | null;
  readonly vendor?: string;
  readonly product_type?: string;
  readonly handle?: string;
  readonly status?: "active" | "archived" | "draft";
  readonly images?: readonly { readonly src: string }[];
  readonly variants: readonly {
    readonly id: number;
    readonly title: string;
    readonly price: string;
    readonly inventory_quantity?: number;
    readonly inventory_policy?: "deny" | "continue";
  }[];
}

export interface Order {
  readonly id: number;
  readonly created_at: string;
  readonly cancelled_at?: string | null;
  readonly currency: string;
  readonly total_price: string;
  readonly customer?: { readonly id: number } | null;
  readonly line_items: readonly Line[];
  readonly refunds?: readonly Refund[];
}

interface Line {
  readonly variant_id: number | null;
  readonly quantity: number;
  readonly price: string;
}

interface Refund {
  readonly id: number;
  readonly created_at: string;
  readonly refund_line_items: readonly { readonly quantity: number; readonly line_item: Line }[];
}

export interface ShopifyShop {
  /** Shopify says no currency of a product: it is the shop's. */
  readonly currency: string;
  /** Where a product's page is, e.g. `https://tea.example/products/`. */
  readonly pages: string;
}

/** One item for each variant, held together by the product. */
export function itemsOf(product: Product, { currency, pages }: ShopifyShop): ItemInput[] {
  return product.variants.map((variant) => ({
    item: String(variant.id),
    group: String(product.id),
    title:
      variant.title === "Default Title" ? product.title : `${product.title} · ${variant.title}`,
    ...(product.body_html ? { description: textOf(product.body_html) } : {}),
    ...(product.vendor ? { brand: product.vendor } : {}),
    ...(product.product_type ? { categories: [product.product_type] } : {}),
    images: (product.images ?? []).map(({ src }) => src),
    ...(product.handle ? { link: pages + product.handle } : {}),
    priceMinor: toMinor(variant.price, currency),
    currency,
    // What is sold beyond its stock has none that would take it off the shelf.
    ...(variant.inventory_policy === "continue"
      ? {}
      : { stock: Math.max(0, variant.inventory_quantity ?? 0) }),
    hidden: product.status !== undefined && product.status !== "active",
  }));
}

const linesOf = (lines: readonly Line[], currency: string): NonNullable<EventInput["items"]> =>
  lines.flatMap(({ variant_id, quantity, price }) =>
    variant_id === null
      ? []
      : [{ item: String(variant_id), quantity, unitPriceMinor: toMinor(price, currency) }],
  );

/** An order with its own id, so that a second delivery counts nothing. */
export function purchaseOf(order: Order): EventInput {
  const { id, currency, customer } = order;
  return {
    eventId: idOf("shopify", "order", id),
    name: "purchase",
    at: Date.parse(order.created_at),
    shopper: shopperOf(customer?.id, id),
    items: linesOf(order.line_items, currency),
    valueMinor: toMinor(order.total_price, currency),
    currency,
    context: { order: String(id) },
  };
}

/** A guest is known by the order alone. */
const shopperOf = (customer: number | undefined, order: number): string =>
  customer === undefined ? `shopify-guest-${order}` : `shopify-${customer}`;

function cancelOf(order: Order): EventInput {
  const at = Date.parse(order.cancelled_at ?? order.created_at);
  return {
    ...purchaseOf(order),
    eventId: idOf("shopify", "cancel", order.id),
    name: "order_cancel",
    at,
  };
}

/** Every update of an order brings all its refunds; their ids make each count once. */
export const refundsOf = (order: Order): readonly EventInput[] =>
  (order.refunds ?? []).map((refund) => ({
    eventId: idOf("shopify", "refund", refund.id),
    name: "refund",
    at: Date.parse(refund.created_at),
    shopper: shopperOf(order.customer?.id, order.id),
    items: linesOf(
      refund.refund_line_items.map(({ quantity, line_item }) => ({ ...line_item, quantity })),
      order.currency,
    ),
    currency: order.currency,
    context: { order: String(order.id) },
  }));

type Handler = (shop: Shopkeeper, body: never, about: ShopifyShop) => Promise<unknown>;

const upsert: Handler = (shop, product: Product, about) =>
  shop.items.upsertItems({ items: itemsOf(product, about) });

const handlers: Readonly<Record<string, Handler>> = {
  "products/create": upsert,
  "products/update": upsert,
  "products/delete": (shop, { id }: { id: number }) => removeGroup(shop, String(id)),
  "orders/create": (shop, order: Order) => shop.events.sendEvents(purchaseOf(order)),
  "orders/cancelled": (shop, order: Order) => shop.events.sendEvents(cancelOf(order)),
  "orders/updated": async (shop, order: Order) => {
    const events = refundsOf(order);
    if (events.length > 0) await shop.events.sendEvents({ events });
  },
  "customers/redact": (shop, { customer }: { customer: { id: number } }) =>
    erase(shop, shopperOf(customer.id, 0)),
};

/** A topic without a handler is answered for: it was not asked for by mistake alone. */
export async function takeShopify(
  shop: Shopkeeper,
  about: ShopifyShop,
  { topic, body }: Webhook,
): Promise<void> {
  await handlers[topic]?.(shop, body as never, about);
}

/** Shopify names the product alone; its variants are found in our own catalogue. */
async function removeGroup(shop: Shopkeeper, group: string): Promise<void> {
  const ours: string[] = [];
  for await (const item of allRows((cursor) => shop.items.listItems({ cursor }))) {
    if (item.group === group) ours.push(item.item);
  }
  for (const item of ours) await shop.items.removeItem(item);
}

/** Somebody we never knew is already forgotten. */
async function erase(shop: Shopkeeper, shopper: string): Promise<void> {
  await shop.shoppers.eraseShopper(shopper).catch((error: unknown) => {
    if (!isProblem(error) || error.code !== "unknown-shopper") throw error;
  });
}

export const openShopify = (shop: Shopkeeper, about: ShopifyShop, secret: string): Server =>
  openReceiver({
    secret,
    topicHeader: "x-shopify-topic",
    signatureHeader: "x-shopify-hmac-sha256",
    handle: (webhook) => takeShopify(shop, about, webhook),
  });

if (process.argv[1] === import.meta.filename) {
  const { SHOPKEEPER_URL: url = "", SHOPKEEPER_KEY: key = "", SHOPIFY_SECRET = "" } = process.env;
  const about = { currency: "EUR", pages: "https://tea.example/products/" };
  openShopify(openClient({ url, key }), about, SHOPIFY_SECRET).listen(4700);
}
