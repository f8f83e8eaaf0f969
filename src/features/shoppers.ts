import { type Consent, type Event, type EventName, ownNames } from "../collect/event.ts";
import { readEvent } from "../collect/stored-event.ts";
import { problem } from "../errors.ts";
import type { Past } from "./past.ts";

/** What is known of one shopper: who they are, what they allowed, and what they did. */
export interface ShopperProfile {
  /** The id asked for. */
  readonly shopper: string;
  /** Whom it stands for: the known shopper of an anonymous id, else the id itself. */
  readonly person: string;
  /** Other ids that are the same person, in order of name. */
  readonly aliases: readonly string[];
  /** The last statement; null when nothing was ever said and the shop's default holds. */
  readonly consent: Consent | null;
  /** @unit epoch ms */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Events by name, over the whole past; names that never happened are left out. */
  readonly counts: Readonly<Partial<Record<EventName, number>>>;
  /** Newest arrival first. */
  readonly timeline: readonly Event[];
  /** Give this as `before` to go on; null on the last page. */
  readonly next: number | null;
}

export interface TimelinePage {
  /** Only events that arrived before this place; null begins with the newest. */
  readonly before: number | null;
  /** Events on the page. */
  readonly limit: number;
}

/** Whose history an id's is; collect knows. */
export type PersonOf = (shop: string, ids: { readonly shopper: string }) => string | null;

/** O(events of the person). @throws problem `unknown-shopper` */
export async function shopperProfile(
  past: Past,
  personOf: PersonOf,
  shopper: string,
  page: TimelinePage,
): Promise<ShopperProfile> {
  const { shop, analytics, records } = past;
  const person = personOf(shop, { shopper }) ?? shopper;
  const [counted, aliases, consent, timeline] = await Promise.all([
    analytics.rows<Counted>(
      `SELECT name, count(*) AS n, min(at_ms) AS first_at, max(at_ms) AS last_at FROM actions
       WHERE shop = ? AND person = ? AND line = 0 GROUP BY name ORDER BY name`,
      [shop, person],
    ),
    analytics.rows<{ alias: string }>(
      "SELECT DISTINCT alias FROM merges WHERE shop = ? AND person = ? ORDER BY alias",
      [shop, person],
    ),
    records.get<Consent>(shop, "consent", person),
    timelineOf(past, person, page),
  ]);
  if (counted.length === 0) throw problem("unknown-shopper", `nothing is known of "${shopper}"`);
  const done = counted.filter(({ name }) => !ownNames.includes(name));
  const seen = done.length === 0 ? counted : done;
  return {
    shopper,
    person,
    aliases: aliases.map(({ alias }) => alias),
    consent: consent === undefined ? null : consentOnly(consent.value),
    firstSeen: Math.min(...seen.map((row) => row.first_at)),
    lastSeen: Math.max(...seen.map((row) => row.last_at)),
    counts: Object.fromEntries(counted.map(({ name, n }) => [name, n])),
    ...timeline,
  };
}

interface Counted {
  readonly name: EventName;
  readonly n: number;
  readonly first_at: number;
  readonly last_at: number;
}

const consentOnly = ({ measure, personalise }: Consent): Consent => ({ measure, personalise });

async function timelineOf(
  { shop, analytics, log }: Past,
  person: string,
  { before, limit }: TimelinePage,
): Promise<Pick<ShopperProfile, "timeline" | "next">> {
  const places = await analytics.rows<{ seq: number; event_id: string }>(
    `SELECT seq, event_id FROM actions WHERE shop = ? AND person = ? AND line = 0 AND seq < ?
     ORDER BY seq DESC LIMIT ?`,
    [shop, person, before ?? Number.MAX_SAFE_INTEGER, limit + 1],
  );
  const shown = places.slice(0, limit);
  const rows = await log.find(
    shop,
    shown.map((place) => place.event_id),
  );
  const timeline = rows.toSorted((a, b) => b.seq - a.seq).map(readEvent);
  const last = shown.at(-1);
  return { timeline, next: places.length > limit && last !== undefined ? last.seq : null };
}
