import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where the browser is; Debian's Chromium unless said otherwise. */
export const browserPath: string = process.env["SHOPKEEPER_CHROMIUM"] ?? "/usr/bin/chromium";

export const isBrowserThere = (): boolean => existsSync(browserPath);

const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath, args: QUIET });
