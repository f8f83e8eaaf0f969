import type { Past } from "./past.ts";

/** What happened with an item, day by day, over all surfaces. */
export interface ItemDay {
  /** Begin of the day, UTC. @unit epoch ms */
  readonly day: number;
  /** Times it stood in a list that was answered. */
  readonly exposures: number;
  /** Times it was clicked in a list. */
  readonly clicks: number;
  readonly views: number;
  readonly cartAdds: number;
  /** Pieces bought. */
  readonly bought: number;
  /** @unit minor units of the shop's currency */
  readonly revenueMinor: number;
}

/** Who dealt with an item. */
export interface ItemPeople {
  readonly viewers: number;
  readonly buyers: number;
  /** Buyers who bought it more than once. */
  readonly repeatBuyers: number;
}

/** One who bought it. */
export interface ItemBuyer {
  readonly shopper: string;
  readonly orders: number;
  readonly pieces: number;
  /** @unit epoch ms */
  readonly lastAt: number;
}

const DAY_MS = 86_400_000;

/** Of these variants since a moment; days without anything are left out. O(rows of `actions`). */
export function itemDays(
  { shop, analytics }: Past,
  items: readonly string[],
  since: number,
): Promise<readonly ItemDay[]> {
  return analytics.rows<ItemDay>(
    `SELECT (at_ms // ${DAY_MS}) * ${DAY_MS} AS day,
       count(*) FILTER (name = 'exposure') AS exposures,
       count(*) FILTER (name = 'list_click') AS clicks,
       count(*) FILTER (name = 'item_view') AS views,
       count(*) FILTER (name = 'cart_add') AS "cartAdds",
       coalesce(sum(coalesce(quantity, 1)) FILTER (name = 'purchase'), 0)::DOUBLE AS bought,
       coalesce(sum(coalesce(quantity, 1) * unit_price_minor) FILTER (name = 'purchase'), 0)::DOUBLE
         AS "revenueMinor"
     FROM actions WHERE shop = ? AND at_ms >= ? AND item IN (${marks(items)})
     GROUP BY day ORDER BY day`,
    [shop, since, ...items],
  );
}

/** Over the same time. O(rows of `actions`). */
export async function itemPeople(
  { shop, analytics }: Past,
  items: readonly string[],
  since: number,
): Promise<ItemPeople> {
  const [found] = await analytics.rows<ItemPeople>(
    `SELECT count(*) FILTER (views > 0) AS viewers, count(*) FILTER (orders > 0) AS buyers,
       count(*) FILTER (orders > 1) AS "repeatBuyers"
     FROM (SELECT person, count(*) FILTER (name = 'item_view') AS views,
         count(DISTINCT event_id) FILTER (name = 'purchase') AS orders
       FROM actions
       WHERE shop = ? AND at_ms >= ? AND person IS NOT NULL AND item IN (${marks(items)})
       GROUP BY person)`,
    [shop, since, ...items],
  );
  return found ?? { viewers: 0, buyers: 0, repeatBuyers: 0 };
}

/** Over the same time, who bought last first. O(rows of `actions`). */
export function itemBuyers(
  { shop, analytics }: Past,
  items: readonly string[],
  since: number,
  most: number,
): Promise<readonly ItemBuyer[]> {
  return analytics.rows<ItemBuyer>(
    `SELECT person AS shopper, count(DISTINCT event_id) AS orders,
       sum(coalesce(quantity, 1))::DOUBLE AS pieces, max(at_ms) AS "lastAt"
     FROM actions
     WHERE shop = ? AND at_ms >= ? AND person IS NOT NULL AND name = 'purchase'
       AND item IN (${marks(items)})
     GROUP BY person ORDER BY "lastAt" DESC, person LIMIT ?`,
    [shop, since, ...items, most],
  );
}

const marks = (items: readonly string[]): string => items.map(() => "?").join(", ");
