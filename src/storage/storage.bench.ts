import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { monotonicMs, systemClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import type { EpochMs } from "../schema.ts";
import { openEmbedded } from "./engines/open.ts";
import { openSqlite } from "./engines/sqlite.ts";
import type { LogRow } from "./event-log.ts";
import type { Storage } from "./storage.ts";

/**
 * How fast the embedded engines keep and find. Made-up events of 300 bytes, 50 000 persons; ids
 * that grow with time (UUIDv7, as trackers send) and random ones (the worst case of an index).
 * Baselines of the same run: the same bodies into a table of SQLite without indices, with the same
 * transactions; and the same bytes appended to a plain file with the same syncs.
 */
interface Row {
  readonly what: string;
  readonly events: number;
  readonly perSecond: number;
  /** Per second of processor time of all threads: what a free core would do, its disk aside. */
  readonly perCpuSecond: number;
  /** Lowest and highest of the rounds. */
  readonly range: readonly [number, number];
  readonly syncs: number;
  readonly baseline: string;
  readonly ratio: number;
}

const SHOP = "bench";
const ROUNDS = 5;
const BODY_BYTES = 300;
const config = parseConfig({});

export async function bench({ tiny, note }: BenchRun): Promise<unknown> {
  const size = tiny ? 1_000 : 200_000;
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    const rate = `${row.perSecond}/s (${row.perCpuSecond} per CPU second), ${row.syncs} syncs`;
    note(`${row.what}: ${rate}, ${row.ratio} of ${row.baseline}`);
  };
  for (const ids of ["UUIDv7", "random"] as const) add(await bulk(size, ids));
  add(await durable(tiny ? 1_000 : 50_000));
  add(await together(tiny ? 400 : 20_000));
  const million = await oneMillion(tiny ? 2_000 : 1_000_000, note);
  return {
    data: `made-up events, ${BODY_BYTES}-byte bodies, 50 000 persons`,
    protocol: `${ROUNDS} rounds, each in a new folder; the median counts`,
    driver: await driver(),
    rows,
    million,
  };
}

const perSecond = (count: number, startedMs: number): number =>
  Math.round(count / ((monotonicMs() - startedMs) / 1000));

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bench-storage-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function withStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  return await inFolder(async (folder) => {
    const storage = await openEmbedded({ folder, config: config.storage, clock: systemClock });
    try {
      return await work(storage);
    } finally {
      await storage.close();
    }
  });
}

const driver = async (): Promise<string> =>
  await inFolder(async (folder) => {
    const db = await openSqlite(join(folder, "d.sqlite"), store);
    db.close();
    return db.driver;
  });

const store = { cacheKib: 65_536, maxPages: 0 };

function madeUp(from: number, count: number, ids: "UUIDv7" | "random"): LogRow[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const at = (1_600_000_000_000 + n * 100) as EpochMs;
    const bytes = randomBytes(16);
    if (ids === "UUIDv7") bytes.writeUIntBE(at, 0, 6);
    const hex = bytes.toString("hex");
    const eventId = [0, 8, 12, 16, 20].map((start, part) =>
      hex.slice(start, [8, 12, 16, 20, 32][part]),
    );
    const said = { name: "item_view", items: [{ item: `item-${(n * 31) % 20_000}` }], fill: "" };
    const body = JSON.stringify(said).replace('"fill":""', `"fill":"${"x".repeat(BODY_BYTES)}"`);
    return {
      eventId: eventId.join("-"),
      person: `shopper-${(n * 7919) % 50_000}`,
      name: "item_view",
      at,
      receivedAt: at,
      body: `${body.slice(0, BODY_BYTES - 2)}"}`,
    };
  });
}

function batchesOf(count: number, batch: number, ids: "UUIDv7" | "random"): LogRow[][] {
  return Array.from({ length: Math.ceil(count / batch) }, (_, index) =>
    madeUp(index * batch, Math.min(batch, count - index * batch), ids),
  );
}

interface Measured {
  readonly perSecond: number;
  readonly perCpuSecond: number;
  readonly syncs: number;
}

/** Times the work, which appends `count` events. */
async function measured(
  storage: Storage,
  count: number,
  work: () => Promise<void>,
): Promise<Measured> {
  const { log } = storage;
  const syncs = log.syncs;
  const cpu = process.cpuUsage();
  const started = monotonicMs();
  await work();
  const rate = perSecond(count, started);
  const { user, system } = process.cpuUsage(cpu);
  const perCpuSecond = Math.round(count / ((user + system) / 1e6));
  return { perSecond: rate, perCpuSecond, syncs: log.syncs - syncs };
}

async function rounds(
  what: string,
  events: number,
  baseline: string,
  measure: () => Promise<Measured>,
  against: () => Promise<number>,
): Promise<Row> {
  const results: Measured[] = [];
  const base: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    base.push(await against());
    results.push(await measure());
  }
  const rates = results.map((each) => each.perSecond).sort((a, b) => a - b);
  const cpu = results.map((each) => each.perCpuSecond).sort((a, b) => a - b);
  const rate = rates[ROUNDS >> 1] ?? 0;
  const other = base.sort((a, b) => a - b)[ROUNDS >> 1] ?? 1;
  return {
    what,
    events,
    perSecond: rate,
    perCpuSecond: cpu[ROUNDS >> 1] ?? 0,
    range: [rates[0] ?? 0, rates.at(-1) ?? 0],
    syncs: results[0]?.syncs ?? 0,
    baseline: `${baseline}, ${other}/s`,
    ratio: Math.round((rate / other) * 100) / 100,
  };
}

