import { LRUCache } from "lru-cache";
import type { CollectListener } from "../collect/collect.ts";
import type { Event, EventName } from "../collect/event.ts";
import { mayPersonalise, readEvent } from "../collect/stored-event.ts";
import type { Config } from "../config.ts";
import type { EventLog } from "../storage/event-log.ts";
import { strengths } from "./interactions.ts";
import type { Recent, RecentEvent } from "./recent.ts";

/**
 * Recent events in memory, least recently asked persons first to go. A person is read from the log
 * when first asked for; an event that arrives meanwhile makes the reading start over, so nothing is
 * lost and nothing counts twice. Impressions are left out: they would crowd out what was done.
 * Consent: who last said no has no recent events, and an event that may not personalise is not one.
 */
export interface LiveRecent extends Recent {
  readonly listener: CollectListener;
}

export interface RecentOptions {
  readonly log: EventLog;
  readonly config: Pick<Config["features"], "recentEvents" | "recentShoppers">;
  /** Whose an event is, as collect knows it. */
  readonly personOf: (shop: string, event: Event) => string | null;
}

const told: readonly EventName[] = ["cart_remove", "wishlist_remove", "refund", "search"];
const names = [...new Set([...Object.keys(strengths), ...told])];
const isTold = (name: string): boolean => names.includes(name);

interface Entry {
  /** In order of time; undefined while the log is being read. */
  events: RecentEvent[] | undefined;
  /** Something of this person happened while the log was being read. */
  stale: boolean;
  /** The person's last word on personal lists. */
  personalise: boolean;
  reading: Promise<void> | undefined;
}

export function openRecent({ log, config, personOf }: RecentOptions): LiveRecent {
  const entries = new LRUCache<string, Entry>({ max: config.recentShoppers });
  const limit = config.recentEvents;

  const read = async (shop: string, person: string, entry: Entry): Promise<void> => {
    let kept: RecentEvent[];
    do {
      entry.stale = false;
      const [newest, rows] = await Promise.all([
        log.recent(shop, person, 1),
        log.recent(shop, person, limit, names),
      ]);
      entry.personalise = newest.every((row) => mayPersonalise(readEvent(row)));
      kept = rows.map((row) => recentEvent(readEvent(row)));
    } while (entry.stale);
    entry.events = kept.sort(byTime).slice(-limit);
  };

  const add = (shop: string, event: Event): void => {
    const person = personOf(shop, event);
    const entry = person === null ? undefined : entries.peek(key(shop, person));
    if (entry === undefined) return;
    entry.stale = true;
    if (entry.events === undefined) return;
    entry.personalise = mayPersonalise(event);
    if (!isTold(event.name)) return;
    entry.events.push(recentEvent(event));
    entry.events.sort(byTime);
    if (entry.events.length > limit) entry.events.shift();
  };

  const forget = (shop: string, persons: readonly string[]): void => {
    for (const person of persons) {
      const entry = entries.peek(key(shop, person));
      if (entry !== undefined) entry.stale = true;
      entries.delete(key(shop, person));
    }
  };

  return {
    async of(shop, person) {
      let entry = entries.get(key(shop, person));
      if (entry === undefined) {
        entry = { events: undefined, stale: false, personalise: true, reading: undefined };
        entries.set(key(shop, person), entry);
        entry.reading = read(shop, person, entry);
      }
      try {
        await entry.reading;
      } catch (error) {
        forget(shop, [person]);
        throw error;
      }
      entry.reading = undefined;
      if (!entry.personalise) return [];
      return (entry.events ?? []).filter(({ personalise }) => personalise);
    },
    listener: {
      derives: "recent events",
      events(shop, events) {
        for (const event of events) add(shop, event);
      },
      merged: (shop, from, to) => forget(shop, [from, to]),
      erased: forget,
      expired: (shop, { persons }) => forget(shop, persons),
    },
  };
}

const key = (shop: string, person: string): string => `${shop}\n${person}`;
const byTime = (a: RecentEvent, b: RecentEvent): number => a.at - b.at;

function recentEvent(event: Event): RecentEvent {
  return {
    at: event.at,
    name: event.name,
    items: event.items.map(({ item }) => item),
    session: event.session,
    surface: event.context.surface,
    query: event.context.query,
    personalise: mayPersonalise(event),
  };
}
