import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Clock, monotonicMs } from "../clock.ts";
import type { Config } from "../config.ts";
import { problem } from "../errors.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";
import type { TableFormat, Tables } from "../storage/tables.ts";
import { adapters } from "./adapters/named.ts";
import { isPlainObject } from "./bounded-json.ts";
import type { Collect, Rejected } from "./collect.ts";
import { lineEventIds } from "./event-id.ts";
import { type Mapping, parseMapping, readMappingText } from "./files/mapping.ts";
import { discard, listQuarantined, quarantine, quarantineId } from "./files/quarantine.ts";
import { replayQuarantined } from "./files/replay.ts";
import { importKey, merchantTsv, merchantXml, tableFile } from "./files/table-files.ts";
import type {
  Adapter,
  Candidate,
  ImportControl,
  Importer,
  ImportReport,
  ImportRequest,
  Part,
  PartBatch,
  Quarantined,
} from "./importing.ts";

/**
 * Bringing files in. After every batch that is durable the place reached is written down, so an
 * interrupted import goes on from there, if the files are still the ones it had begun with; what
 * was written but not yet noted is written again under the same ids and changes nothing. What is refused goes to quarantine with its line.
 */
export interface ImporterOptions {
  readonly collect: Collect;
  readonly log: EventLog;
  readonly records: Records;
  readonly tables: Tables;
  readonly clock: Clock;
  readonly config: Config["collect"];
}

export function openImporter(options: ImporterOptions): Importer {
  const { records, collect, config } = options;
  return {
    run: (shop, request, control) => runImport(options, shop, request, control),
    sources: () => [...adapters, ...fileSources].map(({ name, about }) => ({ name, about })),
    quarantined: (shop, listing) => listQuarantined(records, shop, listing),
    replay: (shop, ids, fix) => replayQuarantined({ collect, records, config }, shop, ids, fix),
    discard: (shop, ids) => discard(records, shop, ids),
  };
}

/** Sources that are not named data sets. */
const fileSources = [
  { name: "csv", about: "A CSV file, with a mapping or our own column names" },
  { name: "tsv", about: "The same, separated by tabs" },
  { name: "jsonl", about: "A file of JSON lines, as export writes it" },
  { name: "parquet", about: "A Parquet file" },
  { name: "merchant-tsv", about: "A Google Merchant feed, separated by tabs" },
  { name: "merchant-xml", about: "A Google Merchant feed as RSS or Atom" },
] as const;

/** Kind of the records that hold how far each unfinished import has come. */
const IMPORT = "import";

type Counts = Omit<ImportReport, "source" | "resumed">;

interface Cursor {
  readonly source: string;
  readonly from: string;
  /** What stood there, see `contentMark`: a place in one file means nothing in the next. */
  readonly content: string;
  readonly part: number;
  readonly line: number;
  readonly counts: Counts;
}

const nothing: Counts = {
  rows: 0,
  events: 0,
  items: 0,
  duplicates: 0,
  quarantined: 0,
  skipped: 0,
  withheld: 0,
  seconds: 0,
};

async function runImport(
  options: ImporterOptions,
  shop: string,
  request: ImportRequest,
  control: ImportControl,
): Promise<ImportReport> {
  const { records, tables, config } = options;
  const from = resolve(request.from);
  const mappingText =
    request.mapping === undefined ? undefined : await readMappingText(request.mapping);
  const adapter = adapterOf(options, request, mappingText);
  const key = importKey(request.source, request.name ?? from, mappingText);
  const content = await contentMark(from);
  const before = (await records.get<Cursor>(shop, IMPORT, key))?.value;
  const resumed = before?.from === from && before.content === content;
  const first: Cursor = {
    source: request.source,
    from,
    content,
    part: 0,
    line: 0,
    counts: nothing,
  };
  const parts = await adapter.parts(tables, from, config.importBatchRows);
  const { source } = request;
  const run: Run = { ...options, shop, key, source, parts, control, total: totalOf(parts) };
  const end = await runParts(run, resumed ? before : first);
  return { source, ...end.counts, resumed };
}

