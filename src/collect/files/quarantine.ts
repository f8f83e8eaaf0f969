import { problem } from "../../errors.ts";
import type { Change, Records } from "../../storage/records.ts";
import { isPlainObject } from "../bounded-json.ts";
import type { Quarantined } from "../importing.ts";

/**
 * What an import refused, kept with its reason and line until somebody fixes or discards it. Ids
 * begin with the import and hold part and line, so a second run overwrites and does not add.
 */
export const QUARANTINE = "quarantine";

export interface QuarantinePage {
  readonly rows: readonly Quarantined[];
  /** Give this as `after` to go on; undefined on the last page. */
  readonly next: string | undefined;
}

export interface QuarantineListing {
  readonly limit: number;
  readonly after?: string | undefined;
  /** Only of this import, see `importKey`. */
  readonly prefix?: string | undefined;
}

export function quarantineId(importKey: string, part: number, line: number, place: number): string {
  const digits = (value: number, width: number): string => String(value).padStart(width, "0");
  return `${importKey}.${digits(part, 2)}.${digits(line, 12)}.${digits(place, 3)}`;
}

/** @throws problem `limit-reached` when there is no room for all of them; none is then kept. */
export async function quarantine(
  records: Records,
  shop: string,
  entries: readonly Quarantined[],
  limit: number,
): Promise<void> {
  if (entries.length === 0) return;
  const held = await records.count(shop, QUARANTINE);
  const ids = entries.map((entry) => entry.id);
  const known = await records.getMany<Quarantined>(shop, QUARANTINE, ids);
  if (held + entries.length > limit) refuseWhenFull(known, entries, limit - held);
  const dated = entries.map((entry, nth) => sinceFirst(entry, known[nth]?.value));
  await records.write(
    shop,
    dated.map((put): Change => ({ put, kind: QUARANTINE, id: put.id })),
  );
}

/** The same line refused once more is as old as it was. */
function sinceFirst(entry: Quarantined, before: Quarantined | undefined): Quarantined {
  const said = ({ input, row }: Quarantined): string => JSON.stringify([input, row]);
  return before !== undefined && said(before) === said(entry)
    ? { ...entry, at: Math.min(before.at, entry.at) }
    : entry;
}

function refuseWhenFull(
  known: readonly unknown[],
  entries: readonly Quarantined[],
  room: number,
): void {
  const fresh = known.filter((one) => one === undefined).length;
  if (fresh <= room) return;
  const first = entries[0];
  const example = first === undefined ? "" : ` First refusal: line ${first.line}, ${first.reason}.`;
  throw problem(
    "limit-reached",
    `Quarantine is full (collect.quarantineLimit): ${fresh} more do not fit.${example} ` +
      "Fix the mapping, or replay or discard what is there; the import goes on from here.",
  );
}

export async function listQuarantined(
  records: Records,
  shop: string,
  { limit, after, prefix }: QuarantineListing,
): Promise<QuarantinePage> {
  const page = await records.list<Quarantined>(shop, QUARANTINE, { limit, after, prefix });
  return { rows: page.rows.map((row) => row.value), next: page.next };
}

export async function* eachQuarantined(
  records: Records,
  shop: string,
): AsyncGenerator<readonly Quarantined[]> {
  let after: string | undefined;
  do {
    const page = await listQuarantined(records, shop, { limit: 1_000, after });
    yield page.rows;
    after = page.next;
  } while (after !== undefined);
}

/** Removes what is there of these; returns how many. */
export async function discard(
  records: Records,
  shop: string,
  ids: readonly string[],
): Promise<number> {
  const found = await records.getMany<Quarantined>(shop, QUARANTINE, ids);
  const held = found.flatMap((one) => (one === undefined ? [] : [one.id]));
  if (held.length === 0) return 0;
  await records.write(
    shop,
    held.map((id): Change => ({ remove: true, kind: QUARANTINE, id })),
  );
  return held.length;
}

/** Removes what names any of the persons, as a value of an input or its row or a word of a line. */
export async function forgetQuarantined(
  records: Records,
  shop: string,
  persons: ReadonlySet<string>,
): Promise<number> {
  let forgotten = 0;
  for await (const rows of eachQuarantined(records, shop)) {
    const about = rows.filter(({ input, row }) => names(input, persons) || names(row, persons));
    const ids = about.map(({ id }) => id);
    await discard(records, shop, ids);
    forgotten += ids.length;
  }
  return forgotten;
}

function names(input: unknown, persons: ReadonlySet<string>): boolean {
  if (typeof input === "string") {
    return persons.has(input) || input.split(/[\s,;|"]+/u).some((word) => persons.has(word));
  }
  if (typeof input === "number") return persons.has(String(input));
  if (Array.isArray(input)) return input.some((part: unknown) => names(part, persons));
  return isPlainObject(input) && Object.values(input).some((part) => names(part, persons));
}

/** What may tell of a shopper. An item does not. */
const mayName = ({ kind }: Quarantined): boolean => kind !== "item";

export interface OldQuarantined {
  /** Of all that may tell of a shopper. */
  readonly rows: number;
  readonly ids: readonly string[];
  /** When the first refused of those that are too old were. @unit epoch ms */
  readonly oldestAt: number;
  readonly newestAt: number;
}

/**
 * What was refused before the moment and may tell of a shopper. Rows of before they were dated count from
 * when they are first looked at, and are dated then. O(quarantine). @unit before, now epoch ms
 */
export async function oldQuarantined(
  records: Records,
  shop: string,
  before: number,
  now: number,
): Promise<OldQuarantined> {
  const ids: string[] = [];
  let [count, oldestAt, newestAt] = [0, Number.MAX_SAFE_INTEGER, 0];
  for await (const page of eachQuarantined(records, shop)) {
    const rows = page.filter(mayName);
    const undated = rows.filter(({ at }) => !Number.isFinite(at));
    await records.write(
      shop,
      undated.map((row): Change => ({ put: { ...row, at: now }, kind: QUARANTINE, id: row.id })),
    );
    count += rows.length;
    for (const { id, at } of rows) {
      if (!(at < before)) continue;
      ids.push(id);
      oldestAt = Math.min(oldestAt, at);
      newestAt = Math.max(newestAt, at);
    }
  }
  return { rows: count, ids, oldestAt, newestAt };
}
