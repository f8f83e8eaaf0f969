import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { PICTURE } from "../src/serve/conformance/sample-calls.ts";
import type {} from "../tracker/src/page.ts";
import { describeInBrowser } from "./real-browser.ts";
import { openShopPage, type ShopPage } from "./shop-page.ts";

describeInBrowser("the list of recommendations in a browser", (browser) => {
  let shop: ShopPage;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    shop = await openShopPage();
    await shop.client.items.upsertItems({
      items: [
        {
          item: "tea-1",
          title: { en: "Green <b>tea</b>", zh: "绿茶" },
          priceMinor: 1_290,
          currency: "EUR",
          link: "/item/tea-1",
          images: ["data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"],
        },
        {
          item: "tea-2",
          title: "Sencha",
          priceMinor: 900,
          currency: "JPY",
          link: "javascript:alert(1)",
        },
        { item: "tea-3", title: "Old tea", priceMinor: 500, currency: "EUR", link: "/item/tea-3" },
      ],
    });
    await shop.client.items.putPicture("tea-3", new Uint8Array(PICTURE), "image/png");
    const view = { name: "item_view", items: [{ item: "tea-1" }] } as const;
    await shop.client.events.sendEvents({
      events: ["a", "b", "c"].map((shopper) => ({ ...view, shopper })),
    });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    shop.forget();
    context = await browser().newContext({ viewport: { width: 900, height: 600 } });
    page = await context.newPage();
  });
  afterEach(() => context.close());

  const pageOf = (list: string, lang = "en"): string =>
    `<!doctype html><html lang="${lang}"><title>Tea</title><main><h1>Tea</h1>${list}</main>
     <script defer src="/tracker.js" data-key="${shop.key}" data-url="${shop.api}"
       data-consent="granted"></script>
     <script defer src="/widget.js"></script></html>`;
  const listOf = (more: string): string =>
    `<shopkeeper-list key="${shop.key}" url="${shop.api}" ${more}></shopkeeper-list>`;
  const open = async (html: string): Promise<void> => {
    shop.put("/", html);
    await page.goto(shop.origin);
  };
  const cards = () => page.locator("shopkeeper-list li[data-item]");

  test("shows grey cards, then items with picture, price and why, and nothing as markup", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(`${shop.api}/v1/recommendations/**`, async (route) => {
      await held;
      await route.fallback();
    });
    await open(pageOf(listOf('surface="popular" limit="3" id="top"')));
    const list = page.locator("shopkeeper-list ul");
    await page.locator("shopkeeper-list ul[aria-busy=true] li").nth(2).waitFor();
    release();
    await cards().first().waitFor();
    expect(await list.getAttribute("aria-busy")).toBe("false");
    const tea = page.locator("shopkeeper-list [data-item=tea-1]");
    expect(await tea.locator(".title").textContent()).toBe("Green <b>tea</b>");
    expect(await tea.locator(".price").textContent()).toBe("€12.90");
    expect(await tea.locator(".why").textContent()).toMatch(/\w{4}/);
    expect(await tea.locator("a").getAttribute("href")).toBe(`${shop.origin}/item/tea-1`);
    const sencha = page.locator("shopkeeper-list [data-item=tea-2]");
    expect(await sencha.locator(".price").textContent()).toBe("¥900");
    expect(await sencha.locator("a").count()).toBe(0);
    expect(await tea.locator("img").getAttribute("src")).toMatch(/^data:image/);
    const uploaded = page.locator("shopkeeper-list [data-item=tea-3] img");
    expect(await uploaded.getAttribute("src")).toContain(`${shop.api}/pictures/`);
    const isDrawn = (img: Element): boolean => (img as HTMLImageElement).naturalWidth > 0;
    await expect.poll(() => uploaded.evaluate(isDrawn)).toBe(true);
  });

  test("tells what was seen and clicked under the request that was answered", async () => {
    await open(pageOf(listOf('surface="popular" limit="3" id="top"')));
    const exposure = await shop.seen(({ name }) => name === "exposure");
    const seen = await shop.seen(({ name }) => name === "list_view");
    const { request } = exposure.context;
    expect(request).toMatch(/\w/);
    expect(seen.context).toMatchObject({ surface: "popular", request, list: "top" });
    expect(seen.items.map(({ item, position }) => [item, position])).toEqual(
      exposure.items.map(({ item, position }) => [item, position]),
    );
    expect(exposure.anonymous).toBe(seen.anonymous);
    await page.locator("shopkeeper-list [data-item=tea-1] a").click();
    const clicked = await shop.seen(({ name }) => name === "list_click");
    expect(clicked).toMatchObject({ items: [{ item: "tea-1" }], context: { request } });
  });

  test("asks only when it comes near the view", async () => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await open(pageOf(`<div style="height:3000px"></div>${listOf("")}`));
    await shop.seen(({ name }) => name === "page_view");
    expect(asked.filter((url) => url.includes("/recommendations/"))).toEqual([]);
    await page.evaluate(() => scrollTo(0, 9_999));
    await cards().first().waitFor();
    expect(asked.filter((url) => url.includes("/recommendations/"))).toHaveLength(1);
  });

  test("speaks Chinese to a Chinese page, and asks again when its attributes change", async () => {
    await open(pageOf(listOf('surface="popular"'), "zh-CN"));
    await cards().first().waitFor();
    const heading = page.locator("shopkeeper-list h2");
    expect(await heading.textContent()).toBe("热门商品");
    expect(await page.locator("[data-item=tea-1] .title").textContent()).toBe("绿茶");
    expect(await page.locator("[data-item=tea-1] .why").textContent()).toMatch(/\p{Script=Han}/u);
    await page.locator("shopkeeper-list").evaluate((list) => list.setAttribute("limit", "1"));
    await page.waitForFunction(() => {
      const list = document.querySelector("shopkeeper-list")?.shadowRoot;
      return list?.querySelectorAll("[data-item]").length === 1;
    });
  });

  test("has no fault that axe knows of, and is walked by keyboard", async () => {
    await open(pageOf(listOf('surface="popular" limit="3"')));
    await cards().first().waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    const focused = (): Promise<string | undefined> =>
      page.evaluate(() => {
        const inside = document.activeElement?.shadowRoot?.activeElement;
        return inside?.closest<HTMLElement>("[data-item]")?.dataset["item"];
      });
    const walked: (string | undefined)[] = [];
    for (let step = 0; step < 2; step++) {
      await page.keyboard.press("Tab");
      walked.push(await focused());
    }
    expect(new Set(walked)).toEqual(new Set(["tea-1", "tea-3"]));
    const named = page.getByRole("region", { name: "Popular now" }).getByRole("listitem");
    expect(await named.count()).toBe(3);
  });

  test("takes itself away when there is nothing to show, and says why to the page", async () => {
    await open(
      pageOf(`<script>
      addEventListener("shopkeeper-problem", ({ detail }) => { window.problem = detail.code; }, true);
    </script>${listOf("").replace(shop.key, "pk_unknown")}`),
    );
    await page.waitForFunction(() => "problem" in window);
    expect(await page.evaluate(() => (window as unknown as { problem: string }).problem)).toBe(
      "not-authenticated",
    );
    expect(await page.locator("shopkeeper-list").isVisible()).toBe(false);
  });
});
