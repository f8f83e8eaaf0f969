import type { Config } from "../../config.ts";
import type { Records } from "../../storage/records.ts";
import { isPlainObject, type Plain } from "../bounded-json.ts";
import type { Collect } from "../collect.ts";
import type { Fix, Quarantined, Replayed } from "../importing.ts";
import { mapRow, parseMapping, readMappingText } from "./mapping.ts";
import { discard, eachQuarantined, QUARANTINE } from "./quarantine.ts";
import { identified } from "./table-files.ts";

/**
 * Trying again what was refused. An entry leaves quarantine only when everything made of it was
 * taken; ids of events are those of the first attempt, so a replay that is repeated changes
 * nothing.
 */
export interface ReplayOptions {
  readonly collect: Collect;
  readonly records: Records;
  readonly config: Config["collect"];
}

/**
 * The fix that reads rows again under a better mapping file; entries without a row stay as they were.
 * @throws problem `invalid-file`, `missing-data`
 */
export async function fixByMapping(path: string, currency: string): Promise<Fix> {
  const mapping = parseMapping(await readMappingText(path), path);
  return (entry) => {
    if (!isPlainObject(entry.row)) return asItWas(entry);
    const row = entry.row;
    const wanted = mapRow(row, mapping, { currency }).filter((one) => one.kind === entry.kind);
    return wanted.map(({ kind, input }) => ({
      kind,
      input: kind === "event" ? identified(input, entry.line, row) : input,
    }));
  };
}

/** An event or item as it was sent. A line that could not be read says nothing without a fix. */
const asItWas: Fix = ({ kind, input }) => (kind === "line" ? [] : [{ kind, input }]);

export async function replayQuarantined(
  options: ReplayOptions,
  shop: string,
  ids: readonly string[] | undefined,
  fix: Fix = asItWas,
): Promise<Replayed> {
  let taken = 0;
  let refused = 0;
  for await (const entries of chosen(options.records, shop, ids)) {
    for (const chunk of chunksOf(entries, options.config)) {
      const passed = await replayChunk(options, shop, chunk, fix);
      await discard(options.records, shop, passed);
      taken += passed.length;
      refused += chunk.length - passed.length;
    }
  }
  return { taken, refused };
}

async function* chosen(
  records: Records,
  shop: string,
  ids: readonly string[] | undefined,
): AsyncGenerator<readonly Quarantined[]> {
  if (ids === undefined) {
    yield* eachQuarantined(records, shop);
    return;
  }
  const found = await records.getMany<Quarantined>(shop, QUARANTINE, ids);
  yield found.flatMap((one) => (one === undefined ? [] : [one.value]));
}

/** A fix may make an event and an item of one row: half a batch leaves room. */
function* chunksOf(
  entries: readonly Quarantined[],
  config: Config["collect"],
): Generator<readonly Quarantined[]> {
  const size = Math.max(1, Math.floor(Math.min(config.eventsPerBatch, config.itemsPerBatch) / 2));
  for (let at = 0; at < entries.length; at += size) yield entries.slice(at, at + size);
}

async function replayChunk(
  { collect }: ReplayOptions,
  shop: string,
  entries: readonly Quarantined[],
  fix: Fix,
): Promise<readonly string[]> {
  const tries = entries.flatMap((entry) =>
    fix(entry).map(({ kind, input }) => ({ id: entry.id, kind, input: sameId(entry, input) })),
  );
  const failed = new Set<string>();
  for (const kind of ["item", "event"] as const) {
    const wanted = tries.filter((one) => one.kind === kind);
    const inputs = wanted.map((one) => one.input);
    const answer =
      kind === "item" ? await collect.items(shop, inputs) : await collect.events(shop, inputs);
    for (const { index } of answer.rejected) {
      const { id } = wanted[index] ?? { id: "" };
      failed.add(id);
    }
  }
  return [...new Set(tries.map((one) => one.id))].filter((id) => !failed.has(id));
}

/** A fix that says nothing of the event id means the one it had. */
function sameId(entry: Quarantined, input: unknown): unknown {
  const before: Plain = isPlainObject(entry.input) ? entry.input : {};
  if (entry.kind !== "event" || !isPlainObject(input)) return input;
  return { ...input, eventId: input["eventId"] ?? before["eventId"] };
}
