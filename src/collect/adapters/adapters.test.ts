import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWithData } from "../../../test/real-data.ts";
import { type FileTables, fileTables } from "../../storage/engines/file-tables.ts";
import type { EventInput } from "../event.ts";
import type { Adapter, Candidate, Part, PartBatch } from "../importing.ts";
import type { ItemInput } from "../item.ts";
import { judgeItem } from "../keep-items.ts";
import { judgeEvent } from "../take-event.ts";
import { readDigineticaCases } from "./diginetica-sessions.ts";
import { adapters } from "./named.ts";

/** Whole data sets are read; a busy machine may take its time. */
const patience = { timeout: 60_000 };

let tables: FileTables;
let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), "adapters-"));
  const limits = { maxLineBytes: 1_048_576, maxBadLines: 1_000 };
  tables = fileTables({ memoryMib: 512, threads: 2, temporary, ...limits });
});
afterAll(async () => {
  await tables.close();
  await rm(temporary, { recursive: true });
});

interface Everything {
  rows: number;
  skipped: number;
  readonly items: ItemInput[];
  readonly events: EventInput[];
  readonly bad: { readonly line: number; readonly reason: string }[];
}

/** All that an adapter says of its folder, each piece judged as collect would judge it. */
async function everything(adapter: Adapter | undefined, folder: string): Promise<Everything> {
  const all: Everything = { rows: 0, skipped: 0, items: [], events: [], bad: [] };
  for (const part of (await adapter?.parts(tables, folder, 50_000)) ?? []) {
    for await (const batch of part.read(0)) {
      all.rows += batch.rows;
      all.skipped += batch.skipped;
      all.items.push(...batch.items.map(valid<ItemInput>(judgeItem)));
      all.events.push(...batch.events.map(valid<EventInput>(judgeEvent)));
      for (const one of batch.bad) all.bad.push(one);
    }
  }
  return all;
}

function valid<T>(judge: (input: unknown) => object): (candidate: Candidate) => T {
  return ({ line, input }) => {
    const judged = judge(input) as { refused?: unknown; code?: unknown };
    if (judged.refused !== undefined || judged.code !== undefined) {
      throw new Error(`line ${line}: ${JSON.stringify(judged)}`);
    }
    return input as T;
  };
}

const adapter = (name: string): Adapter | undefined => adapters.find((one) => one.name === name);
const itemsOf = (events: readonly EventInput[]): Set<string> =>
  new Set(events.flatMap((event) => (event.items ?? []).map((line) => line.item)));
const countBy = <T>(all: readonly T[], key: (one: T) => unknown): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const one of all) counts[String(key(one))] = (counts[String(key(one))] ?? 0) + 1;
  return counts;
};
const splitOf = (event: EventInput): unknown => event.properties?.["split"];

/** Of each person, every event comes after the one before, in the order given. */
function isInOrder(events: readonly EventInput[], strictly: boolean): boolean {
  const last = new Map<string, number>();
  return events.every((event) => {
    const person = event.shopper ?? event.anonymous ?? "";
    const before = last.get(person) ?? -1;
    const at = event.at ?? 0;
    last.set(person, at);
    return strictly ? at > before : at >= before;
  });
}

async function first(part: Part | undefined): Promise<readonly PartBatch[]> {
  for await (const batch of part?.read(0) ?? []) return [batch];
  return [];
}

/** What a part says when it is read from a line on. */
async function readAfter(part: Part | undefined, line: number): Promise<readonly Candidate[]> {
  const all: Candidate[] = [];
  for await (const batch of part?.read(line) ?? []) all.push(...batch.items, ...batch.events);
  return all;
}

describeWithData("movielens-100k", (folder) => {
  test("is 100,000 reviews with stars at their true times", patience, async () => {
    const all = await everything(adapter("movielens-100k"), folder);
    expect(all.events).toHaveLength(100_000);
    expect(all.items).toHaveLength(1_682);
    expect(new Set(all.events.map((event) => event.shopper)).size).toBe(943);
    expect(itemsOf(all.events).size).toBe(1_682);
    expect(isInOrder(all.events, false)).toBe(true);
    expect(all.events[0]).toEqual({
      name: "review",
      shopper: "1",
      at: 874_965_478_000,
      items: [{ item: "168" }],
      context: { rating: 5 },
    });
    expect(all.items[0]).toEqual({
      item: "1",
      title: { en: "Toy Story" },
      attributes: {
        "genre:Animation": true,
        "genre:Children's": true,
        "genre:Comedy": true,
        year: 1995,
      },
    });
  });
});

