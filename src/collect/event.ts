import { z } from "zod";
import { currency, epochMs, minor, shopId } from "../schema.ts";

/**
 * What an event is. One closed vocabulary for every source; what a source says beyond it is kept
 * in `properties`, never dropped. Sources: GA4, Segment Spec v2, Google Retail (see map-*.ts).
 */
export const eventNames = [
  "page_view",
  "list_view",
  "list_click",
  "search",
  "item_view",
  "wishlist_add",
  "wishlist_remove",
  "cart_add",
  "cart_remove",
  "cart_view",
  "checkout_start",
  "checkout_step",
  "purchase",
  "refund",
  "order_cancel",
  "order_update",
  "promotion_view",
  "promotion_click",
  "coupon",
  "review",
  "share",
  "identify",
  "merge",
  "consent",
  "exposure",
  "prediction",
] as const;

export type EventName = (typeof eventNames)[number];

/** What was said or shown by the shop itself; everything else was done by somebody. */
export const ownNames: readonly EventName[] = ["exposure", "prediction"];

/** Where in a shop a list stands or a thing happens. */
export const surfaces = [
  "home",
  "category",
  "item",
  "similar",
  "bought_together",
  "cart",
  "session",
  "search",
  "popular",
  "buy_again",
  "checkout",
  "email",
  "other",
] as const;

export type Surface = (typeof surfaces)[number];

const shortText = z.string().max(256);
const longText = z.string().max(2048);

/** One line of an event: which item, how many, for how much, and where it stood in a list. */
export const eventItemSchema: z.ZodType<EventItem> = z.object({
  item: shopId,
  quantity: z.number().positive().max(1_000_000).optional(),
  /** Price of one, in minor units of the event's currency. */
  unitPriceMinor: minor.optional(),
  /** 0-based place in the list shown. */
  position: z.int().min(0).max(10_000).optional(),
  /** Probability with which the policy showed the item at this place, (0, 1]. */
  propensity: z.number().gt(0).max(1).optional(),
});

export interface EventItem {
  readonly item: string;
  readonly quantity?: number | undefined;
  readonly unitPriceMinor?: number | undefined;
  readonly position?: number | undefined;
  readonly propensity?: number | undefined;
}

/** What the shopper allowed at the time. Absent means the shop's default (config `consent`). */
export interface Consent {
  /** May be counted in figures that name nobody. */
  readonly measure: boolean;
  /** May shape what this shopper is shown. */
  readonly personalise: boolean;
}

export const consentSchema: z.ZodType<Consent> = z.object({
  measure: z.boolean(),
  personalise: z.boolean(),
});

export interface EventContext {
  readonly surface?: Surface | undefined;
  /** The shop's own name of the list or campaign slot. */
  readonly list?: string | undefined;
  /** Request id of the served list that this answers (joins to its exposure). */
  readonly request?: string | undefined;
  readonly query?: string | undefined;
  readonly page?: string | undefined;
  readonly referrer?: string | undefined;
  readonly device?: "desktop" | "phone" | "tablet" | "app" | "other" | undefined;
  readonly locale?: string | undefined;
  readonly country?: string | undefined;
  readonly experiment?: string | undefined;
  readonly campaign?: string | undefined;
  readonly order?: string | undefined;
  readonly coupon?: string | undefined;
  /** Stars of a review, 1..5. */
  readonly rating?: number | undefined;
  readonly text?: string | undefined;
  readonly consent?: Consent | undefined;
}

export const eventContextSchema: z.ZodType<EventContext> = z.object({
  surface: z.enum(surfaces).optional(),
  list: shortText.optional(),
  request: shortText.optional(),
  query: shortText.optional(),
  page: longText.optional(),
  referrer: longText.optional(),
  device: z.enum(["desktop", "phone", "tablet", "app", "other"]).optional(),
  locale: shortText.optional(),
  country: shortText.optional(),
  experiment: shortText.optional(),
  campaign: shortText.optional(),
  order: shortText.optional(),
  coupon: shortText.optional(),
  rating: z.number().min(1).max(5).optional(),
  text: z.string().max(10_000).optional(),
  consent: consentSchema.optional(),
});

/** An event as the log holds it. `shop` is decided by the key that sent it, never by the sender. */
export interface Event {
  /** UUID, canonical lower case; the idempotency key. */
  readonly eventId: string;
  readonly shop: string;
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  readonly session?: string | undefined;
  readonly at: number;
  readonly receivedAt: number;
  readonly name: EventName;
  readonly items: readonly EventItem[];
  readonly context: EventContext;
  /** Worth of the whole event in minor units (an order's total), with its currency. */
  readonly valueMinor?: number | undefined;
  readonly currency?: string | undefined;
  /** What the sender said beyond the vocabulary, as it was said. */
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
}

/** What a sender sends; the rest is filled in by `collect`. */
export type EventInput = Omit<
  Event,
  "shop" | "receivedAt" | "eventId" | "at" | "items" | "context"
> & {
  readonly eventId?: string | undefined;
  readonly at?: number | undefined;
  readonly items?: readonly EventItem[] | undefined;
  readonly context?: EventContext | undefined;
};

/** Fields at the top level that are not named here are moved to `properties`, not refused. */
export const eventInputSchema: z.ZodType<EventInput> = z
  .object({
    eventId: z.guid().toLowerCase().optional(),
    shopper: shopId.optional(),
    anonymous: shopId.optional(),
    session: shopId.optional(),
    at: epochMs.optional(),
    name: z.enum(eventNames),
    items: z.array(eventItemSchema).max(200).optional(),
    context: eventContextSchema.optional(),
    valueMinor: minor.optional(),
    currency: currency.optional(),
    properties: z.record(z.string().max(256), z.unknown()).optional(),
  })
  .meta({ id: "EventInput" });
