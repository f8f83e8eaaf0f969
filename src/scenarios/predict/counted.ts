import { type EventName, eventNames } from "../../collect/event.ts";
import type { Timelines } from "../../features/timelines.ts";
import { PURCHASE } from "./heads.ts";

/**
 * Recency, frequency and money of a stretch of a timeline as of a moment: what trees and regression see,
 * and what the network sees beside the events. Counts and times enter as log(1 + x), money against the
 * shop's median order, so that the unit of money does not matter.
 */
export const countedNames = [
  "days_since_last",
  "days_since_first",
  "days_since_purchase",
  "orders",
  "events",
  "sessions",
  "views",
  "carts",
  "searches",
  "reviews",
  "returns",
  "spent",
  "mean_order",
  "last_order",
  "events_1d",
  "events_7d",
  "events_30d",
  "events_90d",
  "orders_30d",
  "orders_90d",
  "orders_365d",
  "days_between_orders",
  "lateness",
  "views_per_order",
  "session_open",
  "session_events",
  "session_views",
  "session_carts",
  "session_orders",
  "session_minutes",
  "session_price",
  "groups_lately",
] as const;

export type CountedName = (typeof countedNames)[number];

/** Columns of a row. */
export const COUNTED: number = countedNames.length;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Stands for never. @unit days */
const NEVER_DAYS = 3_650;
/** Events looked back on for how many groups they touch. */
const LATELY = 30;

const codeOf = (name: EventName): number => eventNames.indexOf(name);
const VIEW = codeOf("item_view");
const CART = codeOf("cart_add");
const SEARCH = codeOf("search");
const REVIEW = codeOf("review");
const REFUND = codeOf("refund");

export interface CountingScale {
  /** Of one order; 0 where nothing was paid yet. @unit minor */
  readonly orderMedianMinor: number;
  /** Of one piece. @unit minor */
  readonly priceMedianMinor: number;
  /** A session is open for so long after its last event. @unit minutes */
  readonly sessionGapMinutes: number;
}

/** Events from .. to - 1 of the timelines, one at least, as of `now`. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** @unit epoch ms */
  readonly now: number;
}

/** O(to - from). @shape result [COUNTED] */
export function countStretch(
  timelines: Timelines,
  stretch: Stretch,
  scale: CountingScale,
): Float64Array {
  const all = totals(timelines, stretch);
  const open = sessionTotals(timelines, stretch, scale);
  const { now } = stretch;
  const days = (at: number): number =>
    Number.isNaN(at) ? NEVER_DAYS : Math.max(0, (now - at) / DAY_MS);
  const money = (minor: number): number =>
    scale.orderMedianMinor > 0 ? minor / scale.orderMedianMinor : 0;
  const between =
    all.orders > 1 ? (all.lastOrderAt - all.firstOrderAt) / DAY_MS / (all.orders - 1) : 0;
  const sinceOrder = days(all.lastOrderAt);
  const values = [
    days(all.lastAt),
    days(all.firstAt),
    sinceOrder,
    all.orders,
    stretch.to - stretch.from,
    all.sessions,
    all.views,
    all.carts,
    all.searches,
    all.reviews,
    all.returns,
    money(all.paid),
    all.orders > 0 ? money(all.paid) / all.orders : 0,
    money(all.lastPaid),
    ...all.eventsWithin,
    ...all.ordersWithin,
    between,
    between > 0 ? Math.min(50, sinceOrder / between) : 0,
    all.orders > 0 ? all.views / all.orders : all.views,
    open.isOpen,
    open.events,
    open.views,
    open.carts,
    open.orders,
    open.minutes,
    open.price,
    all.groupsLately,
  ];
  return Float64Array.from(values, (value) => Math.log1p(value));
}

const EVENT_DAYS = [1, 7, 30, 90] as const;
const ORDER_DAYS = [30, 90, 365] as const;

function totals(timelines: Timelines, { from, to, now }: Stretch) {
  const { times, names, paidMinor, sessions, tokens } = timelines;
  const counts = new Float64Array(eventNames.length);
  const eventsWithin = EVENT_DAYS.map(() => 0);
  const ordersWithin = ORDER_DAYS.map(() => 0);
  let [paid, lastPaid, visits] = [0, 0, 0];
  let [firstOrderAt, lastOrderAt] = [Number.NaN, Number.NaN];
  const lately = new Set<number>();
  for (let at = from; at < to; at++) {
    const name = names[at] as number;
    const age = (now - (times[at] as number)) / DAY_MS;
    counts[name] = (counts[name] as number) + 1;
    countWithin(eventsWithin, EVENT_DAYS, age);
    if (at === from || sessions[at] !== sessions[at - 1]) visits++;
    if (at >= to - LATELY && (tokens[at] as number) >= 0) lately.add(tokens[at] as number);
    if (name !== PURCHASE) continue;
    countWithin(ordersWithin, ORDER_DAYS, age);
    lastPaid = paidMinor[at] as number;
    paid += lastPaid;
    lastOrderAt = times[at] as number;
    if (Number.isNaN(firstOrderAt)) firstOrderAt = lastOrderAt;
  }
  const count = (code: number): number => counts[code] as number;
  return {
    firstAt: times[from] as number,
    lastAt: times[to - 1] as number,
    firstOrderAt,
    lastOrderAt,
    orders: count(PURCHASE),
    views: count(VIEW),
    carts: count(CART),
    searches: count(SEARCH),
    reviews: count(REVIEW),
    returns: count(REFUND),
    sessions: visits,
    paid,
    lastPaid,
    eventsWithin,
    ordersWithin,
    groupsLately: lately.size,
  };
}

function countWithin(counts: number[], days: readonly number[], age: number): void {
  for (let at = 0; at < days.length; at++) {
    if (age <= (days[at] as number)) counts[at] = (counts[at] as number) + 1;
  }
}

/** Of the session that is open at the moment; zeros where none is. */
function sessionTotals(
  { times, names, sessions, priceMinor }: Timelines,
  { from, to, now }: Stretch,
  { sessionGapMinutes, priceMedianMinor }: CountingScale,
) {
  const none = { isOpen: 0, events: 0, views: 0, carts: 0, orders: 0, minutes: 0, price: 0 };
  if (!isOpenAt(times[to - 1] as number, now, sessionGapMinutes)) return none;
  let start = to - 1;
  while (start > from && sessions[start - 1] === sessions[to - 1]) start--;
  const found = { ...none, isOpen: 1, events: to - start };
  let [sum, priced] = [0, 0];
  for (let at = start; at < to; at++) {
    const name = names[at] as number;
    if (name === VIEW) found.views++;
    if (name === CART) found.carts++;
    if (name === PURCHASE) found.orders++;
    if (!((priceMinor[at] as number) > 0) || priceMedianMinor <= 0) continue;
    sum += (priceMinor[at] as number) / priceMedianMinor;
    priced++;
  }
  const minutes = (now - (times[start] as number)) / MINUTE_MS;
  return { ...found, minutes, price: priced === 0 ? 0 : sum / priced };
}

/** Whether a session whose last event was then is still open. @unit epoch ms, gap minutes */
export const isOpenAt = (lastAt: number, now: number, gapMinutes: number): boolean =>
  now - lastAt <= gapMinutes * MINUTE_MS;