describeWithData("movielens-1m", (folder) => {
  test("is reviews in order of position; rows without one are skipped", patience, async () => {
    const [movies, ratings] = (await adapter("movielens-1m")?.parts(tables, folder, 20_000)) ?? [];
    expect([movies?.total, ratings?.total]).toEqual([3_883, 1_000_209]);
    const reviews: EventInput[] = [];
    let skipped = 0;
    for await (const batch of ratings?.read(900_000) ?? []) {
      reviews.push(...batch.events.map(valid<EventInput>(judgeEvent)));
      skipped += batch.skipped;
    }
    expect([reviews.length, skipped]).toEqual([100_169, 40]);
    expect(isInOrder(reviews, true)).toBe(true);
    const [batch] = await first(ratings);
    expect(batch?.events[0]).toEqual({
      line: 1,
      input: {
        name: "review",
        shopper: "1",
        at: Date.UTC(2000, 0, 2),
        items: [{ item: "3186" }],
        properties: { timestamp: 978_300_019, liked: 1 },
      },
    });
    const [titles] = await first(movies);
    expect(titles?.items[0]?.input).toMatchObject({ title: { en: "Toy Story" } });
  });
});

describeWithData("amazon-beauty", (folder) => {
  test("is 198,502 reviews, each a visit of its own", patience, async () => {
    const all = await everything(adapter("amazon-beauty"), folder);
    expect(all.events).toHaveLength(198_502);
    expect(all.items).toHaveLength(12_101);
    expect(itemsOf(all.events).size).toBe(12_101);
    expect(new Set(all.events.map((event) => event.shopper)).size).toBe(22_363);
    expect(isInOrder(all.events, true)).toBe(true);
    expect((all.events[1]?.at ?? 0) - (all.events[0]?.at ?? 0)).toBe(86_400_000);
    expect(all.items[0]).toEqual({
      item: "1",
      title: { en: "nail lacquer simmer and shimmer" },
      attributes: Object.fromEntries(
        ["173", "1", "162", "171"].map((one) => [`attribute:${one}`, true]),
      ),
      extra: { asin: "B004756YJA" },
    });
  });
});

describeWithData("amazon-sports", (folder) => {
  test("has 296,337 reviews of 18,357 items", patience, async () => {
    const parts = (await adapter("amazon-sports")?.parts(tables, folder, 50_000)) ?? [];
    expect(parts.map((part) => part.total)).toEqual([18_357, 296_337]);
  });
});

describeWithData("retailrocket-behaviour", (folder) => {
  test("is views, carts and buys; the held-out buy comes last", patience, async () => {
    const all = await everything(adapter("retailrocket-behaviour"), folder);
    expect(countBy(all.events, (event) => event.name)).toEqual({
      item_view: 75_374,
      cart_add: 12_456,
      purchase: 9_551 + 2_174,
    });
    expect(all.items).toHaveLength(30_113);
    expect(new Set(all.events.map((event) => event.shopper)).size).toBe(2_174);
    expect(countBy(all.events, splitOf)).toEqual({ train: 97_381, test: 2_174 });
    const ends = new Map(all.events.map((event) => [event.shopper, event]));
    expect([...ends.values()].every((event) => splitOf(event) === "test")).toBe(true);
    expect(isInOrder(all.events, false)).toBe(true);
  });

  test("resumes between shoppers and within the items", patience, async () => {
    const source = adapter("retailrocket-behaviour");
    const [items, events] = (await source?.parts(tables, folder, 5_000)) ?? [];
    const marks: number[] = [];
    for await (const batch of events?.read(0) ?? []) marks.push(batch.line);
    const mark = marks[7] ?? 0;
    const wholeEvents = await readAfter(events, 0);
    expect(await readAfter(events, mark)).toEqual(wholeEvents.filter((one) => one.line > mark));
    const wholeItems = await readAfter(items, 0);
    expect(await readAfter(items, 1_234)).toEqual(wholeItems.filter((one) => one.line > 1_234));
  });
});

describeWithData("yoochoose-100k", (folder) => {
  test("is 83,846 views at their true times", patience, async () => {
    const all = await everything(adapter("yoochoose-100k"), folder);
    expect(countBy(all.events, splitOf)).toEqual({ train: 70_278, test: 13_568 });
    const train = all.events.filter((event) => splitOf(event) === "train");
    expect(new Set(train.map((event) => event.session)).size).toBe(17_794);
    expect(itemsOf(train).size).toBe(2_933);
    expect(all.items).toHaveLength(2_933);
    expect(all.events[0]).toEqual({
      name: "item_view",
      anonymous: "3",
      session: "3",
      at: Date.UTC(2014, 3, 2, 11, 17, 46, 940),
      items: [{ item: "214716935" }],
      properties: { split: "train" },
    });
  });
});

