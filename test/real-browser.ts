import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, isBrowserThere, launchBrowser } from "./chromium.ts";

/**
 * A suite in a real browser, one for all its tests. Without a browser it says so; in CI, which
 * installs one, an absent browser fails.
 */
export function describeInBrowser(name: string, suite: (browser: () => Browser) => void): void {
  if (isBrowserThere()) {
    describe(name, () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await launchBrowser();
      });
      afterAll(() => browser.close());
      suite(() => browser);
    });
  } else if (process.env["CI"]) {
    test(`${name}: a browser is there`, () => {
      expect(isBrowserThere(), `${browserPath} is missing`).toBe(true);
    });
  } else {
    test.todo(`${name} (no browser at ${browserPath}; set SHOPKEEPER_CHROMIUM)`);
  }
}
