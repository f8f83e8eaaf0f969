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
  readonly context: EventContext;
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
  const traits = drawTraits(shop.random.split("shoppers"), index);
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
    context: {
      device: traits.devices[device],
      locale: traits.locale,
      country: traits.country,
      ...(traits.consent === undefined ? {} : { consent: traits.consent }),
    },
    cart: [],
    signedIn: people.known[index] === 1 && random.bernoulli(SIGNED_IN_RATE),
    intent: -1,
    focus: -1,
    lists: 0,
  };
}

type Said = Pick<EventInput, "items" | "valueMinor" | "currency" | "properties">;

/** Sends an event of the visitor, now. */
export function say(visitor: Visitor, name: EventName, context: EventContext, said: Said): void {
  const { timeline } = visitor.shop;
  timeline.emit({
    eventId: eventIdAt(timeline.now, visitor.ids),
    ...(visitor.signedIn ? { shopper: shopperId(visitor.traits.shopper) } : {}),
    anonymous: visitor.anonymous,
    session: visitor.session,
    at: timeline.now,
    name,
    ...said,
    context: { ...visitor.context, ...context },
  });
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
  const shopper = shopperId(visitor.traits.shopper);
  say(visitor, "identify", { surface: "other" }, { properties: { account: shopper } });
}
