import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { BenchRun } from "../../scripts/bench.ts";
import { monotonicMs, systemClock } from "../clock.ts";
import type { Event, EventName } from "../collect/event.ts";
import { rowOf } from "../collect/stored-event.ts";
import { parseConfig } from "../config.ts";
import { openEmbedded } from "../storage/engines/open.ts";
import type { LogRow } from "../storage/event-log.ts";
import type { Storage } from "../storage/storage.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import {
  type InteractionOptions,
  interactionsAsOf,
  plainInteractions,
} from "./interactions-as-of.ts";
import { openProjector } from "./projection.ts";
import { openRecent } from "./recent-live.ts";
import { itemTable, shopperTable } from "./tables.ts";

/**
 * How fast the log becomes tables and sequences, on the embedded engines, and how long the event
 * loop waits meanwhile. Events are drawn: items by a steep popularity, about ten events a shopper.
 * The baseline of the projection is reading the log and parsing it, without writing anything.
 */
const SHOP = "bench";
const START = 1_700_000_000_000;

export async function bench({ tiny, note }: BenchRun): Promise<unknown> {
  const events = tiny ? 2_000 : 1_000_000;
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-features-bench-"));
  const config = parseConfig({ folder });
  const storage = await openEmbedded({ folder, config: config.storage, clock: systemClock });
  try {
    await fill(storage, events, note);
    const reading = await readOnly(storage, events);
    const projection = await project(storage, events);
    note(`projected ${projection.eventsPerSecond} events/s`);
    const found = await gather(storage, tiny ? 1 : 5);
    const memory = await memoryOfRecent(storage, tiny ? 100 : 20_000);
    return {
      data: `${events} drawn events, ${events / 10} shoppers, ${ITEMS} items`,
      seed: 1,
      baseline: "reading the log and parsing its rows",
      reading,
      projection: {
        ...projection,
        shareOfReading: round(projection.eventsPerCpuSecond / reading.eventsPerCpuSecond),
      },
      ...found,
      recent: memory,
    };
  } finally {
    await storage.close();
    await rm(folder, { recursive: true });
  }
}

const ITEMS = 20_000;
const names: readonly EventName[] = ["item_view", "item_view", "item_view", "cart_add", "purchase"];

async function fill({ log }: Storage, events: number, note: BenchRun["note"]): Promise<void> {
  const random = createRandom(1);
  for (let from = 0; from < events; from += 5_000) {
    const count = Math.min(5_000, events - from);
    const rows = Array.from({ length: count }, (_, at) => drawn(from + at, events, random));
    await log.append(SHOP, rows);
    if (from % 200_000 === 0) note(`appended ${from} events`);
  }
}

function drawn(number: number, events: number, random: Random): LogRow {
  const shopper = `shopper-${random.int(Math.ceil(events / 10))}`;
  const name = random.pick(names);
  const at = START + number * 1_000;
  const item = `item-${Math.floor(ITEMS * random.uniform() ** 3)}`;
  const event: Event = {
    eventId: `0198c2f0-0000-7000-8000-${number.toString(16).padStart(12, "0")}`,
    shop: SHOP,
    shopper,
    at,
    receivedAt: at,
    name,
    items: [{ item, quantity: 1, unitPriceMinor: 1_999 }],
    context: { surface: "home", ...(name === "purchase" ? { order: `order-${number}` } : {}) },
    currency: "EUR",
  };
  return rowOf(event, JSON.stringify(event), shopper);
}

interface Timed {
  readonly ms: number;
  /** Of this process, all threads: what stays alike on a busy machine. */
  readonly cpuMs: number;
  /** How long a request would have waited for its turn. */
  readonly stallMsP99: number;
  readonly stallMsMax: number;
}

