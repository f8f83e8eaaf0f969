/**
 * `npm run bench -- <name> [--tiny]` runs the <name>.bench.ts of src and records what it found in
 * bench/<name>.json. A bench file exports one function:
 *
 *     export async function bench(run: BenchRun): Promise<unknown>
 *
 * and returns its numbers as plain JSON: data, split, seeds, metrics with intervals, baseline.
 * A tiny run proves that the bench works; it is printed and not recorded.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

export interface BenchRun {
  /** Small enough for a test: seconds, not minutes. */
  readonly tiny: boolean;
  /** The folder of the real, public data sets. */
  readonly dataRoot: string;
  /** Says on standard error how far it is. */
  note(line: string): void;
}

interface BenchModule {
  readonly bench?: (run: BenchRun) => Promise<unknown>;
}

const root = resolve(import.meta.dirname, "..");
const ENDING = ".bench.ts";

function benches(): Map<string, string> {
  const found = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ENDING))
    .map((path): [string, string] => [basename(path, ENDING), join(root, "src", path)]);
  return new Map(found.sort());
}

async function runOne(name: string, file: string, tiny: boolean): Promise<void> {
  const { bench } = (await import(pathToFileURL(file).href)) as BenchModule;
  if (bench === undefined) throw new Error(`${file} exports no function "bench"`);
  const note = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const dataRoot = resolve(root, process.env["SHOPKEEPER_DATA"] ?? "../shared/data");
  const startedAt = performance.now();
  const results = await bench({ tiny, dataRoot, note });
  const record = {
    bench: name,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    seconds: Math.round((performance.now() - startedAt) / 100) / 10,
    memoryPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    tiny,
    results,
  };
  const text = `${JSON.stringify(record, null, 2)}\n`;
  process.stdout.write(text);
  if (tiny) return;
  mkdirSync(join(root, "bench"), { recursive: true });
  writeFileSync(join(root, "bench", `${name}.json`), text);
  note(`recorded in bench/${name}.json`);
}

const { values, positionals } = parseArgs({
  options: { tiny: { type: "boolean", default: false } },
  allowPositionals: true,
});
const known = benches();
const unknown = positionals.filter((name) => !known.has(name));
if (positionals.length === 0 || unknown.length > 0) {
  const said = unknown.length > 0 ? `no bench is called ${unknown.join(", ")}; ` : "";
  process.stderr.write(`${said}say one of: ${[...known.keys()].join(", ")}\n`);
  process.exitCode = 1;
} else {
  for (const name of positionals) await runOne(name, known.get(name) ?? "", values.tiny);
}
