import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, Option } from "commander";
import { systemClock } from "../clock.ts";
import type { Shop } from "../collect/shops.ts";
import type { EpochMs } from "../schema.ts";
import { demoWorld } from "../serve/pages/pictures.ts";
import {
  openSimulation,
  type Simulation,
  type SizeName,
  simulationSizes,
} from "../simulate/simulate.ts";
import { wholeOption } from "./options.ts";
import { type Context, type Globals, type Session, withSession } from "./session/session.ts";
import { DEMO_SHOP } from "./session/shop.ts";
import { number } from "./terminal/print.ts";
import { type Meter, openMeter } from "./terminal/progress.ts";

export interface SimulateOptions {
  readonly size: SizeName;
  readonly seed: number;
  readonly days: number;
}

const SIMULATE_DEFAULTS: SimulateOptions = demoWorld;

export interface Simulated {
  readonly items: number;
  readonly events: number;
}

const HOUR_MS = 3_600_000;

export function simulateCommand(context: Context): Command {
  const { size, seed, days } = SIMULATE_DEFAULTS;
  const sizes = Object.keys(simulationSizes);
  return new Command("simulate")
    .description("A seeded shop that does not exist, into a shop or to files")
    .addOption(new Option("--size <name>", "how big").choices(sizes).default(size))
    .option("--seed <number>", "the same seed gives the same shop", wholeOption, seed)
    .option("--days <number>", "length of its past", wholeOption, days)
    .option("--to <folder>", "write items.jsonl and events.jsonl there instead")
    .action(async (options: SimulateOptions & { to?: string }, self: Command) => {
      if (options.to !== undefined) return toFiles(context, self, options, options.to);
      return withSession(context, self, async (session) => {
        const shop = session.globals.shop ?? DEMO_SHOP;
        const done = await simulateInto(session, shop, options);
        session.print(done, () => simulatedText(shop, done));
      });
    });
}

const simulatedText = (where: string, done: Simulated): string =>
  `${where}: ${number(done.items)} items, ${number(done.events)} events`;

/**
 * Sends a simulated past to a shop as a real one would be sent, through the API. The past ends at
 * the hour in which the shop was opened, so that a second run sends the same events again and
 * changes nothing: an interrupted one is finished by repeating it.
 */
export async function simulateInto(
  session: Session,
  shop: string,
  options: SimulateOptions,
): Promise<Simulated> {
  const { connection, settings } = session;
  const made = await connection.call<Shop>("POST", "/v1/shops", { body: { id: shop } });
  const simulation = simulationUntil(made.createdAt, options);
  const { itemsPerBatch, eventsPerBatch } = settings.config.collect;
  const meter = openMeter(session.terminal, session.now);
  const sendItems = async (stage: string): Promise<number> => {
    let sent = 0;
    for (const items of inBatches(simulation.items(), itemsPerBatch)) {
      session.terminal.signal.throwIfAborted();
      await connection.call("POST", "/v1/items", { shop, body: { items } });
      sent += items.length;
      meter.show({ stage, done: sent, total: null, unit: "items" });
    }
    return sent;
  };
  const items = await sendItems("filling the shelves");
  const events = await eachBatch(session, meter, simulation, async (lived) => {
    for (const events of inBatches(lived, eventsPerBatch)) {
      await connection.call("POST", "/v1/events", { shop, body: { events } });
    }
  });
  await sendItems("counting the stock");
  meter.end();
  return { items, events };
}

function simulationUntil(moment: number, options: SimulateOptions): Simulation {
  const endAt = (moment - (moment % HOUR_MS)) as EpochMs;
  return openSimulation({ seed: options.seed, size: options.size, endAt, days: options.days });
}

/** Share of the simulated time after which the number of all events can be guessed. */
const GUESS_FROM = 0.05;

async function eachBatch(
  session: Session,
  meter: Meter,
  simulation: Simulation,
  take: (events: readonly unknown[]) => Promise<void>,
): Promise<number> {
  const length = simulation.endAt - simulation.startAt;
  let done = 0;
  for (const events of simulation.events()) {
    session.terminal.signal.throwIfAborted();
    await take(events);
    done += events.length;
    const share = ((events.at(-1)?.at ?? simulation.endAt) - simulation.startAt) / length;
    const total = share < GUESS_FROM ? null : Math.round(done / share);
    meter.show({ stage: "living through the past", done, total, unit: "events" });
  }
  meter.show({ stage: "living through the past", done, total: done, unit: "events" });
  return done;
}

async function toFiles(
  context: Context,
  self: Command,
  options: SimulateOptions,
  folder: string,
): Promise<void> {
  const { json } = self.optsWithGlobals<Globals>();
  const simulation = simulationUntil(systemClock(), options);
  mkdirSync(folder, { recursive: true });
  const meter = openMeter(context.terminal, context.now);
  const lines = async (name: string, batches: Iterable<readonly unknown[]>): Promise<number> => {
    let done = 0;
    function* texts(): Generator<string> {
      for (const batch of batches) {
        context.terminal.signal.throwIfAborted();
        done += batch.length;
        meter.show({ stage: `writing ${name}`, done, total: null, unit: "lines" });
        yield batch.map((one) => `${JSON.stringify(one)}\n`).join("");
      }
    }
    await pipeline(Readable.from(texts()), createWriteStream(join(folder, name)));
    return done;
  };
  const events = await lines("events.jsonl", simulation.events());
  const items = await lines("items.jsonl", inBatches(simulation.items(), 500));
  meter.end();
  const done: Simulated = { items, events };
  context.terminal.out(json ? JSON.stringify(done, null, 2) : simulatedText(folder, done));
}

function* inBatches<T>(rows: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
