import { setImmediate } from "node:timers/promises";
import type { Item } from "../collect/item.ts";
import { ITEM } from "../collect/keep-items.ts";
import type { Analytics, Batch, Parameter, Statement } from "../storage/analytics.ts";
import type { Records } from "../storage/records.ts";
import { actionsDdl } from "./actions-table.ts";

/**
 * The small tables beside `actions`: which group an item belongs to, which ids were joined to
 * whom, and which version of the projection wrote it all. A change is appended with the number of
 * its pass and then supersedes what earlier passes wrote, within one transaction.
 */

/** Raise this when what is written changes: older tables are then dropped and replayed. */
export const projectionVersion = 2;

export const projectionDdl: readonly string[] = [
  actionsDdl,
  `CREATE TABLE IF NOT EXISTS items (
    shop VARCHAR NOT NULL, item VARCHAR NOT NULL, group_id VARCHAR,
    created_at BIGINT, pass BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS merges (
    shop VARCHAR NOT NULL, alias VARCHAR NOT NULL, person VARCHAR NOT NULL, pass BIGINT NOT NULL)`,
  "CREATE TABLE IF NOT EXISTS projection (version INTEGER NOT NULL)",
];

/** What the projection needs to know of an item; undefined when it was removed. */
export type ItemEntry = Pick<Item, "group" | "createdAt"> | undefined;

/** Batches and statements of one transaction. */
export interface Writing {
  readonly batches: readonly Batch[];
  readonly statements: readonly Statement[];
}

/** Brings the items named to their new state. O(changed). */
export function writeItems(
  shop: string,
  changed: ReadonlyMap<string, ItemEntry>,
  pass: number,
): Writing {
  const ids = [...changed.keys()];
  const entries = [...changed.values()];
  const columns: Parameter[][] = [
    ids.map(() => shop),
    ids,
    entries.map((entry) => entry?.group ?? null),
    entries.map((entry) => entry?.createdAt ?? null),
    ids.map(() => pass),
  ];
  const superseded = `DELETE FROM items WHERE shop = ? AND (
    (pass < ? AND item IN (SELECT item FROM items WHERE shop = ? AND pass = ?))
    OR (pass = ? AND group_id IS NULL))`;
  return {
    batches: [{ table: "items", columns }],
    statements: [{ sql: superseded, parameters: [shop, pass, shop, pass, pass] }],
  };
}

/** Gives what belonged to each alias to its person. `joined` is flat: no person is an alias. */
export function writeMerges(
  shop: string,
  joined: ReadonlyMap<string, string>,
  pass: number,
): Writing {
  const aliases = [...joined.keys()];
  const columns: Parameter[][] = [
    aliases.map(() => shop),
    aliases,
    [...joined.values()],
    aliases.map(() => pass),
  ];
  const moved = `UPDATE actions SET person = merges.person FROM merges
    WHERE actions.shop = ? AND merges.shop = ? AND merges.pass = ?
      AND actions.person = merges.alias`;
  const superseded = `DELETE FROM merges WHERE shop = ? AND pass < ?
    AND alias IN (SELECT alias FROM merges WHERE shop = ? AND pass = ?)`;
  return {
    batches: [{ table: "merges", columns }],
    statements: [
      { sql: moved, parameters: [shop, shop, pass] },
      { sql: superseded, parameters: [shop, pass, shop, pass] },
    ],
  };
}

/** Takes every row of the persons out, up to the place `upTo` of the log. */
export function writeErasure(shop: string, persons: readonly string[], upTo: number): Writing {
  const marks = persons.map(() => "?").join(", ");
  return {
    batches: [],
    statements: [
      {
        sql: `DELETE FROM actions WHERE shop = ? AND seq <= ? AND person IN (${marks})`,
        parameters: [shop, upTo, ...persons],
      },
      {
        sql: `DELETE FROM merges WHERE shop = ? AND (alias IN (${marks}) OR person IN (${marks}))`,
        parameters: [shop, ...persons, ...persons],
      },
    ],
  };
}

