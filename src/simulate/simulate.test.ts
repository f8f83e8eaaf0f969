import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type EventInput, type EventName, eventInputSchema } from "../collect/event.ts";
import { type ItemInput, itemInputSchema } from "../collect/item.ts";
import type { EpochMs } from "../schema.ts";
import { eventIdAt } from "./event-id.ts";
import { DAY_MS } from "./rhythm.ts";
import type { Actor } from "./shop.ts";
import {
  openSimulation,
  type Simulation,
  type SimulationOptions,
  simulationSizes,
} from "./simulate.ts";
import { brands } from "./vocabulary/brands.ts";
import { leaves } from "./vocabulary/leaves.ts";
import { shapes } from "./vocabulary/shapes.ts";

const endAt = Date.UTC(2026, 5, 1) as EpochMs;
const days = 40;
const tiny: SimulationOptions = {
  seed: 7,
  size: { groups: 170, shoppers: 260, visitsPerDay: 0.14 },
  endAt,
  days,
};

const all = (simulation: Simulation): EventInput[] => [...simulation.events()].flat();
const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex");

let simulation: Simulation;
let opening: ItemInput[];
let events: EventInput[];
let closing: ItemInput[];

beforeAll(() => {
  simulation = openSimulation(tiny);
  opening = [...simulation.items()];
  events = all(simulation);
  closing = [...simulation.items()];
});

const named = (name: EventName): EventInput[] => events.filter((event) => event.name === name);
const groupsOf = (event: EventInput): string[] =>
  (event.items ?? []).map((line) => line.item.replace(/-\d+$/, ""));

describe("a seed is a history", () => {
  test("the same seed gives the same bytes, in a new world and in a second run", () => {
    const again = openSimulation(tiny);
    expect(digest([...again.items()])).toBe(digest(opening));
    expect(digest(all(again))).toBe(digest(events));
    expect(digest(all(again))).toBe(digest(events));
    expect(digest([...again.items()])).toBe(digest(closing));
  });

  test("another seed gives another history", () => {
    const other = openSimulation({ ...tiny, seed: 8 });
    expect(digest([...other.items()])).not.toBe(digest(opening));
    const ids = new Set(events.map((event) => event.eventId));
    expect(all(other).filter((event) => ids.has(event.eventId))).toEqual([]);
  });

  test("events come in order, within the window, each with an id of its own", () => {
    const moments = events.map((event) => event.at ?? 0);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(moments[0]).toBeGreaterThanOrEqual(simulation.startAt);
    expect(moments.at(-1)).toBeLessThan(endAt);
    expect(endAt - simulation.startAt).toBe(days * DAY_MS);
    expect(new Set(events.map((event) => event.eventId)).size).toBe(events.length);
  });

  test("a run cut short and begun again tells the same", () => {
    const cut = openSimulation(tiny);
    const [first] = cut.events();
    expect(digest(all(cut))).toBe(digest(events));
    expect(first).toEqual(events.slice(0, first?.length));
  });

  test("one more actor is heard in its place and moves nobody else", () => {
    const bell: Actor = {
      name: "bell",
      *start(shop, random) {
        for (;;) {
          const at = shop.timeline.now;
          shop.timeline.emit({
            eventId: eventIdAt(at, random),
            at,
            name: "share",
            session: "bell",
          });
          yield DAY_MS;
        }
      },
    };
    const both = all(openSimulation({ ...tiny, actors: [bell] }));
    expect(both.filter((event) => event.session === "bell")).toHaveLength(days);
    expect(digest(both.filter((event) => event.session !== "bell"))).toBe(digest(events));
    const moments = both.map((event) => event.at ?? 0);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
  });
});

