/**
 * The scripts of the tracker package and of the demo storefront, each one file that a page can load
 * by itself. `node scripts/browser.mjs` writes them; tests build them in memory.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));

/** Name of each script, with the most that it may weigh. @unit bytes, gzip level 9 */
export const browserScripts = { tracker: 2_000, widget: 3_072, storefront: 4_096 };

const entries = {
  tracker: "tracker/src/tracker.ts",
  widget: "tracker/src/widget.ts",
  storefront: "web/storefront/storefront.ts",
};
const made = {
  tracker: "tracker/dist/tracker.js",
  widget: "tracker/dist/widget.js",
  storefront: "web/dist/storefront.js",
};

/** The text of a script, as a page gets it. */
export async function bundled(name, root = here) {
  const { build } = await import("vite");
  const [bundle] = [
    await build({
      configFile: false,
      root,
      logLevel: "error",
      build: {
        write: false,
        target: "es2022",
        minify: "oxc",
        lib: { entry: join(root, entries[name]), formats: ["iife"], name: `shopkeeper_${name}` },
      },
    }),
  ].flat();
  return bundle.output[0].code;
}

export async function bundleAll(root = here) {
  for (const name of Object.keys(browserScripts)) {
    const file = join(root, made[name]);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await bundled(name, root));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundleAll();
