import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Event } from "../src/collect/event.ts";
import { type DemoShop, openDemoShop } from "./demo-shop.ts";
import { describeInBrowser } from "./real-browser.ts";

const OPENING_MS = 60_000;
const DAYS = 6;
const JOURNEY_MS = 60_000;
let shop: DemoShop;

beforeAll(async () => {
  shop = await openDemoShop(DAYS, async () => ({}));
}, OPENING_MS);
afterAll(() => shop.close());

const eventOf = (name: Event["name"], after = 0): Event | undefined =>
  shop.events.slice(after).findLast((event) => event.name === name);
const seen = (name: Event["name"], after = 0): Promise<Event> =>
  expect
    .poll(() => eventOf(name, after), { timeout: 5_000 })
    .toBeDefined()
    .then(() => eventOf(name, after) as Event);

describe("the pages of the shop without a script", () => {
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${shop.url}${path}`, {
      redirect: "manual",
      ...init,
      headers: { accept: "text/html", ...init.headers },
    });
  const form = (path: string, fields: Record<string, string>, cookie = ""): Promise<Response> =>
    ask(path, { method: "POST", body: new URLSearchParams(fields), headers: { cookie } });
  const cookiesOf = (answer: Response): string =>
    answer.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; ");
  const anItem = async (): Promise<string> => {
    const { catalogues } = shop.platform;
    const catalogue = await catalogues.of("demo");
    const items = [...catalogue.groups()].flatMap((group) => catalogue.offer(group) ?? []);
    return items.find(({ stock = 0 }) => stock > 3)?.item ?? "";
  };

  test("answer within a second, in both languages, with a strict policy", async () => {
    const item = await anItem();
    for (const path of ["", "/search?q=tea", "/category/beauty", `/item/${item}`, "/cart"]) {
      for (const lang of ["en", "zh"]) {
        const began = performance.now();
        const answer = await ask(`/shop${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
        const text = await answer.text();
        expect(answer.status, path).toBe(200);
        expect(performance.now() - began, path).toBeLessThan(1_000);
        expect(text).toContain(`<html lang="${lang === "zh" ? "zh-Hans" : "en"}">`);
        expect(text).not.toMatch(/<style|style="|<script(?! src)|onclick/);
        expect(answer.headers.get("content-security-policy")).toContain("script-src 'self'");
      }
    }
  });

  test("find words of both languages, of other endings and with typing errors", async () => {
    const textOf = async (q: string): Promise<string> =>
      (await ask(`/shop/search?lang=en&q=${encodeURIComponent(q)}`)).text();
    const titles = (text: string): string[] =>
      [...text.matchAll(/class="title">([^<]*)</g)].map(([, title = ""]) => title);
    expect(titles(await textOf("mugs"))[0]).toMatch(/mug/i);
    expect(titles(await textOf("绿茶"))[0]).toMatch(/tea/i);
    expect(await textOf("smartphnoe")).toContain('href="/shop/search?q=smartphone"');
    expect(await textOf("<b>zzqx")).toContain("&lt;b&gt;zzqx");
  });

  test("narrow by facets, order by price, and go on to other pages", async () => {
    const text = await (await ask("/shop/search?q=&price=1&sort=dear&page=2&lang=en")).text();
    const grid = text.split('class="results"')[1] ?? "";
    const prices = [...grid.matchAll(/class="price[^>]*>(?:<span[^>]*>[^<]*<\/span>)?¥([\d.,]+)/g)];
    const amounts = prices.map(([, amount = ""]) => Number(amount.replaceAll(",", "")));
    expect(amounts.length).toBeGreaterThan(3);
    expect(Math.min(...amounts)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...amounts)).toBeLessThan(150);
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
    expect(text).toContain('rel="prev"');
  });

  test("sell by forms alone: the stock goes down and the purchase is in the log", async () => {
    const item = await anItem();
    const catalogue = await shop.platform.catalogues.of("demo");
    const before = catalogue.item(item)?.stock ?? 0;
    const first = await form("/shop/cart", { item, change: "add", quantity: "2", from: "list-1" });
    expect([first.status, first.headers.get("location")]).toEqual([303, "/shop/cart"]);
    const cookie = cookiesOf(first);
    const cart = await (await ask("/shop/cart?lang=en", { headers: { cookie } })).text();
    expect(cart).toContain('href="/shop/checkout"');
    const paid = await form("/shop/checkout", {}, cookie);
    const thanks = await ask(paid.headers.get("location") ?? "", { headers: { cookie } });
    expect(thanks.status).toBe(200);
    expect(catalogue.item(item)?.stock).toBe(before - 2);
    const order = eventOf("purchase");
    expect(order).toMatchObject({
      items: [{ item, quantity: 2 }],
      context: { request: "list-1", surface: "checkout" },
      properties: { requests: { [item]: "list-1" } },
    });
    expect(await thanks.text()).toContain(order?.context.order);
    const other = await ask(paid.headers.get("location") ?? "");
    expect(other.status).toBe(404);
  });

  test("do not sell what is no longer there", async () => {
    const item = await anItem();
    const cookie = cookiesOf(await form("/shop/cart", { item, change: "add", quantity: "3" }));
    const { stock } = (await shop.platform.catalogues.of("demo")).item(item) ?? {};
    await shop.platform.collect.patchItem("demo", item, { stock: 1 });
    const orders = shop.events.filter(({ name }) => name === "purchase").length;
    const cart = await (await ask("/shop/cart?lang=en", { headers: { cookie } })).text();
    expect(cart).toContain("Only 1 left: take fewer");
    expect(cart).not.toContain('href="/shop/checkout"');
    const paid = await form("/shop/checkout", {}, cookie);
    expect(paid.headers.get("location")).toBe("/shop/cart");
    expect(shop.events.filter(({ name }) => name === "purchase")).toHaveLength(orders);
    await shop.platform.collect.patchItem("demo", item, { stock });
  });

  test("take a review, and show it on the page that follows", async () => {
    const item = await anItem();
    const sent = await form("/shop/reviews", { item, rating: "4", text: "Good <i>thing</i>" });
    const page = await (await ask(sent.headers.get("location") ?? "")).text();
    expect(page).toContain("Good &lt;i&gt;thing&lt;/i&gt;");
    expect(eventOf("review")).toMatchObject({ items: [{ item }], context: { rating: 4 } });
  });

  test("refuse bad input with the field and what to do", async () => {
    const refused = await fetch(`${shop.url}/shop/reviews`, {
      method: "POST",
      body: new URLSearchParams({ item: "x", rating: "9", text: "" }),
    });
    expect(refused.status).toBe(400);
    const { errors, remedy } = (await refused.json()) as { errors: object[]; remedy: string };
    expect(errors).toMatchObject([{ pointer: "/rating" }, { pointer: "/text" }]);
    expect(remedy).toMatch(/\w/);
    const page = await ask("/shop/search?page=none");
    expect(page.status).toBe(400);
    expect(await page.text()).toContain("/query/page");
    expect((await ask("/shop/item/nothing")).status).toBe(404);
    expect((await form("/shop/cart", { item: "nothing", change: "add" })).status).toBe(404);
  });
});

