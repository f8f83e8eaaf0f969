import { z } from "zod";
import {
  type ItemBuyer,
  type ItemDay,
  type ItemPeople,
  itemBuyers,
  itemDays,
  itemPeople,
} from "../features/item-days.ts";
import type { Platform } from "../platform.ts";
import { findItem } from "./catalogue.ts";

/** How an item did: its days, and who dealt with it. */
export interface ItemInsights {
  readonly group: string;
  readonly variants: readonly string[];
  /** @unit epoch ms */
  readonly since: number;
  readonly currency: string | null;
  readonly days: readonly ItemDay[];
  readonly people: ItemPeople;
  /** Who bought last first, at most twenty. */
  readonly buyers: readonly ItemBuyer[];
}

export const itemInsightsSchema: z.ZodType<ItemInsights> = z
  .object({
    group: z.string(),
    variants: z.array(z.string()),
    since: z.number(),
    currency: z.string().nullable(),
    days: z.array(
      z.object({
        day: z.number(),
        exposures: z.number(),
        clicks: z.number(),
        views: z.number(),
        cartAdds: z.number(),
        bought: z.number(),
        revenueMinor: z.number(),
      }),
    ),
    people: z.object({ viewers: z.number(), buyers: z.number(), repeatBuyers: z.number() }),
    buyers: z
      .array(
        z.object({
          shopper: z.string(),
          orders: z.number(),
          pieces: z.number(),
          lastAt: z.number(),
        }),
      )
      .describe("Who bought last first, at most twenty"),
  })
  .meta({ id: "ItemInsights" });

const DAY_MS = 86_400_000;
const BUYERS_MOST = 20;

export async function insightsOf(
  platform: Platform,
  shop: string,
  id: string,
  days: number,
): Promise<ItemInsights> {
  const { group, currency = null } = await findItem(platform, shop, id);
  const catalogue = await platform.catalogues.of(shop);
  const variants = catalogue.variants(group).map(({ item }) => item);
  const since = Math.floor(platform.clock() / DAY_MS) * DAY_MS - (days - 1) * DAY_MS;
  const past = await platform.past(shop);
  const [byDay, people, buyers] = await Promise.all([
    itemDays(past, variants, since),
    itemPeople(past, variants, since),
    itemBuyers(past, variants, since, BUYERS_MOST),
  ]);
  return { group, variants, since, currency, days: byDay, people, buyers };
}