async function timed(work: () => Promise<unknown>): Promise<Timed> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const used = process.cpuUsage();
  const began = monotonicMs();
  await work();
  const ms = monotonicMs() - began;
  const { user, system } = process.cpuUsage(used);
  delay.disable();
  const waited = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e6) - 1);
  return {
    ms,
    cpuMs: (user + system) / 1_000,
    stallMsP99: waited(delay.percentile(99)),
    stallMsMax: waited(delay.max),
  };
}

interface Rates {
  readonly eventsPerSecond: number;
  readonly eventsPerCpuSecond: number;
  readonly stallMsP99: number;
  readonly stallMsMax: number;
}

const ratesOf = (events: number, { ms, cpuMs, stallMsP99, stallMsMax }: Timed): Rates => ({
  eventsPerSecond: Math.round(events / (ms / 1_000)),
  eventsPerCpuSecond: Math.round(events / (cpuMs / 1_000)),
  stallMsP99,
  stallMsMax,
});
const round = (value: number): number => Math.round(value * 1_000) / 1_000;

async function readOnly({ log }: Storage, events: number): Promise<Rates> {
  let fields = 0;
  const spent = await timed(async () => {
    for await (const rows of log.read(SHOP, { after: 0, batch: 1_000 })) {
      for (const row of rows) fields += Object.keys(JSON.parse(row.body) as object).length;
    }
  });
  return ratesOf(fields > 0 ? events : 0, spent);
}

async function project({ log, analytics, records }: Storage, events: number): Promise<Rates> {
  const warn = (error: unknown): void => {
    throw error;
  };
  const projector = await openProjector({ log, analytics, records, took: () => undefined, warn });
  const spent = await timed(() => projector.catchUp(SHOP));
  await projector.close();
  return ratesOf(events, spent);
}

async function gather(storage: Storage, times: number): Promise<Record<string, unknown>> {
  const { log, records, analytics } = storage;
  const past = { shop: SHOP, log, records, analytics };
  const asOf = START + 10 ** 12;
  const one = async (work: () => Promise<unknown>): Promise<unknown> => {
    const runs: Timed[] = [];
    for (let run = 0; run < times; run++) runs.push(await timed(work));
    const middle = (of: (run: Timed) => number): number =>
      Math.round(runs.map(of).toSorted((a, b) => a - b)[Math.floor(times / 2)] as number);
    return {
      msMedian: middle((run) => run.ms),
      cpuMsMedian: middle((run) => run.cpuMs),
      stallMsMax: Math.max(...runs.map((run) => run.stallMsMax)),
    };
  };
  const collapsed: InteractionOptions = { ...plainInteractions, collapseRepeats: true };
  return {
    interactions: await one(() => interactionsAsOf(past, asOf, plainInteractions)),
    interactionsCollapsed: await one(() => interactionsAsOf(past, asOf, collapsed)),
    shopperTable: await one(() => shopperTable(past, asOf)),
    itemTable: await one(() => itemTable(past, asOf)),
  };
}

/** Heap per shopper in memory; the collector is asked twice, where it can be. */
async function memoryOfRecent({ log }: Storage, shoppers: number): Promise<Record<string, number>> {
  const config = { recentEvents: 100, recentShoppers: shoppers };
  const personOf = (_: string, event: Pick<Event, "shopper">): string | null =>
    event.shopper ?? null;
  const recent = openRecent({ log, config, personOf });
  const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
  collect();
  const before = process.memoryUsage().heapUsed;
  let events = 0;
  const { ms } = await timed(async () => {
    for (let i = 0; i < shoppers; i++) events += (await recent.of(SHOP, `shopper-${i}`)).length;
  });
  collect();
  const bytes = process.memoryUsage().heapUsed - before;
  await recent.of(SHOP, "shopper-0"); // it is still held
  return {
    shoppers,
    eventsPerShopper: round(events / shoppers),
    bytesPerShopper: Math.round(bytes / shoppers),
    coldReadMicroseconds: Math.round((ms * 1_000) / shoppers),
  };
}
