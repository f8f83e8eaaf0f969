import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import { type EmbeddedStorage, openEmbedded } from "../storage/engines/open.ts";
import type { Collect } from "./collect.ts";
import type { ImportReport, ImportRequest } from "./importing.ts";
import type { Item } from "./item.ts";
import { openCollect } from "./open-collect.ts";
import { openImporter } from "./open-importer.ts";
import { readEvent } from "./stored-event.ts";

// The whole room on the engines that a shop runs on, through restarts.
const SHOP = "demo";
const NOW = 1_750_000_000_000;
const clock = fixedClock(NOW);
const settings = parseConfig({});
const config = { ...settings.collect, importBatchRows: 50, eventsPerBatch: 20 };

let parent: string;
let storage: EmbeddedStorage;
let collect: Collect;

async function open(folder = "data"): Promise<void> {
  storage = await openEmbedded({ folder: join(parent, folder), config: settings.storage, clock });
  collect = await openCollect({ log: storage.log, records: storage.records, clock, config });
}

async function restart(): Promise<void> {
  await storage.close();
  await open();
}

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "collect-"));
  await open();
});
afterEach(async () => {
  await storage.close();
  await rm(parent, { recursive: true });
});

async function stored(): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const batch of storage.log.read(SHOP, { after: 0, batch: 100 })) {
    for (const row of batch) all.push({ person: row.person, event: readEvent(row) });
  }
  return all;
}

async function run(request: ImportRequest, signal?: AbortSignal): Promise<ImportReport> {
  const { log, records, tables } = storage;
  const importer = openImporter({ collect, log, records, tables, clock, config });
  const control = { signal: signal ?? new AbortController().signal, progress: () => undefined };
  return importer.run(SHOP, request, control);
}

const view = (more: object): object => ({ name: "item_view", items: [{ item: "i1" }], ...more });

describe("events", () => {
  test("of one turn share one sync, and a repeat changes nothing", async () => {
    const eventId = "018f0000-0000-7000-8000-000000000001";
    const before = storage.log.syncs;
    const answers = await Promise.all([
      collect.events(SHOP, [view({ shopper: "a", eventId }), view({ shopper: "b" })]),
      collect.events(SHOP, [view({ shopper: "c" }), view({ shopper: "d", eventId })]),
    ]);
    expect(storage.log.syncs - before).toBe(1);
    expect(answers.map((one) => [one.accepted, one.duplicates])).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(await storage.log.count(SHOP)).toBe(3);
  });

  test("identity, consent and catalogue survive a restart", async () => {
    await collect.events(SHOP, [view({ anonymous: "a" })]);
    await collect.events(SHOP, [
      { name: "identify", anonymous: "a", shopper: "A" },
      {
        name: "consent",
        shopper: "A",
        context: { consent: { measure: true, personalise: false } },
      },
    ]);
    await collect.items(SHOP, [{ item: "i1", title: { en: "Mug", zh: "杯子" }, stock: 0 }]);
    await restart();
    await collect.events(SHOP, [view({ anonymous: "a" })]);
    expect(await stored()).toMatchObject([
      { person: "A", event: { anonymous: "a" } },
      { person: "A" },
      { person: "A" },
      { person: "A", event: { context: { consent: { personalise: false } } } },
    ]);
    const patched = await collect.patchItem(SHOP, "i1", { stock: 3 });
    expect(patched).toMatchObject({ availability: "in_stock", title: { zh: "杯子" } });
    expect(await collect.items(SHOP, [patched])).toMatchObject({ upserted: 0, unchanged: 1 });
  });

  test("an erased shopper is gone, and stays gone after a restart", async () => {
    await collect.events(SHOP, [
      view({ anonymous: "a" }),
      view({ anonymous: "a", shopper: "A" }),
      view({ shopper: "B" }),
    ]);
    expect(await collect.erase(SHOP, "A")).toMatchObject({ events: 2, aliases: 1 });
    await restart();
    expect(await stored()).toMatchObject([{ person: "B" }]);
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("a");
    expect(await collect.events(SHOP, [view({ anonymous: "a" })])).toMatchObject({ accepted: 1 });
  });
});

