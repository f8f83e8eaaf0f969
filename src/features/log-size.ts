import { ownNamesSql } from "./actions-table.ts";
import type { Past } from "./past.ts";

/** How much of the log stands in the tables, and how much of it is new. */
export interface LogSize {
  /** Lines of the table that every query reads: an item of an event each. */
  readonly lines: number;
  /** Shoppers, told apart to some 2 %. */
  readonly shoppers: number;
  readonly sessions: number;
  readonly eventsOfDay: number;
  /** Lists answered in the last day. */
  readonly listsOfDay: number;
  /** Those of them in which something stood by chance, to learn from. */
  readonly exploredOfDay: number;
  /** Events that the model in service has not seen. */
  readonly eventsSince: number;
}

const DAY_MS = 86_400_000;

/** O(rows of `actions`): a scan of five columns, counted by sketches. @unit now, since epoch ms */
export async function logSize(
  { shop, analytics }: Past,
  now: number,
  since: number,
): Promise<LogSize> {
  const [found] = await analytics.rows<LogSize>(
    `SELECT count(*) AS lines, approx_count_distinct(person) AS shoppers,
       approx_count_distinct(session) AS sessions,
       count(*) FILTER (line = 0 AND name NOT IN ${ownNamesSql} AND at_ms >= $2) AS "eventsOfDay",
       count(*) FILTER (line = 0 AND name = 'exposure' AND at_ms >= $2) AS "listsOfDay",
       count(DISTINCT event_id) FILTER (name = 'exposure' AND propensity < 1 AND at_ms >= $2)
         AS "exploredOfDay",
       count(*) FILTER (line = 0 AND name NOT IN ${ownNamesSql} AND at_ms >= $3) AS "eventsSince"
     FROM actions WHERE shop = $1`,
    [shop, now - DAY_MS, since],
  );
  return found ?? nothing;
}

const nothing: LogSize = {
  ...{ lines: 0, shoppers: 0, sessions: 0, eventsOfDay: 0 },
  ...{ listsOfDay: 0, exploredOfDay: 0, eventsSince: 0 },
};