/** Takes the rows of these places of the log out. */
export const writeExpiry = (shop: string, places: readonly number[]): Writing => ({
  batches: [],
  statements: slices(places).map((part) => ({
    sql: `DELETE FROM actions WHERE shop = ? AND seq IN (${part.map(() => "?").join(", ")})`,
    parameters: [shop, ...part],
  })),
});

const PLACES_PER_STATEMENT = 500;

function slices(places: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(places.length / PLACES_PER_STATEMENT);
  return Array.from({ length: count }, (_, nth) =>
    places.slice(nth * PLACES_PER_STATEMENT, (nth + 1) * PLACES_PER_STATEMENT),
  );
}

/** Takes everything of the shop's log out, so that it can be replayed from its start. */
export const writeNothing = (shop: string): Writing => ({
  batches: [],
  statements: [{ sql: "DELETE FROM actions WHERE shop = ?", parameters: [shop] }],
});

/** Merges in order as a flat map: an alias of an alias points at the last person. */
export function flattenMerges(
  merges: readonly { readonly from: string; readonly to: string }[],
): Map<string, string> {
  const joined = new Map<string, string>();
  for (const { from, to } of merges) {
    for (const [alias, person] of joined) if (person === from) joined.set(alias, to);
    joined.set(from, to);
    joined.delete(to);
  }
  return joined;
}

/** Documents read in one step: a few milliseconds. */
const PAGE = 250;

/** Every document of a kind, in pages, giving the event loop its turn between them. */
export async function* documents<T>(
  records: Records,
  shop: string,
  kind: string,
): AsyncGenerator<readonly { readonly id: string; readonly value: T }[]> {
  let after: string | undefined;
  do {
    const page = await records.list<T>(shop, kind, { after, limit: PAGE });
    yield page.rows;
    after = page.next;
    await setImmediate();
  } while (after !== undefined);
}

/** Items whose entry in the table is not that of the catalogue. O(items), never long at a time. */
export async function itemsAmiss(
  records: Records,
  analytics: Analytics,
  shop: string,
): Promise<Map<string, ItemEntry>> {
  const amiss = new Map<string, ItemEntry>();
  let after = "";
  for await (const page of documents<Item>(records, shop, ITEM)) {
    const last = page.at(-1)?.id ?? after;
    const known = await entriesOf(analytics, "item > ? AND item <= ?", [shop, after, last]);
    after = last;
    for (const { id, value } of page) {
      if (known.get(id) !== entryKey(value.group, value.createdAt)) amiss.set(id, value);
      known.delete(id);
    }
    for (const id of known.keys()) amiss.set(id, undefined);
  }
  const beyond = await entriesOf(analytics, "item > ?", [shop, after]);
  for (const id of beyond.keys()) amiss.set(id, undefined);
  return amiss;
}

async function entriesOf(
  analytics: Analytics,
  which: string,
  parameters: readonly string[],
): Promise<Map<string, string>> {
  const rows = await analytics.rows<{ item: string; group_id: string; created_at: number }>(
    `SELECT item, group_id, created_at FROM items WHERE shop = ? AND ${which}`,
    parameters,
  );
  return new Map(rows.map((row) => [row.item, entryKey(row.group_id, row.created_at)]));
}

const entryKey = (group: string, createdAt: number): string => `${createdAt}/${group}`;

/**
 * Joined ids that the tables do not know of: their notice came while nobody listened. Told by the
 * number of aliases, which both sides only ever change together. O(1) when in step, else
 * O(aliases).
 */
export async function mergesAmiss(
  records: Records,
  analytics: Analytics,
  shop: string,
): Promise<Map<string, string>> {
  const [row] = await analytics.rows<{ n: number }>(
    "SELECT count(DISTINCT alias) AS n FROM merges WHERE shop = ?",
    [shop],
  );
  if ((await records.count(shop, "alias")) === (row?.n ?? 0)) return new Map();
  const joined = new Map<string, string>();
  for await (const page of documents<{ person: string }>(records, shop, "alias")) {
    for (const { id, value } of page) joined.set(id, value.person);
  }
  return joined;
}
