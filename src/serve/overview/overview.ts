import { z } from "zod";
import {
  type DayTaken,
  daysTaken,
  type Funnel,
  type ListsShown,
  listsShown,
  type Span,
  shopFunnel,
} from "../../features/shop-trade.ts";
import type { Platform } from "../../platform.ts";
import { type ShopStatus, shopStatus, shopStatusSchema } from "../shop-status.ts";
import { type Attention, attentionOf, attentionSchema } from "./attention.ts";
import { type Freshness, freshnessSchema, openFreshness } from "./freshness.ts";

/** A shop on one page: how it trades, what its lists took part in, and what needs attention. */
export interface Overview extends Span {
  readonly status: ShopStatus;
  readonly funnel: Funnel;
  /** Of as long a time before. */
  readonly funnelBefore: Funnel;
  readonly lists: ListsShown;
  /** How long after its click a purchase still counts. @unit days */
  readonly clickDays: number;
  readonly taken: readonly DayTaken[];
  readonly freshness: Freshness;
  readonly health: Health;
  readonly attention: readonly Attention[];
}

/** Of the whole installation. */
export interface Health {
  /** What was found amiss since the start. */
  readonly warnings: number;
  readonly freeBytes: number;
  readonly usedBytes: number;
  readonly memoryBytes: number;
  readonly upSeconds: number;
}

const funnelSchema: z.ZodType<Funnel> = z
  .object({ visited: z.number(), viewed: z.number(), carted: z.number(), bought: z.number() })
  .meta({ id: "Funnel" });

export const overviewSchema: z.ZodType<Overview> = z
  .object({
    since: z.number(),
    until: z.number(),
    status: shopStatusSchema,
    funnel: funnelSchema.describe("Shoppers who came to this step or further"),
    funnelBefore: funnelSchema.describe("The same of as long a time before"),
    lists: z.object({ shown: z.number(), clicked: z.number() }),
    clickDays: z.number().describe("How long after its click a purchase still counts"),
    taken: z
      .array(
        z.object({
          day: z.number(),
          currency: z.string(),
          orders: z.number(),
          revenueMinor: z.number(),
          throughMinor: z.number().describe("Paid for items clicked in a list before"),
        }),
      )
      .describe("By day of UTC and currency"),
    freshness: freshnessSchema,
    health: z.object({
      warnings: z.int(),
      freeBytes: z.number(),
      usedBytes: z.number(),
      memoryBytes: z.number(),
      upSeconds: z.number(),
    }),
    attention: z.array(attentionSchema),
  })
  .meta({ id: "Overview" });

/** What was given up of a shop's deliveries by webhook. */
export type ParkedOf = (shop: string) => readonly { readonly id: string }[];

export interface Overviews {
  of(shop: string, days: number): Promise<Overview>;
}

const DAY_MS = 86_400_000;
const CLICK_DAYS = 7;
/** One answer serves all who ask within so long. @unit ms */
const KEPT_MS = 5_000;
const KEPT_MOST = 200;

/** Makes each overview at most once in five seconds, for it reads every row of its days. */
export function openOverviews(platform: Platform, parked: ParkedOf): Overviews {
  const kept = new Map<string, { readonly at: number; readonly made: Promise<Overview> }>();
  const seen = { platform, parked, freshness: openFreshness(platform) };
  return {
    async of(shop, days) {
      const now = platform.clock();
      const key = `${days} ${shop}`;
      const found = kept.get(key);
      if (found !== undefined && now - found.at < KEPT_MS) return found.made;
      if (kept.size >= KEPT_MOST) kept.clear();
      const made = overviewOf(seen, shop, days, now);
      kept.set(key, { at: now, made });
      made.catch(() => kept.delete(key));
      return made;
    },
  };
}

interface Seen {
  readonly platform: Platform;
  readonly parked: ParkedOf;
  readonly freshness: (shop: string) => Freshness;
}

async function overviewOf(
  { platform, parked, freshness }: Seen,
  shop: string,
  days: number,
  now: number,
): Promise<Overview> {
  const until = now + 1;
  const since = Math.floor(now / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
  const span = { since, until };
  const past = await platform.past(shop);
  const status = await shopStatus(platform, shop);
  const [funnel, funnelBefore, lists, taken, attention, disk] = await Promise.all([
    shopFunnel(past, span),
    shopFunnel(past, { since: since - (until - since), until: since }),
    listsShown(past, span),
    daysTaken(past, span, CLICK_DAYS * DAY_MS),
    attentionOf(platform, status, parked(shop)),
    platform.storage.disk(),
  ]);
  const health = {
    warnings: platform.warnings.length,
    ...disk,
    memoryBytes: process.memoryUsage.rss(),
    upSeconds: Math.round(process.uptime()),
  };
  const clickDays = CLICK_DAYS;
  return {
    ...span,
    ...{ status, funnel, funnelBefore, lists, clickDays, taken, health, attention },
    freshness: freshness(shop),
  };
}
