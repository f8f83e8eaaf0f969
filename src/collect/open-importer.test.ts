import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Progress } from "../storage/jobs.ts";
import type { Records } from "../storage/records.ts";
import type { Tables } from "../storage/tables.ts";
import type { Collect } from "./collect.ts";
import { memoryLog, memoryRecords, memoryTables } from "./conformance/memory-storage.ts";
import { fixByMapping } from "./files/replay.ts";
import type { Importer, ImportReport, ImportRequest } from "./importing.ts";
import type { Item } from "./item.ts";
import { openCollect } from "./open-collect.ts";
import { openImporter } from "./open-importer.ts";
import { readEvent } from "./stored-event.ts";

const SHOP = "demo";
const NOW = 1_750_000_000_000;
const file = resolve("orders.csv");
const base = { ...parseConfig({}).collect, importBatchRows: 10, eventsPerBatch: 4 };

let folder: string;
let log: EventLog;
let records: Records;
let collect: Collect;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "importer-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  log = memoryLog();
  records = memoryRecords();
  await reopen();
});

async function reopen(): Promise<void> {
  collect = await openCollect({ log, records, clock: fixedClock(NOW), config: base });
}

function importer(tables: Tables, config: Partial<typeof base> = {}): Importer {
  const clock = fixedClock(NOW);
  return openImporter({ collect, log, records, tables, clock, config: { ...base, ...config } });
}

const quiet = { signal: new AbortController().signal, progress: () => undefined };
const csv = { source: "csv", from: "orders.csv" };
const run = (tables: Tables, request: ImportRequest = csv): Promise<ImportReport> =>
  importer(tables).run(SHOP, request, quiet);

/** 35 rows: views of five shoppers, every seventh in a currency that is none. */
const rows = Array.from({ length: 35 }, (_, at) => ({
  name: "item_view",
  shopper: `s${at % 5}`,
  at: 1_700_000_000 + at,
  item: `i${at % 3}`,
  value: "1.50",
  currency: at % 7 === 6 ? "EURO" : "EUR",
  shelf: at,
}));

async function stored(): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const batch of log.read(SHOP, { after: 0, batch: 100 })) {
    for (const row of batch) all.push({ person: row.person, ...readEvent(row) });
  }
  return all;
}

