import type { Random } from "../tensor/random.ts";
import { DAY_MS, HOUR_MS, trafficCeiling, trafficFactor } from "./rhythm.ts";
import { type Actor, dayOf, type Shop } from "./shop.ts";
import { LAPSING_RATE } from "./shoppers.ts";
import type { Process } from "./timeline.ts";
import { visit } from "./visit.ts";

/**
 * Who comes in when. Each shopper has one next visit, kept in a list for its day, so a day costs
 * its visits and not the number of shoppers. Visits are a Poisson process whose rate follows the
 * shopper's life and the rhythm of the shop, drawn by rejection (Lewis & Shedler 1979).
 */
interface Book {
  /** First shopper of a day, -1 none. @shape [days] */
  readonly first: Int32Array;
  /** Next shopper of the same day, -1 none. @shape [shoppers] */
  readonly next: Int32Array;
  /** @shape [shoppers] @unit epoch ms */
  readonly at: Float64Array;
}

/** A visit ends before this, so that nobody is seen after leaving for good. */
const LONGEST_VISIT_MS = 3 * HOUR_MS;
const REST_MS = HOUR_MS;
const RESTOCK_VISIT_RATE = 0.75;

export const doors: Actor = {
  name: "doors",
  *start(shop, random) {
    const book: Book = {
      first: new Int32Array(shop.days).fill(-1),
      next: new Int32Array(shop.people.count).fill(-1),
      at: new Float64Array(shop.people.count),
    };
    for (let i = 0; i < shop.people.count; i++) bookFirst(shop, book, i, random);
    for (let day = 0; day < shop.days; day++) {
      for (let i = book.first[day] ?? -1; i >= 0; i = book.next[i] ?? -1) {
        shop.timeline.schedule(book.at[i] ?? 0, comeAndGo(shop, book, i));
      }
      yield DAY_MS;
    }
  },
};

function bookFirst(shop: Shop, book: Book, index: number, random: Random): void {
  const arrives = shop.people.arrivesAt[index] ?? 0;
  if (arrives >= shop.startAt) enter(shop, book, index, arrives);
  else enter(shop, book, index, nextVisitAt(shop, index, shop.startAt, random));
}

/** Puts a visit in the book, or on the timeline when its day has begun. */
function enter(shop: Shop, book: Book, index: number, at: number): void {
  if (!(at < shop.endAt)) return;
  if (at + LONGEST_VISIT_MS > (shop.people.churnsAt[index] ?? 0)) return;
  const day = dayOf(shop, at);
  book.at[index] = at;
  if (shop.timeline.now > shop.startAt && day === dayOf(shop, shop.timeline.now)) {
    shop.timeline.schedule(at, comeAndGo(shop, book, index));
    return;
  }
  book.next[index] = book.first[day] ?? -1;
  book.first[day] = index;
}

function* comeAndGo(shop: Shop, book: Book, index: number): Process {
  yield* visit(shop, index);
  const random = shop.random.split(`next:${index}:${shop.people.visits[index] ?? 0}`);
  const from = shop.timeline.now + REST_MS;
  const planned = nextVisitAt(shop, index, from, random);
  enter(shop, book, index, Math.min(planned, restockVisitAt(shop, index, from, random)));
}

/** When a consumable runs out, the shopper often comes for it. */
function restockVisitAt(shop: Shop, index: number, from: number, random: Random): number {
  const emptyAt = shop.people.emptyAt[index] ?? 0;
  if ((shop.people.consumed[index] ?? -1) < 0 || emptyAt <= from) return Number.POSITIVE_INFINITY;
  if (!random.bernoulli(RESTOCK_VISIT_RATE)) return Number.POSITIVE_INFINITY;
  const near = emptyAt + (random.uniform() - 0.5) * DAY_MS;
  return Math.round(Math.max(from, near));
}

/** The next visit after `from`, Infinity when there is none in the period. Expected O(1). */
function nextVisitAt(shop: Shop, index: number, from: number, random: Random): number {
  const { people } = shop;
  const lapsesAt = people.lapsesAt[index] ?? 0;
  const last = Math.min(people.churnsAt[index] ?? 0, shop.endAt);
  const ceiling = ((people.visitsPerDay[index] ?? 0) * trafficCeiling) / DAY_MS;
  if (!(ceiling > 0)) return Number.POSITIVE_INFINITY;
  for (let at = from; ; ) {
    at += random.exponential(ceiling);
    if (at >= last) return Number.POSITIVE_INFINITY;
    const life = at < lapsesAt ? 1 : LAPSING_RATE;
    if (random.uniform() * trafficCeiling < life * trafficFactor(at)) return Math.round(at);
  }
}
