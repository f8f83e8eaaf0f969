import { z } from "zod";
import { type Event, ownNames } from "../../collect/event.ts";
import { readEvent } from "../../collect/stored-event.ts";
import type { Platform } from "../../platform.ts";
import type { Job } from "../../storage/jobs.ts";
import { jobSchema } from "../answers.ts";
import type { MinuteCount } from "./counts.ts";

/** A shop at one moment, as whoever watches it is told. */
export interface LiveSnapshot {
  readonly at: number;
  readonly shop: string;
  /** Events taken a second since the snapshot before; null in the first. */
  readonly eventsPerSecond: number | null;
  readonly minutes: readonly MinuteCount[];
  /** How late the process comes to its work: 99 of 100 turns are less late. */
  readonly loopDelayMs: number;
  readonly rssBytes: number;
  readonly jobs: readonly Job[];
  /** The newest first. */
  readonly newest: readonly LiveEvent[];
  readonly model: { readonly version: string; readonly trainedAt: number } | null;
  /** When the newest event was received. */
  readonly lastEventAt: number | null;
}

export interface LiveEvent {
  readonly eventId: string;
  readonly at: number;
  readonly receivedAt: number;
  readonly name: string;
  readonly shopper: string | null;
  readonly anonymous: string | null;
  /** The first, where there are more. */
  readonly item: string | null;
  readonly items: number;
  readonly surface: string | null;
}

const liveEventSchema: z.ZodType<LiveEvent> = z
  .object({
    eventId: z.string(),
    at: z.number(),
    receivedAt: z.number(),
    name: z.string(),
    shopper: z.string().nullable(),
    anonymous: z.string().nullable(),
    item: z.string().nullable().describe("The first, where there are more"),
    items: z.int(),
    surface: z.string().nullable(),
  })
  .meta({ id: "LiveEvent" });

export const liveSnapshotSchema: z.ZodType<LiveSnapshot> = z
  .object({
    at: z.number(),
    shop: z.string(),
    eventsPerSecond: z.number().nullable().describe("Since the snapshot before; null in the first"),
    minutes: z
      .array(z.object({ at: z.number(), events: z.int(), lists: z.int() }))
      .describe(
        "Events that happened, as they came in, and lists answered in the last 15 minutes, the newest last",
      ),
    loopDelayMs: z.number().describe("How late the process comes to its work, at most, of 99 %"),
    rssBytes: z.number(),
    jobs: z.array(jobSchema).describe("Jobs that run or wait"),
    newest: z.array(liveEventSchema).describe("At most 20, the newest first"),
    model: z.object({ version: z.string(), trainedAt: z.number() }).nullable(),
    lastEventAt: z.number().nullable(),
  })
  .meta({ id: "LiveSnapshot" });

export const NEWEST_MOST = 20;
const JOBS_LOOKED_AT = 50;
/** Lists that were shown lie between what shoppers did. */
const ROWS_LOOKED_AT = 200;

/** What shoppers did; the lists that we showed them are counted where they are answered. */
export const isOfShoppers = ({ name }: Pick<Event, "name">): boolean => !ownNames.includes(name);

/** What comes in later than this, as all of an import does, did not happen right now. @unit ms */
const NOW_MS = 900_000;

export const happensNow = ({ at, receivedAt }: Pick<Event, "at" | "receivedAt">): boolean =>
  receivedAt - at < NOW_MS;

export function liveEvent(event: Event): LiveEvent {
  return {
    eventId: event.eventId,
    at: event.at,
    receivedAt: event.receivedAt,
    name: event.name,
    shopper: event.shopper ?? null,
    anonymous: event.anonymous ?? null,
    item: event.items[0]?.item ?? null,
    items: event.items.length,
    surface: event.context.surface ?? null,
  };
}

/** The newest events of the log, the newest first, for who has just begun to watch. */
export async function newestOf({ storage }: Platform, shop: string): Promise<LiveEvent[]> {
  const head = await storage.log.head(shop);
  const newest: LiveEvent[] = [];
  const after = Math.max(0, head - ROWS_LOOKED_AT);
  for await (const rows of storage.log.read(shop, { after, batch: ROWS_LOOKED_AT })) {
    newest.unshift(...rows.map(readEvent).filter(isOfShoppers).map(liveEvent).reverse());
  }
  return newest.slice(0, NEWEST_MOST);
}

/** What has to be asked for: jobs that run or wait, and the model in service. */
export async function askedFor(
  { storage, models }: Platform,
  shop: string,
): Promise<Pick<LiveSnapshot, "jobs" | "model">> {
  const [jobs, model] = await Promise.all([
    storage.jobs.list(shop, JOBS_LOOKED_AT),
    models.inService(shop, "recommend"),
  ]);
  return {
    jobs: jobs.filter(({ endedAt }) => endedAt === null),
    model: model ? { version: model.version, trainedAt: model.createdAt } : null,
  };
}