/** Size and time of change of the file, or of each file of the folder; empty if nothing is there. */
async function contentMark(from: string): Promise<string> {
  const found = await stat(from).catch(() => undefined);
  if (found === undefined) return "";
  if (!found.isDirectory()) return `${found.size}@${found.mtimeMs}`;
  const names = (await readdir(from)).sort();
  const stats = await Promise.all(names.map((name) => stat(join(from, name))));
  return stats.map(({ size, mtimeMs }, at) => `${names[at]}:${size}@${mtimeMs}`).join("/");
}

function totalOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.total, 0);
}

function adapterOf(
  { clock, config }: ImporterOptions,
  { source, mapping: path }: ImportRequest,
  mappingText: string | undefined,
): Adapter {
  const mapping: Mapping | undefined =
    mappingText === undefined ? undefined : parseMapping(mappingText, path ?? "");
  switch (source) {
    case "csv":
    case "tsv":
    case "jsonl":
    case "parquet":
      return tableFile({
        format: source satisfies TableFormat,
        mapping,
        currency: config.currency,
      });
    case "merchant-tsv":
      return merchantTsv(clock());
    case "merchant-xml":
      return merchantXml(clock());
    default:
      return named(source);
  }
}

function named(source: string): Adapter {
  const adapter = adapters.find((one) => one.name === source);
  if (adapter !== undefined) return adapter;
  const known = [...fileSources, ...adapters].map((one) => one.name).join(", ");
  throw problem("unknown-dataset", `no adapter is called ${source}; there are: ${known}`);
}

interface Run extends ImporterOptions {
  readonly shop: string;
  readonly key: string;
  readonly source: string;
  readonly parts: readonly Part[];
  readonly control: ImportControl;
  readonly total: number;
}

async function runParts(run: Run, from: Cursor): Promise<Cursor> {
  let cursor = from;
  for (let at = from.part; at < run.parts.length; at++) {
    const part = run.parts[at];
    if (part === undefined) break;
    const newIds = lineEventIds(`${from.source}.${part.name}`);
    let started = monotonicMs();
    for await (const batch of part.read(at === from.part ? from.line : 0)) {
      if (run.control.signal.aborted) throw cancelled(cursor);
      const taken = await takeBatch(run, at, part, batch, newIds);
      const counts = added(cursor.counts, batch, taken, (monotonicMs() - started) / 1_000);
      started = monotonicMs();
      cursor = { ...cursor, part: at, line: batch.line, counts };
      await save(run, cursor);
      const { rows: done } = counts;
      run.control.progress({ stage: part.name, done, total: run.total, unit: "rows" });
    }
    cursor = { ...cursor, part: at + 1, line: 0 };
  }
  // Read again, a finished file is read from its start.
  await run.records.write(run.shop, [{ remove: true, kind: IMPORT, id: run.key }]);
  return cursor;
}

async function save(run: Run, cursor: Cursor): Promise<void> {
  await run.records.write(run.shop, [{ put: cursor, kind: IMPORT, id: run.key }]);
}

function cancelled({ counts }: Cursor): Error {
  return problem(
    "cancelled",
    `stopped after ${counts.rows} rows; run it again to go on from there`,
  );
}

interface Taken {
  readonly events: number;
  readonly items: number;
  readonly duplicates: number;
  readonly withheld: number;
  readonly quarantined: number;
}

function added(counts: Counts, batch: PartBatch, taken: Taken, seconds: number): Counts {
  return {
    rows: counts.rows + batch.rows,
    events: counts.events + taken.events,
    items: counts.items + taken.items,
    duplicates: counts.duplicates + taken.duplicates,
    quarantined: counts.quarantined + taken.quarantined,
    skipped: counts.skipped + batch.skipped,
    withheld: counts.withheld + taken.withheld,
    seconds: counts.seconds + seconds,
  };
}

