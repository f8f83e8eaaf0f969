import { gzipSync } from "node:zlib";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type {} from "../tracker/src/page.ts";
import { describeInBrowser } from "./real-browser.ts";
import { openShopPage, type ShopPage } from "./shop-page.ts";

// A script with Node built-ins alone, so without types of its own.
const script = "../scripts/browser.mjs";
interface Scripts {
  readonly browserScripts: Readonly<Record<string, number>>;
  bundled(name: string): Promise<string>;
}
const { browserScripts, bundled } = (await import(script)) as Scripts;

describe("the scripts of a page", () => {
  test.each(Object.entries(browserScripts))("%s weighs at most %i bytes", async (name, most) => {
    const text = await bundled(name);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(most);
    expect(text).not.toMatch(/\b(import|require)\b/);
  });
});

describeInBrowser("the tracker in a browser", (browser) => {
  let shop: ShopPage;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    shop = await openShopPage();
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    shop.forget();
    context = await browser().newContext({
      locale: "de-DE",
      viewport: { width: 800, height: 600 },
    });
    page = await context.newPage();
  });
  afterEach(async () => {
    await page.waitForFunction(isAllAnswered);
    await context.close();
  });

  /** What one test leaves on its way would arrive in the next. */
  const isAllAnswered = (): boolean => {
    try {
      return !JSON.parse(localStorage["shopkeeper"] ?? "{}").queue?.length;
    } catch {
      return true;
    }
  };

  const pageOf = (settings: string, body = ""): string =>
    `<!doctype html><html lang="en"><title>Tea</title>
     <script>window.shopkeeper = [];</script>
     <script async src="/tracker.js" data-key="${shop.key}" data-url="${shop.api}" ${settings}></script>
     ${body}`;

  /** Opens a page of the shop whose tracker has arrived. */
  async function open(path: string, settings: string, body = ""): Promise<void> {
    shop.put(path.replace(/[?#].*/, ""), pageOf(settings, body));
    await page.goto(`${shop.origin}${path}`);
    await page.waitForFunction(() => "track" in (window.shopkeeper ?? []));
  }
  const say = (...call: [name: string, ...given: unknown[]]): Promise<unknown> =>
    page.evaluate((given) => window.shopkeeper?.push(given), call);
  const kept = (): Promise<Record<string, unknown>> =>
    page.evaluate(() => JSON.parse(localStorage.getItem("shopkeeper") ?? "{}"));
  const names = (): string[] => shop.events().map(({ name }) => name);

  test("tells visits, views, carts, orders and searches, with who and where", async () => {
    await open("/a?x=1#part", 'data-consent="granted"');
    await say("item_view", "tea-1");
    await say("cart_add", { item: "tea-1", quantity: 2, unitPriceMinor: 990 }, { list: "hot" });
    await say("search", ["tea-2", "tea-3"], { query: "oolong" });
    await say(
      "purchase",
      [{ item: "tea-1", quantity: 2 }],
      { order: "A-1" },
      { valueMinor: 1_980, currency: "EUR" },
    );
    const purchase = await shop.seen(({ name }) => name === "purchase");
    expect(names()).toEqual(["page_view", "item_view", "cart_add", "search", "purchase"]);
    const [visit, , cart, search] = shop.events();
    expect(visit).toMatchObject({
      eventId: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/),
      items: [],
      context: {
        page: `${shop.origin}/a?x=1`,
        locale: "de-DE",
        consent: { measure: true, personalise: true },
      },
    });
    expect(cart).toMatchObject({
      items: [{ item: "tea-1", quantity: 2, unitPriceMinor: 990 }],
      context: { list: "hot" },
    });
    expect(search).toMatchObject({
      items: [{ item: "tea-2" }, { item: "tea-3" }],
      context: { query: "oolong" },
    });
    expect(purchase).toMatchObject({
      valueMinor: 1_980,
      currency: "EUR",
      context: { order: "A-1" },
    });
    const who = shop.events().map(({ anonymous, session }) => `${anonymous} ${session}`);
    expect(new Set(who).size).toBe(1);
    expect(visit?.anonymous).not.toBe(visit?.session);
  });

  test("hears what the page said before the script was there", async () => {
    const early = '<script>shopkeeper.push(["item_view", "early"])</script>';
    await open("/early", 'data-consent="granted"', early);
    expect(await shop.seen(({ name }) => name === "item_view")).toMatchObject({
      items: [{ item: "early" }],
    });
  });

  test("sends and keeps nothing before the shopper has consented", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await open("/ask", "");
    await say("item_view", "tea-1");
    expect(await page.evaluate(() => [document.cookie, localStorage.length])).toEqual(["", 0]);
    expect(asked.filter((url) => url.startsWith(shop.api))).toEqual([]);
    await say("consent", { measure: true, personalise: false });
    await shop.seen(({ name }) => name === "item_view");
    expect(names()).toEqual(["consent", "page_view", "item_view"]);
    for (const { context: said } of shop.events()) {
      expect(said.consent).toEqual({ measure: true, personalise: false });
    }
    expect(await page.evaluate(() => (window.shopkeeper as { who(): object }).who())).toEqual({});
  });

  test("forgets all at a refusal, and says so to the server once", async () => {
    await open("/refuse", 'data-consent="granted"');
    await shop.seen(({ name }) => name === "page_view");
    await say("consent", { measure: false, personalise: false });
    const refusal = await shop.seen(({ name }) => name === "consent");
    expect(refusal.context.consent).toEqual({ measure: false, personalise: false });
    await say("item_view", "tea-1");
    expect(await kept()).toEqual({ consent: { measure: false, personalise: false } });
    await page.reload();
    await page.waitForFunction(() => "track" in (window.shopkeeper ?? []));
    await say("consent", { measure: true, personalise: true });
    await shop.seen(
      ({ context: said }) => said.consent?.personalise === true && said.page !== undefined,
    );
    expect(names().filter((name) => name === "item_view")).toEqual([]);
  });

  test("tells visits of a page that never reloads", async () => {
    await open("/one", 'data-consent="granted"');
    await page.evaluate(() => {
      history.pushState({}, "", "/two");
      history.replaceState({ scroll: 3 }, "", "/two");
      history.pushState({}, "", "/two#part");
    });
    await page.goBack();
    await page.goBack();
    await shop.seen(
      ({ context: said }) =>
        said.page?.endsWith("/one") === true && said.referrer?.endsWith("/two") === true,
    );
    const visits = shop.events().map(({ context: said }) => [said.page, said.referrer]);
    const [one, two] = [`${shop.origin}/one`, `${shop.origin}/two`];
    expect(visits).toEqual([
      [one, ""],
      [two, one],
      [one, two],
    ]);
  });

  const row = (item: string): string => `<li data-item="${item}" style="height:250px">${item}</li>`;
  const list = `<ul id="list">${["a", "b", "c", "d"].map(row).join("")}</ul>`;

  test("tells which rows of a list were seen, once and with their places, and which clicked", async () => {
    await open("/list", 'data-consent="granted"', list);
    await page.evaluate(() => {
      const root = document.getElementById("list");
      window.shopkeeper?.push(["list", root, { surface: "home", request: "r-1" }]);
    });
    const first = await shop.seen(({ name }) => name === "list_view");
    expect(first).toMatchObject({
      items: [
        { item: "a", position: 0 },
        { item: "b", position: 1 },
      ],
      context: { surface: "home", request: "r-1" },
    });
    await page.locator("[data-item=d]").scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollTo(0, 9_999));
    const second = await shop.seen((event) => event.name === "list_view" && event !== first);
    expect(second.items.map(({ item, position }) => [item, position])).toEqual([
      ["c", 2],
      ["d", 3],
    ]);
    await page.locator("[data-item=c]").click();
    expect(await shop.seen(({ name }) => name === "list_click")).toMatchObject({
      items: [{ item: "c", position: 2 }],
      context: { request: "r-1" },
    });
  });

  test.each(["a beacon", "a request that outlives the page"])(
    "what happens as a page is left arrives once, by %s",
    async (by) => {
      await open("/leave", 'data-consent="granted"', '<a id="go" href="/next">go</a>');
      await shop.seen(({ name }) => name === "page_view");
      await page.evaluate((isBeacon) => {
        if (!isBeacon) navigator.sendBeacon = () => false;
        const { fetch } = window;
        window.fetch = (url, init) =>
          init?.keepalive ? fetch(url, init) : Promise.reject(new TypeError("the page is gone"));
        document.getElementById("go")?.addEventListener("click", () => {
          window.shopkeeper?.push(["cart_add", "last"]);
        });
      }, by === "a beacon");
      shop.put("/next", pageOf('data-consent="granted"'));
      await page.locator("#go").click();
      await shop.seen(({ name }) => name === "cart_add");
      await shop.seen(({ context: said }) => said.page?.endsWith("/next") === true);
      await page.waitForFunction(isAllAnswered);
      expect(names()).toEqual(["page_view", "cart_add", "page_view"]);
    },
  );

  test("keeps what happens without a connection, up to a limit, and sends it later", async () => {
    await open("/offline", 'data-consent="granted"');
    await shop.seen(({ name }) => name === "page_view");
    await context.setOffline(true);
    for (let n = 0; n < 120; n++) await say("item_view", `o-${n}`);
    expect((await kept())["queue"]).toHaveLength(100);
    await context.setOffline(false);
    await shop.seen(({ items }) => items[0]?.item === "o-119");
    const views = shop.events().filter(({ name }) => name === "item_view");
    expect(views.map(({ items }) => items[0]?.item)).toEqual(
      Array.from({ length: 100 }, (_, n) => `o-${n + 20}`),
    );
  });

  test("waits as long as a busy server asks, and gives up on what it refuses", async () => {
    await open("/busy", 'data-consent="granted" data-pages="manual"');
    const triedAt: number[] = [];
    await page.route(`${shop.api}/v1/events*`, async (route) => {
      triedAt.push(performance.now());
      if (triedAt.length > 1) return route.fallback();
      const headers = {
        "retry-after": "2",
        "access-control-allow-origin": shop.origin,
        "access-control-expose-headers": "retry-after",
      };
      return route.fulfill({ status: 503, headers });
    });
    await say("item_view", "late");
    await shop.seen(({ name }) => name === "item_view");
    expect((triedAt[1] ?? 0) - (triedAt[0] ?? 0)).toBeGreaterThan(1_990);
    await say("no_such_event");
    await say("item_view", "after");
    await shop.seen(({ items }) => items[0]?.item === "after");
    await page.waitForFunction(isAllAnswered);
  });

  test("a pause of more than half an hour begins a new session of the same visitor", async () => {
    await page.clock.install();
    await open("/pause", 'data-consent="granted" data-pages="manual"');
    const before = (): Promise<unknown> => kept().then(({ who }) => who);
    await say("item_view", "a");
    const first = await before();
    await page.clock.fastForward("29:00");
    await say("item_view", "b");
    expect(await before()).toEqual(first);
    await page.clock.fastForward("31:00");
    await say("item_view", "c");
    const { anonymous, session } = first as { anonymous: string; session: string };
    expect(await before()).toMatchObject({ anonymous });
    expect(await before()).not.toMatchObject({ session });
  });

  test("knows a shopper who signed in, from then on and on the next page", async () => {
    await open("/login", 'data-consent="granted"');
    await say("identify", [], {}, { shopper: "ada" });
    await shop.seen(({ name }) => name === "identify");
    await open("/account", 'data-consent="granted"');
    const visit = await shop.seen(({ context: said }) => said.page?.endsWith("/account") === true);
    expect(visit.shopper).toBe("ada");
    expect(shop.events()[0]?.shopper).toBeUndefined();
  });

  test("hears GA4 events of a page that has them, old and new, however they are pushed", async () => {
    const layer = `<script>
      window.dataLayer = [{ event: "gtm.js" }, { event: "view_item", ecommerce: { items: [{ item_id: "ga-1" }] } }];
    </script>`;
    shop.put(
      "/ga4",
      layer + pageOf('data-consent="measure" data-layer="dataLayer" data-pages="manual"'),
    );
    await page.goto(`${shop.origin}/ga4`);
    await page.waitForFunction(() => "track" in (window.shopkeeper ?? []));
    const pushed = await page.evaluate(() => {
      const dataLayer = (window as unknown as { dataLayer: unknown[] }).dataLayer;
      function gtag(..._given: unknown[]): void {
        // biome-ignore lint/complexity/noArguments: this is what Google's own snippet pushes
        dataLayer.push(arguments);
      }
      const loop: { self?: unknown } = {};
      loop.self = loop;
      dataLayer.push({ event: "add_to_cart", ecommerce: loop });
      dataLayer.push(null, 7);
      gtag("event", "page_view", {});
      gtag("event", "purchase", {
        transaction_id: "T-1",
        value: 9.9,
        currency: "EUR",
        items: [{ item_id: "ga-2" }],
      });
      return dataLayer.length;
    });
    expect(pushed).toBe(7);
    const purchase = await shop.seen(({ name }) => name === "purchase");
    expect(names()).toEqual(["item_view", "purchase"]);
    expect(purchase).toMatchObject({
      items: [{ item: "ga-2" }],
      valueMinor: 990,
      currency: "EUR",
      context: { order: "T-1", consent: { measure: true, personalise: false } },
    });
    expect(shop.events()[0]).toMatchObject({
      items: [{ item: "ga-1" }],
      anonymous: purchase.anonymous,
      session: purchase.session,
    });
  });

  test("goes on where the browser keeps nothing", async () => {
    await context.addInitScript(() => {
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    });
    await open("/private", 'data-consent="granted"');
    await say("item_view", "tea-1");
    const view = await shop.seen(({ name }) => name === "item_view");
    expect(view.anonymous).toBe(shop.events()[0]?.anonymous);
  });
});
