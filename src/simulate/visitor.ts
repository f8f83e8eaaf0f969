import type { EventContext, EventInput, EventItem, EventName } from "../collect/event.ts";
import type { Random } from "../tensor/random.ts";
import { eventIdAt, shortId } from "./event-id.ts";
import { itemId } from "./ids.ts";
import { askedMinor } from "./prices.ts";
import { dayOf, type Shop } from "./shop.ts";
import { drawTraits, shopperId, type Traits } from "./shoppers.ts";

export const CURRENCY = "CNY";

/** A line of a cart. */
export interface Line {
  readonly variant: number;
  readonly quantity: number;
}

/** A shopper while in the shop. */
export interface Visitor {
  readonly shop: Shop;
  readonly traits: Traits;
  readonly random: Random;
  /** Bits of event ids: apart, so that a new event does not change what follows. */
  readonly ids: Random;
  readonly session: string;
  readonly anonymous: string;
  /** Which of the shopper's devices. */
  readonly device: 0 | 1;
  /** The id it has once it is known. */
  readonly shopper: string;
  readonly cart: Line[];
  /** Known to the shop by name in this session. */
  signedIn: boolean;
  /** Leaf in mind. */
  intent: number;
  /** Group last looked at, -1 none. */
  focus: number;
  /** Lists shown so far. */
  lists: number;
}

const SECOND_DEVICE_RATE = 0.15;
const SIGNED_IN_RATE = 0.85;

/** The shopper comes in: the visit's own stream is named by shopper and count of visits. */
export function enterAs(shop: Shop, index: number): Visitor {
  const { people } = shop;
  const traits = drawTraits(shop.population, index);
  const random = shop.random.split(`visit:${index}:${people.visits[index] ?? 0}`);
  people.visits[index] = (people.visits[index] ?? 0) + 1;
  const device = random.bernoulli(SECOND_DEVICE_RATE) ? 1 : 0;
  const ids = random.split("ids");
  return {
    shop,
    traits,
    random,
    ids,
    session: `v-${shortId(ids)}`,
    anonymous: traits.anonymous[device],
    device,
    shopper: shopperId(index),
    cart: [],
    signedIn: people.known[index] === 1 && random.bernoulli(SIGNED_IN_RATE),
    intent: -1,
    focus: -1,
    lists: 0,
  };
}

type Said = Pick<EventInput, "items" | "valueMinor" | "currency" | "properties">;
type Open<T> = { -readonly [K in keyof T]: T[K] };

/** Sends an event of the visitor, now. Keys are set one by one: spreading costs three times more. */
export function say(visitor: Visitor, name: EventName, context: EventContext, said: Said): void {
  const { timeline } = visitor.shop;
  const event: Open<EventInput> = { eventId: eventIdAt(timeline.now, visitor.ids), name };
  if (visitor.signedIn) event.shopper = visitor.shopper;
  event.anonymous = visitor.anonymous;
  event.session = visitor.session;
  event.at = timeline.now;
  if (said.items !== undefined) event.items = said.items;
  if (said.valueMinor !== undefined) event.valueMinor = said.valueMinor;
  if (said.currency !== undefined) event.currency = said.currency;
  if (said.properties !== undefined) event.properties = said.properties;
  event.context = contextOf(visitor, context);
  timeline.emit(event);
}

function contextOf({ traits, device }: Visitor, own: EventContext): EventContext {
  const context: Open<EventContext> = {
    surface: own.surface,
    device: traits.devices[device],
    locale: traits.locale,
    country: traits.country,
  };
  for (const key of ownKeys) if (own[key] !== undefined) copy(context, own, key);
  if (traits.consent !== undefined) context.consent = traits.consent;
  return context;
}

const ownKeys = [
  "list",
  "request",
  "query",
  "page",
  "referrer",
  "campaign",
  "order",
  "rating",
  "text",
] as const;

function copy<K extends keyof EventContext>(
  to: Open<EventContext>,
  from: EventContext,
  key: K,
): void {
  to[key] = from[key];
}

/** The day of the simulation it is for the visitor. */
export function today(visitor: Visitor): number {
  return dayOf(visitor.shop, visitor.shop.timeline.now);
}

/** A line as an event tells it: item, quantity, price of one now. */
export function lineOf(visitor: Visitor, line: Line): EventItem {
  const { shop } = visitor;
  return {
    item: itemId(shop.catalogue, line.variant),
    quantity: line.quantity,
    unitPriceMinor: askedMinor(shop.prices, shop.catalogue, line.variant, today(visitor)),
  };
}

/** The variant that stands for its group in lists: the first in stock, else the first. */
export function frontVariant(shop: Shop, group: number): number {
  const first = shop.catalogue.variantStart[group] ?? 0;
  const end = shop.catalogue.variantStart[group + 1] ?? 0;
  for (let v = first; v < end; v++) if ((shop.supply.stock[v] ?? 0) > 0) return v;
  return first;
}

/** A pause of about `seconds`, never under one. @unit result ms */
export function pause(visitor: Visitor, seconds: number): number {
  return 1000 + visitor.random.exponential(1 / (seconds * 1000));
}

/** The visitor says who it is; the anonymous id becomes a known shopper. */
export function signIn(visitor: Visitor): void {
  visitor.signedIn = true;
  visitor.shop.people.known[visitor.traits.shopper] = 1;
  say(visitor, "identify", { surface: "other" }, {});
}