describe("what it says is valid", () => {
  test("every event", () => {
    const refused = events.filter((event) => !eventInputSchema.safeParse(event).success);
    expect(refused).toEqual([]);
  });

  test("every item, and its words are in both languages", () => {
    expect(closing.filter((item) => !itemInputSchema.safeParse(item).success)).toEqual([]);
    for (const item of closing) {
      expect(item.title.zh).toMatch(/\p{Script=Han}{2}/u);
      expect(item.description?.zh).toMatch(/\p{Script=Han}{8}.*。$/u);
      expect(item.title.en).toMatch(/^[\p{Script=Latin}\d ,.'&-]+$/u);
      expect(item.description?.en).toMatch(/^[A-Z][^{}]+\.$/u);
    }
  });

  test("prices are above costs, and a price cut is below its price", () => {
    for (const item of closing) {
      expect(item.costMinor).toBeLessThan(item.salePriceMinor ?? item.priceMinor ?? 0);
      expect(item.salePriceMinor ?? 0).toBeLessThan(item.priceMinor ?? 0);
      expect(item.salePriceMinor === undefined || item.extra?.["promotion"] !== undefined).toBe(
        true,
      );
    }
    expect(closing.some((item) => item.salePriceMinor !== undefined)).toBe(true);
  });

  test("every leaf of the tree has groups with variants; some groups are launched on the way", () => {
    expect(new Set(closing.map((item) => item.categories?.[1])).size).toBe(leaves.length);
    expect(new Set(closing.map((item) => item.group)).size).toBe(170);
    expect(closing.length / 170).toBeGreaterThan(2.1);
    expect(closing.length / 170).toBeLessThan(2.9);
    const launched = closing.filter((item) => (item.createdAt ?? 0) > simulation.startAt);
    expect(launched.length).toBeGreaterThan(0);
    const first = new Map<string, number>();
    for (const event of events) {
      for (const line of event.items ?? []) {
        if (!first.has(line.item)) first.set(line.item, event.at ?? 0);
      }
    }
    for (const item of launched) {
      expect(first.get(item.item) ?? endAt).toBeGreaterThanOrEqual(item.createdAt ?? 0);
    }
  });

  test("pictures differ by category and colour, repeat by item, and are SVG", () => {
    const pictures = closing.map((item) => simulation.pictures(item.item));
    for (const picture of pictures) {
      expect(picture).toMatch(/^<svg xmlns="[^"]+" viewBox="0 0 200 200"[^>]*>.*<\/svg>$/);
      expect(picture).not.toMatch(/[{}]|NaN|undefined/);
    }
    expect(new Set(Object.keys(shapes))).toEqual(new Set(leaves.map((leaf) => leaf.id)));
    const red = closing.find((item) => item.attributes?.["colour"] === "Navy");
    const other = closing.find(
      (item) => item.group === red?.group && item.attributes?.["colour"] !== "Navy",
    );
    expect(simulation.pictures(red?.item ?? "")).toContain("#2f4a73");
    expect(simulation.pictures(other?.item ?? "")).not.toContain("#2f4a73");
    expect(() => simulation.pictures("p999999-1")).toThrow("of this world");
  });
});

/** Units sold less units returned, by item and day; a sale counts when stock was set aside. */
function unitsMoved(): Map<string, number> {
  const moved = new Map<string, number>();
  const count = (event: EventInput, sign: number): void => {
    const day = Math.floor(((event.at ?? 0) - simulation.startAt) / DAY_MS);
    for (const line of event.items ?? []) {
      const key = `${line.item}@${day}`;
      moved.set(key, (moved.get(key) ?? 0) + sign * (line.quantity ?? 1));
    }
  };
  const paid = new Set(named("purchase").map((event) => event.session));
  for (const event of named("checkout_start")) if (paid.has(event.session)) count(event, 1);
  for (const event of named("refund")) count(event, -1);
  return moved;
}

describe("the shop behaves", () => {
  test("a click answers a place of a list that was shown", () => {
    const shown = new Map(named("list_view").map((event) => [event.context?.request, event]));
    const clicks = named("list_click");
    expect(clicks.length).toBeGreaterThan(500);
    for (const click of clicks) {
      const list = shown.get(click.context?.request);
      const line = click.items?.[0];
      const place = list?.items?.[line?.position ?? -1];
      expect(place?.item.replace(/-\d+$/, "")).toBe(groupsOf(click)[0]);
      expect(list?.session).toBe(click.session);
    }
  });

  test("lists count their places from 0, repeat no group, and state propensities", () => {
    for (const list of named("list_view")) {
      const lines = list.items ?? [];
      expect(lines.map((line) => line.position)).toEqual(lines.map((_, k) => k));
      expect(new Set(groupsOf(list)).size).toBe(lines.length);
    }
  });

  test("an order is worth its lines and is paid at the price of its checkout", () => {
    const started = new Map(named("checkout_start").map((event) => [event.session, event]));
    const purchases = named("purchase");
    expect(purchases.length).toBeGreaterThan(30);
    for (const purchase of purchases) {
      const sum = (purchase.items ?? []).reduce(
        (total, line) => total + (line.unitPriceMinor ?? 0) * (line.quantity ?? 0),
        0,
      );
      expect(purchase.valueMinor).toBe(sum);
      expect(purchase.items).toEqual(started.get(purchase.session)?.items);
    }
    expect(new Set(purchases.map((event) => event.context?.order)).size).toBe(purchases.length);
  });

  test("stock is never negative, and no more is sold in a day than was there", () => {
    // An auditor counts the shelves each night after the deliveries, and looks in each ten minutes.
    const nightly: Int32Array[] = [];
    let negative = 0;
    const auditor: Actor = {
      name: "auditor",
      *start(shop) {
        yield 1;
        for (let look = 0; ; look++) {
          if (look % 144 === 0) nightly.push(shop.supply.stock.slice());
          if (shop.supply.stock.some((units) => units < 0)) negative++;
          yield 600_000;
        }
      },
    };
    const audited = openSimulation({ ...tiny, actors: [auditor] });
    expect(digest(all(audited))).toBe(digest(events));
    expect(negative).toBe(0);
    expect(nightly).toHaveLength(days);
    const went = unitsMoved();
    const ids = [...audited.truth().items()];
    const oversold = nightly.flatMap((stock, day) =>
      ids.filter((id, v) => (went.get(`${id}@${day}`) ?? 0) > (stock[v] ?? 0)),
    );
    expect(oversold).toEqual([]);
    const soldOut = nightly.flatMap((stock, day) =>
      ids.filter((id, v) => stock[v] === 0 || went.get(`${id}@${day}`) === stock[v]),
    );
    expect(soldOut.length).toBeGreaterThan(10);
  });

  test("the books close with the stock on hand", () => {
    const truth = simulation.truth();
    const last = [...truth.items()].map((id) => truth.closingStock(id, days - 1));
    expect(closing.map((item) => item.stock)).toEqual(last);
    const availability = closing.map((item) => item.availability === "in_stock");
    expect(availability).toEqual(last.map((units) => units > 0));
    expect(opening.map((item) => item.stock)).not.toEqual(last);
  });

  test("both languages search, each in its own script", () => {
    const queries = named("search").map((event) => event.context);
    const zh = queries.filter((context) => context?.locale === "zh");
    const en = queries.filter((context) => context?.locale === "en");
    expect(zh.length).toBeGreaterThan(50);
    expect(en.length).toBeGreaterThan(50);
    expect(zh.filter((context) => !/\p{Script=Han}/u.test(context?.query ?? ""))).toEqual([]);
    expect(en.filter((context) => /\p{Script=Han}/u.test(context?.query ?? ""))).toEqual([]);
  });

  test("a brand is searched for where it sells", () => {
    const queries = named("search").map((event) => event.context?.query ?? "");
    const branded = queries.flatMap((query) => {
      const brand = brands.find(({ en, zh }) =>
        [en.toLowerCase(), zh].some((name) => query.startsWith(`${name} `)),
      );
      return brand === undefined ? [] : [{ query, brand }];
    });
    expect(branded.length).toBeGreaterThan(50);
    const astray = branded.filter(({ query, brand }) =>
      leaves
        .filter((leaf) => leaf.queries.flat().some((words) => query.endsWith(` ${words}`)))
        .every((leaf) => !brand.departments.includes(leaf.department)),
    );
    expect(astray).toEqual([]);
  });

  test("who signs in has been anonymous, and some never sign in", () => {
    const known = new Set<string>();
    const early: EventInput[] = [];
    const people = new Map<string, Set<string>>();
    for (const event of events) {
      const names = people.get(event.anonymous ?? "") ?? new Set();
      people.set(event.anonymous ?? "", names);
      if (event.shopper === undefined) continue;
      names.add(event.shopper);
      if (event.name === "identify") known.add(event.shopper);
      if (!known.has(event.shopper)) early.push(event);
    }
    expect(early).toEqual([]);
    expect(people.size).toBeGreaterThan(200);
    expect([...people.values()].every((names) => names.size <= 1)).toBe(true);
    expect([...people.values()].some((names) => names.size === 0)).toBe(true);
    expect(named("consent").some((event) => event.context?.consent?.personalise === false)).toBe(
      true,
    );
  });

  test("every kind of event of the world occurs", () => {
    const kinds = new Set(events.map((event) => event.name));
    const expected: EventName[] = [
      "page_view",
      "list_view",
      "list_click",
      "search",
      "item_view",
      "wishlist_add",
      "cart_add",
      "cart_remove",
      "cart_view",
      "checkout_start",
      "purchase",
      "refund",
      "review",
      "identify",
      "consent",
      "promotion_view",
      "promotion_click",
    ];
    expect(kinds).toEqual(new Set(expected));
  });

  test("sizes grow by their names", () => {
    const { small, medium, large } = simulationSizes;
    expect(small.groups).toBe(600);
    expect(large.shoppers).toBe(1_000_000);
    expect(medium.shoppers).toBeGreaterThan(small.shoppers);
  });
});
