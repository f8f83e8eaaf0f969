import { isPlainObject, type Plain } from "./bounded-json.ts";
import type { Consent, EventInput, EventName } from "./event.ts";
import { eventIdFrom } from "./event-id.ts";
import type { MapOptions } from "./map-ga4.ts";
import { toMinor } from "./money.ts";
import { present, type SourceFields, sourceFields } from "./source-fields.ts";

/**
 * Segment calls as they are sent (track, page, screen, identify, alias, batch), one event out for
 * each message in and in the same order. A name outside the table keeps its own and is refused
 * with that name. What has no place of its own is kept: properties beside ours, the rest of the
 * message under `segment`.
 * Source: segment.com/docs/connections/spec and .../spec/ecommerce/v2 (2025).
 */
const names: Readonly<Record<string, EventName>> = {
  "products searched": "search",
  "product list viewed": "list_view",
  "product list filtered": "list_view",
  "product clicked": "list_click",
  "product viewed": "item_view",
  "product added": "cart_add",
  "product removed": "cart_remove",
  "cart viewed": "cart_view",
  "checkout started": "checkout_start",
  "checkout step viewed": "checkout_step",
  "checkout step completed": "checkout_step",
  "payment info entered": "checkout_step",
  "order completed": "purchase",
  "order updated": "order_update",
  "order refunded": "refund",
  "order cancelled": "order_cancel",
  "coupon entered": "coupon",
  "coupon applied": "coupon",
  "coupon denied": "coupon",
  "coupon removed": "coupon",
  "product added to wishlist": "wishlist_add",
  "product removed from wishlist": "wishlist_remove",
  "wishlist product added to cart": "cart_add",
  "promotion viewed": "promotion_view",
  "promotion clicked": "promotion_click",
  "product reviewed": "review",
  "product shared": "share",
  "cart shared": "share",
  "segment consent preference updated": "consent",
};

export function mapSegment(payload: unknown, options: MapOptions): EventInput[] {
  if (!isPlainObject(payload) || !Array.isArray(payload["batch"])) {
    return [mapMessage(payload, options)];
  }
  const { batch, context } = payload as { batch: readonly unknown[]; context?: unknown };
  return batch.map((message) => mapMessage(withContext(message, context), options));
}

/** A batch's context holds for its messages, each of which may say otherwise. */
function withContext(message: unknown, context: unknown): unknown {
  if (!isPlainObject(message) || !isPlainObject(context)) return message;
  const own = isPlainObject(message["context"]) ? message["context"] : {};
  return { ...message, context: { ...context, ...own } };
}

function mapMessage(sent: unknown, options: MapOptions): EventInput {
  const message = sourceFields(sent);
  const type = message.text("type") ?? guessedType(sent);
  const event = message.text("event");
  const messageId = message.text("messageId");
  const isAlias = type === "alias";
  const properties = message.object("properties");
  const currency = properties.text("currency")?.toUpperCase();
  const unit = currency ?? options.currency;
  const items = itemsOf(properties, unit);
  const value = properties.value("total", "value", "revenue");
  const ids = {
    shopper: message.text("userId"),
    anonymous: isAlias ? message.text("previousId") : message.text("anonymousId"),
  };
  const at = moment(message.value("timestamp", "originalTimestamp", "sentAt"));
  const context = contextOf(properties, message.object("context"));
  const traits = message.value("traits");
  const { properties: left, ...beside } = message.rest() ?? {};
  const segment = present({ ...beside, type, event });
  return present({
    eventId: messageId === undefined ? undefined : eventIdFrom("segment", messageId),
    name: nameOf(type, event),
    ...ids,
    session: message.object("context").text("sessionId"),
    at,
    items,
    context,
    valueMinor: value === undefined ? undefined : toMinor(value, unit),
    currency,
    properties: present({ traits, ...(isPlainObject(left) ? left : {}), segment }),
  }) as unknown as EventInput;
}

/** The single-call endpoints of Segment say the type in their path and not in the body. */
function guessedType(sent: unknown): string | undefined {
  if (!isPlainObject(sent)) return undefined;
  if ("event" in sent) return "track";
  if ("previousId" in sent) return "alias";
  if ("traits" in sent) return "identify";
  return "name" in sent || "properties" in sent ? "page" : undefined;
}

function nameOf(type: string | undefined, event: string | undefined): string | undefined {
  switch (type) {
    case "page":
    case "screen":
      return "page_view";
    case "identify":
      return "identify";
    case "alias":
      return "merge";
    case "track":
      return event === undefined ? undefined : (ownName(event) ?? event);
    default:
      return type;
  }
}

function ownName(event: string): EventName | undefined {
  const key = event.trim().toLowerCase().replaceAll(/\s+/g, " ");
  return Object.hasOwn(names, key) ? names[key] : undefined;
}

function itemsOf(properties: SourceFields, currency: string): readonly Plain[] | undefined {
  const products = properties.list("products");
  if (products !== undefined) return products.map((line) => mapItem(sourceFields(line), currency));
  const item = mapLine(properties, currency);
  return item["item"] === undefined ? undefined : [item];
}

function mapItem(line: SourceFields, currency: string): Plain {
  return present({ ...mapLine(line, currency), ...line.rest() });
}

/** Segment counts list positions from 1, we from 0. */
function mapLine(line: SourceFields, currency: string): Plain {
  const item = line.text("product_id", "sku");
  if (item === undefined) return {};
  const price = line.value("price");
  const position = line.number("position");
  return present({
    item,
    quantity: line.number("quantity"),
    unitPriceMinor: price === undefined ? undefined : toMinor(price, currency),
    position: position === undefined ? undefined : Math.max(0, position - 1),
  });
}

function contextOf(properties: SourceFields, context: SourceFields): Plain {
  const page = context.object("page");
  return present({
    list: properties.text("list_id"),
    query: properties.text("query"),
    page: properties.text("url") ?? page.text("url"),
    referrer: properties.text("referrer") ?? page.text("referrer"),
    device: deviceOf(context.object("device").text("type")),
    locale: context.text("locale"),
    country: context.object("location").text("country"),
    campaign: properties.text("promotion_id") ?? context.object("campaign").text("name"),
    order: properties.text("order_id"),
    coupon: properties.text("coupon", "coupon_id", "coupon_name"),
    rating: properties.number("rating"),
    text: properties.text("review_body"),
    consent: consentOf(context.object("consent").object("categoryPreferences")),
  });
}

const devices: Readonly<Record<string, string>> = {
  desktop: "desktop",
  mobile: "phone",
  phone: "phone",
  tablet: "tablet",
  ios: "app",
  android: "app",
};

function deviceOf(type: string | undefined): string | undefined {
  if (type === undefined) return undefined;
  return devices[type.toLowerCase()] ?? "other";
}

function consentOf(preferences: SourceFields): Consent | undefined {
  const measure = preferences.value("Analytics");
  const personalise = preferences.value("Personalization", "Advertising");
  if (typeof measure !== "boolean" && typeof personalise !== "boolean") return undefined;
  return { measure: measure !== false, personalise: personalise !== false };
}

/** ISO 8601 text or a number of milliseconds; NaN when it is neither. */
function moment(sent: unknown): number | undefined {
  if (sent === undefined) return undefined;
  if (typeof sent === "number") return Math.floor(sent);
  return typeof sent === "string" ? Date.parse(sent) : Number.NaN;
}
