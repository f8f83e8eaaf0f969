/**
 * WooCommerce's webhooks into Shopkeeper: products, orders, customers. Add webhooks for
 * `product.created`, `.updated`, `.deleted`, `order.created`, `.updated` and `customer.deleted` under
 * Settings, Advanced, Webhooks. WooCommerce switches a webhook off after five failed deliveries, so
 * read again by `modified_after` once a day.
 * Run: WOO_SECRET=… SHOPKEEPER_URL=… SHOPKEEPER_KEY=sk_… npx tsx examples/webhooks/woocommerce.ts
 */
import type { Server } from "node:http";
import {
  type EventInput,
  type ItemInput,
  isProblem,
  openClient,
  type Shopkeeper,
} from "../../client/src/index.ts";
import { openReceiver, type Webhook } from "./receive.ts";
import { idOf, textOf, toMinor } from "./said-by-shops.ts";

/** As much of WooCommerce's REST objects (v3) as is read here. */
export interface Product {
  readonly id: number;
  readonly parent_id: number;
  readonly name: string;
  readonly status: string;
  readonly description: string;
  readonly permalink: string;
  readonly regular_price: string;
  readonly sale_price: string;
  readonly price: string;
  readonly stock_quantity: number | null;
  readonly stock_status: "instock" | "outofstock" | "onbackorder";
  readonly categories: readonly { readonly name: string }[];
  readonly images: readonly { readonly src: string }[];
}

export interface Order {
  readonly id: number;
  readonly status: string;
  readonly currency: string;
  readonly total: string;
  readonly customer_id: number;
  readonly date_created_gmt: string;
  readonly date_modified_gmt: string;
  readonly line_items: readonly {
    readonly product_id: number;
    readonly variation_id: number;
    readonly quantity: number;
    readonly price: number;
  }[];
}

const availabilities = {
  instock: "in_stock",
  outofstock: "out_of_stock",
  onbackorder: "backorder",
} as const;

export function itemOf(product: Product, currency: string): ItemInput {
  const minor = (amount: string): number => toMinor(amount, currency);
  const regular = product.regular_price === "" ? product.price : product.regular_price;
  return {
    item: String(product.id),
    ...(product.parent_id > 0 ? { group: String(product.parent_id) } : {}),
    title: product.name,
    description: textOf(product.description),
    categories: product.categories.map(({ name }) => name),
    images: product.images.map(({ src }) => src),
    link: product.permalink,
    ...(regular === "" ? {} : { priceMinor: minor(regular), currency }),
    ...(product.sale_price === "" ? {} : { salePriceMinor: minor(product.sale_price) }),
    ...(product.stock_quantity === null ? {} : { stock: Math.max(0, product.stock_quantity) }),
    availability: availabilities[product.stock_status],
    hidden: product.status !== "publish",
  };
}

/** What an order's status says has happened; the others say nothing new. */
const happened: Readonly<Record<string, EventInput["name"]>> = {
  processing: "purchase",
  completed: "purchase",
  cancelled: "order_cancel",
  refunded: "refund",
};

/** Every update of an order comes whole; its id and what happened make each count once. */
export function eventOf(order: Order): EventInput | undefined {
  const name = happened[order.status];
  if (name === undefined) return undefined;
  const { currency } = order;
  const when = name === "purchase" ? order.date_created_gmt : order.date_modified_gmt;
  return {
    eventId: idOf("woocommerce", name, order.id),
    name,
    at: Date.parse(`${when}Z`),
    shopper: order.customer_id > 0 ? `woo-${order.customer_id}` : `woo-guest-${order.id}`,
    items: order.line_items.map((line) => ({
      item: String(line.variation_id > 0 ? line.variation_id : line.product_id),
      quantity: line.quantity,
      unitPriceMinor: toMinor(line.price, currency),
    })),
    valueMinor: toMinor(order.total, currency),
    currency,
    context: { order: String(order.id) },
  };
}

export async function takeWoo(
  shop: Shopkeeper,
  currency: string,
  { topic, body }: Webhook,
): Promise<void> {
  const [kind, what] = topic.split(".");
  const { id } = body as { readonly id: number };
  if (kind === "product" && what === "deleted") await gone(shop.items.removeItem(String(id)));
  else if (kind === "product") await shop.items.putItems(itemOf(body as Product, currency));
  else if (kind === "order" && what !== "deleted") {
    const event = eventOf(body as Order);
    if (event) await shop.events.sendEvents(event);
  } else if (topic === "customer.deleted") await gone(shop.shoppers.eraseShopper(`woo-${id}`));
}

/** What we never had is gone already. */
async function gone(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!isProblem(error) || error.status !== 404) throw error;
  });
}

export const openWoo = (shop: Shopkeeper, currency: string, secret: string): Server =>
  openReceiver({
    secret,
    topicHeader: "x-wc-webhook-topic",
    signatureHeader: "x-wc-webhook-signature",
    handle: (webhook) => takeWoo(shop, currency, webhook),
  });

if (process.argv[1] === import.meta.filename) {
  const { SHOPKEEPER_URL: url = "", SHOPKEEPER_KEY: key = "", WOO_SECRET = "" } = process.env;
  openWoo(openClient({ url, key }), "EUR", WOO_SECRET).listen(4701);
}