describe("files", () => {
  const csv = [
    "name,shopper,at,item,unitPrice,currency,shelf",
    ...Array.from({ length: 330 }, (_, at) => {
      const name = at % 11 === 10 ? "scroll" : "item_view";
      return `${name},s${at % 7},2024-05-01 10:${String(at % 60).padStart(2, "0")}:00,i${at % 5},9.90,EUR,"a,${at}"`;
    }),
  ].join("\n");

  test("CSV: interrupted anywhere, over a restart, is the log of one run", async () => {
    const from = join(parent, "events.csv");
    await writeFile(from, csv);
    const request = { source: "csv", from };
    const stop = new AbortController();
    const { events } = collect;
    let batches = 0;
    const counting: Collect = {
      ...collect,
      events: (shop, inputs) => {
        if (++batches === 5) stop.abort();
        return events(shop, inputs);
      },
    };
    collect = counting;
    await expect(run(request, stop.signal)).rejects.toMatchObject({ code: "cancelled" });
    await restart();
    const report = await run(request);
    expect(report).toMatchObject({ rows: 330, events: 300, quarantined: 30, resumed: true });
    const pieces = await stored();
    expect(pieces[0]).toMatchObject({
      event: {
        at: Date.UTC(2024, 4, 1, 10),
        items: [{ item: "i0", unitPriceMinor: 990 }],
        properties: { shelf: "a,0" },
      },
    });
    expect(await run(request)).toMatchObject({ events: 0, duplicates: 300, resumed: false });
    expect(await stored()).toEqual(pieces);
    expect(await storage.records.count(SHOP, "quarantine")).toBe(30);
    await storage.close();
    await open("another");
    await run(request);
    expect(await stored()).toEqual(pieces);
  });

  test("JSON lines: a broken line is kept with its number", async () => {
    const from = join(parent, "events.jsonl");
    const good = JSON.stringify(view({ shopper: "s", at: NOW - 1, context: { query: "杯子" } }));
    await writeFile(from, `${good}\n{"name": \n\n${good}\n`);
    expect(await run({ source: "jsonl", from })).toMatchObject({ events: 2, quarantined: 1 });
    const { rows } = await storage.records.list<{ line: number }>(SHOP, "quarantine", { limit: 9 });
    expect(rows.map((row) => row.value.line)).toEqual([2]);
  });

  test("Parquet, and a Merchant feed with tabs", async () => {
    const parquet = join(parent, "events.parquet");
    await storage.tables.write(parquet, "parquet", {
      name: ["item_view", "search"],
      shopper: ["s", "s"],
      at: [1_700_000_000, 1_700_000_001],
      item: ["i1", null],
      query: [null, "mug"],
    });
    expect(await run({ source: "parquet", from: parquet })).toMatchObject({ events: 2 });
    expect(await stored()).toMatchObject([
      { event: { at: 1_700_000_000_000, items: [{ item: "i1" }] } },
      { event: { context: { query: "mug" }, items: [] } },
    ]);
    const feed = join(parent, "feed.tsv");
    const columns = "id\ttitle\tprice\tavailability\timage link\tproduct_type";
    await writeFile(
      feed,
      `${columns}\nM1\tMug "large"\t15.00 USD\tin stock\thttps://k/1\tHome > Mugs\n`,
    );
    expect(await run({ source: "merchant-tsv", from: feed })).toMatchObject({ items: 1 });
    const item = await storage.records.get<Item>(SHOP, "item", "M1");
    expect(item?.value).toMatchObject({ priceMinor: 1500, categories: ["Home", "Mugs"] });
  });

  test("what was exported comes back as it was, events and items", async () => {
    await collect.items(SHOP, [{ item: "i1", title: "Mug", categories: ["Home"], hue: 3 }]);
    await collect.events(SHOP, [view({ shopper: "s", shelf: 3, context: { rating: 4 } })]);
    const events = await stored();
    const item = await storage.records.get<Item>(SHOP, "item", "i1");
    const from = join(parent, "export.jsonl");
    const lines = [item?.value, ...events.map((one) => (one as { event: object }).event)];
    await writeFile(from, lines.map((one) => JSON.stringify(one)).join("\n"));
    const again = await run({ source: "jsonl", from });
    expect(again).toMatchObject({ events: 0, items: 0, duplicates: 2 });
    await storage.close();
    await open("another");
    expect(await run({ source: "jsonl", from })).toMatchObject({ events: 1, items: 1 });
    expect(await stored()).toEqual(events);
    expect((await storage.records.get(SHOP, "item", "i1"))?.value).toEqual(item?.value);
  });

  test("a file that is not there is a problem", async () => {
    const running = run({ source: "csv", from: join(parent, "none.csv") });
    await expect(running).rejects.toMatchObject({ code: "missing-data" });
  });
});
