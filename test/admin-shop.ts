import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import type { Platform } from "../src/platform.ts";
import { type PredictParams, predictParamsSchema } from "../src/scenarios/predict/schema.ts";
import { inlineControl } from "../src/scenarios/recommend/conformance/open-trade.ts";
import type { Access } from "../src/serve/access/access.ts";
import type { UserRole } from "../src/serve/access/users.ts";
import { sampleAccess, signUp } from "../src/serve/conformance/signed-in.ts";
import { COOKIE } from "../src/serve/http/auth.ts";
import { openDemoShop } from "./demo-shop.ts";

/** Writes the pages as they are shipped: a process of its own, since a test is no production. */
async function writeAdmin(folder: string): Promise<void> {
  const script = fileURLToPath(new URL("../scripts/admin.mjs", import.meta.url));
  const env = { ...process.env, NODE_ENV: "production" };
  await promisify(execFile)(process.execPath, [script, folder], { env });
}

export type Language = "en" | "zh";

export interface Look {
  readonly language: Language;
  readonly scheme: "light" | "dark";
  /** @unit px */
  readonly width: number;
}

/** The admin as it is built, before a small simulated shop whose models are trained. */
export interface AdminShop {
  readonly url: string;
  readonly platform: Platform;
  readonly access: Access;
  /** Of the shop's secret key. */
  readonly headers: Readonly<Record<string, string>>;
  /** A page for who is signed in; what it says on its console is kept in `complaints`. */
  open(browser: Browser, look: Look, role?: UserRole): Promise<Page>;
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** The shop of `openAdminShop`. */
export const SHOP = "demo";

export interface ShopPast {
  readonly days: number;
  /** How the predictions are trained; null: they are not. */
  readonly predictions: object | null;
}

/** So long that the predictions of 7 days can be judged. */
const SHORT: ShopPast = {
  days: 18,
  predictions: {
    ...{ width: 8, blocks: 1, length: 8, epochsMost: 1, treesMost: 20, calendarMoments: 8 },
    ...{ visitMomentsMost: 2, momentsMost: 4_000, casesLeast: 50, without: ["network"] },
  },
};

export async function openAdminShop(past: ShopPast = SHORT): Promise<AdminShop> {
  const adminFolder = await mkdtemp(join(tmpdir(), "shopkeeper-admin-"));
  await writeAdmin(adminFolder);
  const opened: Access[] = [];
  const { platform, url, headers, close } = await openDemoShop(past.days, async (platform) => {
    const access = await sampleAccess(platform);
    opened.push(access);
    for (const role of ["owner", "viewer"] as const) await signUp(access, role, role);
    return { access, adminFolder };
  });
  const [access] = opened as [Access];
  if (past.predictions !== null) {
    const params = predictParamsSchema.parse(past.predictions) as PredictParams;
    await platform.predict.train(SHOP, params, 1, inlineControl());
  }
  const complaints: string[] = [];
  return {
    ...{ url, platform, access, headers, complaints },
    async open(browser, { language, scheme, width }, role = "owner") {
      const { token } = await access.sessions.begin(role);
      const context = await browser.newContext({
        ...{ baseURL: url, colorScheme: scheme, reducedMotion: "reduce" },
        viewport: { width, height: 900 },
      });
      await context.addCookies([{ name: COOKIE, value: token, url }]);
      await context.addInitScript(
        (chosen) => localStorage.setItem("shopkeeper-language", chosen),
        language,
      );
      const page = await context.newPage();
      page.on("console", (said) => {
        // A problem that the page shows is no fault of the page.
        const isAnswer = said.text().startsWith("Failed to load resource");
        if (said.type() === "error" && !isAnswer) complaints.push(said.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      return page;
    },
    async close() {
      await close();
      await rm(adminFolder, { recursive: true });
    },
  };
}

export const looks: readonly Omit<Look, "language">[] = [
  { scheme: "light", width: 1_280 },
  { scheme: "dark", width: 1_280 },
  { scheme: "light", width: 390 },
  { scheme: "dark", width: 390 },
];

/** What stands in the way of readers on this page: rules of axe that it breaks, and too great a width. */
export async function obstacles(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = "" }) => `${id} ${html} ${failureSummary}`),
  );
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  return over > 0 ? [...found, `${over} px too wide`] : found;
}
