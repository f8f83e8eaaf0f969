import type { Event } from "../../collect/event.ts";
import type { Platform } from "../../platform.ts";
import { DEMO } from "../pages/demo.ts";

/** What shoppers said of an item, the one just sent too: read from the log when a page asks. */
export interface Reviewed {
  readonly newest: readonly Review[];
  readonly count: number;
  /** Mean of the stars; undefined when there are none. */
  readonly mean: number | undefined;
}

export interface Review {
  readonly at: number;
  readonly rating: number | undefined;
  readonly text: string;
}

const SHOWN = 6;

/** Of all these items together, the newest first. */
export async function reviewsOf(platform: Platform, items: readonly string[]): Promise<Reviewed> {
  const { analytics, log } = await platform.past(DEMO);
  const places = items.map((_, at) => `$${at + 2}`).join(", ");
  const rows = await analytics.rows<{ readonly id: string; readonly rating: number | null }>(
    `SELECT event_id AS id, rating FROM actions
     WHERE shop = $1 AND name = 'review' AND item IN (${places}) ORDER BY at_ms DESC, seq DESC`,
    [DEMO, ...items],
  );
  const ids = rows.slice(0, SHOWN).map(({ id }) => id);
  const found = await log.find(DEMO, ids);
  const events = new Map(found.map((row) => [row.eventId, JSON.parse(row.body) as Event]));
  const stars = rows.flatMap(({ rating }) => rating ?? []);
  return {
    newest: ids.flatMap((id) => {
      const event = events.get(id);
      if (event === undefined) return [];
      return { at: event.at, rating: event.context.rating, text: event.context.text ?? "" };
    }),
    count: rows.length,
    mean: stars.length === 0 ? undefined : stars.reduce((a, b) => a + b, 0) / stars.length,
  };
}
