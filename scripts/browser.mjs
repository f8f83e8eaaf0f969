/**
 * The scripts of the tracker package, each one file that a page can load by itself.
 * `node scripts/browser.mjs` writes them to tracker/dist; tests build them in memory.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));

/** Name of each script, with the most that it may weigh. @unit bytes, gzip level 9 */
export const browserScripts = { tracker: 2_048, widget: 3_072 };

/** The text of a script, as a page gets it. */
export async function bundled(name, root = here) {
  const { build } = await import("vite");
  const [made] = [
    await build({
      configFile: false,
      root: join(root, "tracker"),
      logLevel: "error",
      build: {
        write: false,
        target: "es2022",
        minify: "oxc",
        lib: { entry: join("src", `${name}.ts`), formats: ["iife"], name: `shopkeeper_${name}` },
      },
    }),
  ].flat();
  return made.output[0].code;
}

export async function bundleAll(root = here) {
  const folder = join(root, "tracker", "dist");
  mkdirSync(folder, { recursive: true });
  for (const name of Object.keys(browserScripts)) {
    writeFileSync(join(folder, `${name}.js`), await bundled(name, root));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundleAll();
