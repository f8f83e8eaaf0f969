import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { systemClock } from "../clock.ts";
import type { RecommendModel } from "../scenarios/recommend/fit.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import {
  echoUrl,
  load,
  openTarget,
  rounded,
  type Target,
  train,
} from "./conformance/loaded-shop.ts";

/**
 * How the cost of an answer grows: with the number of items (a thousand, ten thousand, a hundred
 * thousand) and with the length of the shopper's history, over the whole path at a fixed rate; and
 * how long a server with that catalogue takes from its start to its first answer. The shop is drawn
 * by a seed: items in groups of like, shoppers who stay in a few of them. Baseline: a bare node:http
 * server at the same rate.
 */
const SEED = 1;
const SHOP = "large";
const LIKE = 50;
const DAY_MS = 86_400_000;
const HISTORY = [1, 10, 50, 200];
/** Few epochs: it is the answering that is measured. */
const BRIEFLY = { behaviour: { epochsMost: 2 } };

export async function bench({ tiny, part, note }: BenchRun): Promise<unknown> {
  const sizes = tiny ? [200] : [1_000, 10_000, 100_000];
  const found: Record<string, unknown> = {};
  for (const items of sizes) {
    found[String(items)] = await part(`${items} items`, () => sizeOf(items, tiny, note));
  }
  return { seed: SEED, sizes: found };
}

async function sizeOf(items: number, tiny: boolean, note: (line: string) => void): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-size-"));
  try {
    const target = await openTarget(folder, tiny ? 1 : 15);
    const events = await fill(target, items, tiny);
    const from = performance.now();
    await train(target, SHOP, { seed: SEED, params: BRIEFLY });
    const trainingSeconds = rounded((performance.now() - from) / 1_000);
    note(`${items} items: trained in ${trainingSeconds} s`);
    const searched = await searchedOf(target);
    const answers = await answersOf(target, tiny);
    const residentMb = Math.round(process.memoryUsage.rss() / 1_048_576);
    await target.close();
    const restart = await restartOf(folder);
    note(`${items} items: ${JSON.stringify({ answers, restart })}`);
    return { items, events, trainingSeconds, searched, answers, residentMb, restart };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the version says of the sources that are searched by lists; empty where all are looked at. */
async function searchedOf({ platform: { models } }: Target): Promise<readonly string[]> {
  const version = (await models.inService(SHOP, "recommend"))?.version;
  if (version === undefined) throw new Error("a version is in service");
  const { notes } = (await models.load(SHOP, version)) as RecommendModel;
  return notes.filter((note) => note.includes("of the groups") || note.includes("looked at"));
}

async function fill(target: Target, items: number, tiny: boolean): Promise<number> {
  const { platform } = target;
  const random = createRandom(SEED);
  await platform.shops.ensure(SHOP);
  const most = platform.config.collect.itemsPerBatch;
  for (let at = 0; at < items; at += most) {
    const batch = Array.from({ length: Math.min(most, items - at) }, (_, n) => itemOf(at + n));
    await platform.collect.items(SHOP, batch as never);
  }
  const walks = tiny ? 100 : Math.max(5_000, items / 4);
  const start = systemClock() - 30 * DAY_MS;
  let events: object[] = [];
  let sent = 0;
  for (let walk = 0; walk < walks; walk++) {
    events.push(...walkOf(`w${walk}`, 8, items, start + walk * 60_000, random));
    if (events.length < most - 8) continue;
    await platform.collect.events(SHOP, events as never);
    sent += events.length;
    events = [];
  }
  for (const length of HISTORY) {
    const own = walkOf(`history-${length}`, length, items, start, random);
    await platform.collect.events(SHOP, [...events, ...own] as never);
    sent += events.length + own.length;
    events = [];
  }
  return sent;
}

const itemOf = (n: number): object => ({
  item: `i${n}`,
  title: { en: `thing ${n} of kind ${Math.floor(n / LIKE)}` },
  categories: [`kind ${Math.floor(n / LIKE)}`],
  priceMinor: 1_000 + (n % 500),
  currency: "EUR",
  stock: 9,
});

function walkOf(shopper: string, length: number, items: number, at: number, random: Random) {
  const kind = random.int(Math.ceil(items / LIKE));
  return Array.from({ length }, (_, step) => {
    const n = (kind * LIKE + random.int(LIKE)) % items;
    return { name: "item_view", shopper, at: at + step * 1_000, items: [{ item: `i${n}` }] };
  });
}

/** For many shoppers at rising rates, then at the highest for those of each length of history. */
async function answersOf(target: Target, tiny: boolean): Promise<object> {
  const rates = tiny ? [20] : [50, 100, 200];
  const highest = rates.at(-1) as number;
  const ask = async (paths: readonly string[], url: string, rate: number, seconds: number) => {
    const { latency } = await load(target, SHOP, {
      ...{ url, method: "GET", paths, connections: 10, rate, seconds },
    });
    return { p50Ms: latency.p50, p99Ms: latency.p99 };
  };
  const homeOf = (shopper: string): string =>
    `/v1/recommendations/home?shopper=${shopper}&limit=10`;
  const url = target.listening.url;
  const many = Array.from({ length: 900 }, (_, n) => homeOf(`w${n}`));
  await ask(many, url, highest / 2, target.seconds / 2);
  const home: Record<string, unknown> = {};
  const baseline: Record<string, unknown> = {};
  for (const rate of rates) {
    home[String(rate)] = await ask(many, url, rate, target.seconds);
    baseline[String(rate)] = await ask(many, echoUrl(target), rate, target.seconds / 3);
  }
  const byHistory: Record<string, unknown> = {};
  for (const length of HISTORY) {
    const own = [homeOf(`history-${length}`)];
    byHistory[String(length)] = await ask(own, url, highest, target.seconds / 3);
  }
  return { home, byHistory, historyRate: highest, baseline };
}

/** From opening the folder until the server takes work, and until its first list. @unit ms */
async function restartOf(folder: string): Promise<object> {
  const from = performance.now();
  const target = await openTarget(folder, 1);
  const headers = { authorization: `Bearer ${target.token}`, "x-shop": SHOP };
  await (await fetch(`${target.listening.url}/health/ready`)).arrayBuffer();
  const readyMs = Math.round(performance.now() - from);
  const list = await fetch(`${target.listening.url}/v1/recommendations/home?shopper=w1`, {
    headers,
  });
  await list.arrayBuffer();
  const firstListMs = Math.round(performance.now() - from);
  await target.close();
  return { readyMs, firstListMs, listStatus: list.status };
}
