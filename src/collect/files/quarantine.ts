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
  if (held + entries.length > limit) await refuseWhenFull(records, shop, entries, limit - held);
  await records.write(
    shop,
    entries.map((put): Change => ({ put, kind: QUARANTINE, id: put.id })),
  );
}

async function refuseWhenFull(
  records: Records,
  shop: string,
  entries: readonly Quarantined[],
  room: number,
): Promise<void> {
  const ids = entries.map((entry) => entry.id);
  const known = await records.getMany<Quarantined>(shop, QUARANTINE, ids);
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