describe("a file with our own column names", () => {
  test("becomes events; what is refused is kept with its line", async () => {
    const report = await run(memoryTables({ [file]: rows }));
    expect(report).toMatchObject({ rows: 35, events: 30, quarantined: 5, resumed: false });
    const [first] = await stored();
    expect(first).toMatchObject({
      person: "s0",
      at: 1_700_000_000_000,
      items: [{ item: "i0" }],
      valueMinor: 150,
      properties: { shelf: 0 },
    });
    const page = await importer(memoryTables({})).quarantined(SHOP, { limit: 3 });
    expect(page.rows.map((row) => [row.line, row.kind, row.errors[0]?.pointer])).toEqual([
      [7, "event", "/currency"],
      [14, "event", "/currency"],
      [21, "event", "/currency"],
    ]);
    const rest = await importer(memoryTables({})).quarantined(SHOP, { limit: 3, after: page.next });
    expect(rest.rows).toHaveLength(2);
    expect(rest.next).toBeUndefined();
  });

  test("twice changes nothing", async () => {
    const tables = memoryTables({ [file]: rows });
    await run(tables);
    const once = await stored();
    const again = await run(tables);
    expect(again).toMatchObject({ events: 0, duplicates: 30, quarantined: 5, resumed: false });
    expect(await stored()).toEqual(once);
    expect(await records.count(SHOP, "quarantine")).toBe(5);
  });

  test("moved or grown at its end brings in only what is new", async () => {
    await run(memoryTables({ [file]: rows }));
    const grown = [...rows, { ...rows[0], at: 1_800_000_000 - 100_000_000 }];
    const moved = { source: "csv", from: "elsewhere.csv" };
    const report = await run(memoryTables({ [resolve("elsewhere.csv")]: grown }), moved);
    expect(report).toMatchObject({ events: 1, duplicates: 30 });
  });

  test("two equal rows are two events", async () => {
    const report = await run(memoryTables({ [file]: [rows[0] ?? {}, rows[0] ?? {}] }));
    expect(report.events).toBe(2);
  });

  test.each([1, 2, 3])("interrupted after batch %i and resumed is the same log", async (stop) => {
    await run(memoryTables({ [file]: rows }));
    const whole = await stored();
    log = memoryLog();
    records = memoryRecords();
    await reopen();
    const control = new AbortController();
    let batches = 0;
    const progress = (): void => {
      if (++batches === stop) control.abort();
    };
    const tables = memoryTables({ [file]: rows });
    const interrupted = importer(tables).run(SHOP, csv, { signal: control.signal, progress });
    await expect(interrupted).rejects.toMatchObject({ code: "cancelled" });
    await reopen();
    const report = await run(tables);
    expect(report).toMatchObject({ rows: 35, events: 30, duplicates: 0, quarantined: 5 });
    expect(report.resumed).toBe(true);
    expect(await stored()).toEqual(whole);
  });

  test("interrupted, then replaced by another file, is read from its start", async () => {
    const from = join(folder, "orders.csv");
    const stopAtOnce = new AbortController();
    const tables = memoryTables({ [from]: rows });
    await writeFile(from, "the old file");
    const interrupted = importer(tables).run(
      SHOP,
      { source: "csv", from },
      { signal: stopAtOnce.signal, progress: () => stopAtOnce.abort() },
    );
    await expect(interrupted).rejects.toMatchObject({ code: "cancelled" });
    await writeFile(from, "a new file of the same name");
    const fresh = rows.map((row) => ({ ...row, at: row.at + 1_000 }));
    const report = await run(memoryTables({ [from]: fresh }), { source: "csv", from });
    expect(report).toMatchObject({ rows: 35, events: 30, resumed: false });
  });

  test("killed between a durable batch and its note writes nothing twice", async () => {
    const { write } = records;
    records.write = (shop, changes) =>
      changes.some((change) => change.kind === "import")
        ? Promise.reject(new Error("killed"))
        : write(shop, changes);
    const tables = memoryTables({ [file]: rows });
    await expect(run(tables)).rejects.toThrow("killed");
    records.write = write;
    await run(tables);
    const kept = await stored();
    log = memoryLog();
    records = memoryRecords();
    await reopen();
    await run(tables);
    expect(kept).toEqual(await stored());
  });

  test("says how far it is", async () => {
    const said: Progress[] = [];
    const control = { ...quiet, progress: (one: Progress) => void said.push(one) };
    await importer(memoryTables({ [file]: rows })).run(SHOP, csv, control);
    expect(said.map((one) => one.done)).toEqual([10, 20, 30, 35]);
    expect(said[0]).toEqual({ stage: "rows", done: 10, total: 35, unit: "rows" });
  });

  test("lines that are no rows, and rows that say nothing, are kept too", async () => {
    const report = await run(
      memoryTables({ [file]: ["{broken", { colour: "red" }, rows[0] ?? {}] }),
    );
    expect(report).toMatchObject({ rows: 3, events: 1, quarantined: 2 });
    const { rows: kept } = await importer(memoryTables({})).quarantined(SHOP, { limit: 9 });
    expect(kept.map((one) => [one.line, one.kind, one.input])).toEqual([
      [1, "line", "{broken"],
      [2, "line", '{"colour":"red"}'],
    ]);
  });

  test("items stand beside events", async () => {
    const item = { item: "i1", title: "Mug", price: "9.00", "attributes.colour": "red" };
    const report = await run(memoryTables({ [file]: [item, rows[0] ?? {}] }));
    expect(report).toMatchObject({ items: 1, events: 1 });
    const kept = await records.get<Item>(SHOP, "item", "i1");
    expect(kept?.value).toMatchObject({ priceMinor: 900, attributes: { colour: "red" } });
  });

  test("our own export comes back as it was", async () => {
    await run(memoryTables({ [file]: rows.slice(0, 3) }));
    const before = await stored();
    const exported: object[] = [];
    for await (const batch of log.read(SHOP, { after: 0, batch: 9 })) {
      for (const row of batch) exported.push(JSON.parse(row.body) as object);
    }
    log = memoryLog();
    await reopen();
    const path = resolve("export.jsonl");
    const tables = memoryTables({ [path]: exported as Record<string, object>[] });
    await run(tables, { source: "jsonl", from: "export.jsonl" });
    expect(await stored()).toEqual(before);
  });
});

