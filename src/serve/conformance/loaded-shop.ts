import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { systemClock } from "../../clock.ts";
import { parseConfig } from "../../config.ts";
import { openPlatform, type Platform } from "../../platform.ts";
import type { EpochMs } from "../../schema.ts";
import { openSimulation } from "../../simulate/simulate.ts";
import { type Listening, listen, newLocalToken, openServer } from "../server.ts";
import type { Outcome, SteadyLoad } from "./steady-load.ts";

/**
 * A server under load, for the benches: embedded engines on disk, loopback, the load from a process of its
 * own, and beside it a bare node:http server under the same load. At a fixed rate requests come at even
 * distances (`steady-load.ts`); without one, each connection asks as soon as it was answered (autocannon,
 * whose own rates are bursts at the beginning of each second, so that they are not used).
 */
export interface Load {
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

const require = createRequire(import.meta.url);
const autocannon = require.resolve("autocannon");

/** Reads what to send and prints what came of it: the memory and time it takes are not the server's. */
const GENERATOR = `
import { text } from "node:stream/consumers";
const [file, name] = process.argv.slice(-2);
const { [name]: generate } = await import(file);
const outcome = await generate(JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(outcome));
`;

export const DEMO = "demo";
const HOUR_MS = 3_600_000;
const SHOPPERS = 200;

export interface Target {
  readonly platform: Platform;
  readonly listening: Listening;
  /** The owner's. */
  readonly token: string;
  /** A shop's own, made when first asked for: what its website asks with. */
  keyOf(shop: string): Promise<string>;
  readonly echo: Server;
  readonly seconds: number;
}

export interface OpenTarget extends Target {
  close(): Promise<void>;
}

export async function openTarget(folder: string, seconds: number): Promise<OpenTarget> {
  const platform = await openPlatform(settings(folder));
  const token = newLocalToken();
  const server = await openServer(platform, { localToken: token });
  const listening = await listen(server, platform, token);
  const echo = await openEcho();
  return {
    platform,
    listening,
    token,
    keyOf: keysOf({ listening, token }),
    echo,
    seconds,
    async close() {
      await listening.stop();
      await platform.close();
      await new Promise((resolve) => echo.close(resolve));
    },
  };
}

type Owned = Pick<Target, "listening" | "token">;

function keysOf(owned: Owned): Target["keyOf"] {
  const made = new Map<string, Promise<string>>();
  const make = async (shop: string): Promise<string> => {
    const wanted = { role: "secret", shop, name: "load" };
    const { secret } = await askAsOwner<{ secret: string }>(owned, "/v1/keys", shop, wanted);
    return secret;
  };
  return (shop) => {
    const known = made.get(shop) ?? make(shop);
    made.set(shop, known);
    return known;
  };
}

async function askAsOwner<Answer>(
  { listening, token }: Owned,
  path: string,
  shop: string,
  body: object,
): Promise<Answer> {
  const answer = await fetch(`${listening.url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "x-shop": shop,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  return (await answer.json()) as Answer;
}

/** Opens all of it in a folder of its own, lends it, and takes it down. */
export async function underLoad<Found>(
  seconds: number,
  work: (target: Target) => Promise<Found>,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-load-"));
  const target = await openTarget(folder, seconds);
  try {
    return await work(target);
  } finally {
    await target.close();
    await rm(folder, { recursive: true, force: true });
  }
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

export const echoUrl = ({ echo }: Target): string =>
  `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;

/** @throws Error when an answer was refused or none came */
export async function load(target: Target, shop: string, wanted: Load): Promise<Outcome> {
  const outcome = await offer(target, shop, wanted);
  if (outcome.non2xx > 0 || outcome.errors > 0) {
    throw new Error(`${outcome.non2xx} answers were refused and ${outcome.errors} failed`);
  }
  return outcome;
}

/** The load, whatever is answered. */
export async function offer(target: Target, shop: string, wanted: Load): Promise<Outcome> {
  const { url, method, body, connections, rate, seconds } = wanted;
  const paths = wanted.paths ?? [wanted.path ?? "/"];
  const headers = {
    authorization: `Bearer ${await target.keyOf(shop)}`,
    "content-type": "application/json",
  };
  const requests = paths.map((path) => ({ method, path, ...(body ? { body } : {}) }));
  const common = { url, headers, requests, connections };
  if (rate === undefined) {
    return generated(autocannon, "default", { ...common, duration: seconds });
  }
  const steady: SteadyLoad = { ...common, rate, seconds };
  return generated(fileURLToPath(new URL("steady-load.ts", import.meta.url)), "steadyLoad", steady);
}

async function generated(file: string, name: string, options: object): Promise<Outcome> {
  const how = ["--import", "tsx", "--input-type=module", "--eval", GENERATOR];
  const child = spawn(process.execPath, [...how, pathToFileURL(file).href, name], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify(options));
  const [outcome] = await Promise.all([text(child.stdout), once(child, "close")]);
  return JSON.parse(outcome) as Outcome;
}

/** Without an id of its own, so that each time it is sent it is a new event. About 150 bytes. */
export const eventOf = (n: number): object => ({
  name: n % 10 === 0 ? "cart_add" : "item_view",
  shopper: `shopper-${(n * 7_919) % 5_000}`,
  session: `session-${n % 50}`,
  items: [{ item: `item-${(n * 104_729) % 2_000}`, quantity: 1 }],
  context: { surface: "home", device: "phone", locale: "en" },
});

/** The demo's simulated shop, trained as `npm start` trains it. */
export async function fillDemo(target: Target, tiny: boolean): Promise<object> {
  const { platform } = target;
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
  await train(target, DEMO, {});
  return { items: items.length, events: await platform.storage.log.count(DEMO), seed: 1 };
}

/** Trains the shop as its own command would, and waits for the end. */
export async function train(target: Target, shop: string, body: object): Promise<void> {
  const { id } = await askAsOwner<{ id: string }>(target, "/v1/train", shop, body);
  const job = await target.platform.storage.jobs.settled(shop, id);
  if (job.state !== "done") throw new Error(`training ended as ${JSON.stringify(job)}`);
}

export async function knownShoppers({ storage }: Platform): Promise<string[]> {
  const shoppers = new Set<string>();
  for await (const rows of storage.log.read(DEMO, { after: 0, batch: 1_000 })) {
    for (const row of rows) if (row.person?.startsWith("s")) shoppers.add(row.person);
    if (shoppers.size >= SHOPPERS) break;
  }
  return [...shoppers].slice(0, SHOPPERS);
}

export const rounded = (ratio: number): number => Math.round(ratio * 1_000) / 1_000;