describeInBrowser("the shop in a browser", (browser) => {
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];

  beforeEach(async () => {
    context = await browser().newContext({ locale: "en", viewport: { width: 1280, height: 900 } });
    await shop.serveScripts(context);
    page = await context.newPage();
    faults.length = 0;
    page.on("pageerror", ({ message }) => faults.push(message));
  });
  afterEach(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });

  const listed = (shelf: string): Promise<string[]> =>
    page
      .locator(`[data-shelf=${shelf}] [data-group]`)
      .evaluateAll((cards) => cards.map((card) => (card as HTMLElement).dataset["group"] ?? ""));
  const categoriesOf = async (groups: readonly string[]): Promise<(string | undefined)[]> => {
    const catalogue = await shop.platform.catalogues.of("demo");
    return groups.map((group) => catalogue.variants(group)[0]?.categories[1]);
  };
  const open = (path: string): Promise<unknown> => page.goto(`${shop.url}/shop${path}`);
  /** Looks at an item of the page, and waits until the lists have answered that. */
  const lookAt = async (row: string, at: number): Promise<void> => {
    const renewed = page.waitForResponse(/\/shop\/lists\?/);
    await page.locator(row).nth(at).click();
    await renewed;
  };

  test(
    "three items of one kind change home with a reason; what is bought is credited and counts",
    async () => {
      const kind = "Green & White Tea";
      await open("");
      const before = await listed("for_you");
      const looked: string[] = [];
      for (const at of [0, 1, 2]) {
        await open("/category/green-white-tea");
        await lookAt(".results [data-item]", at);
        looked.push((await page.locator("h1").textContent()) ?? "");
      }
      await page.locator(".mark").click();
      const after = await listed("for_you");
      const ofKind = (categories: readonly (string | undefined)[]): number =>
        categories.filter((category) => category === kind).length;
      const [was, is] = [ofKind(await categoriesOf(before)), ofKind(await categoriesOf(after))];
      expect(is).toBeGreaterThan(was);
      const reasons = await page.locator("[data-shelf=for_you] .reason").allTextContents();
      expect(looked.some((title) => reasons.join("\n").includes(title))).toBe(true);

      const request = await page.locator("[data-shelf=for_you]").getAttribute("data-request");
      const clicked = shop.events.length;
      await lookAt("[data-shelf=for_you] [data-item]", 0);
      expect((await seen("list_click", clicked)).context).toMatchObject({
        request,
        surface: "home",
        list: "for_you",
      });
      expect((await seen("item_view", clicked)).context.request).toBe(request);
      const [viewed] = eventOf("item_view", clicked)?.items ?? [];
      await shop.platform.collect.patchItem("demo", viewed?.item ?? "", { stock: 9 });
      await page.locator("form.add button").click();
      const added = await seen("cart_add", clicked);
      expect(added).toMatchObject({ items: [{ quantity: 1 }], context: { request } });
      await expect.poll(() => page.locator("[data-count]").textContent()).toBe("1");

      await open("");
      expect(await listed("again")).toEqual([]);
      await page.locator(".cart-link").click();
      await page.locator("a.main").click();
      await page.locator("main button").click();
      await page.waitForURL("**/thanks?**");
      const bought = await seen("purchase", clicked);
      const exposure = shop.events.find(
        (event) => event.name === "exposure" && event.context.request === request,
      );
      const [line] = bought.items;
      expect(bought.context.request).toBe(request);
      expect(bought.anonymous).toBe(added.anonymous);
      expect(bought.session).toBe(added.session);
      expect(exposure?.items.map(({ item }) => item)).toContain(line?.item);
      await open("");
      const group = (await shop.platform.catalogues.of("demo")).item(line?.item ?? "")?.group;
      expect(await listed("for_you")).not.toContain(group);
      expect(await listed("again")).toEqual([group]);
    },
    JOURNEY_MS,
  );

  test("the panel shows this shopper's events as they arrive, and nobody else's", async () => {
    await open("");
    await page.locator(".watch").click();
    await page.locator("[data-state] dl").first().waitFor();
    const other = { name: "search", anonymous: "somebody", context: { query: "not mine" } };
    await shop.platform.collect.events("demo", [other]);
    await page.locator(".find input").fill("tea");
    await page.locator(".find button").click();
    const row = page.locator("[data-events] .of-search");
    await row.waitFor();
    expect(await row.textContent()).toContain("tea");
    expect(await page.locator("[data-events]").textContent()).not.toContain("not mine");
    await page.locator(".results [data-item]").first().click();
    await page.locator("[data-state] meter").first().waitFor();
    await page.locator(".live .close").click();
    expect(await page.locator("#live").isVisible()).toBe(false);
  });

  test("another shopper sees another shop; nothing of the one is joined to the other", async () => {
    await open("");
    const mine = await listed("for_you");
    // The past of the shop ends now, so who is shown what differs from day to day: two may like the same.
    let theirs = mine;
    for (let nth = 1; nth < 6 && String(theirs) === String(mine); nth++) {
      await open("/shoppers");
      await page.locator(".people form button").nth(nth).click();
      await page.waitForURL("**/shop");
      theirs = await listed("for_you");
    }
    expect(theirs).not.toEqual(mine);
    const after = shop.events.length;
    await page.locator("[data-shelf=for_you] [data-item]").first().click();
    const looked = await seen("item_view", after);
    expect(looked.shopper).toMatch(/^s\d{7}$/);
    expect(looked.anonymous).toBe(looked.shopper);
    await open("/shoppers");
    await page.locator(".people form button").first().click();
    await page.waitForURL("**/shop");
    expect(await listed("for_you")).toEqual(mine);
  });

  test("a rule that pins an item shows at the next action, on the page itself, and says why", async () => {
    const catalogue = await shop.platform.catalogues.of("demo");
    const offered = [...catalogue.groups()].flatMap((group) => catalogue.offer(group) ?? []);
    const [looked, pinned] = [offered[0], offered.at(-1)];
    const renewed = page.waitForResponse(/\/shop\/lists\?/);
    await open(`/item/${looked?.item}`);
    await renewed;
    expect(await listed("for_you")).not.toContain(pinned?.group);
    const rule = {
      id: "show-it",
      kind: "pin",
      item: pinned?.item,
      position: 1,
      surfaces: ["home"],
    };
    const put = await fetch(`${shop.url}/v1/rules`, {
      method: "PUT",
      headers: shop.headers,
      body: JSON.stringify(rule),
    });
    expect(put.status).toBe(200);
    const liked = shop.events.length;
    await page.locator("[data-toggle] button").click();
    await expect
      .poll(async () => (await listed("for_you"))[1], { timeout: 5_000 })
      .toBe(pinned?.group);
    expect(await seen("wishlist_add", liked)).toMatchObject({ items: [{ item: looked?.item }] });
    const card = page.locator(`[data-shelf=for_you] [data-group="${pinned?.group}"]`);
    expect(await card.getAttribute("class")).toContain("fresh");
    expect(await card.locator(".reason").textContent()).toBe("Chosen by the shop");
    await card.locator("summary").click();
    expect(await card.locator(".because").textContent()).toContain("show-it");
    // Pinned everywhere it stands at the top of home, not among what a newcomer bought.
    await shop.platform.recommend.rules.put("demo", { ...rule, surfaces: [] }, "test");
    await open("");
    expect((await listed("for_you"))[1]).toBe(pinned?.group);
    expect(await listed("again")).toEqual([]);
    await shop.platform.recommend.rules.remove("demo", "show-it", "test");
    await open("");
    expect(await listed("for_you")).not.toContain(pinned?.group);
  });

  test.each([
    ["en", "Skip to content"],
    ["zh", "跳到正文"],
  ])("the first stop of the keyboard leads past the bars (%s)", async (lang, name) => {
    for (const path of ["?", "/search?q=tea&", "/item/nothing?", "/cart?", "/shoppers?"]) {
      await open(`${path}lang=${lang}`);
      await page.keyboard.press("Tab");
      const link = page.getByRole("link", { name, exact: true });
      expect(await link.evaluate((it) => it === document.activeElement), path).toBe(true);
      expect((await link.boundingBox())?.height, path).toBeGreaterThan(24);
      await page.keyboard.press("Enter");
      expect(await page.locator("main:focus").count(), path).toBe(1);
      await page.keyboard.press("Tab");
      expect(await page.locator("main :focus").count(), path).toBe(1);
    }
  });

  test.each([
    ["en", 390, "dark"],
    ["zh", 1280, "light"],
  ] as const)(
    "has no fault that axe knows of, nor runs over the edge: %s, %i px, %s",
    async (locale, width, colorScheme) => {
      const own = await browser().newContext({
        locale,
        colorScheme,
        // A card that fades in is half its colour for a moment.
        reducedMotion: "reduce",
        viewport: { width, height: 800 },
      });
      await shop.serveScripts(own);
      page = await own.newPage();
      await open("");
      const href = await page
        .locator("[data-shelf=for_you] [data-item]")
        .first()
        .getAttribute("href");
      await page.goto(`${shop.url}${href}`);
      await page.locator("form.add button").click();
      await expect.poll(() => page.locator("[data-count]").textContent()).toBe("1");
      const found: string[] = [];
      const paths = [
        "",
        "/search?q=tea",
        "/search?q=zzqx",
        "/category/beauty",
        "/cart",
        "/checkout",
      ];
      for (const path of [...paths, "/shoppers", href?.replace("/shop", "") ?? ""]) {
        await open(path);
        for (const [at, why] of (await page.locator(".why summary").all()).entries()) {
          if (at === 0) await why.click();
        }
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        found.push(...violations.map(({ id, nodes }) => `${path} ${id} ${nodes[0]?.html}`));
        const over = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (over > 0) found.push(`${path} is ${over} px too wide`);
      }
      await page.locator(".watch").click();
      await page.locator("[data-state] dl").first().waitFor();
      const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
      found.push(...violations.map(({ id, nodes }) => `panel ${id} ${nodes[0]?.html}`));
      await own.close();
      expect(found).toEqual([]);
    },
    JOURNEY_MS,
  );
});
