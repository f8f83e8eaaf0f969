import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Event } from "../src/collect/event.ts";
import { inlineControl } from "../src/scenarios/recommend/conformance/open-trade.ts";
import { PLAYGROUND_WORDS } from "../src/scenarios/recommend/page/playground.words.ts";
import { RULE_WORDS } from "../src/scenarios/recommend/page/rules.words.ts";
import { type RecommendParams, recommendParamsSchema } from "../src/scenarios/recommend/schema.ts";
import { PICTURE } from "../src/serve/conformance/sample-calls.ts";
import type { EventLog } from "../src/storage/event-log.ts";
import { PICTURE_WORDS } from "../web/pages/catalogue/picture-words.ts";
import { EVALUATE_WORDS } from "../web/pages/evaluate/evaluate.words.ts";
import { MODEL_WORDS } from "../web/pages/models.words.ts";
import { RETENTION_WORDS } from "../web/pages/settings/retention.words.ts";
import { WEBHOOK_WORDS } from "../web/pages/settings/webhooks.words.ts";
import { type AdminShop, obstacles, openAdminShop, SHOP } from "./admin-shop.ts";
import { QUICK } from "./demo-shop.ts";
import { describeInBrowser } from "./real-browser.ts";

/** Shoppers who looked, then bought, and let it be used: what each bought. Two at least. */
async function whoBought(log: EventLog): Promise<Map<string, string>> {
  const looked = new Set<string>();
  const buyers = new Map<string, string>();
  for await (const rows of log.read(SHOP, { after: 0, batch: 500 })) {
    const events = rows.map(({ body }) => JSON.parse(body) as Event);
    for (const { name, shopper = "", items } of events.filter(mayBeUsed)) {
      if (name === "item_view") looked.add(shopper);
      if (name === "purchase" && looked.has(shopper)) buyers.set(shopper, items[0]?.item ?? "");
    }
    if (buyers.size > 1) break;
  }
  return buyers;
}

const mayBeUsed = ({ shopper, context }: Event): boolean =>
  shopper !== undefined && context.consent?.personalise !== false;