const append = (batches: readonly LogRow[][]) => async (): Promise<Measured> =>
  await withStorage(async (storage) => {
    const count = batches.reduce((sum, batch) => sum + batch.length, 0);
    return await measured(storage, count, async () => {
      for (const batch of batches) await storage.log.append(SHOP, batch);
    });
  });

/** Bodies alone, no id, no index, the same transactions. */
const bareTable = (batches: readonly LogRow[][]) => async (): Promise<number> =>
  await inFolder(async (folder) => {
    const db = await openSqlite(join(folder, "bare.sqlite"), store);
    db.exec("CREATE TABLE bodies (body TEXT)");
    const insert = db.prepare("INSERT INTO bodies VALUES (?)");
    const started = monotonicMs();
    for (const batch of batches) {
      db.transaction(() => {
        for (const { body } of batch) insert.run([body]);
      });
    }
    const rate = perSecond(batches.length * (batches[0]?.length ?? 0), started);
    db.close();
    return rate;
  });

const plainFile = (batches: readonly LogRow[][]) => async (): Promise<number> =>
  await inFolder(async (folder) => {
    const file = await open(join(folder, "plain"), "a");
    const started = monotonicMs();
    for (const batch of batches) {
      await file.appendFile(batch.map((row) => row.body).join("\n"));
      await file.datasync();
    }
    const rate = perSecond(batches.length * (batches[0]?.length ?? 0), started);
    await file.close();
    return rate;
  });

async function bulk(size: number, ids: "UUIDv7" | "random"): Promise<Row> {
  const batches = batchesOf(size, 5_000, ids);
  const what = `bulk, batches of 5 000, ${ids} ids`;
  return await rounds(what, size, "a bare SQLite table", append(batches), bareTable(batches));
}

async function durable(size: number): Promise<Row> {
  const batches = batchesOf(size, 100, "UUIDv7");
  const what = "durable, batches of 100, one after the other";
  return await rounds(
    what,
    size,
    "a plain file with a sync a batch",
    append(batches),
    plainFile(batches),
  );
}

/** Two hundred writers of single events: what one turn's shared sync is for. */
async function together(size: number): Promise<Row> {
  const batches = batchesOf(size, 200, "UUIDv7");
  const measure = async (): Promise<Measured> =>
    await withStorage(async (storage) => {
      return await measured(storage, size, async () => {
        for (const batch of batches) {
          await Promise.all(batch.map((row) => storage.log.append(SHOP, [row])));
        }
      });
    });
  const what = "durable, 200 writers of single events";
  return await rounds(what, size, "a plain file with a sync for 200", measure, plainFile(batches));
}

/** One large log: append, read all, recent of a person, projection into analytics. */
async function oneMillion(size: number, note: (line: string) => void): Promise<unknown> {
  return await withStorage(async (storage) => {
    const { log } = storage;
    const appended = await appendLarge(storage, size);
    note(`one large log: ${appended.perSecond}/s, ${appended.perCpuSecond} per CPU second`);
    const started = monotonicMs();
    let read = 0;
    for await (const batch of log.read(SHOP, { after: 0, batch: 1_000 })) read += batch.length;
    const readPerSecond = perSecond(read, started);
    const times: number[] = [];
    for (let n = 0; n < 1_000; n += 1) {
      const before = monotonicMs();
      await log.recent(SHOP, `shopper-${(n * 31) % 50_000}`, 50);
      times.push(monotonicMs() - before);
    }
    times.sort((a, b) => a - b);
    const recentMs = { p50: times[500], p99: times[990] };
    const projectedPerSecond = await project(storage);
    note(`read ${readPerSecond}/s, projected ${projectedPerSecond}/s`);
    return { events: size, appended, readPerSecond, recentMs, projectedPerSecond };
  });
}

/** Makes events up in pieces, so that a million of them need not be in memory. */
async function appendLarge(storage: Storage, size: number): Promise<Measured> {
  const piece = 50_000;
  const parts: Measured[] = [];
  for (let at = 0; at < size; at += piece) {
    const rows = madeUp(at, Math.min(piece, size - at), "UUIDv7");
    const work = async (): Promise<void> => {
      for (let from = 0; from < rows.length; from += 5_000) {
        await storage.log.append(SHOP, rows.slice(from, from + 5_000));
      }
    };
    parts.push(await measured(storage, rows.length, work));
  }
  const harmonic = (of: (part: Measured) => number): number =>
    Math.round(parts.length / parts.reduce((sum, part) => sum + 1 / of(part), 0));
  return {
    perSecond: harmonic((part) => part.perSecond),
    perCpuSecond: harmonic((part) => part.perCpuSecond),
    syncs: parts.reduce((sum, part) => sum + part.syncs, 0),
  };
}

async function project({ log, analytics }: Storage): Promise<number> {
  await analytics.migrate([
    "CREATE TABLE events (seq BIGINT, person VARCHAR, name VARCHAR, moment BIGINT)",
  ]);
  const started = monotonicMs();
  let from = 0;
  let rows = 0;
  for await (const batch of log.read(SHOP, { after: 0, batch: 20_000 })) {
    const to = batch.at(-1)?.seq ?? from;
    const columns = [
      batch.map((row) => row.seq),
      batch.map((row) => row.person),
      batch.map((row) => row.name),
      batch.map((row) => row.at),
    ];
    await analytics.apply({ cursor: "bench", from, to }, [{ table: "events", columns }], []);
    from = to;
    rows += batch.length;
  }
  return perSecond(rows, started);
}
