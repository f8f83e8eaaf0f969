import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Where the browser is; Debian's Chromium unless said otherwise. */
const executablePath = process.env["SHOPKEEPER_CHROMIUM"] ?? "/usr/bin/chromium";

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * A suite in a real browser, one for all its tests. Without a browser it says so; in CI, which
 * installs one, an absent browser fails.
 */
export function describeInBrowser(name: string, suite: (browser: () => Browser) => void): void {
  if (existsSync(executablePath)) {
    describe(name, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await chromium.launch({ executablePath, args: QUIET });
      });
      afterAll(() => browser.close());
      suite(() => browser);
    });
  } else if (process.env["CI"]) {
    test(`${name}: a browser is there`, () => {
      expect(existsSync(executablePath), `${executablePath} is missing`).toBe(true);
    });
  } else {
    test.todo(`${name} (no browser at ${executablePath}; set SHOPKEEPER_CHROMIUM)`);
  }
}
