import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClient, type Shopkeeper } from "../client/src/index.ts";
import type { Event } from "../src/collect/event.ts";
import { parseConfig } from "../src/config.ts";
import { openPlatform, type Platform } from "../src/platform.ts";
import { openKeys } from "../src/serve/keys.ts";
import { type Listening, listen, openServer } from "../src/serve/server.ts";

// A script with Node built-ins alone, so without types of its own.
const script = "../scripts/browser.mjs";
const { bundled } = (await import(script)) as { bundled(name: string): Promise<string> };

/** A shop's pages on one origin and a real Shopkeeper on another, as a browser meets them. */
export interface ShopPage {
  /** Of the shop's pages. */
  readonly origin: string;
  /** Of Shopkeeper. */
  readonly api: string;
  /** A publishable key. */
  readonly key: string;
  /** With the shop's secret key. */
  readonly client: Shopkeeper;
  /** Puts a page at a path of the shop; `body` comes after the scripts' stub. */
  put(path: string, html: string): void;
  /** Resolves with the shop's events once there is one for which it is true. */
  seen(is: (event: Event) => boolean): Promise<Event>;
  events(): readonly Event[];
  /** Forgets what was seen. */
  forget(): void;
  close(): Promise<void>;
}

const SHOP = "tea";

export async function openShopPage(): Promise<ShopPage> {
  const pages = new Map<string, string>();
  const site = await openSite(pages);
  const origin = originOf(site);
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-page-"));
  const server = { port: 0, logLevel: "silent", corsOrigins: [origin], overloadDelayMs: 60_000 };
  const platform = await openPlatform(parseConfig({ folder, server }));
  await platform.shops.ensure(SHOP);
  const keys = await openKeys(platform.storage.records, platform.clock, 100);
  const made = await keys.ensureFirst(SHOP);
  const secretOf = (role: string): string =>
    made.find(({ key }) => key.role === role)?.secret ?? "";
  const listening = await listen(await openServer(platform, { keys }), platform, "lk_unused");
  const watched = watchEvents(platform);
  for (const name of ["tracker", "widget"]) pages.set(`/${name}.js`, await bundled(name));
  return {
    origin,
    api: listening.url,
    key: secretOf("publishable"),
    client: openClient({ url: listening.url, key: secretOf("secret") }),
    put: (path, html) => void pages.set(path, html),
    ...watched,
    close: () => closeAll(site, listening, platform, folder),
  };
}

async function openSite(pages: ReadonlyMap<string, string>): Promise<Server> {
  const site = createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const type = path.endsWith(".js") ? "text/javascript" : "text/html";
    const text = pages.get(path);
    response.writeHead(text === undefined ? 404 : 200, { "content-type": `${type};charset=utf-8` });
    response.end(text ?? "");
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return site;
}

const originOf = (site: Server): string =>
  `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

function watchEvents({ collect }: Platform): Pick<ShopPage, "seen" | "events" | "forget"> {
  let all: Event[] = [];
  let waiting: { is: (event: Event) => boolean; found: (event: Event) => void }[] = [];
  collect.listen({
    events(_shop, events) {
      all.push(...events);
      waiting = waiting.filter(({ is, found }) => {
        const event = all.find(is);
        if (event) found(event);
        return !event;
      });
    },
  });
  return {
    events: () => all,
    forget() {
      all = [];
    },
    seen: (is) =>
      new Promise((found) => {
        const event = all.find(is);
        if (event) found(event);
        else waiting.push({ is, found });
      }),
  };
}

async function closeAll(
  site: Server,
  listening: Listening,
  platform: Platform,
  folder: string,
): Promise<void> {
  site.closeAllConnections();
  site.close();
  await listening.stop();
  await platform.close();
  await rm(folder, { recursive: true });
}
