import type { BenchRun } from "../../scripts/bench.ts";
import {
  DEMO,
  echoUrl,
  eventOf,
  fillDemo,
  knownShoppers,
  load,
  rounded,
  type Target,
  underLoad,
} from "./conformance/loaded-shop.ts";

/**
 * The server over loopback, embedded engines on disk: durable ingest in batches, and
 * recommendations at a fixed rate on the demo shop. The load comes from a worker thread of the
 * same process. Baseline of the same run and load: a bare node:http server that reads the body and
 * answers a few bytes. Latency at a fixed rate counts from when a request was due, not from when
 * it could be sent.
 */

export function bench({ tiny, note }: BenchRun): Promise<unknown> {
  return underLoad(tiny ? 0.5 : 8, async (target) => {
    const ingest = [];
    for (const batch of [100, 500]) {
      const row = await benchIngest(target, batch);
      note(`ingest in ${batch}s: ${row.eventsPerSecond} events/s, ${row.syncs} syncs`);
      ingest.push(row);
    }
    const shop = await fillDemo(target, tiny);
    const recommend = await benchRecommend(target, tiny);
    note(`recommend at ${recommend.rate}/s: p50 ${recommend.p50Ms} ms, p99 ${recommend.p99Ms} ms`);
    return { ingest, shop, recommend };
  });
}

async function benchIngest(target: Target, batch: number): Promise<IngestRow> {
  const { platform, listening, seconds } = target;
  const shop = `ingest-${batch}`;
  await platform.shops.ensure(shop);
  const body = JSON.stringify({ events: Array.from({ length: batch }, (_, n) => eventOf(n)) });
  const common = { method: "POST", path: "/v1/events", body, connections: 8, seconds } as const;
  await load(target, shop, { ...common, url: listening.url, seconds: seconds / 4 });
  const syncsBefore = platform.storage.log.syncs;
  const eventsBefore = await platform.storage.log.count(shop);
  const outcome = await load(target, shop, { ...common, url: listening.url });
  const syncs = platform.storage.log.syncs - syncsBefore;
  const events = (await platform.storage.log.count(shop)) - eventsBefore;
  const bare = await load(target, shop, { ...common, url: echoUrl(target) });
  const rate = outcome["2xx"] / outcome.duration;
  return {
    batch,
    requestBytes: body.length,
    connections: common.connections,
    requests: outcome["2xx"],
    events,
    eventsPerSecond: Math.round((outcome["2xx"] * batch) / outcome.duration),
    syncs,
    eventsPerSync: Math.round(events / Math.max(1, syncs)),
    p99Ms: outcome.latency.p99,
    baseline: "node:http echo, same bodies",
    baselineRequestsPerSecond: Math.round(bare["2xx"] / bare.duration),
    ratioToBaseline: rounded(rate / (bare["2xx"] / bare.duration)),
  };
}

interface IngestRow {
  readonly batch: number;
  readonly requestBytes: number;
  readonly connections: number;
  readonly requests: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly syncs: number;
  readonly eventsPerSync: number;
  readonly p99Ms: number;
  readonly baseline: string;
  readonly baselineRequestsPerSecond: number;
  readonly ratioToBaseline: number;
}

async function benchRecommend(target: Target, tiny: boolean): Promise<RecommendRow> {
  const rate = tiny ? 20 : 200;
  const seconds = tiny ? 1 : 20;
  const shoppers = await knownShoppers(target.platform);
  const paths = shoppers.map((shopper) => `/v1/recommendations/home?shopper=${shopper}&limit=10`);
  const common = { method: "GET", paths, connections: 10, rate } as const;
  const ours = { ...common, url: target.listening.url };
  await load(target, DEMO, { ...ours, seconds: seconds / 4 });
  const outcome = await load(target, DEMO, { ...ours, seconds });
  const bare = await load(target, DEMO, { ...common, url: echoUrl(target), seconds });
  return {
    surface: "home",
    shoppers: shoppers.length,
    recorded: true,
    rate,
    answered: outcome["2xx"],
    p50Ms: outcome.latency.p50,
    p99Ms: outcome.latency.p99,
    maxMs: outcome.latency.max,
    baseline: "node:http echo at the same rate",
    baselineP50Ms: bare.latency.p50,
    baselineP99Ms: bare.latency.p99,
    ratioOfP99: rounded(outcome.latency.p99 / Math.max(1, bare.latency.p99)),
  };
}

interface RecommendRow {
  readonly surface: string;
  readonly shoppers: number;
  readonly recorded: boolean;
  readonly rate: number;
  readonly answered: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly baseline: string;
  readonly baselineP50Ms: number;
  readonly baselineP99Ms: number;
  readonly ratioOfP99: number;
}
