import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import type { Event } from "../src/collect/event.ts";
import { parseConfig } from "../src/config.ts";
import { openPlatform, type Platform } from "../src/platform.ts";
import { inlineControl } from "../src/scenarios/recommend/conformance/open-trade.ts";
import { type RecommendParams, recommendParamsSchema } from "../src/scenarios/recommend/schema.ts";
import type { EpochMs } from "../src/schema.ts";
import { openKeys } from "../src/serve/keys.ts";
import type { DemoWorld } from "../src/serve/pages/pictures.ts";
import { type Listening, listen, openServer, type ServerOptions } from "../src/serve/server.ts";
import { openSimulation } from "../src/simulate/simulate.ts";

// A script with Node built-ins alone, so without types of its own.
const script = "../scripts/browser.mjs";
const { bundled } = (await import(script)) as { bundled(name: string): Promise<string> };

/** The demo shop with a short past and a quick model, served as `npm start` serves it. */
export interface DemoShop {
  readonly url: string;
  readonly platform: Platform;
  /** Of the shop's secret key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every event taken in since the shop is open, oldest first. */
  readonly events: readonly Event[];
  /** Gives pages of this context the scripts as they are now, built or not. */
  serveScripts(context: BrowserContext): Promise<void>;
  close(): Promise<void>;
}

const SHOP = "demo";
/** The sources that are quick to fit; the others are tested where they live. */
export const QUICK: object = {
  without: ["behaviour", "als", "ease", "session_knn"],
  blendCasesMax: 200,
};
const BATCH = 500;
const HOUR_MS = 3_600_000;

/** @param days how long its past is; `more` is what the server is opened with besides */
export async function openDemoShop(
  days: number,
  more: (platform: Platform) => Promise<ServerOptions>,
): Promise<DemoShop> {
  const world: DemoWorld = { seed: 1, size: "small", days };
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-demo-"));
  const server = { port: 0, logLevel: "silent", overloadDelayMs: 60_000 };
  const platform = await openPlatform(
    parseConfig({ folder, server, recommend: { explorationShare: 0 } }),
  );
  await platform.shops.ensure(SHOP);
  await live(platform, world);
  const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
  await platform.recommend.train(SHOP, params, 1, inlineControl());
  const keys = await openKeys(platform.storage.records, platform.clock, 100);
  const made = await keys.ensureFirst(SHOP);
  const secret = made.find(({ key }) => key.role === "secret")?.secret ?? "";
  const app = await openServer(platform, { ...(await more(platform)), keys, demo: world });
  const listening = await listen(app, platform, "lk_unused");
  const events: Event[] = [];
  platform.collect.listen({ events: (_shop, taken) => void events.push(...taken) });
  const scripts = new Map([
    ["/tracker.js", await bundled("tracker")],
    ["/shop/storefront.js", await bundled("storefront")],
  ]);
  return {
    url: listening.url,
    platform,
    headers: { "x-api-key": secret, "content-type": "application/json" },
    events,
    async serveScripts(context) {
      for (const [path, body] of scripts) {
        await context.route(`**${path}`, (route) =>
          route.fulfill({ body, contentType: "text/javascript" }),
        );
      }
    },
    close: () => closeAll(listening, platform, folder),
  };
}

async function live({ collect, clock }: Platform, world: DemoWorld): Promise<void> {
  const endAt = (clock() - (clock() % HOUR_MS)) as EpochMs;
  const simulation = openSimulation({ ...world, endAt });
  const put = async (): Promise<void> => {
    const items = [...simulation.items()];
    for (let at = 0; at < items.length; at += BATCH) {
      await collect.items(SHOP, items.slice(at, at + BATCH));
    }
  };
  await put();
  for (const events of simulation.events()) {
    for (let at = 0; at < events.length; at += BATCH) {
      await collect.events(SHOP, events.slice(at, at + BATCH));
    }
  }
  await put();
}

async function closeAll(listening: Listening, platform: Platform, folder: string): Promise<void> {
  await listening.stop();
  await platform.close();
  await rm(folder, { recursive: true });
}
