import { monitorEventLoopDelay } from "node:perf_hooks";
import type { BenchRun } from "../../scripts/bench.ts";
import type { RecommendDecision } from "../scenarios/recommend/schema.ts";
import {
  DEMO,
  echoUrl,
  eventOf,
  fillDemo,
  knownShoppers,
  load,
  offer,
  rounded,
  type Target,
  underLoad,
} from "./conformance/loaded-shop.ts";

/**
 * The real-time path on the demo shop, over sockets: how long until an event changes the next
 * answer, until a new item is offered and until a price holds; ingest and recommendations together
 * with processor time, event loop delay and memory over time; and what happens to each when far
 * more is asked than can be answered. Baseline: a bare node:http server under the same load.
 */
export async function bench(run: BenchRun): Promise<unknown> {
  const { tiny, note } = run;
  return underLoad(tiny ? 1 : 20, async (target) => {
    const shop = await fillDemo(target, tiny);
    const freshness = await run.part("freshness", () => measureFreshness(target, tiny ? 5 : 200));
    const mixed = await run.part("mixed load", () => mixedLoad(target, tiny));
    const memory = await run.part("memory", () => memoryOverTime(target, tiny, note));
    const overload = await run.part("overload", () => overloaded(target, tiny));
    return { shop, freshness, mixed, memory, overload };
  });
}

interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

