import { z } from "zod";
import type { Held } from "../../evaluate/acknowledged.ts";
import { type Lately, openLately } from "../../evaluate/lately.ts";
import type { Platform } from "../../platform.ts";
import { happensNow, isOfShoppers } from "../live/snapshot.ts";

/** How soon what comes in shows, measured as it happens, beside what is promised. */
export interface Freshness {
  /** From the receipt of events until the next answer knows of them; they are then on disk too. */
  readonly events: Lately | null;
  readonly eventsGoalMs: number;
  /** From a new group in the catalogue until a list can hold it. */
  readonly newcomers: Lately | null;
  readonly newcomersGoalMs: number;
  /** From the receipt of a picture until lists know what it looks like. */
  readonly pictures: Lately | null;
  readonly picturesGoalMs: number;
  /** Whether lists kept what was acknowledged of price, stock and sight. */
  readonly held: Held;
}

const EVENTS_GOAL_MS = 100;
const NEWCOMERS_GOAL_MS = 5_000;
const PICTURES_GOAL_MS = 30_000;

export const latelySchema: z.ZodType<Lately | null> = z
  .object({ count: z.int(), lastMs: z.number(), p50Ms: z.number(), p99Ms: z.number() })
  .nullable()
  .describe("Of the last thousand since the start; null before the first");

const heldSchema: z.ZodType<Held> = z
  .object({
    lists: z.int().describe("Lists that left since the start"),
    places: z
      .int()
      .describe("Places in them whose item was changed before it was asked for: all were compared"),
    wrong: z
      .int()
      .describe("Places with an old price, or with what was hidden, sold out or gone; never any"),
    wrongItem: z.string().nullable().describe("The newest item that was shown wrong"),
  })
  .describe("Whether lists kept what was acknowledged of price, stock and sight");

export const freshnessSchema: z.ZodType<Freshness> = z
  .object({
    events: latelySchema.describe("From the receipt of events until the next answer knows of them"),
    eventsGoalMs: z.number(),
    newcomers: latelySchema.describe(
      "From a new group in the catalogue until a list can hold it, had somebody asked at once",
    ),
    newcomersGoalMs: z.number(),
    pictures: latelySchema.describe(
      "From the receipt of a picture until lists know what it looks like",
    ),
    picturesGoalMs: z.number(),
    held: heldSchema,
  })
  .meta({ id: "Freshness" });

/** Listens after those who answer: when it is told, they know. */
export function openFreshness({
  collect,
  clock,
  recommend,
  pictures,
}: Platform): (shop: string) => Freshness {
  const events = openLately();
  collect.listen({
    events(shop, [first]) {
      // Exposures are the server's own, and for what an import brings nobody waits.
      if (first !== undefined && isOfShoppers(first) && happensNow(first))
        events.add(shop, Math.max(0, clock() - first.receivedAt));
    },
  });
  const seen = openLately();
  pictures.listen((shop, _group, picture) => {
    if (picture !== undefined) seen.add(shop, Math.max(0, clock() - picture.receivedAt));
  });
  return (shop) => ({
    events: events.of(shop),
    eventsGoalMs: EVENTS_GOAL_MS,
    newcomers: recommend.newcomers(shop),
    newcomersGoalMs: NEWCOMERS_GOAL_MS,
    pictures: seen.of(shop),
    picturesGoalMs: PICTURES_GOAL_MS,
    held: recommend.held(shop),
  });
}
