import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PREDICT_WORDS } from "../src/scenarios/predict/page/predict.words.ts";
import { EXPERIMENT_WORDS } from "../src/scenarios/recommend/page/experiment.words.ts";
import { PLAYGROUND_WORDS } from "../src/scenarios/recommend/page/playground.words.ts";
import { RULE_WORDS } from "../src/scenarios/recommend/page/rules.words.ts";
import { EVALUATE_WORDS } from "../web/pages/evaluate/evaluate.words.ts";
import { fixed, percent, whole } from "../web/ui/format.ts";
import {
  type AdminShop,
  type Language,
  looks,
  obstacles,
  openAdminShop,
  SHOP,
} from "./admin-shop.ts";
import { describeInBrowser } from "./real-browser.ts";

const OPENING_MS = 120_000;
const JOURNEY_MS = 120_000;
/** The machine of the check may have much to do. */
const patience = { timeout: 30_000 };
const languages: readonly Language[] = ["en", "zh"];
const desktop = { scheme: "light", width: 1_280 } as const;

describeInBrowser("the admin's pages of the scenes and of quality", (browser: () => Browser) => {
  let shop: AdminShop;
  beforeAll(async () => {
    shop = await openAdminShop();
  }, OPENING_MS);
  afterAll(() => shop.close());

  const at = (path: string): string => `/admin/${SHOP}${path}`;
  const listOn = (page: Page) => page.locator("ol > li > button");

  test.each(languages)(
    "a rule is seen before it is saved, holds in the list, says so, and is taken back (%s)",
    async (language) => {
      const words = { ...PLAYGROUND_WORDS[language], ...RULE_WORDS[language] };
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/recommend?surface=popular"));
      await expect.poll(() => listOn(page).count(), patience).toBe(10);
      const first = await listOn(page).first().getAttribute("aria-label");

      await listOn(page).first().click();
      const why = page.getByRole("dialog", { name: words.pinned });
      await why.getByText(words.gives).waitFor();
      expect(await why.getByRole("listitem").count()).toBeGreaterThan(4);
      await page.keyboard.press("Escape");

      await page.getByRole("tab", { name: words.tabs.rules }).click();
      await page.getByText(words.noneNote).waitFor();
      await page.getByRole("button", { name: words.create }).first().click();
      await page.getByText(words.incompletePin).waitFor();
      const wanted = await rarest(page);
      await page.getByRole("textbox", { name: words.item, exact: true }).fill(wanted);
      await page.getByRole("option").filter({ hasText: wanted }).first().click();
      await page.getByRole("heading", { name: words.withRule }).waitFor();
      await page.getByText(words.came, { exact: true }).waitFor();
      await page.getByRole("button", { name: words.save }).click();
      await page.getByRole("table", { name: "rules", exact: true }).getByText("pin-1").waitFor();
      const { rules } = await shop.platform.recommend.rules.current(SHOP);
      expect(rules).toMatchObject([{ id: "pin-1", kind: "pin", item: wanted, position: 0 }]);

      await page.getByRole("tab", { name: words.tabs.list }).click();
      await expect
        .poll(() => listOn(page).first().getAttribute("aria-label"), patience)
        .not.toBe(first);
      const steps = page.locator("section").filter({ hasText: words.stepsNote });
      await steps.getByText(`${words.came} 1`).waitFor();

      await page.getByRole("tab", { name: words.tabs.rules }).click();
      await page.getByRole("button", { name: words.remove }).click();
      await page.getByRole("dialog").getByRole("button", { name: words.remove }).click();
      await page.getByText(words.noneNote).waitFor();
      const versions = page.getByRole("table", { name: "rule-versions" });
      await expect.poll(() => versions.getByText(/pin-1/).count(), patience).toBeGreaterThan(1);
      expect(await versions.getByText("owner").count()).toBeGreaterThan(1);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  /** An item that is not in the list that is looked at. */
  async function rarest(page: Page): Promise<string> {
    const shown = await page.evaluate(async (name) => {
      const headers = {
        "x-shopkeeper": "admin",
        "x-shop": name,
        "content-type": "application/json",
      };
      const body = JSON.stringify({ surface: "popular", limit: 50, record: false });
      const answer = await fetch("/v1/recommendations", { method: "POST", headers, body });
      return ((await answer.json()) as { items: { item: string }[] }).items;
    }, SHOP);
    return shown.at(-1)?.item ?? "";
  }

  test.each(languages)(
    "a condition is written in words, and an item says which gate kept it out (%s)",
    async (language) => {
      const words = { ...PLAYGROUND_WORDS[language], ...RULE_WORDS[language] };
      const page = await shop.open(browser(), { ...desktop, language });
      await shop.platform.recommend.rules.put(
        SHOP,
        {
          ...{ id: "dear-only", kind: "filter" },
          where: { field: "priceMinor", is: "ge", value: 10_000 },
        },
        "owner",
      );
      await page.goto(at("/recommend?surface=popular&limit=50"));
      await listOn(page).first().waitFor();
      const cheap = await cheapest();
      await page.getByRole("textbox", { name: words.item, exact: true }).fill(cheap);
      await page.getByRole("option").filter({ hasText: cheap }).first().click();
      const why = page.getByRole("dialog");
      await why.getByText(words.notShown).waitFor();
      const stopped = why.getByRole("listitem").filter({ hasText: words.stopped });
      expect(await stopped.textContent()).toContain("dear-only");
      await page.goto(at("/recommend?tab=rules&rule=dear-only"));
      const value = page.getByRole("textbox", { name: language === "en" ? "Value" : "值" });
      expect(await value.inputValue()).toMatch(/^100/);
      await value.fill("0");
      await page.getByText(words.unchanged).or(page.getByText(words.came).first()).waitFor();
      await shop.platform.recommend.rules.remove(SHOP, "dear-only", "owner");
      await page.context().close();
    },
    JOURNEY_MS,
  );

  async function cheapest(): Promise<string> {
    const catalogue = await shop.platform.catalogues.of(SHOP);
    const offers = [...catalogue.groups()].flatMap((group) => catalogue.offer(group) ?? []);
    const sorted = offers.toSorted((a, b) => (a.priceMinor ?? 0) - (b.priceMinor ?? 0));
    return sorted[0]?.item ?? "";
  }

  /** The version in service under another name, with a trial of it still to begin. */
  async function secondVersion(): Promise<string> {
    const { models } = shop.platform;
    const first = await models.inService(SHOP, "recommend");
    const { params = {}, version: name = "" } = first ?? {};
    const model = await models.load(SHOP, name);
    const made = { asOf: 1, seed: 1, dataFingerprint: "", metrics: {}, fitSeconds: 1 };
    return (await models.add(SHOP, { scenario: "recommend", ...made, params, model })).version;
  }

  test.each(languages)(
    "an experiment is begun, tells of both versions, and is ended (%s)",
    async (language) => {
      const words = EXPERIMENT_WORDS[language];
      const version = await secondVersion();
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/recommend?tab=experiment"));
      await page.getByRole("button", { name: words.begin }).click();
      await page.getByRole("dialog").getByRole("button", { name: words.begin }).click();
      const arms = page.getByRole("table", { name: /^trial-\d+-versions$/ });
      await arms.getByText(version).waitFor();
      const [trial] = await shop.platform.models.trials(SHOP, "recommend");
      expect(trial).toMatchObject({ version, share: 0.5, until: null });
      for (let p = 0; p < 40; p++) {
        const asked = { surface: "home", shopper: `tried-${language}-${p}` };
        await shop.platform.recommend.decide(SHOP, asked as never);
      }
      await page.reload();
      const shoppers = async (): Promise<number[]> =>
        (await arms.locator("tbody tr td:nth-child(3)").allTextContents()).map(Number);
      await expect.poll(async () => (await shoppers()).length, patience).toBe(2);
      const [control = 0, treatment = 0] = await shoppers();
      expect(control + treatment).toBe(40);
      expect(Math.min(control, treatment)).toBeGreaterThan(5);
      expect(await page.getByText(words.openEarly).count()).toBeGreaterThan(1);
      expect(await obstacles(page)).toEqual([]);
      await page.getByRole("button", { name: words.end }).click();
      await page.getByRole("dialog").getByRole("button", { name: words.end }).click();
      await page.getByText(words.openOver).first().waitFor();
      expect((await shop.platform.models.serving(SHOP, "recommend")).canary).toBeUndefined();
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(languages)(
    "a list leaves as a file, and one shopper's reasons add up (%s)",
    async (language) => {
      const words = PREDICT_WORDS[language];
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/predict"));
      await page.getByText(words.auc).first().waitFor();
      await page.getByRole("textbox", { name: words.top }).fill("7");
      await page.getByRole("button", { name: words.collect }).click();
      const list = page.getByRole("table", { name: /-top-7$/ });
      await list.waitFor();
      expect(await list.getByRole("row").count()).toBe(8);
      const sheet = page.locator("section").filter({ has: list });
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        sheet.getByRole("button", { name: "CSV" }).click(),
      ]);
      const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
      expect(lines).toHaveLength(8);
      const chances = lines.slice(1).map((line) => Number(line.split(",")[2]));
      expect(chances).toEqual(chances.toSorted((a, b) => b - a));

      await list.locator("tbody").getByRole("button").first().click();
      const card = page.locator("section").filter({ hasText: words.sum }).last();
      await card.waitFor();
      const numbers = (await card.locator("div > div > p:last-child").allTextContents()).map(
        (text) => Number(text.replace(/[^0-9.+−-]/g, "").replace("−", "-")),
      );
      const [whole = Number.NaN, ...parts] = numbers.toReversed();
      const sum = parts.reduce((all, part) => all + part, 0);
      // Each of them is rounded to a tenth of a point.
      expect(Math.abs(sum - whole)).toBeLessThan(0.05 * numbers.length + 0.01);
      expect(new URL(page.url()).searchParams.get("shopper")).not.toBe("");
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test("predictions are put on record, and the page says from when on they are judged", async () => {
    const words = PREDICT_WORDS.en;
    const page = await shop.open(browser(), { ...desktop, language: "en" });
    await page.goto(at("/predict"));
    await page.getByText(words.noRecord).waitFor();
    await page.getByRole("button", { name: words.record }).click();
    await page.getByText(words.tooEarly).waitFor();
    const { models } = await shop.platform.predict.outcomes(SHOP, {});
    expect(models[0]?.recorded).toBeGreaterThan(100);
    await page.getByText(`${words.onRecordTitle} (1)`).click();
    await page.getByText(`${models[0]?.model}: `).waitFor();
    expect(await obstacles(page)).toEqual([]);
    await page.context().close();
  });

  test("where nothing predicts the page says what to do, and a reader may not do it", async () => {
    await shop.platform.shops.ensure("bare");
    const page = await shop.open(browser(), { ...desktop, language: "en" });
    await page.goto("/admin/bare/predict");
    await page.getByText(PREDICT_WORDS.en.none).waitFor();
    expect(await page.getByRole("button", { name: PREDICT_WORDS.en.train }).count()).toBe(1);
    const reader = await shop.open(browser(), { ...desktop, language: "en" }, "viewer");
    await reader.goto("/admin/bare/predict");
    await reader.getByText(PREDICT_WORDS.en.none).waitFor();
    expect(await reader.getByRole("button", { name: PREDICT_WORDS.en.train }).count()).toBe(0);
    await page.context().close();
    await reader.context().close();
  });

  test.each(languages)(
    "an evaluation is run, read with its protocol, compared and exported (%s)",
    async (language) => {
      const words = EVALUATE_WORDS[language];
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/evaluate"));
      await page.getByRole("textbox", { name: words.cases }).fill("200");
      await page.getByRole("textbox", { name: words.ks }).fill("5,10");
      await page.getByRole("button", { name: words.begin, exact: true }).click();
      await page.getByText(words.protocolNote).waitFor({ timeout: 50_000 });
      await expect
        .poll(() => new URL(page.url()).searchParams.get("report"), patience)
        .toBe(language === "en" ? "report-000001" : "report-000002");
      const methods = page.getByRole("table", { name: /-methods$/ });
      await methods.waitFor();
      expect(await methods.getByRole("row").count()).toBeGreaterThan(3);
      await page.getByRole("table", { name: /-comparisons$/ }).waitFor();
      await page.getByRole("table", { name: /-lists$/ }).waitFor();
      await page.getByRole("table", { name: /-segments$/ }).waitFor();
      const sheet = page.locator("section").filter({ has: methods });
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        sheet.getByRole("button", { name: "CSV" }).click(),
      ]);
      const text = await readFile(await file.path(), "utf8");
      expect(text.split("\r\n")[0]).toContain(`nDCG@10 ${words.low}`);
      expect(await page.getByRole("heading", { name: words.compare }).count()).toBe(
        language === "en" ? 0 : 1,
      );
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(languages)(
    "the chances in service are held against what came true (%s)",
    async (language) => {
      const words = EVALUATE_WORDS[language];
      const report = await shop.platform.predict.report(SHOP);
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/evaluate?head=view_7d"));
      const head = report.heads.find((one) => one.head === "view_7d");
      const { lift = [], judged } = head ?? {};
      const bins = page.getByRole("table", { name: "view_7d-calibration" });
      await bins.waitFor(patience);
      const rows = await bins.locator("tbody tr").all();
      const told = await Promise.all(rows.map((row) => row.locator("td").allTextContents()));
      const expected = lift
        .toSorted((a, b) => a.said - b.said)
        .map(({ said, rate, cases }) => [
          percent(said, language),
          percent(rate, language),
          fixed(100 * (rate - said), language, 1, "exceptZero"),
          whole(cases, language),
        ]);
      expect(expected.length).toBe(10);
      expect(told).toEqual(expected);
      const ece = `ECE ${percent(judged?.overall.ece, language)}`;
      const plot = page.getByRole("img", { name: ece });
      expect(await plot.count()).toBe(1);
      await plot.locator("canvas, svg").first().waitFor(patience);
      const all = page.getByRole("table", { name: "calibration", exact: true });
      expect(await all.locator("tbody tr").count()).toBe(report.heads.length);
      await page.getByRole("link", { name: words.toPredict }).click();
      await page.waitForURL(/\/predict\?head=view_7d/);
      // The same diagram, drawn by the same hand.
      await page.getByRole("img", { name: ece }).waitFor(patience);

      await shop.platform.shops.ensure("bare");
      await page.goto("/admin/bare/evaluate");
      await page.getByText(words.noChances).waitFor(patience);
      expect(await obstacles(page)).toEqual([]);
      await page.getByRole("link", { name: words.toPredict }).click();
      await page.waitForURL(/\/bare\/predict/);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test(
    "an evaluation in folds tells each fold, their mean and how far they lie apart",
    async () => {
      const words = EVALUATE_WORDS.en;
      const page = await shop.open(browser(), { ...desktop, language: "en" });
      await page.goto(at("/evaluate"));
      await page.getByRole("combobox", { name: words.split }).click();
      await page.getByRole("option", { name: /^Folds: shoppers/ }).click();
      await page.getByRole("textbox", { name: words.folds }).fill("2");
      await page.getByRole("textbox", { name: words.cases }).fill("100");
      await page.getByRole("button", { name: words.begin, exact: true }).click();
      const table = page.getByRole("table", { name: /-folds$/ });
      await table.waitFor({ timeout: 60_000 });
      const heads = await table.locator("thead th").allTextContents();
      const folds = [words.foldHead(1), words.foldHead(2)];
      expect(heads.map((head) => head.replace(/[↓↑]/, "").trim())).toEqual([
        words.method,
        words.mean,
        ...folds,
      ]);
      const [first] = await table.locator("tbody tr").all();
      const [, mean = "", one, two] = (await first?.locator("td").allTextContents()) ?? [];
      expect(Number(mean.split(" ± ")[0])).toBeCloseTo((Number(one) + Number(two)) / 2, 3);
      await page.getByText(words.foldsAsked("shopper", 2)).waitFor();
      expect(await obstacles(page)).toEqual([]);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(looks)(
    "stand in nobody's way: $scheme, $width px",
    async (look) => {
      const page = await shop.open(browser(), { ...look, language: "en" });
      const { rows } = await shop.platform.predict.page(SHOP, { after: "", limit: 1 });
      const found: string[] = [];
      const paths = [
        "/recommend?surface=popular",
        `/recommend?surface=popular&why=${await cheapest()}`,
        "/recommend?tab=rules",
        "/recommend?tab=rules&rule=%2B",
        `/predict?shopper=${rows[0]?.person}`,
        "/evaluate",
      ];
      for (const path of paths) {
        await page.goto(at(path));
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        found.push(...(await obstacles(page)).map((one) => `${path} ${one}`));
      }
      expect(found).toEqual([]);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test("nothing complained on the console", () => {
    expect(shop.complaints).toEqual([]);
  });
});
