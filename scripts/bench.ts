/**
 * `npm run bench -- <name> [--tiny] [--only <part>]` runs the <name>.bench.ts of src and records
 * what it found in bench/<name>.json. A bench file exports one function:
 *
 *     export async function bench(run: BenchRun): Promise<unknown>
 *
 * and returns its numbers as plain JSON: data, split, seeds, metrics with intervals, baseline.
 * A tiny run proves that the bench works; it is printed and not recorded.
 *
 * A long bench has parts: each is recorded as soon as it is done, with its own date, seconds and
 * load, so that an interrupted run loses one part at most. With --only (again and again, if need be)
 * only the parts whose names begin so are run; the others are taken from the record. An --only that
 * names no part puts the record together anew, as after two runs side by side.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
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
  /** Runs a part and records it; undefined when it is neither asked for nor in the record. */
  part<Found>(name: string, work: () => Promise<Found>): Promise<Found | undefined>;
}

interface Part {
  readonly date: string;
  readonly seconds: number;
  /** Processes that wanted a core, mean of a minute, before and after. */
  readonly load: readonly number[];
  readonly found: unknown;
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

async function runOne(
  name: string,
  file: string,
  tiny: boolean,
  only: readonly string[],
): Promise<void> {
  const { bench } = (await import(pathToFileURL(file).href)) as BenchModule;
  if (bench === undefined) throw new Error(`${file} exports no function "bench"`);
  const note = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const dataRoot = resolve(root, process.env["SHOPKEEPER_DATA"] ?? "../shared/data");
  const startedAt = performance.now();
  const part: BenchRun["part"] = async (called, work) => {
    type Found = Awaited<ReturnType<typeof work>>;
    if (only.length > 0 && !only.some((start) => called.startsWith(start))) {
      return partsOf(name)[called]?.found as Found | undefined;
    }
    const [before, began] = [loadOfMinute(), performance.now()];
    const found = await work();
    const load = [before, loadOfMinute()];
    if (!tiny)
      keep(name, { [called]: { date: today(), seconds: secondsSince(began), load, found } });
    return found;
  };
  const results = await bench({ tiny, dataRoot, note, part });
  const record = {
    bench: name,
    date: today(),
    ...machine(),
    seconds: secondsSince(startedAt),
    memoryPeakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    tiny,
    results,
  };
  process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  if (tiny) return;
  const parts = partsOf(name);
  write(name, Object.keys(parts).length > 0 ? { ...record, parts } : record);
  note(`recorded in bench/${name}.json`);
}

const machine = () => ({
  node: process.version,
  cpu: cpus()[0]?.model ?? "unknown",
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
});
const today = (): string => new Date().toISOString().slice(0, 10);
const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;
const loadOfMinute = (): number => Math.round(10 * (loadavg()[0] ?? 0)) / 10;

function recordOf(name: string): Readonly<Record<string, unknown>> {
  const path = join(root, "bench", `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

const partsOf = (name: string): Readonly<Record<string, Part>> =>
  (recordOf(name)["parts"] ?? {}) as Readonly<Record<string, Part>>;

/** Beside what is recorded already. */
function keep(name: string, part: Readonly<Record<string, Part>>): void {
  const record = { bench: name, ...machine(), ...recordOf(name) };
  write(name, { ...record, parts: { ...partsOf(name), ...part } });
}

function write(name: string, record: object): void {
  mkdirSync(join(root, "bench"), { recursive: true });
  writeFileSync(join(root, "bench", `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}

const { values, positionals } = parseArgs({
  options: {
    tiny: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
  },
  allowPositionals: true,
});
const known = benches();
const unknown = positionals.filter((name) => !known.has(name));
if (positionals.length === 0 || unknown.length > 0) {
  const said = unknown.length > 0 ? `no bench is called ${unknown.join(", ")}; ` : "";
  process.stderr.write(`${said}say one of: ${[...known.keys()].join(", ")}\n`);
  process.exitCode = 1;
} else {
  for (const name of positionals) {
    await runOne(name, known.get(name) ?? "", values.tiny, values.only);
  }
}
