import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { monotonicMs, systemClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import { openEmbedded } from "../storage/engines/open.ts";
import type { EventLog, LogRow } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import { memoryRecords } from "./conformance/memory-storage.ts";
import { type EventInput, eventInputSchema } from "./event.ts";
import { lineEventIds } from "./event-id.ts";
import type { ImportReport } from "./importing.ts";
import { openCollect } from "./open-collect.ts";
import { openImporter } from "./open-importer.ts";
import { judgeEvent } from "./take-event.ts";

/**
 * How fast events come in. Judging alone against the schema alone (the baseline of the same run);
 * judging, completing and writing out with a log that keeps nothing; one million made-up events
 * and MovieLens 1M from its Parquet file into the real log, with the syncs that made them durable.
 */
const SHOP = "bench";
/** As the command line writes when no server runs. */
const config = parseConfig({ collect: { importBatchRows: 20_000 } });

export async function bench({ tiny, dataRoot, note }: BenchRun): Promise<unknown> {
  const events = madeUp(tiny ? 5_000 : 1_000_000);
  const judging = judgeRates(events);
  note(`judging ${judging.perSecond} events/s`);
  const serialised = await intoNothing(events);
  note(`judged and written out ${serialised} events/s`);
  const synthetic = await withStorage((storage) => intoLog(storage, events));
  note(`into the log ${synthetic.perSecond} events/s`);
  const source = tiny ? "movielens-100k" : "movielens-1m";
  const imported = await withStorage((storage) =>
    importOf(storage, source, join(dataRoot, source)),
  );
  note(`import of ${source} ${imported.perSecond} events/s`);
  return { judging, judgedAndSerialisedPerSecond: serialised, synthetic, imported };
}

/** Views, carts and purchases of 50,000 shoppers; no chance is needed for speed. */
function madeUp(count: number): EventInput[] {
  const newId = lineEventIds("bench");
  const names = ["item_view", "item_view", "item_view", "cart_add", "purchase"] as const;
  return Array.from({ length: count }, (_, at) => {
    const moment = 1_600_000_000_000 + at * 500;
    return {
      eventId: newId(moment, at + 1, 0),
      name: names[at % names.length] ?? "item_view",
      shopper: `shopper-${(at * 7919) % 50_000}`,
      session: `session-${at >> 3}`,
      at: moment,
      items: [{ item: `item-${(at * 31) % 20_000}`, quantity: 1, unitPriceMinor: 1_999 }],
      context: { surface: "home", device: "phone" },
      currency: "USD",
    };
  });
}

function perSecond(count: number, startedMs: number): number {
  return Math.round(count / ((monotonicMs() - startedMs) / 1_000));
}

interface Judging {
  readonly events: number;
  readonly perSecond: number;
  readonly schemaPerSecond: number;
  readonly ratioToSchema: number;
}

function judgeRates(events: readonly EventInput[]): Judging {
  for (const event of events.slice(0, 5_000)) judgeEvent(event);
  let started = monotonicMs();
  for (const event of events) judgeEvent(event);
  const fast = perSecond(events.length, started);
  const some = events.slice(0, 100_000);
  for (const event of some.slice(0, 5_000)) eventInputSchema.safeParse(event);
  started = monotonicMs();
  for (const event of some) eventInputSchema.safeParse(event);
  const schema = perSecond(some.length, started);
  return {
    events: events.length,
    perSecond: fast,
    schemaPerSecond: schema,
    ratioToSchema: Math.round((fast / schema) * 10) / 10,
  };
}

/** Batches of the size that a bulk import gives in one turn. */
async function bulk(
  log: EventLog,
  records: Records,
  events: readonly EventInput[],
): Promise<number> {
  const { eventsPerBatch, importBatchRows } = config.collect;
  const collect = await openCollect({ log, records, clock: systemClock, config: config.collect });
  const started = monotonicMs();
  for (let at = 0; at < events.length; at += importBatchRows) {
    const turn = events.slice(at, at + importBatchRows);
    const batches: EventInput[][] = [];
    for (let from = 0; from < turn.length; from += eventsPerBatch) {
      batches.push(turn.slice(from, from + eventsPerBatch));
    }
    await Promise.all(batches.map((batch) => collect.events(SHOP, batch)));
  }
  return perSecond(events.length, started);
}

async function intoNothing(events: readonly EventInput[]): Promise<number> {
  const append = (_: string, rows: readonly LogRow[]): ReturnType<EventLog["append"]> =>
    Promise.resolve({ appended: rows.length, duplicates: 0, fresh: rows.map(() => true) });
  return bulk({ append } as unknown as EventLog, memoryRecords(), events);
}

interface Written {
  readonly events: number;
  readonly perSecond: number;
  readonly syncs: number;
  /** Of this process: what a machine that others use as well would take alone, at most. */
  readonly cpuSeconds: number;
}

async function intoLog({ log, records }: Storage, events: readonly EventInput[]): Promise<Written> {
  const before = log.syncs;
  const cpu = process.cpuUsage();
  const rate = await bulk(log, records, events);
  const cpuSeconds = secondsOf(process.cpuUsage(cpu));
  return { events: await log.count(SHOP), perSecond: rate, syncs: log.syncs - before, cpuSeconds };
}

async function importOf(
  { log, records, tables }: Storage,
  source: string,
  from: string,
): Promise<ImportReport & Written> {
  const clock = systemClock;
  const collect = await openCollect({ log, records, clock, config: config.collect });
  const options = { collect, log, records, tables, clock, config: config.collect };
  const control = { signal: new AbortController().signal, progress: () => undefined };
  const before = log.syncs;
  const cpu = process.cpuUsage();
  const report = await openImporter(options).run(SHOP, { source, from }, control);
  const rate = Math.round(report.events / report.seconds);
  const cpuSeconds = secondsOf(process.cpuUsage(cpu));
  return { ...report, perSecond: rate, syncs: log.syncs - before, cpuSeconds };
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return Math.round((user + system) / 100_000) / 10;
}

async function withStorage<T>(work: (storage: Storage) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "bench-collect-"));
  const storage = await openEmbedded({ folder, config: config.storage, clock: systemClock });
  try {
    return await work(storage);
  } finally {
    await storage.close();
    await rm(folder, { recursive: true });
  }
}
