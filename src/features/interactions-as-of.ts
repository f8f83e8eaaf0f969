import type { Sequences } from "../algorithms/sequences.ts";
import { assert } from "../assert.ts";
import { type EventName, eventNames } from "../collect/event.ts";
import type { Columns } from "../storage/analytics.ts";
import { placeSql, refusedSql } from "./actions-table.ts";
import { basketNumbers } from "./baskets.ts";
import { type Interactions, strengths } from "./interactions.ts";
import type { Past } from "./past.ts";
import { sessionNumbers } from "./sessions.ts";

/**
 * The past as sequences, in one query: the engine filters, joins items to groups, numbers persons
 * and groups in order of first event and sorts; what arrives are integers in their place. The name
 * of a person or group comes along at its first place only, so that one snapshot holds everything.
 *
 * As of: only events whose `at` lies before the moment, whenever they arrived. Which group an item
 * belongs to and who a person is are identity, not behaviour: today's answer is used for every
 * moment. Groups nobody has touched are listed only if an item of theirs existed before the moment.
 * Consent: events that may not personalise are left out, and so is everything of a person whose
 * last word before the moment was no.
 */
export interface InteractionOptions {
  /** Weight of each event name; names that are not here do not count. */
  readonly strengths: Readonly<Partial<Record<EventName, number>>>;
  /** Groups with fewer events lose them, and are then like groups nobody has touched. */
  readonly minSupport: number;
  /**
   * Events of one person on one group that follow each other within a session become one, at the
   * first one's time, with the name and weight of the strongest.
   */
  readonly collapseRepeats: boolean;
  /** A longer pause begins a new session where events carry no session id. @unit minutes */
  readonly sessionGapMinutes: number;
  /** Also number the groups of the catalogue that nobody has touched. */
  readonly untouched: boolean;
}

/** All strengths, everything kept as it happened, sessions by the usual half hour. */
export const plainInteractions: InteractionOptions = {
  strengths,
  minSupport: 0,
  collapseRepeats: false,
  sessionGapMinutes: 30,
  untouched: true,
};

/** O(n log n) in the engine, O(n) here. @unit asOf epoch ms */
export async function interactionsAsOf(
  past: Past,
  asOf: number,
  options: InteractionOptions,
): Promise<Interactions> {
  assert(Number.isInteger(asOf), "asOf is whole milliseconds");
  const found = await past.analytics.columns(placesSql(Object.keys(options.strengths)), [
    past.shop,
    asOf,
    options.minSupport,
  ]);
  const names = firstNames(found["person_name"], found["person"] as Int32Array);
  const touched = firstNames(found["group_name"], found["token"] as Int32Array);
  const groups = options.untouched ? await withUntouched(past, asOf, touched) : touched;
  const places = placesOf(found, options);
  const kept = options.collapseRepeats ? collapsed(places) : places;
  return {
    shop: past.shop,
    asOf,
    persons: names,
    groups,
    sequences: sequencesOf(kept, names.length, groups.length),
    names: kept.names,
    sessions: kept.sessions,
    baskets: kept.baskets,
  };
}

/** $1 shop, $2 moment, $3 least support. Names are of a closed vocabulary. */
function placesSql(names: readonly string[]): string {
  const wanted = names.map((name) => `'${name}'`).join(", ");
  return `
WITH refused AS (${refusedSql}),
chosen AS MATERIALIZED (
  SELECT actions.person, coalesce(group_id, actions.item) AS group_name, at_ms, name, session, ${placeSql} AS place,
    CASE WHEN name = 'purchase' THEN coalesce(order_id, event_id) END AS basket
  FROM actions ANTI JOIN refused ON refused.person = actions.person
    LEFT JOIN items ON items.shop = actions.shop AND items.item = actions.item
  WHERE actions.shop = $1 AND at_ms < $2 AND actions.item IS NOT NULL AND actions.person IS NOT NULL
    AND personalise AND name IN (${wanted || "''"})
),
tokens AS (
  SELECT group_name, first, row_number() OVER (ORDER BY first) - 1 AS token
  FROM (SELECT group_name, min(place) AS first FROM chosen
        GROUP BY group_name HAVING count(*) >= $3)
),
people AS (
  SELECT person, first, row_number() OVER (ORDER BY first) - 1 AS row
  FROM (SELECT person, min(place) AS first FROM chosen SEMI JOIN tokens USING (group_name)
        GROUP BY person)
),
visits AS (
  SELECT session, row_number() OVER () - 1 AS code
  FROM (SELECT DISTINCT session FROM chosen WHERE session IS NOT NULL)
)
SELECT
  CAST(people.row AS INTEGER) AS person,
  CASE WHEN chosen.place = people.first THEN chosen.person END AS person_name,
  CAST(token AS INTEGER) AS token,
  CASE WHEN chosen.place = tokens.first THEN chosen.group_name END AS group_name,
  CAST(at_ms AS DOUBLE) AS at_ms,
  CAST(list_position([${eventNames.map((name) => `'${name}'`).join(", ")}], name) - 1 AS INTEGER) AS name,
  CAST(coalesce(visits.code, -1) AS INTEGER) AS session,
  basket
FROM chosen
  JOIN tokens USING (group_name)
  JOIN people ON people.person = chosen.person
  LEFT JOIN visits ON visits.session = chosen.session
ORDER BY people.row, chosen.place`;
}

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