describeWithData("diginetica-sessions", (folder) => {
  test("has 906,140 clicks, in order, and 60,858 cases", patience, async () => {
    const [, events] = (await adapter("diginetica-sessions")?.parts(tables, folder, 50_000)) ?? [];
    expect(events?.total).toBe(906_140);
    const first: EventInput[] = [];
    for await (const batch of events?.read(800_000) ?? []) {
      first.push(...batch.events.map(valid<EventInput>(judgeEvent)));
    }
    expect(first).toHaveLength(106_140);
    expect(isInOrder(first, true)).toBe(true);
    expect(first.at(-1)).toMatchObject({ session: "186669", anonymous: "186669" });
    const cases = await readDigineticaCases(tables, folder);
    expect(cases).toHaveLength(60_858);
    expect(cases[1]).toEqual({ prefix: ["21553", "20071", "8762", "21566"], target: "6381" });
  });

  test("knows 43,097 items", patience, async () => {
    const [items] = (await adapter("diginetica-sessions")?.parts(tables, folder, 50_000)) ?? [];
    let count = 0;
    for await (const batch of items?.read(0) ?? []) count += batch.items.length;
    expect(count).toBe(43_097);
  });
});

describeWithData("tafeng-baskets", (folder) => {
  test("is one purchase a basket", patience, async () => {
    const all = await everything(adapter("tafeng-baskets"), folder);
    expect(all.events).toHaveLength(91_227);
    expect(all.items).toHaveLength(11_997);
    expect(new Set(all.events.map((event) => event.shopper)).size).toBe(13_858);
    const lines = all.events.reduce((sum, event) => sum + (event.items?.length ?? 0), 0);
    expect(lines).toBe(571_933);
    expect((lines / all.events.length).toFixed(2)).toBe("6.27");
    expect(countBy(all.events, splitOf)).toEqual({ history: 91_227 - 13_858, test: 13_858 });
    expect(isInOrder(all.events, true)).toBe(true);
    expect(new Set(all.events.map((event) => event.context?.order)).size).toBe(91_227);
  });
});

describeWithData("online-retail", (folder) => {
  test("reconciles with the published figures to the penny", patience, async () => {
    const { events, bad, items } = await everything(adapter("online-retail"), folder);
    const sumOf = (name: string): number =>
      events
        .filter((event) => event.name === name)
        .reduce((sum, event) => sum + (event.valueMinor ?? 0), 0);
    // The two bad debts (2 x -11,062.06) and the one that was booked back (+11,062.06) are apart.
    expect(sumOf("purchase") - sumOf("refund") - 1_106_206).toBe(974_774_793);
    const linesOf = (event: EventInput): number => {
      const charges = (event.properties?.["charges"] ?? []) as readonly unknown[];
      return (event.items?.length ?? 0) + charges.length;
    };
    const lines = events.reduce((sum, event) => sum + linesOf(event), 0);
    expect(lines + bad.length).toBe(541_909);
    const refunded = events.filter((event) => event.name === "refund");
    expect(refunded.reduce((sum, event) => sum + linesOf(event), 0)).toBe(9_288);
    expect(new Set(events.flatMap((event) => event.shopper ?? [])).size).toBe(4_372);
    expect(countBy(bad, (one) => one.reason)).toEqual({
      "a correction of debts, not a sale": 3,
      "an invoice without shopper or price: stock found, not a sale": 772,
      "stock written off, not a sale": 1_336,
    });
    // Of 25,900 invoices, 3 + 1,336 + 762 are the corrections above.
    expect(new Set(events.map((event) => event.context?.order)).size).toBe(23_799);
    expect(events.every((event) => (event.items?.length ?? 0) <= 200)).toBe(true);
    // Of 4,070 stock codes, 11 are postage, fees, discounts, samples and corrections.
    expect(items).toHaveLength(4_059);
    expect(items.find((one) => one.item === "85123A")).toMatchObject({
      title: { en: "WHITE HANGING HEART T-LIGHT HOLDER" },
      currency: "GBP",
    });
    expect(events[0]).toMatchObject({
      name: "purchase",
      shopper: "17850",
      at: Date.UTC(2010, 11, 1, 8, 26),
      context: { order: "536365", country: "United Kingdom" },
      currency: "GBP",
    });
    expect(events[0]?.items?.[0]).toEqual({ item: "85123A", quantity: 6, unitPriceMinor: 255 });
  });
});