type NewId = ReturnType<typeof lineEventIds>;

async function takeBatch(
  run: Run,
  partAt: number,
  part: Part,
  batch: PartBatch,
  newIds: NewId,
): Promise<Taken> {
  const events = stamped(batch.events, newIds);
  const items = await inChunks(batch.items, run.config.itemsPerBatch, (inputs) =>
    run.collect.items(run.shop, inputs),
  );
  const taken = await inChunks(events, run.config.eventsPerBatch, (inputs) =>
    run.collect.events(run.shop, inputs),
  );
  const entries = [
    ...items.refused.map((one) => entryOf(one, "item")),
    ...taken.refused.map((one) => entryOf(one, "event")),
    ...batch.bad.map(badEntry),
  ];
  const kept = numbered(run, partAt, part, entries);
  await quarantine(run.records, run.shop, kept, run.config.quarantineLimit);
  return {
    items: sum(items.answers, (one) => one.upserted),
    events: sum(taken.answers, (one) => one.accepted),
    duplicates:
      sum(taken.answers, (one) => one.duplicates) + sum(items.answers, (one) => one.unchanged),
    withheld: sum(taken.answers, (one) => one.withheld),
    quarantined: kept.length,
  };
}

function sum<T>(answers: readonly T[], count: (answer: T) => number): number {
  return answers.reduce((total, answer) => total + count(answer), 0);
}

/** Gives every event that has none the id that its line always has. */
function stamped(candidates: readonly Candidate[], newIds: NewId): readonly Candidate[] {
  let line = 0;
  let place = 0;
  return candidates.map((candidate) => {
    place = candidate.line === line ? place + 1 : 0;
    line = candidate.line;
    const { input } = candidate;
    if (!isPlainObject(input) || input["eventId"] !== undefined) return candidate;
    const at = typeof input["at"] === "number" ? input["at"] : 0;
    return { ...candidate, input: { ...input, eventId: newIds(at, line, place) } };
  });
}

interface Answered<T> {
  readonly answers: readonly T[];
  readonly refused: readonly { readonly candidate: Candidate; readonly rejected: Rejected }[];
}

/** All chunks are given in one turn, so that they share one sync. */
async function inChunks<T extends { readonly rejected: readonly Rejected[] }>(
  candidates: readonly Candidate[],
  size: number,
  take: (inputs: readonly unknown[]) => Promise<T>,
): Promise<Answered<T>> {
  const chunks: (readonly Candidate[])[] = [];
  for (let at = 0; at < candidates.length; at += size) chunks.push(candidates.slice(at, at + size));
  const answers = await Promise.all(chunks.map((chunk) => take(chunk.map((one) => one.input))));
  const refused = answers.flatMap((answer, chunk) =>
    answer.rejected.flatMap((rejected) => {
      const candidate = chunks[chunk]?.[rejected.index];
      return candidate === undefined ? [] : [{ candidate, rejected }];
    }),
  );
  return { answers, refused };
}

type Entry = Omit<Quarantined, "id" | "source" | "part" | "at">;

function entryOf(
  { candidate, rejected }: Answered<unknown>["refused"][number],
  kind: "event" | "item",
): Entry {
  const { line, input, row } = candidate;
  const { detail: reason, errors } = rejected;
  return { line, reason, errors, kind, input, ...(row === undefined ? {} : { row }) };
}

function badEntry({ line, text, reason }: PartBatch["bad"][number]): Entry {
  return { line, reason, errors: [], kind: "line", input: text };
}

function numbered(run: Run, partAt: number, part: Part, entries: readonly Entry[]): Quarantined[] {
  const seen = new Map<number, number>();
  const { source, clock } = run;
  return entries.map((entry) => {
    const place = seen.get(entry.line) ?? 0;
    seen.set(entry.line, place + 1);
    const id = quarantineId(run.key, partAt, entry.line, place);
    return { ...entry, id, source, part: part.name, at: clock() };
  });
}
