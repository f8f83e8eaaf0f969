import { cpSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../src/clock.ts";
import { parseConfig } from "../src/config.ts";
import type { ModelVersion } from "../src/model/registry.ts";
import { openPlatform, type Platform } from "../src/platform.ts";
import { inlineControl } from "../src/scenarios/recommend/conformance/open-trade.ts";
import { type RecommendParams, recommendParamsSchema } from "../src/scenarios/recommend/schema.ts";
import type { EpochMs } from "../src/schema.ts";
import { json, type Running, start } from "./command-line.ts";
import { mountSmallDisk } from "./small-disk.ts";

/** What a shop must outlive, done to it for real. */
const SHOP = "main";
const DAY_MS = 86_400_000;
const SHOPPERS = 40;
const ITEMS = 20;
const QUICK = { behaviour: { width: 16, length: 8, epochsMost: 2, content: false } };
/** A server of its own, killed and started again: seconds on a busy machine. */
const patient = { timeout: 120_000 };

const root = mkdtempSync(join(tmpdir(), "shopkeeper-faults-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = (folder: string): Platform["config"] =>
  parseConfig({ folder, server: { logLevel: "silent" }, recommend: { explorationShare: 0 } });

const items = (): object[] =>
  Array.from({ length: ITEMS }, (_, n) => ({
    item: `i${n}`,
    title: { en: `thing ${n}` },
    categories: [n < 10 ? "left" : "right"],
    priceMinor: 100 + n,
    currency: "EUR",
    stock: 5,
  }));

/** Shopper n walks through eight neighbouring items, one a day. @unit now epoch ms */
const walks = (now: number): object[] =>
  Array.from({ length: SHOPPERS }, (_, shopper) =>
    Array.from({ length: 8 }, (_, step) => ({
      name: step % 4 === 3 ? "purchase" : "item_view",
      shopper: `s${shopper}`,
      at: now - (9 - step) * DAY_MS + shopper * 60_000,
      items: [{ item: `i${(shopper * 3 + step) % ITEMS}` }],
    })),
  ).flat();

/** A folder with a shop that has learned twice. */
async function learnedTwice(name: string, clock: Clock = systemClock): Promise<Platform> {
  const platform = await openPlatform(settings(join(root, name)), clock);
  await platform.shops.ensure(SHOP);
  await platform.collect.items(SHOP, items() as never);
  await platform.collect.events(SHOP, walks(clock()) as never);
  const { recommend } = platform;
  const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
  for (const seed of [1, 2]) await recommend.train(SHOP, params, seed, inlineControl());
  return platform;
}

const homeOf = (platform: Platform, shopper: string) =>
  platform.recommend.decide(SHOP, {
    surface: "home",
    shopper,
    items: [],
    limit: 8,
    exclude: [],
    diversity: 0,
    personalise: true,
    locale: "en",
    record: false,
  });

describe("a file that was cut off", () => {
  test("costs its model version; the one before answers, and says so", patient, async () => {
    const folder = join(root, "truncated");
    const platform = await learnedTwice("truncated");
    const versions = await platform.models.list(SHOP, "recommend");
    expect((await homeOf(platform, "s1")).model).toBe("recommend-000002");
    await platform.close();
    truncateSync(fileOf(join(folder, "blobs"), versions[0] as ModelVersion), 100);
    const again = await openPlatform(settings(folder));
    const list = await homeOf(again, "s1");
    expect(list.model).toBe("recommend-000001");
    expect(list.items.length).toBe(8);
    expect((await again.models.get(SHOP, "recommend-000002")).withdrawn).toMatch(/damaged/);
    await again.close();
  });

  test("of what is derived is made again from the log", patient, async () => {
    const folder = join(root, "corrupt");
    const now = systemClock();
    const platform = await learnedTwice("corrupt", () => now);
    const before = await homeOf(platform, "s1");
    const [learned] = (await platform.models.list(SHOP, "recommend")) as [ModelVersion];
    await platform.close();
    writeFileSync(join(folder, "analytics.duckdb"), Buffer.alloc(50_000, 7));
    const again = await openPlatform(settings(folder), () => now);
    expect(again.warnings.join()).toMatch(/analytics were damaged/);
    expect((await homeOf(again, "s1")).items).toEqual(before.items);
    const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
    const { dataFingerprint } = await again.recommend.train(SHOP, params, 1, inlineControl());
    expect(dataFingerprint).toBe(learned.dataFingerprint);
    await again.close();
  });
});

/** The file of a version's bytes, wherever the folder keeps it. */
function fileOf(folder: string, { blob }: ModelVersion): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const name = files.find((path) => path.replaceAll("/", "").endsWith(blob.slice(-40)));
  if (name === undefined) throw new Error(`${blob} is not in ${files.join()}`);
  return join(folder, name);
}

describe("a clock that jumps", () => {
  test("an hour back, then ten days on, loses nothing and stops nothing", patient, async () => {
    let shift = 0;
    const clock: Clock = () => (systemClock() + shift) as EpochMs;
    const platform = await learnedTwice("clock", clock);
    const count = (): Promise<number> => platform.storage.log.count(SHOP);
    const before = await count();
    for (const [n, jump] of [-3_600_000, 10 * DAY_MS, 0].entries()) {
      shift = jump;
      const event = { name: "item_view", anonymous: "visitor", items: [{ item: `i${n + 3}` }] };
      const taken = await platform.collect.events(SHOP, [event] as never);
      expect(taken.accepted).toBe(1);
      expect((await homeOf(platform, "s1")).items.length).toBe(8);
    }
    expect(await count()).toBe(before + 3);
    await platform.close();
  });
});

describe("a server", patient, () => {
  let server: Running;
  let url = "";
  let secret = "";
  const folder = join(root, "killed");

  const serve = async (data: string): Promise<void> => {
    const options = ["--port", "0", "--json", "--set", "server.logLevel=error", "--data", data];
    server = start(["serve", ...options, "--set", "server.rateSecretPerMinute=1000000"]);
    await server.said(/^\{"url".*\}$/m);
    const told = JSON.parse(server.text().out) as {
      url: string;
      keys: { shop: string; role: string; secret: string }[];
    };
    ({ url } = told);
    secret =
      told.keys.find(({ role, shop }) => role === "secret" && shop === SHOP)?.secret ?? secret;
  };
  afterAll(() => server.child.kill("SIGKILL"));

  const ask = (method: string, path: string, body?: object): Promise<Response> =>
    fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });

  const fill = async (data: string): Promise<void> => {
    const platform = await openPlatform(settings(data));
    await platform.shops.ensure(SHOP);
    await platform.collect.items(SHOP, items() as never);
    await platform.collect.events(SHOP, walks(systemClock()) as never);
    await platform.close();
  };

  test("killed under events, edits, lists and a training keeps all it acknowledged", async () => {
    await fill(folder);
    await serve(folder);
    const shoppers: string[] = [];
    const prices = new Map<string, number>();
    const stop = new AbortController();
    const until = (work: (n: number) => Promise<void>) => async (): Promise<void> => {
      for (let n = 0; !stop.signal.aborted; n++) await work(n).catch(() => undefined);
    };
    const sends = until(async (n) => {
      const shopper = `late-${n}`;
      const event = { name: "item_view", shopper, items: [{ item: "i1" }] };
      if ((await ask("POST", "/v1/events", event)).ok) shoppers.push(shopper);
    });
    const edits = until(async (n) => {
      const item = `i${n % ITEMS}`;
      const priceMinor = 1_000 + n;
      // Until it is answered, either price may be found.
      prices.delete(item);
      if ((await ask("PATCH", `/v1/items/${item}`, { priceMinor })).ok)
        prices.set(item, priceMinor);
    });
    const lists = until(async (n) => {
      await ask("GET", `/v1/recommendations/home?shopper=s${n % SHOPPERS}`);
    });
    await ask("POST", "/v1/train", { seed: 1, params: QUICK });
    const working = [sends, sends, edits, lists].map((work) => work());
    while (shoppers.length < 100) await new Promise((resolve) => setTimeout(resolve, 20));
    server.child.kill("SIGKILL");
    await server.ended();
    stop.abort();
    await Promise.all(working);

    await serve(folder);
    const events = await (await ask("GET", "/v1/export/events")).text();
    const kept = new Set(
      events
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { shopper: string }).shopper),
    );
    expect(shoppers.filter((shopper) => !kept.has(shopper))).toEqual([]);
    const wrong: string[] = [];
    for (const [item, priceMinor] of prices) {
      const found = (await (await ask("GET", `/v1/items/${item}`)).json()) as {
        priceMinor: number;
      };
      if (found.priceMinor !== priceMinor) wrong.push(item);
    }
    expect(wrong).toEqual([]);
    const answer = await ask("GET", "/v1/recommendations/home?shopper=s1");
    expect(answer.status).toBe(200);
    server.child.kill("SIGTERM");
    expect((await server.ended()).code).toBe(0);
    const findings = await json<{ ok: boolean }[]>(["doctor", "--data", folder]);
    expect(JSON.stringify(findings)).not.toMatch(/damaged/);
  });
});