/** The pages of items, shoppers, models and settings, used by somebody who works in the shop. */
describeInBrowser("the rooms of the admin", (browser) => {
  vi.setConfig({ testTimeout: 60_000 });
  let shop: AdminShop;
  let item = "";
  let shopper = "";
  let other = "";
  /** By the first of both. */
  let bought = "";

  beforeAll(async () => {
    shop = await openAdminShop();
    const catalogue = await shop.platform.catalogues.of(SHOP);
    const [group = ""] = catalogue.groups();
    item = catalogue.variants(group)[0]?.item ?? "";
    const buyers = await whoBought(shop.platform.storage.log);
    [shopper = "", other = ""] = buyers.keys();
    bought = buyers.get(shopper) ?? "";
  }, 120_000);
  afterAll(() => shop.close());

  const desktop = { scheme: "light", width: 1_280 } as const;
  const open = async (path: string, language: "en" | "zh"): Promise<Page> => {
    const page = await shop.open(browser(), { ...desktop, language });
    await page.goto(`/admin/${SHOP}${path}`);
    return page;
  };

  test("an address of a shop that is none leads to those there are", async () => {
    const page = await shop.open(browser(), { ...desktop, language: "en" });
    await page.goto("/admin/nowhere/items");
    await page.getByText("This shop is not among yours").waitFor();
    await page.getByRole("link", { name: SHOP }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(`/admin/${SHOP}`);
    await page.context().close();
  });

  test("a page that is none is said to be none, in its shop", async () => {
    const page = await open("/nowhere", "en");
    await page.getByText("There is no such page").waitFor();
    await page.getByRole("link", { name: "Items" }).click();
    await page.getByRole("heading", { level: 1, name: "Items" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/admin/${SHOP}/items`);
    await page.context().close();
  });

  test("a shop's own address opens its overview", async () => {
    const page = await open("", "en");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/admin/${SHOP}/overview`);
    await page.context().close();
  });

  test.each(["/items/nothing", "/shoppers/nobody"])(
    "%s is told to be unknown, under its name",
    async (path) => {
      const page = await open(path, "en");
      await page.getByRole("alert").waitFor();
      await page.getByRole("heading", { level: 1, name: path.replace(/.*[/]/, "") }).waitFor();
      expect(await obstacles(page)).toEqual([]);
      await page.context().close();
    },
  );

  test("code is fetched ahead: of the inside while it is asked who comes, of a page that is pointed at", async () => {
    const page = await shop.open(browser(), { ...desktop, language: "en" });
    const inside = page.waitForRequest(/assets\/inside-.*js/);
    await page.route("**/v1/session", async (route) => {
      await inside;
      await route.continue();
    });
    await page.goto(`/admin/${SHOP}/items`);
    await page.getByRole("heading", { level: 1, name: "Items" }).waitFor();
    const pointedAt = page.waitForRequest(/assets\/evaluate-.*js/);
    await page.getByRole("link", { name: "Evaluate" }).hover();
    expect((await pointedAt).method()).toBe("GET");
    await page.context().close();
  });

  test("an item is found, its price changed in place, and the next list has it", async () => {
    const page = await open("/items", "en");
    await page.getByLabel("Search").fill(item);
    await page.waitForURL(/q=/);
    await page.getByRole("link", { name: item }).first().click();
    await page.waitForURL(/\/items\/./);
    const price = page.getByLabel(new RegExp(`^Price, .*, ${item}$`));
    await price.fill("12.34");
    await price.press("Enter");
    await page.getByText(`${item}: Saved`).waitFor();
    const catalogue = await shop.platform.catalogues.of(SHOP);
    expect(catalogue.item(item)?.priceMinor).toBe(1_234);
    await page.getByRole("button", { name: "Hide from the lists" }).click();
    await page.getByRole("button", { name: "Show again" }).waitFor();
    expect(catalogue.item(item)?.hidden).toBe(true);
    await page.getByRole("button", { name: "Show again" }).click();
    await page.getByRole("button", { name: "Hide from the lists" }).waitFor();
    await page.context().close();
  });

  test("who bought an item lately is told, and leads to the shopper", async () => {
    const page = await open(`/items/${bought}?days=90`, "zh");
    await page.getByRole("heading", { name: "最近谁买了它" }).waitFor();
    await page.getByRole("link", { name: shopper, exact: true }).first().click();
    await page.getByRole("heading", { level: 1, name: shopper }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/admin/${SHOP}/shoppers/${shopper}`);
    await page.context().close();
  });

  test.each(["en", "zh"] as const)(
    "a picture is chosen, dropped, shown in the shop, and removed (%s)",
    async (language) => {
      const words = PICTURE_WORDS[language];
      const page = await open(`/items/${item}`, language);
      const file = (name: string, mimeType: string, buffer: Buffer) => ({ name, mimeType, buffer });
      const choose = page.locator('input[type="file"]');
      await page.getByRole("button", { name: words.upload }).waitFor();
      await choose.setInputFiles(file("notes.txt", "text/plain", Buffer.from("notes")));
      await page.getByText(words.wrongType).waitFor();
      await choose.setInputFiles(file("broken.png", "image/png", Buffer.from("no picture")));
      await page
        .getByRole("alert")
        .getByText({ en: /first bytes/, zh: "图片无法读取" }[language])
        .waitFor();
      await choose.setInputFiles(file("dot.png", "image/png", PICTURE));
      await page.getByText(words.done).waitFor();
      await page.locator('img[src^="data:image/webp"]').waitFor();
      expect(await obstacles(page)).toEqual([]);
      const sold = await (await fetch(`${shop.url}/shop/item/${item}`)).text();
      const [address = ""] = /\/pictures\/demo\/[^"]+\.webp/.exec(sold) ?? [];
      const seen = await fetch(shop.url + address);
      expect([seen.status, seen.headers.get("content-type")]).toEqual([200, "image/webp"]);
      await page.getByRole("button", { name: words.remove }).click();
      await page.getByRole("dialog").getByRole("button", { name: words.remove }).click();
      await page.getByRole("button", { name: words.upload }).waitFor();
      const bytes = PICTURE.toString("base64");
      const given = await page.evaluateHandle((base64) => {
        const transfer = new DataTransfer();
        const dot = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
        transfer.items.add(new File([dot], "dot.png", { type: "image/png" }));
        return transfer;
      }, bytes);
      await page.getByText(words.note).dispatchEvent("drop", { dataTransfer: given });
      await page.getByRole("button", { name: words.replace }).waitFor();
      await page.getByRole("button", { name: words.remove }).click();
      await page.getByRole("dialog").getByRole("button", { name: words.remove }).click();
      await page.getByRole("button", { name: words.upload }).waitFor();
      await page.context().close();
      // The browser says of each refused call that it was refused.
      (shop.complaints as string[]).length = 0;
    },
  );

  test("a change that the server refuses is put back", async () => {
    const page = await open(`/items/${item}`, "zh");
    const stock = page.getByLabel(new RegExp(`^库存（件）, ${item}$`));
    const before = await stock.inputValue();
    await page.route("**/v1/items/*", async (route) => {
      if (route.request().method() !== "PATCH") return route.continue();
      return route.fulfill({
        status: 409,
        contentType: "application/problem+json",
        body: JSON.stringify({ code: "conflict", title: "Conflict", status: 409, detail: "no" }),
      });
    });
    await stock.fill("77");
    await stock.press("Enter");
    await page.getByText("期间已被他人更改。请重新读取后再改一次。").waitFor();
    expect(await stock.inputValue()).toBe(before);
    await page.context().close();
    // The browser says of each refused call that it was refused.
    (shop.complaints as string[]).length = 0;
  });

  test("a shopper has a timeline, chances and lists, and can be erased with a certificate", async () => {
    const page = await open("/shoppers", "zh");
    await page.getByLabel("搜索").fill(shopper);
    await page.waitForURL(/q=/);
    await page.getByRole("link", { name: shopper, exact: true }).click();
    await page.getByRole("button", { name: "一般水平" }).waitFor();
    await page.getByText("时间线").waitFor();
    await page.getByRole("cell", { name: "查看商品", exact: true }).first().waitFor();
    await page
      .getByText(/个百分点/)
      .first()
      .waitFor();
    expect(await page.getByText(/item_view|raised it|lowered it/).count()).toBe(0);
    await page.getByRole("button", { name: "删除这位顾客" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "删除这位顾客" }).click();
    await page.getByRole("button", { name: "下载证明" }).waitFor();
    expect((await shop.platform.storage.log.recent(SHOP, shopper, 1)).length).toBe(0);
    await page.context().close();
  });

  test("the version in service is named, and is not offered to be tried out", async () => {
    const page = await open("/models", "en");
    await page.getByText("recommend-000001").first().waitFor();
    await page.getByRole("button", { name: "Try out" }).waitFor({ state: "detached" });
    const row = page.getByRole("row", { name: /recommend-000001/ });
    const badge = await row.getByText("in service", { exact: true }).boundingBox();
    const next = await row.getByRole("cell").nth(1).boundingBox();
    expect((badge?.x ?? 0) + (badge?.width ?? 0)).toBeLessThanOrEqual(next?.x ?? 0);
    // There is nothing to go back to.
    expect(await page.getByRole("button", { name: MODEL_WORDS.en.rollback }).isDisabled()).toBe(
      true,
    );
    await page.context().close();
  });

  test("a version is compressed from its row, and says why it was not", async () => {
    const page = await open("/models", "zh");
    const row = page.getByRole("row", { name: /recommend-000001/ }).first();
    await row.getByRole("button", { name: "压缩" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("combobox", { name: "方法" }).click();
    await page.getByRole("option", { name: /^剪枝/ }).click();
    await dialog.getByLabel("去掉的比例").fill("30");
    await dialog.getByLabel("最多可以损失").fill("5");
    await dialog.getByRole("button", { name: "压缩" }).click();
    await dialog.getByText('"recommend-000001" has no behaviour model').waitFor();
    const [job] = await shop.platform.storage.jobs.list(SHOP, 1);
    expect(job?.payload).toMatchObject({
      version: "recommend-000001",
      how: { method: "prune", share: 0.3, dropMost: 0.05 },
    });
    await page.context().close();
  });

  test("a version that was compressed shows what it cost", async () => {
    const { models } = shop.platform;
    const from = await models.get(SHOP, "recommend-000001");
    const model = await models.load(SHOP, from.version);
    const compression = {
      ...({ method: "int8", share: 0.5, times: 16, temperature: 2, dropMost: 0.02 } as const),
      ...{ of: from.version, cases: 1_370, drop: 0.0025, passed: true },
      bytes: { before: 4_096, after: 1_024 },
      latencyMs: { before: 0.5, after: 0.25 },
      ndcg10: { before: 0.2583, after: 0.2581 },
      hitRate10: { before: 0.5, after: 0.49875 },
    };
    const added = await models.add(SHOP, { ...from, model, compression });
    const page = await open("/models", "en");
    const row = page.getByRole("row", { name: new RegExp(added.version) });
    await row.getByRole("button", { name: "int8" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Loses 0.3%, and may lose 2%").waitFor();
    const cells = dialog.getByRole("row", { name: /NDCG@10/ }).getByRole("cell");
    expect(await cells.allTextContents()).toEqual(["NDCG@10", "0.2583", "0.2581", "0.999"]);
    await dialog.getByText("Asked for 1,370 held-out actions").waitFor();
    expect(await row.getByRole("button", { name: "Compress" }).count()).toBe(0);
    await models.withdraw(SHOP, added.version, "the test is over");
    await page.context().close();
  });

  test("a key is made once and revoked; a viewer sees only what is theirs", async () => {
    const page = await open("/settings?part=keys", "en");
    await page.getByLabel("What it is for").fill("for the test");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText(/^pk_[\w-]{43}$/).waitFor();
    const row = page.getByRole("row", { name: /for the test/ });
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.getByText("revoked").waitFor();
    // Both changes are on record, the later first, with what was asked for.
    await page.getByRole("tab", { name: "Changes" }).click();
    const changes = page.getByRole("row", { name: /(create|revoke)Key/ });
    await changes.nth(1).waitFor();
    expect(await changes.nth(0).textContent()).toContain("revokeKey");
    expect(await changes.nth(1).textContent()).toContain("for the test");
    await page.getByLabel("Who").fill("user:nobody");
    await page.getByText("No change on record").waitFor();
    await page.context().close();
    const viewer = await shop.open(browser(), { ...desktop, language: "en" }, "viewer");
    await viewer.goto(`/admin/${SHOP}/settings`);
    await viewer.getByText("Change your password").waitFor();
    expect(await viewer.getByRole("tab").allTextContents()).toEqual(["You"]);
    await viewer.context().close();
  });

  test("a version is rolled back from, tried out and promoted", async () => {
    const words = MODEL_WORDS.zh;
    const { models, recommend } = shop.platform;
    const params = recommendParamsSchema.parse(QUICK) as RecommendParams;
    const { version } = await recommend.train(SHOP, params, 2, inlineControl());
    const serving = async () => {
      const { inService, canary } = await models.serving(SHOP, "recommend");
      return [inService?.version, canary?.version.version, canary?.share];
    };
    const first = "recommend-000001";
    const page = await open("/models", "zh");
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: words.rollback }).click();
    await dialog.getByRole("button", { name: words.rollback }).click();
    await expect.poll(serving).toEqual([first, undefined, undefined]);
    const row = page.getByRole("row", { name: new RegExp(version) });
    await row.getByRole("button", { name: words.try }).click();
    await dialog.getByLabel(words.share).fill("20");
    await dialog.getByRole("button", { name: words.try }).click();
    await page.getByText(words.trying(version, "20%")).waitFor();
    expect(await serving()).toEqual([first, version, 0.2]);
    await page.getByRole("button", { name: words.endTrial }).click();
    await expect.poll(serving).toEqual([first, undefined, undefined]);
    await row.getByRole("button", { name: words.promote }).click();
    await dialog.getByRole("button", { name: words.promote }).click();
    await row.getByText(words.inService, { exact: true }).waitFor();
    expect(await serving()).toEqual([version, undefined, undefined]);
    await page.context().close();
  });

  test("an evaluation that runs is cancelled, and leaves no report", async () => {
    const words = EVALUATE_WORDS.en;
    const page = await open("/evaluate", "en");
    await page.getByRole("button", { name: words.begin, exact: true }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText(/^Cancelled/).waitFor();
    const [job] = await shop.platform.storage.jobs.list(SHOP, 1);
    expect(job).toMatchObject({ kind: "evaluate", state: "cancelled" });
    expect(await shop.platform.storage.records.count(SHOP, "report")).toBe(0);
    await page.context().close();
  });

  test("an older version of the rules is restored, and said in the reader's language", async () => {
    const words = { ...PLAYGROUND_WORDS.zh, ...RULE_WORDS.zh };
    const { rules } = shop.platform.recommend;
    await rules.put(SHOP, { id: "pin-1", kind: "pin", item, position: 0 }, "test");
    await rules.remove(SHOP, "pin-1", "test");
    const page = await open("/recommend", "zh");
    await page.getByRole("tab", { name: words.tabs.rules }).click();
    const versions = page.getByRole("table", { name: "rule-versions" });
    await versions.getByText(words.changes.removed("pin-1"), { exact: true }).waitFor();
    const added = versions.getByRole("row", { name: new RegExp(words.changes.added("pin-1")) });
    await added.getByRole("button", { name: words.restore }).click();
    await page.getByRole("dialog").getByRole("button", { name: words.restore }).click();
    await versions.getByText(words.changes.restored("1"), { exact: true }).waitFor();
    const now = await rules.current(SHOP);
    expect([now.version, now.rules.map(({ id }) => id)]).toEqual([3, ["pin-1"]]);
    await rules.remove(SHOP, "pin-1", "test");
    await page.context().close();
  });

  test("a webhook is refused inside, added outside, tested and removed", async () => {
    const words = WEBHOOK_WORDS.en;
    const page = await open("/settings?part=webhooks", "en");
    await page.getByText(words.none).waitFor();
    const address = page.getByRole("textbox", { name: words.address });
    await address.fill("http://127.0.0.1:9/hook");
    await page.getByRole("button", { name: words.add }).click();
    await page
      .getByText(/webhooks.allowPrivate would/)
      .first()
      .waitFor();
    await address.fill("https://shop.invalid/hook");
    await page.getByRole("button", { name: words.add }).click();
    await page.getByText(/^whsec_[\w+/]{32}$/).waitFor();
    const row = page.getByRole("table", { name: "webhooks" }).getByRole("row").nth(1);
    await row.getByRole("button", { name: words.test }).click();
    await row.getByText(words.states.failed, { exact: true }).waitFor();
    const told = page.getByRole("table", { name: "deliveries" });
    await told
      .getByText(/shop.invalid/)
      .first()
      .waitFor();
    await row.getByRole("button", { name: words.remove }).click();
    await page.getByRole("dialog").getByRole("button", { name: words.remove }).click();
    await page.getByText(words.none).waitFor();
    expect(await shop.platform.storage.records.count("", "webhook-delivery")).toBe(0);
    await page.context().close();
  });

  const readers = [
    { language: "en", scheme: "light", width: 1_280 },
    { language: "zh", scheme: "dark", width: 390 },
  ] as const;
  test.for(readers)(
    "nothing stands in a reader's way: $language, $scheme, $width px",
    {
      timeout: 120_000,
    },
    async (look) => {
      const page = await shop.open(browser(), look);
      const found: Record<string, readonly string[]> = {};
      const paths = ["/items", `/items/${item}`, "/shoppers", `/shoppers/${other}`, "/models"];
      const parts = "me users keys webhooks retention changes shops config"
        .split(" ")
        .map((one) => `/settings?part=${one}`);
      for (const path of [...paths, ...parts]) {
        await page.goto(`/admin/${SHOP}${path}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        const there = await obstacles(page);
        if (there.length > 0) found[path] = there;
      }
      await page.context().close();
      expect(found).toEqual({});
    },
  );

  test("rules of retention are seen before they hold, saved and applied", async () => {
    const words = RETENTION_WORDS.zh;
    const page = await open("/settings?part=retention", "zh");
    const before = await shop.platform.storage.log.count(SHOP);
    await page.getByLabel(words.anonymousDays).fill("5");
    await page.getByRole("button", { name: words.preview }).click();
    await page.getByText(words.previewTitle).waitFor();
    expect(await shop.platform.storage.log.count(SHOP)).toBe(before);
    const dialog = page.getByRole("dialog");
    await page.getByRole("button", { name: words.save }).click();
    await dialog.getByRole("button", { name: words.save }).click();
    await page.getByText(words.saved, { exact: true }).waitFor();
    expect(shop.platform.collect.retention.rules(SHOP).anonymousDays).toBe(5);
    await page.getByRole("button", { name: words.apply }).click();
    await dialog.getByRole("button", { name: words.apply }).click();
    await page.getByRole("button", { name: words.download }).waitFor();
    const [certificate] = await shop.platform.collect.retention.certificates(SHOP, 1);
    const { anonymousEvents = 0, shopperEvents } = certificate ?? {};
    expect(shopperEvents).toBe(0);
    expect(await shop.platform.storage.log.count(SHOP)).toBe(before - anonymousEvents);
    await page.context().close();
  });

  test("the browser complained of nothing", () => {
    expect(shop.complaints).toEqual([]);
  });
});