describe("a mapping", () => {
  const text = `
event:
  name: { column: action, words: { view: item_view, buy: purchase } }
  shopper: user
  at: { column: ts, time: s }
  item: sku
  unitPrice: price
  currency: { constant: JPY }
  context.order: { column: invoice, otherwise: none }
`;
  const foreign = [
    { action: "view", user: 7, ts: 1_700_000_000, sku: 42, price: null, invoice: null, note: "x" },
    { action: "buy", user: 7, ts: 1_700_000_060, sku: 42, price: 1200, invoice: "A1", note: "" },
    { action: "peek", user: 7, ts: 1_700_000_090, sku: 42, price: null, invoice: null, note: "" },
  ];
  let mapping: string;
  beforeEach(async () => {
    mapping = join(folder, "mapping.yaml");
    await writeFile(mapping, text);
  });

  test("renames, translates, converts; other columns are kept", async () => {
    const report = await run(memoryTables({ [file]: foreign }), { ...csv, mapping });
    expect(report).toMatchObject({ events: 2, quarantined: 1 });
    expect(await stored()).toEqual([
      expect.objectContaining({
        name: "item_view",
        shopper: "7",
        at: 1_700_000_000_000,
        items: [{ item: "42" }],
        context: { order: "none" },
        currency: "JPY",
        properties: { note: "x" },
      }),
      expect.objectContaining({
        name: "purchase",
        items: [{ item: "42", unitPriceMinor: 1200 }],
        context: { order: "A1" },
      }),
    ]);
  });

  test("fixed later replays what was refused, once", async () => {
    await run(memoryTables({ [file]: foreign }), { ...csv, mapping });
    const desk = importer(memoryTables({}));
    expect(await desk.replay(SHOP)).toEqual({ taken: 0, refused: 1 });
    await writeFile(mapping, text.replace("view:", "peek: item_view, view:"));
    const fix = await fixByMapping(mapping, "USD");
    expect(await desk.replay(SHOP, undefined, fix)).toEqual({ taken: 1, refused: 0 });
    expect(await desk.replay(SHOP, undefined, fix)).toEqual({ taken: 0, refused: 0 });
    expect((await stored()).at(-1)).toMatchObject({ name: "item_view", at: 1_700_000_090_000 });
    expect(await records.count(SHOP, "quarantine")).toBe(0);
  });

  test.each([
    ["event: 1", "/event: "],
    ["event: { name: { colum: x } }", "/event/name: "],
    ["{}", "needs a section"],
    ["event: [", "is not YAML"],
  ])("that is wrong (%s) is a problem that says %s", async (wrong, said) => {
    await writeFile(mapping, wrong);
    const running = run(memoryTables({ [file]: foreign }), { ...csv, mapping });
    await expect(running).rejects.toMatchObject({
      code: "invalid-file",
      message: expect.stringContaining(said) as unknown,
    });
  });

  test("that is not there is a problem", async () => {
    const request = { ...csv, mapping: join(folder, "none.yaml") };
    await expect(run(memoryTables({}), request)).rejects.toMatchObject({ code: "missing-data" });
  });
});

