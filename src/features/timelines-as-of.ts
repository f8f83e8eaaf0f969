import { assert } from "../assert.ts";
import { eventNames, surfaces } from "../collect/event.ts";
import type { Columns, Parameter } from "../storage/analytics.ts";
import { refusedSql } from "./actions-table.ts";
import type { Past } from "./past.ts";
import { sessionNumbers } from "./sessions.ts";
import { deeds, type Timelines } from "./timelines.ts";

/**
 * The past as timelines, in one query: the engine filters, folds the lines of an event into one row,
 * numbers persons and groups and sorts. As of and consent as in interactions: nothing at or after the
 * moment, nothing of who said no last, no event that may not personalise.
 */
export interface TimelineOptions {
  /** Everybody in order of first event, one person alone, or a page of persons in order of their ids. */
  readonly of:
    | "everybody"
    | { readonly person: string }
    | { readonly after: string; readonly limit: number };
  /** Money in other currencies is left out; see `moneyNote`. */
  readonly currency: string | null;
  /** A longer pause begins a new session where events carry no session id. @unit minutes */
  readonly sessionGapMinutes: number;
}

/** O(n log n) in the engine, O(n) here. @unit asOf epoch ms */
export async function timelinesAsOf(
  past: Past,
  asOf: number,
  { of, currency, sessionGapMinutes }: TimelineOptions,
): Promise<Timelines> {
  assert(Number.isInteger(asOf), "asOf is whole milliseconds");
  const { sql, parameters } = chosenPersons(of);
  const found = await past.analytics.columns(placesSql(sql), [
    past.shop,
    asOf,
    currency,
    ...parameters,
  ]);
  const rows = found["person"] as Int32Array;
  const times = found["at_ms"] as Float64Array;
  const persons = firstNames(found["person_name"], rows);
  const tokens = found["token"] as Int32Array;
  const offsets = new Int32Array(persons.length + 1).fill(rows.length);
  for (let at = rows.length - 1; at >= 0; at--) offsets[rows[at] as number] = at;
  return {
    shop: past.shop,
    asOf,
    persons,
    groups: firstNames(found["group_name"], tokens),
    offsets,
    times,
    names: Uint8Array.from(found["name"] as Int32Array),
    surfaces: Uint8Array.from(found["surface"] as Int32Array),
    tokens,
    sessions: sessionNumbers(
      { persons: rows, times, codes: found["session"] as Int32Array },
      sessionGapMinutes * 60_000,
    ),
    pieces: found["pieces"] as Float64Array,
    priceMinor: found["price"] as Float64Array,
    paidMinor: found["paid"] as Float64Array,
    currency,
  };
}

interface Chosen {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

function chosenPersons(of: TimelineOptions["of"]): Chosen {
  if (of === "everybody") return { sql: "", parameters: [] };
  if ("person" in of) return { sql: "AND actions.person = $4", parameters: [of.person] };
  const page = `AND actions.person IN (SELECT DISTINCT person FROM actions
    WHERE shop = $1 AND at_ms < $2 AND person > $4 AND personalise AND name IN (${deedsSql})
      AND person NOT IN (SELECT person FROM refused)
    ORDER BY person LIMIT $5)`;
  return { sql: page, parameters: [of.after, of.limit] };
}

const deedsSql = deeds.map((name) => `'${name}'`).join(", ");
const namesSql = eventNames.map((name) => `'${name}'`).join(", ");
const surfacesSql = surfaces.map((name) => `'${name}'`).join(", ");

/** $1 shop, $2 moment, $3 currency, then what chooses the persons. */
const placesSql = (chosen: string): string => `
WITH refused AS (${refusedSql}),
lines AS (
  SELECT actions.person, seq, line, at_ms, name, surface, session,
    coalesce(group_id, actions.item) AS group_name,
    CASE WHEN actions.item IS NOT NULL THEN coalesce(quantity, 1) ELSE 0 END AS pieces,
    CASE WHEN currency = $3 AND unit_price_minor IS NOT NULL THEN coalesce(quantity, 1) END AS priced,
    CASE WHEN currency = $3 THEN coalesce(quantity, 1) * unit_price_minor END AS worth,
    CASE WHEN currency = $3 THEN value_minor END AS whole
  FROM actions ANTI JOIN refused ON refused.person = actions.person
    LEFT JOIN items ON items.shop = actions.shop AND items.item = actions.item
  WHERE actions.shop = $1 AND at_ms < $2 AND actions.person IS NOT NULL AND personalise
    AND name IN (${deedsSql}) ${chosen}
),
events AS MATERIALIZED (
  SELECT person, at_ms, name, surface, session, arg_min(group_name, line) AS group_name,
    at_ms::HUGEINT * 281474976710656 + seq AS place,
    sum(pieces) AS pieces, sum(worth) / nullif(sum(priced), 0) AS price,
    CASE WHEN name = 'purchase' THEN round(coalesce(sum(worth), max(whole), 0)) ELSE 0 END AS paid
  FROM lines GROUP BY person, seq, at_ms, name, surface, session
),
tokens AS (
  SELECT group_name, min(place) AS first, row_number() OVER (ORDER BY min(place), group_name) - 1 AS token
  FROM events WHERE group_name IS NOT NULL GROUP BY group_name
),
people AS (
  SELECT person, min(place) AS first, row_number() OVER (ORDER BY min(place)) - 1 AS row
  FROM events GROUP BY person
),
visits AS (
  SELECT session, row_number() OVER (ORDER BY session) - 1 AS code
  FROM (SELECT DISTINCT session FROM events WHERE session IS NOT NULL)
)
SELECT
  CAST(people.row AS INTEGER) AS person,
  CASE WHEN events.place = people.first THEN events.person END AS person_name,
  CAST(coalesce(token, -1) AS INTEGER) AS token,
  CASE WHEN events.place = tokens.first THEN events.group_name END AS group_name,
  CAST(at_ms AS DOUBLE) AS at_ms,
  CAST(list_position([${namesSql}], name) - 1 AS INTEGER) AS name,
  CAST(coalesce(list_position([${surfacesSql}], surface), 0) AS INTEGER) AS surface,
  CAST(coalesce(visits.code, -1) AS INTEGER) AS session,
  CAST(pieces AS DOUBLE) AS pieces,
  CAST(price AS DOUBLE) AS price,
  CAST(paid AS DOUBLE) AS paid
FROM events
  JOIN people ON people.person = events.person
  LEFT JOIN tokens ON tokens.group_name = events.group_name
  LEFT JOIN visits ON visits.session = events.session
ORDER BY people.row, events.place`;

/** Numbers to names, from a column that holds each name once, at a place of its number. */
function firstNames(column: Columns[string] | undefined, numbers: Int32Array): string[] {
  const names: string[] = [];
  const values = column as readonly (string | null)[];
  for (let at = 0; at < values.length; at++) {
    const name = values[at];
    if (name !== null && name !== undefined) names[numbers[at] as number] = name;
  }
  return names;
}
