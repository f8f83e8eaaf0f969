import { ownNamesSql } from "./actions-table.ts";
import type { Past } from "./past.ts";

/** One shopper of a list: when they were here, and how much they did. */
export interface ShopperSummary {
  readonly shopper: string;
  /** @unit epoch ms */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly events: number;
  readonly purchases: number;
}

export interface ShopperSearch {
  /** Ids that hold these letters, in any case; all when empty. */
  readonly text: string;
  readonly limit: number;
  readonly offset: number;
}

/** Latest here first. O(rows of `actions`): a scan of three columns, some 70 ms for a million. */
export function findShoppers(
  { shop, analytics }: Past,
  { text, limit, offset }: ShopperSearch,
): Promise<readonly ShopperSummary[]> {
  return analytics.rows<ShopperSummary>(
    `SELECT person AS shopper, min(at_ms) AS "firstSeen", max(at_ms) AS "lastSeen",
       count(*) AS events,
       count(*) FILTER (name = 'purchase') AS purchases
     FROM actions
     WHERE shop = ? AND line = 0 AND person IS NOT NULL AND contains(lower(person), lower(?))
       AND name NOT IN ${ownNamesSql}
     GROUP BY person
     ORDER BY "lastSeen" DESC, person LIMIT ? OFFSET ?`,
    [shop, text, limit, offset],
  );
}
