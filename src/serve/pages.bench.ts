import type { Browser, CDPSession, Page } from "playwright-core";
import type { BenchRun } from "../../scripts/bench.ts";
import { type AdminShop, openAdminShop, SHOP } from "../../test/admin-shop.ts";
import { launchBrowser } from "../../test/chromium.ts";
import { rounded } from "./conformance/loaded-shop.ts";
import { demoWorld } from "./pages/pictures.ts";

/**
 * How long a page of the demo takes until nothing on it waits any more, in a real browser on the
 * machine of the server: first visit with nothing in its cache, then the same page again. A page has
 * its content in the first frame with a heading, without a skeleton and without an unanswered request,
 * when this holds for 300 ms. Baseline: a page of plain text from the same server, so that the ratio
 * says what the application adds to browser and network.
 */
export async function bench(run: BenchRun): Promise<unknown> {
  const { tiny } = run;
  const shop = await openAdminShop({
    days: tiny ? 7 : demoWorld.days,
    // As `npm start` trains them.
    predictions: tiny ? null : { without: ["network"] },
  });
  const browser = await launchBrowser();
  try {
    if (!tiny) await evaluated(shop);
    const places = await placesOf(shop, browser);
    const found: Visits[] = [];
    for (const path of tiny ? places.slice(0, 2) : places) {
      const page = path.replace(/^(.*[/](?:items|shoppers))[/].+/, "$1/…");
      const times = await run.part(page, () => visits(shop, browser, path, tiny ? 1 : RUNS));
      if (times !== undefined) found.push({ page, ...times });
    }
    return { ...(await about(shop)), ...comparedWithPlain(found) };
  } finally {
    await browser.close();
    await shop.close();
  }
}

async function about({ platform: { catalogues, storage } }: AdminShop): Promise<object> {
  const items = [...(await catalogues.of(SHOP)).groups()].length;
  const shop = { items, events: await storage.log.count(SHOP), seed: 1 };
  return { shop, runs: RUNS, goalMs: 1_000 };
}

interface Visits {
  readonly page: string;
  readonly cold: Spread;
  readonly warm: Spread;
}

interface Spread {
  readonly medianMs: number;
  /** Of five, the slowest: on the page of predictions the one that counts everybody. */
  readonly p90Ms: number;
  /** Of answers, as they came over the wire. */
  readonly bytes: number;
}

function comparedWithPlain(found: readonly Visits[]): object {
  const baseline = found.find(({ page }) => page === PLAIN);
  const ratio = (visit: "cold" | "warm", { [visit]: { medianMs } }: Visits): number =>
    rounded(medianMs / (baseline?.[visit].medianMs ?? medianMs));
  return {
    baseline,
    pages: found
      .filter((one) => one !== baseline)
      .map((one) => ({
        ...one,
        timesBaseline: { cold: ratio("cold", one), warm: ratio("warm", one) },
      })),
  };
}

const RUNS = 5;
const desktop = { language: "en", scheme: "light", width: 1_280 } as const;
/** The baseline: text alone. */
const PLAIN = "/problems/not-found";

/** So that the page of evaluations has one to show. */
async function evaluated({ url, headers }: AdminShop): Promise<void> {
  const body = JSON.stringify({ casesMax: 100 });
  const wait = { ...headers, prefer: "wait=60" };
  const answer = await fetch(`${url}/v1/evaluate`, { method: "POST", headers: wait, body });
  if (!answer.ok) throw new Error(`the evaluation was refused: ${await answer.text()}`);
}

/** The plain page, all that the admin's bar leads to, an item, a shopper, and the storefront. */
async function placesOf(shop: AdminShop, browser: Browser): Promise<readonly string[]> {
  const page = await shop.open(browser, desktop);
  await page.goto(`/admin/${SHOP}/overview`);
  const links = page.locator("nav a[href]");
  await links.first().waitFor();
  const named = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
  await page.context().close();
  const catalogue = await shop.platform.catalogues.of(SHOP);
  const [item = ""] = catalogue.groups();
  let shopper = "";
  for await (const [first] of shop.platform.storage.log.read(SHOP, { after: 0, batch: 1 })) {
    shopper = first?.person ?? "";
    break;
  }
  const single = [`/admin/${SHOP}/items/${item}`, `/admin/${SHOP}/shoppers/${shopper}`];
  return [PLAIN, ...named, ...single, "/shop"];
}

async function visits(
  shop: AdminShop,
  browser: Browser,
  path: string,
  runs: number,
): Promise<Omit<Visits, "page">> {
  const cold: Visit[] = [];
  const warm: Visit[] = [];
  for (let run = 0; run < runs; run++) {
    const page = await shop.open(browser, desktop);
    await page.addInitScript(WAIT_FOR_CONTENT);
    const wire = await page.context().newCDPSession(page);
    await wire.send("Network.enable");
    cold.push(await visit(page, wire, path));
    await page.goto("about:blank");
    warm.push(await visit(page, wire, path));
    await page.context().close();
  }
  return { cold: spread(cold), warm: spread(warm) };
}

interface Visit {
  /** @unit ms */
  readonly contentAt: number;
  readonly bytes: number;
}

async function visit(page: Page, wire: CDPSession, path: string): Promise<Visit> {
  let bytes = 0;
  const count = ({ encodedDataLength }: { encodedDataLength: number }): void => {
    bytes += encodedDataLength;
  };
  wire.on("Network.loadingFinished", count);
  await page.goto(path, { waitUntil: "commit" });
  const told = await page.waitForFunction(() => (globalThis as { contentAt?: number }).contentAt);
  wire.off("Network.loadingFinished", count);
  return { contentAt: (await told.jsonValue()) ?? Number.NaN, bytes };
}

/** Runs in the page before its own scripts; as text, since a compiler's aids are not there. */
const WAIT_FOR_CONTENT = `{
  const settledMs = 300;
  let unanswered = 0;
  let since;
  const ask = fetch;
  fetch = (...given) => {
    unanswered++;
    return ask(...given).finally(() => void unanswered--);
  };
  const look = (now) => {
    const waits = document.querySelector(".mantine-Skeleton-root, .mantine-Loader-root");
    const isThere = document.querySelector("h1") !== null && waits === null && unanswered === 0;
    since = isThere ? (since ?? now) : undefined;
    if (since === undefined || now - since < settledMs) requestAnimationFrame(look);
    else globalThis.contentAt = since;
  };
  requestAnimationFrame(look);
}`;

function spread(all: readonly Visit[]): Spread {
  const times = all.map(({ contentAt }) => contentAt).toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(times[Math.ceil(share * times.length) - 1] ?? Number.NaN);
  const bytes = Math.round(all.reduce((sum, one) => sum + one.bytes, 0) / all.length);
  return { medianMs: at(0.5), p90Ms: at(0.9), bytes };
}
