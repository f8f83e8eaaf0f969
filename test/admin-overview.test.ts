import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recommendRequestSchema } from "../src/scenarios/recommend/schema.ts";
import { NEW_PASSWORD_WORDS } from "../web/admin/new-password.words.ts";
import { OVERVIEW_WORDS } from "../web/pages/overview/overview.words.ts";
import { SCHEDULE_WORDS } from "../web/pages/pipeline/schedule.words.ts";
import { SEARCH_WORDS } from "../web/pages/pipeline/search.words.ts";
import { PIPELINE_WORDS } from "../web/pages/pipeline/words.ts";
import { duration, whole } from "../web/ui/format.ts";
import { EVENTS } from "../web/ui/scene-words.ts";
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

interface Watched {
  readonly page: Page;
  readonly words: (typeof PIPELINE_WORDS)[Language];
}

describeInBrowser("the door, the overview and the pipeline", (browser: () => Browser) => {
  let shop: AdminShop;
  beforeAll(async () => {
    shop = await openAdminShop();
    const bare = { title: "A bare thing", currency: "EUR" };
    await shop.platform.collect.items(SHOP, [{ item: "bare-thing", ...bare }]);
  }, OPENING_MS);
  afterAll(() => shop.close());

  const at = (path: string): string => `/admin/${SHOP}${path}`;

  test(
    "a wrong password, and a server that is gone, are told in the reader's language",
    async () => {
      const { page } = await stranger("zh");
      await page.goto(at("/items?q=tea"));
      await page.getByLabel("密码").fill("not the password");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("用户名或密码错误。请重试").waitFor(patience);
      await page.route("**/v1/session", (route) => route.abort());
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("无法连接服务器").waitFor(patience);
      // Where one wanted to go is kept for after the sign-in.
      expect(page.url()).toContain("/items?q=tea");
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(languages)(
    "a password that the server made up is changed first, then one goes on (%s)",
    async (language) => {
      const words = NEW_PASSWORD_WORDS[language];
      const name = `new-${language}`;
      const made = await shop.access.users.create({ name, role: "viewer", shops: null });
      const { page, type } = await stranger(language);
      await page.goto(at("/pipeline?stage=clean"));
      await page.locator("input[name=name]").fill(name);
      await page.locator("input[name=password]").focus();
      await type(made.password ?? "", "Enter");
      // No more than the new password is asked for, and it is where the keyboard is.
      await page.getByText(words.about(name)).waitFor(patience);
      expect(await page.locator("input:visible").count()).toBe(1);
      for (const { scheme, width } of looks) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 900 });
        expect(await obstacles(page), `${scheme}, ${width} px`).toEqual([]);
      }
      await type(made.password ?? "", "Enter");
      await page.getByText(words.same).waitFor();
      // After a reload nobody remembers what was typed.
      await page.reload();
      await page.getByLabel(words.next).waitFor();
      await type("not what was given", "Tab");
      await type("chosen by a reader", "Enter");
      await page.getByText(words.wrong).waitFor();
      await page.getByLabel(words.current).fill(made.password ?? "");
      await page.keyboard.press("Enter");
      await page.getByText(PIPELINE_WORDS[language].noQuarantine).waitFor(patience);
      expect(page.url()).toContain("stage=clean");
      expect(await shop.access.users.verify(name, "chosen by a reader")).toMatchObject({ name });
      await page.context().close();
    },
    JOURNEY_MS,
  );

  /** Somebody before the door, whose hands are on the keyboard. */
  async function stranger(language: Language) {
    const context = await browser().newContext({ baseURL: shop.url });
    await context.addInitScript(
      (chosen) => localStorage.setItem("shopkeeper-language", chosen),
      language,
    );
    const page = await context.newPage();
    const type = async (text: string, key: "Enter" | "Tab"): Promise<void> => {
      await page.keyboard.type(text);
      await page.keyboard.press(key);
    };
    return { page, type };
  }

  test.each(languages)(
    "the overview tells an event within seconds, and leads to what is to mend (%s)",
    async (language) => {
      const words = OVERVIEW_WORDS[language];
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/overview"));
      await page.getByText(words.codes["without-price"](1)).waitFor();
      const funnel = page.getByRole("table", { name: "funnel-7-days" });
      await expect.poll(() => funnel.getByRole("row").count(), patience).toBe(5);
      await page.getByText(words.spans[2]?.label ?? "", { exact: true }).click();
      await page.getByRole("table", { name: "funnel-30-days" }).waitFor();
      expect(page.url()).toMatch(/days=.*30/);

      const event = { name: "wishlist_add", shopper: "s-now", items: [{ item: "bare-thing" }] };
      await shop.platform.collect.events(SHOP, [event]);
      const newest = page
        .getByRole("listitem")
        .filter({ hasText: EVENTS[language]["wishlist_add"] ?? "" });
      await newest.getByRole("link", { name: "bare-thing" }).first().waitFor(patience);

      const concern = page
        .getByRole("listitem")
        .filter({ hasText: words.codes["without-price"](1) });
      await concern.getByRole("link", { name: "bare-thing" }).click();
      await page.waitForURL(/\/items\/bare-thing$/);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(languages)(
    "the overview tells whether lists keep what was acknowledged, as they leave (%s)",
    async (language) => {
      const words = OVERVIEW_WORDS[language];
      const { collect, recommend } = shop.platform;
      const request = recommendRequestSchema.parse({ surface: "popular", record: false });
      const [first] = (await recommend.decide(SHOP, request)).items;
      const priceMinor = (first?.priceMinor ?? 0) - 1;
      await collect.patchItem(SHOP, first?.item ?? "", { priceMinor, salePriceMinor: null });
      const asked = await recommend.decide(SHOP, request);
      expect(asked.items.find(({ item }) => item === first?.item)?.priceMinor).toBe(priceMinor);
      const { places, lists } = recommend.held(SHOP);
      expect(places).toBeGreaterThan(0);
      const page = await shop.open(browser(), { ...desktop, language });
      await expect
        .poll(async () => {
          await page.goto(at("/overview"));
          await page.getByText(words.held).waitFor(patience);
          return page.getByText(words.compared(String(places), String(lists))).count();
        }, patience)
        .toBe(1);
      expect(await page.getByText(words.neverWrong, { exact: true }).count()).toBe(1);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each(languages)(
    "the stages that are passed all the time tell how long they take, as measured (%s)",
    async (language) => {
      const words = PIPELINE_WORDS[language];
      const page = await shop.open(browser(), { ...desktop, language });
      const card = (nth: number): Locator => page.locator("ol > li > button").nth(nth);
      await shop.platform.past(SHOP);
      const times = shop.platform.stageTimes(SHOP);
      const told = [times.stored, times.checked, times.projected] as const;
      await page.goto(at("/pipeline"));
      await card(7).waitFor(patience);
      for (const [nth, lately] of told.entries()) {
        const text = await card(nth).innerText();
        const stage = (["collect", "clean", "features"] as const)[nth] ?? "collect";
        expect(text).toContain(words.timed[stage]);
        const { count = 0, p50Ms = 0, p99Ms = 0 } = lately ?? {};
        expect(count).toBeGreaterThan(0);
        const time = (ms: number): string => duration(ms, language);
        expect(text).toContain(time(p50Ms));
        expect(text).toContain(words.ofLast(whole(count, language), time(p99Ms)));
      }
      // Nothing was imported here, and that is said.
      expect(await card(0).innerText()).toContain(words.notMeasured);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test(
    "a training begins, draws its curves, is stopped and goes on to its end, in either language",
    async () => {
      const [en, zh] = (await Promise.all(languages.map(watchTraining))) as [Watched, Watched];
      await en.page.getByRole("button", { name: en.words.train, exact: true }).click();
      for (const { page, words } of [en, zh]) {
        await page.getByText(words.curvesNow).waitFor({ timeout: JOURNEY_MS });
        await page.getByRole("img", { name: words.loss }).waitFor(patience);
      }
      await en.page.getByRole("button", { name: "Cancel" }).click();
      const [goOn, goOnInZh] = [en, zh].map(({ page, words }) =>
        page.getByRole("button", { name: words.resume, exact: true }),
      ) as [Locator, Locator];
      await goOn.waitFor(patience);
      const versions = () => shop.platform.models.list(SHOP, "recommend");
      const before = (await versions()).length;
      await goOnInZh.click();
      await expect
        .poll(async () => (await versions()).length, { timeout: JOURNEY_MS })
        .toBe(before + 1);
      const [newest] = await versions();
      const [run] = newest?.course ?? [];
      for (const { page, words } of [en, zh]) {
        await page.getByText(words.curvesOf(newest?.version ?? "")).waitFor(patience);
        const advice = words.advice[run?.verdict.fit ?? "unclear"];
        await page.getByText(advice).first().waitFor();
        await page.context().close();
      }
    },
    3 * JOURNEY_MS,
  );

  /** The stage of training, after that of cleaning was looked at. */
  async function watchTraining(language: Language): Promise<Watched> {
    const words = PIPELINE_WORDS[language];
    const page = await shop.open(browser(), { ...desktop, language });
    await page.goto(at("/pipeline"));
    const stages = page.locator("ol > li > button");
    await expect.poll(() => stages.count(), patience).toBe(8);
    await stages.filter({ hasText: `2 · ${words.stages.clean}` }).click();
    await page.getByText(words.noQuarantine).waitFor();
    expect(page.url()).toContain("stage=clean");
    await stages.filter({ hasText: `5 · ${words.stages.train}` }).click();
    return { page, words };
  }

  test.each(languages)(
    "trainings by themselves are set for the shop, and parameters are looked for (%s)",
    async (language) => {
      const words = { ...SEARCH_WORDS[language], hours: SCHEDULE_WORDS[language] };
      const page = await shop.open(browser(), { ...desktop, language });
      await page.goto(at("/pipeline?stage=train"));
      await page.getByText(words.hours.never).waitFor();
      await page.getByRole("switch", { name: words.hours.everyHours }).click();
      await page.getByRole("button", { name: words.hours.save, exact: true }).click();
      await page.getByText(words.hours.onward("").trim()).waitFor();
      const kept = await shop.platform.storage.records.get(SHOP, "training-hours", "recommend");
      expect(kept?.value).toEqual({ everyHours: 6, fullEveryHours: 0 });
      await page.getByRole("button", { name: words.hours.asTheServer }).click();
      await page.getByText(words.hours.never).waitFor();

      await page.getByRole("textbox", { name: words.budget }).fill("1");
      await page.getByRole("button", { name: words.begin, exact: true }).click();
      await page.getByRole("button", { name: { en: "Cancel", zh: "取消" }[language] }).click();
      await page
        .getByText({ en: "Cancelled", zh: "已取消" }[language], { exact: false })
        .first()
        .waitFor();
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test.each([
    ["en", "Skip to content", "light", 1_280],
    ["zh", "跳到正文", "dark", 390],
  ] as const)(
    "the first stop of the keyboard leads past the bars (%s)",
    async (language, name, scheme, width) => {
      const page = await shop.open(browser(), { language, scheme, width });
      await page.goto(at("/pipeline?stage=clean"));
      await page.getByRole("heading", { level: 1 }).waitFor(patience);
      const link = page.getByRole("link", { name, exact: true });
      expect((await link.boundingBox())?.width).toBe(1);
      await page.keyboard.press("Tab");
      expect(await link.evaluate((it) => it === document.activeElement)).toBe(true);
      expect((await link.boundingBox())?.height).toBeGreaterThan(24);
      expect(await obstacles(page)).toEqual([]);
      await page.keyboard.press("Enter");
      const focused = page.locator("main:focus");
      expect(await focused.count()).toBe(1);
      expect(page.url()).toMatch(/pipeline\?stage=clean$/);
      await page.keyboard.press("Tab");
      expect(await page.locator("main :focus").count()).toBe(1);
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test(
    "nothing stands in a reader's way at the pages of the API, an operation opened",
    async () => {
      const { page } = await stranger("en");
      for (const { scheme, width } of looks) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.setViewportSize({ width, height: 900 });
        await page.goto("/docs");
        await page.locator("#operations-events-sendEvents button").first().click(patience);
        await page.getByRole("textbox", { name: "Request body" }).waitFor(patience);
        expect(await obstacles(page), `${scheme}, ${width} px`).toEqual([]);
      }
      await page.context().close();
    },
    JOURNEY_MS,
  );

  test(
    "nothing stands in a reader's way, in any look, in either language",
    async () => {
      const found: string[] = [];
      for (const [nth, look] of looks.entries()) {
        const language = languages[nth % 2] as Language;
        const page = await shop.open(browser(), { ...look, language });
        for (const path of ["/overview", "/pipeline", "/pipeline?stage=clean"]) {
          await page.goto(at(path));
          await page.getByRole("heading", { level: 2 }).first().waitFor(patience);
          found.push(...(await obstacles(page)).map((one) => `${path} ${look.scheme}: ${one}`));
        }
        await page.context().close();
      }
      expect(found).toEqual([]);
      expect(shop.complaints).toEqual([]);
    },
    JOURNEY_MS,
  );
});