function spread(ms: readonly number[]): Spread {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    rounded(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
}

type Ask = <Answer>(method: string, path: string, body?: object) => Promise<Answer>;

function askerOf({ listening, token }: Target): Ask {
  return async (method, path, body) => {
    const answer = await fetch(listening.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "x-shop": DEMO,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return (await answer.json()) as never;
  };
}

const idsOf = ({ items }: RecommendDecision): string => items.map(({ item }) => item).join();

/** From the sending of a change until an answer that was asked for after it shows it. */
async function measureFreshness(target: Target, trials: number): Promise<object> {
  const ask = askerOf(target);
  const catalogue = [...(await target.platform.catalogues.of(DEMO)).groups()];
  const catalogueLive = await target.platform.catalogues.of(DEMO);
  const itemAt = (n: number): string =>
    catalogueLive.variants(catalogue[(n * 7) % catalogue.length] as string)[0]?.item ?? "";
  const events: number[] = [];
  let unchanged = 0;
  for (let n = 0; n < trials; n++) {
    const home = `/v1/recommendations/home?anonymous=fresh-${n}&limit=10`;
    const before = idsOf(await ask<RecommendDecision>("GET", home));
    const from = performance.now();
    const event = { name: "item_view", anonymous: `fresh-${n}`, items: [{ item: itemAt(n) }] };
    await ask("POST", "/v1/events", event);
    const after = idsOf(await ask<RecommendDecision>("GET", home));
    events.push(performance.now() - from);
    if (after === before) unchanged++;
  }
  const newItems: number[] = [];
  for (let n = 0; n < Math.ceil(trials / 10); n++) {
    const like = catalogueLive.item(itemAt(n));
    if (!like) continue;
    const { createdAt: _created, updatedAt: _updated, group: _group, ...facts } = like;
    const item = `brand-new-${n}`;
    const from = performance.now();
    await ask("POST", "/v1/items", { items: [{ ...facts, item, group: item, stock: 9 }] });
    const similar = `/v1/recommendations/similar?items=${like.item}&limit=50&anonymous=passer`;
    while (
      !idsOf(await ask<RecommendDecision>("GET", similar))
        .split(",")
        .includes(item)
    ) {
      if (performance.now() - from > 5_000) throw new Error(`${item} is not offered in 5 s`);
    }
    newItems.push(performance.now() - from);
  }
  return {
    trials,
    eventToAnswer: spread(events),
    listsUnchanged: unchanged,
    newItemToOffer: spread(newItems),
    goals: { eventToAnswerMs: 100, newItemToOfferMs: 5_000 },
  };
}

const BATCH = 100;

/** Ingest in batches of a hundred and recommendations, at the same time and at fixed rates. */
async function mixedLoad(target: Target, tiny: boolean): Promise<object> {
  const byRate: Record<string, object> = {};
  for (const lists of tiny ? [20] : [50, 100, 200]) {
    byRate[String(lists)] = await mixedAt(target, { lists, batches: tiny ? 2 : 20 });
  }
  return { seconds: target.seconds, baseline: "node:http echo under the same two loads", byRate };
}

async function mixedAt(
  target: Target,
  rate: { readonly lists: number; readonly batches: number },
): Promise<object> {
  const { recommend, ingest } = await loadsOf(target, rate);
  const both = (url: string) =>
    Promise.all([
      load(target, DEMO, { ...recommend, url }),
      load(target, "ingest", { ...ingest, url }),
    ]);
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const before = process.cpuUsage();
  delay.enable();
  const [lists, batches] = await both(target.listening.url);
  delay.disable();
  const { user, system } = process.cpuUsage(before);
  const [bareLists] = await both(echoUrl(target));
  return {
    lists: { p50Ms: lists.latency.p50, p99Ms: lists.latency.p99 },
    ingest: {
      eventsPerSecond: rate.batches * BATCH,
      p50Ms: batches.latency.p50,
      p99Ms: batches.latency.p99,
    },
    cpuMsPerRequest: rounded((user + system) / 1_000 / (lists["2xx"] + batches["2xx"])),
    eventLoopDelay: {
      p50Ms: rounded(delay.percentile(50) / 1e6),
      p99Ms: rounded(delay.percentile(99) / 1e6),
    },
    baselineP99Ms: bareLists.latency.p99,
    ratioOfP99: rounded(lists.latency.p99 / Math.max(1, bareLists.latency.p99)),
  };
}

async function loadsOf(target: Target, rate: { lists: number; batches: number }) {
  await target.platform.shops.ensure("ingest");
  const shoppers = await knownShoppers(target.platform);
  const paths = shoppers.map((shopper) => `/v1/recommendations/home?shopper=${shopper}&limit=10`);
  const events = Array.from({ length: BATCH }, (_, n) => eventOf(n));
  const { seconds } = target;
  return {
    recommend: { method: "GET", paths, connections: 10, rate: rate.lists, seconds } as const,
    ingest: {
      method: "POST",
      path: "/v1/events",
      body: JSON.stringify({ events }),
      connections: 4,
      rate: rate.batches,
      seconds,
    } as const,
  };
}

/** Resident memory under the mixed load, and how it grows once it has warmed up. */
async function memoryOverTime(
  target: Target,
  tiny: boolean,
  note: (line: string) => void,
): Promise<object> {
  // Half an hour: what leaks a little is not told from noise in less.
  const turns = tiny ? 3 : 90;
  const rate = { lists: tiny ? 20 : 50, batches: tiny ? 2 : 5 };
  const { recommend, ingest } = await loadsOf(target, rate);
  const url = target.listening.url;
  const megabytes: number[] = [];
  const heapMegabytes: number[] = [];
  const minutes: number[] = [];
  let refused = 0;
  const from = performance.now();
  for (let turn = 0; turn < turns; turn++) {
    // Whatever is answered: half an hour on a shared machine may hold a moment of overload.
    const outcomes = await Promise.all([
      offer(target, DEMO, { ...recommend, url }),
      offer(target, "ingest", { ...ingest, url }),
    ]);
    refused += outcomes.reduce((sum, { non2xx, errors }) => sum + non2xx + errors, 0);
    const { rss, heapUsed } = process.memoryUsage();
    megabytes.push(Math.round(rss / 1_048_576));
    heapMegabytes.push(Math.round(heapUsed / 1_048_576));
    minutes.push((performance.now() - from) / 60_000);
    note(`memory after ${minutes.at(-1)?.toFixed(1)} min: ${megabytes.at(-1)} MiB`);
  }
  const warm = Math.floor(turns / 3);
  return {
    minutes: rounded(minutes.at(-1) ?? 0),
    rate,
    refused,
    megabytes,
    heapMegabytes,
    slopeMbPerMinute: rounded(slopeOf(minutes.slice(warm), megabytes.slice(warm))),
    slopeFrom: `turn ${warm + 1} of ${turns} on`,
  };
}

/** Least squares. */
function slopeOf(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const over = x.reduce((sum, value, at) => sum + (value - mx) * ((y[at] as number) - my), 0);
  return over / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

/** @unit requests/s: about three times what two cores can answer */
const FAR_TOO_MANY = 600;

/**
 * More lists than can be answered, events at the same time: at an even rate over connections that a
 * proxy keeps and over as many as visitors bring, and from callers who each ask again when answered.
 */
async function overloaded(target: Target, tiny: boolean): Promise<object> {
  const rate = tiny ? 40 : FAR_TOO_MANY;
  return {
    kept: await overloadedBy(target, { connections: tiny ? 10 : 200, rate }, tiny),
    many: await overloadedBy(target, { connections: tiny ? 20 : 800, rate }, tiny),
    storm: await overloadedBy(target, { connections: tiny ? 100 : 1_000 }, tiny),
  };
}

async function overloadedBy(
  target: Target,
  crowd: { readonly connections: number; readonly rate?: number },
  tiny: boolean,
): Promise<object> {
  const { recommend, ingest } = await loadsOf(target, { lists: 1, batches: tiny ? 2 : 20 });
  const { rate: _, ...lists } = recommend;
  const url = target.listening.url;
  const seconds = Math.min(target.seconds, 10);
  const [offered, batches, refused] = await Promise.all([
    offer(target, DEMO, { ...lists, ...crowd, url, seconds }),
    offer(target, "ingest", { ...ingest, url, seconds }),
    refusalsSeen(target, seconds),
  ]);
  const asked = offered["2xx"] + offered.non2xx;
  return {
    ...crowd,
    askedPerSecond: Math.round(asked / offered.duration),
    answeredPerSecond: Math.round(offered["2xx"] / offered.duration),
    turnedAwayShare: rounded(offered.non2xx / Math.max(1, asked)),
    answered: { p50Ms: offered.latency.p50, p99Ms: offered.latency.p99 },
    ingest: {
      takenShare: rounded(batches["2xx"] / Math.max(1, batches["2xx"] + batches.non2xx)),
      p50Ms: batches.latency.p50,
      p99Ms: batches.latency.p99,
      failed: batches.errors,
    },
    refused,
  };
}

/** What a caller who asks in between is told. */
async function refusalsSeen({ listening, token }: Target, seconds: number): Promise<object> {
  const headers = { authorization: `Bearer ${token}`, "x-shop": DEMO };
  const until = performance.now() + seconds * 1_000;
  const seen = { asked: 0, refused: 0, withRetryAfter: 0 };
  while (performance.now() < until) {
    const answer = await fetch(`${listening.url}/v1/recommendations/home`, { headers });
    await answer.arrayBuffer();
    seen.asked++;
    if (answer.status !== 503 && answer.status !== 429) continue;
    seen.refused++;
    if (answer.headers.has("retry-after")) seen.withRetryAfter++;
  }
  return seen;
}