const disk = mountSmallDisk(24);
afterAll(() => disk?.remove());
if (!disk) process.stderr.write("not run: a full disk (this user may not mount one)\n");

describe.runIf(disk)("a full disk", patient, () => {
  test("refuses events with what to do, answers on, and takes them again when there is room", async () => {
    const data = join(disk?.folder ?? "", "data");
    const platform = await openPlatform(settings(data));
    await platform.shops.ensure(SHOP);
    await platform.collect.items(SHOP, items() as never);
    await platform.collect.events(SHOP, walks(systemClock()) as never);
    let accepted = SHOPPERS * 8;
    const one = (n: number): Promise<unknown> =>
      platform.collect.events(SHOP, [
        { name: "item_view", shopper: `f${n}`, items: [{ item: "i1" }], extra: "x".repeat(50_000) },
      ] as never);
    const ballast = join(disk?.folder ?? "", "ballast");
    writeFileSync(ballast, Buffer.alloc(8 * 1_048_576));
    const refused = await (async (): Promise<unknown> => {
      for (let n = 0; ; n++) {
        try {
          await one(n);
          accepted++;
        } catch (error) {
          return error;
        }
      }
    })();
    expect(refused).toMatchObject({ code: "storage-full" });
    expect((await homeOf(platform, "s1")).items.length).toBe(8);
    expect(await platform.storage.log.count(SHOP)).toBe(accepted);
    rmSync(ballast);
    await one(9_999);
    expect(await platform.storage.log.count(SHOP)).toBe(accepted + 1);
    await platform.close();
    // The lock of a file whose log could not be moved falls with the process: a copy has none.
    const copy = join(root, "copy-of-full");
    cpSync(data, copy, { recursive: true });
    const again = await openPlatform(settings(copy));
    expect(await again.storage.log.count(SHOP)).toBe(accepted + 1);
    await again.close();
  });
});
