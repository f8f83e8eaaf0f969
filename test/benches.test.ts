import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { BenchRun } from "../scripts/bench.ts";
import { isBrowserThere } from "./chromium.ts";
import { dataRoot } from "./real-data.ts";

/** Every bench works: it is run small, and what it would record is plain, finite JSON. */
const src = join(fileURLToPath(import.meta.url), "../../src");
const benches = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".bench.ts"),
);
const tiny: BenchRun = {
  tiny: true,
  dataRoot,
  note: () => undefined,
  part: (_, work) => work(),
};

/** Those that open pages want a browser. */
const inBrowser = (path: string): boolean => basename(path) === "pages.bench.ts";
const able = benches.filter((path) => !inBrowser(path) || isBrowserThere() || process.env["CI"]);

const where = existsSync(dataRoot) || process.env["CI"] ? describe : describe.todo;

where(`benches, tiny, on the data sets in ${dataRoot}`, () => {
  test.each(able)("%s", { timeout: 60_000 }, async (path) => {
    const file = pathToFileURL(join(src, path)).href;
    const { bench } = (await import(file)) as { bench(run: BenchRun): Promise<unknown> };
    const results = await bench(tiny);
    expect(results).toBeTypeOf("object");
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  });
});