/** The touched groups, then those of the catalogue as it was, in order of creation. */
async function withUntouched(
  past: Past,
  asOf: number,
  touched: readonly string[],
): Promise<readonly string[]> {
  const rows = await past.analytics.columns(
    `SELECT group_id FROM items WHERE shop = ? GROUP BY group_id HAVING min(created_at) < ?
     ORDER BY min(created_at), group_id`,
    [past.shop, asOf],
  );
  const known = new Set(touched);
  const all = rows["group_id"] as readonly string[];
  return [...touched, ...all.filter((group) => !known.has(group))];
}

/** @shape every array [n] */
interface Places {
  readonly persons: Int32Array;
  readonly tokens: Int32Array;
  readonly times: Float64Array;
  readonly weights: Float32Array;
  readonly names: Uint8Array;
  readonly sessions: Int32Array;
  readonly baskets: Int32Array;
}

function placesOf(found: Columns, options: InteractionOptions): Places {
  const persons = found["person"] as Int32Array;
  const times = found["at_ms"] as Float64Array;
  const codes = found["session"] as Int32Array;
  const names = Uint8Array.from(found["name"] as Int32Array);
  const weightOf = Float32Array.from(eventNames, (name) => options.strengths[name] ?? 0);
  return {
    persons,
    tokens: found["token"] as Int32Array,
    times,
    weights: Float32Array.from(names, (name) => weightOf[name] as number),
    names,
    sessions: sessionNumbers({ persons, times, codes }, options.sessionGapMinutes * 60_000),
    baskets: basketNumbers(found["basket"] as readonly (string | null)[]),
  };
}

/** Joins neighbours of one session and token; see `collapseRepeats`. O(n). */
function collapsed(places: Places): Places {
  const { tokens, sessions, weights } = places;
  const kept = new Int32Array(tokens.length);
  const strongest = new Int32Array(tokens.length);
  let count = 0;
  for (let at = 0; at < tokens.length; at++) {
    const last = count - 1;
    const before = kept[last] as number;
    if (last >= 0 && tokens[before] === tokens[at] && sessions[before] === sessions[at]) {
      const best = strongest[last] as number;
      if ((weights[at] as number) > (weights[best] as number)) strongest[last] = at;
      continue;
    }
    kept[count] = at;
    strongest[count++] = at;
  }
  const first = kept.subarray(0, count);
  const best = strongest.subarray(0, count);
  return {
    persons: Int32Array.from(first, (at) => places.persons[at] as number),
    tokens: Int32Array.from(first, (at) => tokens[at] as number),
    times: Float64Array.from(first, (at) => places.times[at] as number),
    weights: Float32Array.from(best, (at) => weights[at] as number),
    names: Uint8Array.from(best, (at) => places.names[at] as number),
    sessions: Int32Array.from(first, (at) => sessions[at] as number),
    baskets: Int32Array.from(best, (at) => places.baskets[at] as number),
  };
}

function sequencesOf(places: Places, rows: number, vocabulary: number): Sequences {
  const offsets = new Int32Array(rows + 1);
  for (const person of places.persons) offsets[person + 1] = (offsets[person + 1] as number) + 1;
  for (let row = 0; row < rows; row++) {
    offsets[row + 1] = (offsets[row + 1] as number) + (offsets[row] as number);
  }
  const { tokens, times, weights } = places;
  return { rows, vocabulary, offsets, tokens, times, weights };
}
