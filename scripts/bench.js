var __rewriteRelativeImportExtension = (this && this.__rewriteRelativeImportExtension) || function (path, preserveJsx) {
    if (typeof path === "string" && /^\.\.?\//.test(path)) {
        return path.replace(/\.(tsx)$|((?:\.d)?)((?:\.[^./]+?)?)\.([cm]?)ts$/i, function (m, tsx, d, ext, cm) {
            return tsx ? preserveJsx ? ".jsx" : ".js" : d && (!ext || !cm) ? m : (d + ext + "." + cm.toLowerCase() + "js");
        });
    }
    return path;
};
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
const root = resolve(import.meta.dirname, "..");
const ENDING = ".bench.ts";
function benches() {
    const found = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(ENDING))
        .map((path) => [basename(path, ENDING), join(root, "src", path)]);
    return new Map(found.sort());
}
async function runOne(name, file, tiny, only) {
    const { bench } = (await import(__rewriteRelativeImportExtension(pathToFileURL(file).href)));
    if (bench === undefined)
        throw new Error(`${file} exports no function "bench"`);
    const note = (line) => void process.stderr.write(`${name}: ${line}\n`);
    const dataRoot = resolve(root, process.env["SHOPKEEPER_DATA"] ?? "../shared/data");
    const startedAt = performance.now();
    const part = async (called, work) => {
        if (only.length > 0 && !only.some((start) => called.startsWith(start))) {
            return partsOf(name)[called]?.found;
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
    if (tiny)
        return;
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
const today = () => new Date().toISOString().slice(0, 10);
const secondsSince = (began) => Math.round((performance.now() - began) / 100) / 10;
const loadOfMinute = () => Math.round(10 * (loadavg()[0] ?? 0)) / 10;
function recordOf(name) {
    const path = join(root, "bench", `${name}.json`);
    return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}
const partsOf = (name) => (recordOf(name)["parts"] ?? {});
/** Beside what is recorded already. */
function keep(name, part) {
    const record = { bench: name, ...machine(), ...recordOf(name) };
    write(name, { ...record, parts: { ...partsOf(name), ...part } });
}
function write(name, record) {
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
}
else {
    for (const name of positionals) {
        await runOne(name, known.get(name) ?? "", values.tiny, values.only);
    }
}
//# sourceMappingURL=bench.js.map