describe("quarantine", () => {
  const bad = rows.map((row) => ({ ...row, name: "scroll" }));

  test("is bounded: a full one stops the import, which then goes on", async () => {
    const tables = memoryTables({ [file]: bad });
    const narrow = importer(tables, { quarantineLimit: 20 });
    await expect(narrow.run(SHOP, csv, quiet)).rejects.toMatchObject({ code: "limit-reached" });
    expect(await records.count(SHOP, "quarantine")).toBe(20);
    const report = await run(tables);
    expect(report).toMatchObject({ rows: 35, quarantined: 35, resumed: true });
  });

  test("replays by id with a fix in code, under the first attempt's event id", async () => {
    await run(memoryTables({ [file]: bad.slice(0, 3) }));
    const desk = importer(memoryTables({}));
    const { rows: entries } = await desk.quarantined(SHOP, { limit: 9 });
    const [first, second] = entries;
    // A fix that says nothing of the id means the one of the first attempt.
    const unnamed = (input: unknown): object => ({ ...(input as object), eventId: undefined });
    const replayed = await desk.replay(SHOP, [first?.id ?? "", "unknown"], ({ kind, input }) => [
      { kind: kind as "event", input: { ...unnamed(input), name: "item_view" } },
    ]);
    expect(replayed).toEqual({ taken: 1, refused: 0 });
    const eventId = (first?.input as { eventId: string } | undefined)?.eventId;
    expect(await stored()).toEqual([expect.objectContaining({ eventId })]);
    expect(await desk.discard(SHOP, [second?.id ?? ""])).toBe(1);
    expect(
      await desk.discard(
        SHOP,
        entries.map((one) => one.id),
      ),
    ).toBe(1);
  });
});

test("a Merchant feed in either form becomes items, twice the same", async () => {
  const path = join(folder, "feed.xml");
  const products = Array.from(
    { length: 7 },
    (_, at) => `<item><g:id>i${at}</g:id>
    <title>Mug ${at}</title><g:price>${at === 3 ? "free" : "5 EUR"}</g:price></item>`,
  );
  await writeFile(path, `<rss><channel>${products.join("")}</channel></rss>`);
  const request = { source: "merchant-xml", from: path };
  const once = await run(memoryTables({}), request);
  expect(once).toMatchObject({ rows: 7, items: 6, quarantined: 1 });
  expect(await run(memoryTables({}), request)).toMatchObject({ items: 0, duplicates: 6 });
  const tsv = memoryTables({ [resolve("f.tsv")]: [{ id: "t1", title: "Cup", price: "5 EUR" }] });
  expect(await run(tsv, { source: "merchant-tsv", from: "f.tsv" })).toMatchObject({ items: 1 });
});

test("an upload is known by its name, not by its temporary file", async () => {
  const bad = rows.map((row) => ({ ...row, name: "scroll" }));
  for (const from of ["tmp/1.csv", "tmp/2.csv"]) {
    await run(memoryTables({ [resolve(from)]: bad }), { source: "csv", from, name: "orders" });
  }
  expect(await records.count(SHOP, "quarantine")).toBe(35);
});

test("an upload cut off leaves nothing for the next one to go on from", async () => {
  const control = new AbortController();
  const upload = (from: string): ImportRequest => ({ source: "csv", from, name: "upload" });
  const tables = memoryTables({ [resolve("tmp/1.csv")]: rows, [resolve("tmp/2.csv")]: rows });
  const cutOff = importer(tables).run(SHOP, upload("tmp/1.csv"), {
    signal: control.signal,
    progress: () => control.abort(),
  });
  await expect(cutOff).rejects.toMatchObject({ code: "cancelled" });
  const next = await run(tables, upload("tmp/2.csv"));
  expect(next).toMatchObject({ rows: 35, duplicates: 9, events: 21, resumed: false });
});

test("an unknown source says what there is", async () => {
  const running = run(memoryTables({}), { source: "netflix", from: "." });
  await expect(running).rejects.toMatchObject({
    code: "unknown-dataset",
    message: expect.stringContaining("amazon-beauty") as unknown,
  });
});
