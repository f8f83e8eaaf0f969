/**
 * `npx tsx scripts/screenshots.ts <url> <password> [<own>]` takes the README's pictures from a running
 * demo (`npm start`): the storefront after three items of one kind, and the admin's overview. The
 * password that the first start printed is changed to the owner's own, which is then the last word.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const [url = "http://localhost:4600", password = "", own = ""] = process.argv.slice(2);
const folder = join(import.meta.dirname, "..", "docs", "pictures");
const executablePath = process.env["SHOPKEEPER_CHROMIUM"] ?? "/usr/bin/chromium";
/** Until lists and charts stand still. @unit ms */
const SETTLED_MS = 1_500;

async function pageOf(browser: Browser): Promise<Page> {
  const context = await browser.newContext({
    ...{ baseURL: url, locale: "en-US", colorScheme: "light", reducedMotion: "reduce" },
    viewport: { width: 1_280, height: 860 },
  });
  return context.newPage();
}

async function take(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(SETTLED_MS);
  await page.screenshot({ path: join(folder, `${name}.jpg`), type: "jpeg", quality: 80 });
  process.stderr.write(`docs/pictures/${name}.jpg\n`);
}

/** Three items of one department, then the home page that they changed. */
async function storefront(browser: Browser): Promise<void> {
  const page = await pageOf(browser);
  for (const place of [0, 1, 2]) {
    await page.goto("/shop");
    await page.locator('a[href*="/shop/category/"]').nth(4).click();
    await page.locator('main a[href*="/shop/item/"]').nth(place).click();
    await page.waitForTimeout(SETTLED_MS);
  }
  await page.goto("/shop");
  await take(page, "storefront");
}

async function admin(browser: Browser): Promise<void> {
  const page = await pageOf(browser);
  await page.goto("/admin/demo/overview");
  await page.fill("input[name=name]", "owner");
  await page.fill("input[name=password]", password);
  await page.click("button[type=submit]");
  const next = page.locator("input[name=next]");
  await next.or(page.locator("nav")).first().waitFor();
  if (await next.isVisible()) {
    await next.fill(own);
    await page.click("button[type=submit]");
    await page.waitForSelector("nav");
  }
  await take(page, "admin");
}

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
await storefront(browser);
await admin(browser);
await browser.close();
