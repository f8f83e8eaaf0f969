import { assert } from "../assert.ts";
import { type EventName, eventNames } from "../collect/event.ts";
import type { Columns } from "../storage/analytics.ts";
import { placeSql, refusedSql } from "./actions-table.ts";
import type { Past } from "./past.ts";

/**
 * Shoppers and items as rows of numbers as of a moment: recency, frequency, money, counts by name.
 * What models of purchase, churn and value start from. Only events whose `at` lies before the
 * moment count; money is in the currency the shop takes most, other currencies are not converted
 * but left out and counted.
 * Consent: the table of shoppers has nobody who refused to be personalised; the table of items,
 * which names nobody, has every event that may be measured.
 */
export interface ShopperTable {
  readonly shop: string;
  readonly asOf: number;
  /** In order of first event. */
  readonly persons: readonly string[];
  /** @unit epoch ms @shape [persons] */
  readonly firstAt: Float64Array;
  readonly lastAt: Float64Array;
  /** @unit days before the moment @shape [persons] */
  readonly daysSinceFirst: Float64Array;
  readonly daysSinceLast: Float64Array;
  /** NaN where nothing was bought. */
  readonly daysSincePurchase: Float64Array;
  /** Orders, by order id or else by event. @shape [persons] */
  readonly orders: Int32Array;
  /** What was paid: quantity times unit price over purchases. @unit minor @shape [persons] */
  readonly spentMinor: Float64Array;
  /** Events by name; a name that nobody did has zeros. @shape each [persons] */
  readonly counts: Readonly<Record<EventName, Int32Array>>;
  readonly money: MoneyNote;
}

export interface ItemTable {
  readonly shop: string;
  readonly asOf: number;
  /** Item groups in order of first event. */
  readonly groups: readonly string[];
  /** @unit epoch ms @shape [groups] */
  readonly firstAt: Float64Array;
  readonly lastAt: Float64Array;
  /** @unit days before the moment @shape [groups] */
  readonly daysSinceFirst: Float64Array;
  /** Distinct persons who did anything with it, and who bought it. @shape [groups] */
  readonly shoppers: Int32Array;
  readonly buyers: Int32Array;
  readonly units: Float64Array;
  /** @unit minor @shape [groups] */
  readonly revenueMinor: Float64Array;
  /** Unit price last seen in any event; NaN where none ever was. @unit minor @shape [groups] */
  readonly lastPriceMinor: Float64Array;
  readonly counts: Readonly<Record<EventName, Int32Array>>;
  readonly money: MoneyNote;
}

export interface MoneyNote {
  /** Null where nothing with a price was bought. */
  readonly currency: string | null;
  /** Bought lines in other currencies, whose money is not in the sums. */
  readonly otherLines: number;
}

const DAY_MS = 86_400_000;

/** Events are counted once, whatever number of items they have. O(events) in the engine. */
export async function shopperTable(past: Past, asOf: number): Promise<ShopperTable> {
  assert(Number.isInteger(asOf), "asOf is whole milliseconds");
  const money = await moneyNote(past, asOf);
  const found = await past.analytics.columns(
    `WITH refused AS (${refusedSql})
     SELECT actions.person,
       CAST(min(at_ms) AS DOUBLE) AS first_at,
       CAST(max(at_ms) AS DOUBLE) AS last_at,
       CAST(max(at_ms) FILTER (name = 'purchase') AS DOUBLE) AS bought_at,
       CAST(count(DISTINCT coalesce(order_id, event_id)) FILTER (name = 'purchase') AS INTEGER)
         AS orders,
       ${paidSql} AS paid,
       ${countsSql("line = 0")}
     FROM actions ANTI JOIN refused ON refused.person = actions.person
     WHERE shop = $1 AND at_ms < $2 AND actions.person IS NOT NULL AND personalise
       AND name <> 'prediction'
     GROUP BY actions.person ORDER BY min(${placeSql})`,
    [past.shop, asOf, money.currency],
  );
  const firstAt = found["first_at"] as Float64Array;
  const lastAt = found["last_at"] as Float64Array;
  return {
    shop: past.shop,
    asOf,
    persons: found["person"] as readonly string[],
    firstAt,
    lastAt,
    daysSinceFirst: daysBefore(asOf, firstAt),
    daysSinceLast: daysBefore(asOf, lastAt),
    daysSincePurchase: daysBefore(asOf, found["bought_at"] as Float64Array),
    orders: found["orders"] as Int32Array,
    spentMinor: found["paid"] as Float64Array,
    counts: countsOf(found),
    money,
  };
}

