import { z } from "zod";
import type { Event } from "../collect/event.ts";
import { problem } from "../errors.ts";
import type { Platform } from "../platform.ts";

/** What is known of one shopper: who they are, and what they did, newest first. */
export interface ShopperProfile {
  readonly shopper: string;
  /** Whom the id stands for: the known shopper of an anonymous id, else the id itself. */
  readonly person: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Events by name, in the timeline shown. */
  readonly counts: Readonly<Record<string, number>>;
  readonly timeline: readonly Event[];
}

export const shopperProfileSchema: z.ZodType<ShopperProfile> = z
  .object({
    shopper: z.string(),
    person: z.string(),
    firstSeen: z.number(),
    lastSeen: z.number(),
    counts: z.record(z.string(), z.number()),
    timeline: z.array(z.unknown()).describe("Events as the log holds them, newest first"),
  })
  .meta({ id: "ShopperProfile" }) as unknown as z.ZodType<ShopperProfile>;

export async function profileOf(
  { collect, storage }: Platform,
  shop: string,
  shopper: string,
  limit: number,
): Promise<ShopperProfile> {
  const person = collect.personOf(shop, { shopper }) ?? shopper;
  const rows = await storage.log.recent(shop, person, limit);
  const [first] = rows;
  const last = rows.at(-1);
  if (!first || !last) throw problem("unknown-shopper", `nothing is known of "${shopper}"`);
  const counts: Record<string, number> = {};
  for (const row of rows) counts[row.name] = (counts[row.name] ?? 0) + 1;
  const timeline = rows.map((row) => JSON.parse(row.body) as Event).reverse();
  return { shopper, person, firstSeen: first.at, lastSeen: last.at, counts, timeline };
}
