import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { systemClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import { openPlatform, type Platform } from "../platform.ts";
import type { EpochMs } from "../schema.ts";
import { openSimulation } from "../simulate/simulate.ts";
import { type Listening, listen, newLocalToken, openServer } from "./server.ts";

/**
 * The server over loopback, embedded engines on disk: durable ingest in batches, and
 * recommendations at a fixed rate on the demo shop. The load comes from a worker thread of the
 * same process. Baseline of the same run and load: a bare node:http server that reads the body and
 * answers a few bytes. Latency at a fixed rate counts from when a request was due, not from when
 * it could be sent.
 */
interface Load {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly path?: string;
  readonly paths?: readonly string[];
  readonly body?: string;
  readonly connections: number;
  /** Requests a second; as fast as can be when absent. */
  readonly rate?: number;
  readonly seconds: number;
}

/** What the load generator says of a run. */
interface Outcome {
  readonly "2xx": number;
  readonly non2xx: number;
  readonly errors: number;
  /** @unit s */
  readonly duration: number;
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

const require = createRequire(import.meta.url);
const autocannon = require("autocannon") as (options: object) => Promise<Outcome>;

const DEMO = "demo";
const HOUR_MS = 3_600_000;
const SHOPPERS = 200;

export async function bench({ tiny, note }: BenchRun): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-serve-bench-"));
  const platform = await openPlatform(settings(folder));
  const token = newLocalToken();
  const server = await openServer(platform, { localToken: token });
  const listening = await listen(server, platform, token);
  const echo = await openEcho();
  try {
    const target: Target = { platform, listening, token, echo, seconds: tiny ? 0.5 : 8 };
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
  } finally {
    await listening.stop();
    await platform.close();
    await new Promise((resolve) => echo.close(resolve));
    await rm(folder, { recursive: true, force: true });
  }
}

interface Target {
  readonly platform: Platform;
  readonly listening: Listening;
  readonly token: string;
  readonly echo: Server;
  readonly seconds: number;
}

const settings = (folder: string): Platform["config"] =>
  parseConfig({
    folder,
    server: { port: 0, logLevel: "error", rateSecretPerMinute: 10_000_000 },
  });

/** The baseline: as little as a server can do with a request and still answer it. */
async function openEcho(): Promise<Server> {
  const server = createServer((request, response) => {
    request.on("data", () => {});
    request.on("end", () => {
      response.setHeader("content-type", "application/json");
      response.end('{"accepted":0}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const echoUrl = ({ echo }: Target): string =>
  `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;

async function load({ token }: Target, shop: string, wanted: Load): Promise<Outcome> {
  const { url, method, body, connections, rate, seconds } = wanted;
  const paths = wanted.paths ?? [wanted.path ?? "/"];
  const outcome = await autocannon({
    url,
    connections,
    duration: seconds,
    workers: 1,
    headers: {
      authorization: `Bearer ${token}`,
      "x-shop": shop,
      "content-type": "application/json",
    },
    requests: paths.map((path) => ({ method, path, ...(body ? { body } : {}) })),
    ...(rate ? { overallRate: rate } : {}),
  });
  if (outcome.non2xx > 0 || outcome.errors > 0) {
    throw new Error(`${outcome.non2xx} answers were refused and ${outcome.errors} failed`);
  }
  return outcome;
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

/** Without an id of its own, so that each time it is sent it is a new event. About 150 bytes. */
const eventOf = (n: number): object => ({
  name: n % 10 === 0 ? "cart_add" : "item_view",
  shopper: `shopper-${(n * 7_919) % 5_000}`,
  session: `session-${n % 50}`,
  items: [{ item: `item-${(n * 104_729) % 2_000}`, quantity: 1 }],
  context: { surface: "home", device: "phone", locale: "en" },
});

/** The demo's simulated shop, trained as `npm start` trains it. */
async function fillDemo(target: Target, tiny: boolean): Promise<object> {
  const { platform, listening, token } = target;
  await platform.shops.ensure(DEMO);
  const now = systemClock();
  const endAt = (now - (now % HOUR_MS)) as EpochMs;
  const size = tiny ? { groups: 60, shoppers: 60, visitsPerDay: 0.2 } : "small";
  const simulation = openSimulation({ seed: 1, size, endAt, days: tiny ? 14 : 90 });
  const most = platform.config.collect.itemsPerBatch;
  const items = [...simulation.items()];
  for (let at = 0; at < items.length; at += most) {
    await platform.collect.items(DEMO, items.slice(at, at + most));
  }
  for (const events of simulation.events()) {
    for (let at = 0; at < events.length; at += most) {
      await platform.collect.events(DEMO, events.slice(at, at + most));
    }
  }
  const answer = await fetch(`${listening.url}/v1/train`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "x-shop": DEMO,
      "content-type": "application/json",
      prefer: "wait=60",
    },
    body: "{}",
  });
  let job = (await answer.json()) as { id: string; state: string };
  if (job.state === "queued" || job.state === "running") {
    job = await platform.storage.jobs.settled(DEMO, job.id);
  }
  if (job.state !== "done") throw new Error(`training ended as ${JSON.stringify(job)}`);
  return { items: items.length, events: await platform.storage.log.count(DEMO), seed: 1 };
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

async function knownShoppers({ storage }: Platform): Promise<string[]> {
  const shoppers = new Set<string>();
  for await (const rows of storage.log.read(DEMO, { after: 0, batch: 1_000 })) {
    for (const row of rows) if (row.person?.startsWith("s")) shoppers.add(row.person);
    if (shoppers.size >= SHOPPERS) break;
  }
  return [...shoppers].slice(0, SHOPPERS);
}

const rounded = (ratio: number): number => Math.round(ratio * 1_000) / 1_000;
