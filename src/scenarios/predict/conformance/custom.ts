import type { EventInput } from "../../../collect/event.ts";
import { hashedEventId } from "../../../collect/event-id.ts";
import type { ItemInput } from "../../../collect/item.ts";
import { noon } from "../../../features/conformance/open-shop.ts";
import { createRandom, type Random } from "../../../tensor/random.ts";

/**
 * Ninety days of a small shop's custom, drawn by a seed: every second person is keen, comes every few
 * days and buys half the time; the others come seldom and hardly buy. What each did says who will.
 */
export const DAYS = 90;
export const DAY = 86_400_000;
const MINUTE = 60_000;
const ITEMS = 12;

export const stock = (): ItemInput[] =>
  Array.from({ length: ITEMS }, (_, at) => ({
    item: `thing-${at}-blue`,
    group: `thing-${at}`,
    title: { en: `thing ${at}`, zh: `物品${at}` },
    priceMinor: price(at),
    currency: "EUR",
    createdAt: noon - 2 * DAYS * DAY,
  }));

const price = (at: number): number => 500 + 300 * at;

/** Amounts of money are so many times the ordinary ones. */
export function custom(persons: number, moneyTimes: number): EventInput[] {
  return Array.from({ length: persons }, (_, person) =>
    visitsOf(person, createRandom(11).split(`person ${person}`), moneyTimes),
  ).flat();
}

function visitsOf(person: number, random: Random, moneyTimes: number): EventInput[] {
  const isKeen = person % 2 === 0;
  const events: EventInput[] = [];
  let at = noon - DAYS * DAY + random.int(10) * DAY;
  for (let visit = 0; at < noon - 60 * MINUTE; visit++) {
    events.push(...visitAt(person, visit, at, random, isKeen ? 0.5 : 0.05, moneyTimes));
    // Whole minutes, so that events of several persons share an instant.
    at += Math.ceil(random.exponential(1 / (isKeen ? 5 : 18)) * 1_440) * MINUTE;
  }
  return events;
}

function visitAt(
  person: number,
  visit: number,
  at: number,
  random: Random,
  buys: number,
  moneyTimes: number,
): EventInput[] {
  const thing = random.int(ITEMS);
  const happening = (step: number, name: EventInput["name"]): EventInput => ({
    eventId: hashedEventId("custom", `${person} ${visit} ${step}`),
    shopper: `person-${person}`,
    at: at + step * MINUTE,
    name,
    currency: "EUR",
    items: [
      {
        item: `thing-${(thing + step) % ITEMS}-blue`,
        unitPriceMinor: price((thing + step) % ITEMS) * moneyTimes,
      },
    ],
  });
  const looked = [0, 1, 2].slice(0, 1 + random.int(3)).map((step) => happening(step, "item_view"));
  if (!random.bernoulli(buys)) return looked;
  const end = looked.length;
  const bought = [happening(end, "cart_add"), happening(end + 1, "purchase")];
  return random.bernoulli(0.2)
    ? [...looked, ...bought, happening(end + 2, "review")]
    : [...looked, ...bought];
}