/** Counts are of lines: an order with three lines of a group counts three. O(lines). */
export async function itemTable(past: Past, asOf: number): Promise<ItemTable> {
  assert(Number.isInteger(asOf), "asOf is whole milliseconds");
  const money = await moneyNote(past, asOf);
  const found = await past.analytics.columns(
    `SELECT coalesce(group_id, actions.item) AS group_name,
       CAST(min(at_ms) AS DOUBLE) AS first_at,
       CAST(max(at_ms) AS DOUBLE) AS last_at,
       CAST(count(DISTINCT person) AS INTEGER) AS shoppers,
       CAST(count(DISTINCT person) FILTER (name = 'purchase') AS INTEGER) AS buyers,
       coalesce(sum(coalesce(quantity, 1)) FILTER (name = 'purchase'), 0) AS units,
       ${paidSql} AS paid,
       CAST(arg_max(unit_price_minor, ${placeSql})
         FILTER (unit_price_minor IS NOT NULL AND currency = $3) AS DOUBLE) AS last_price,
       ${countsSql("true")}
     FROM actions LEFT JOIN items ON items.shop = actions.shop AND items.item = actions.item
     WHERE actions.shop = $1 AND at_ms < $2 AND actions.item IS NOT NULL AND measure
     GROUP BY 1 ORDER BY min(${placeSql})`,
    [past.shop, asOf, money.currency],
  );
  const firstAt = found["first_at"] as Float64Array;
  return {
    shop: past.shop,
    asOf,
    groups: found["group_name"] as readonly string[],
    firstAt,
    lastAt: found["last_at"] as Float64Array,
    daysSinceFirst: daysBefore(asOf, firstAt),
    shoppers: found["shoppers"] as Int32Array,
    buyers: found["buyers"] as Int32Array,
    units: found["units"] as Float64Array,
    revenueMinor: found["paid"] as Float64Array,
    lastPriceMinor: found["last_price"] as Float64Array,
    counts: countsOf(found),
    money,
  };
}

/** What was paid in the main currency; a quantity that is not said is one. $3 currency. */
const paidSql = `round(coalesce(sum(coalesce(quantity, 1) * unit_price_minor)
  FILTER (name = 'purchase' AND currency = $3), 0))`;

const countsSql = (counted: string): string =>
  eventNames
    .map(
      (name) => `CAST(count(*) FILTER (name = '${name}' AND ${counted}) AS INTEGER) AS n_${name}`,
    )
    .join(",\n       ");

const countsOf = (found: Columns): Record<EventName, Int32Array> =>
  Object.fromEntries(eventNames.map((name) => [name, found[`n_${name}`] as Int32Array])) as Record<
    EventName,
    Int32Array
  >;

/** The currency that most bought lines are priced in. O(lines) in the engine. */
export async function moneyNote(past: Past, asOf: number): Promise<MoneyNote> {
  const rows = await past.analytics.rows<{ currency: string; lines: number }>(
    `SELECT currency, count(*) AS lines FROM actions
     WHERE shop = ? AND at_ms < ? AND name = 'purchase' AND unit_price_minor IS NOT NULL
       AND currency IS NOT NULL
     GROUP BY currency ORDER BY lines DESC, currency`,
    [past.shop, asOf],
  );
  const [main, ...others] = rows;
  const otherLines = others.reduce((sum, { lines }) => sum + lines, 0);
  return { currency: main?.currency ?? null, otherLines };
}

const daysBefore = (asOf: number, moments: Float64Array): Float64Array =>
  moments.map((moment) => (asOf - moment) / DAY_MS);
