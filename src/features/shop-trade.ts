import type { Past } from "./past.ts";

/**
 * How a shop trades: how far its shoppers come, what they pay, and how much of that went through its
 * lists. A line of a purchase went through a list when the same shopper had clicked the item, or a
 * variant of its group, in a list that was answered here, at most so long before. The last click
 * counts, whatever was looked at in between; what would have been bought anyway is in it, so it says
 * what lists took part in, not what they brought. That takes an experiment.
 */
export interface Funnel {
  /** Shoppers who did anything. */
  readonly visited: number;
  /** Shoppers who looked at an item, or came further; so at each later step. */
  readonly viewed: number;
  readonly carted: number;
  readonly bought: number;
}

/** Lists answered, and those of them in which something was clicked. */
export interface ListsShown {
  readonly shown: number;
  readonly clicked: number;
}

/** Of one day and currency. */
export interface DayTaken {
  /** Begin of the day, UTC. @unit epoch ms */
  readonly day: number;
  readonly currency: string;
  readonly orders: number;
  /** Quantity times unit price, before refunds. @unit minor units of the currency */
  readonly revenueMinor: number;
  /** The part of it that went through lists. */
  readonly throughMinor: number;
}

/** @unit epoch ms; `until` is not in it */
export interface Span {
  readonly since: number;
  readonly until: number;
}

const DAY_MS = 86_400_000;
const CLICKS = "('list_click', 'item_view')";
/** What is said about a shopper and not done by one. */
const NO_VISITS = "('exposure', 'prediction', 'identify', 'merge', 'consent', 'order_update')";

/** Of what may be measured. O(rows of the span). */
export async function shopFunnel({ shop, analytics }: Past, span: Span): Promise<Funnel> {
  const [found] = await analytics.rows<Funnel>(
    `SELECT count(*) AS visited, count(*) FILTER (viewed OR carted OR bought) AS viewed,
       count(*) FILTER (carted OR bought) AS carted, count(*) FILTER (bought) AS bought
     FROM (SELECT bool_or(name = 'item_view') AS viewed, bool_or(name = 'cart_add') AS carted,
         bool_or(name = 'purchase') AS bought
       FROM actions
       WHERE shop = ? AND at_ms >= ? AND at_ms < ? AND line = 0 AND person IS NOT NULL AND measure
         AND name NOT IN ${NO_VISITS}
       GROUP BY person)`,
    [shop, span.since, span.until],
  );
  return found ?? { visited: 0, viewed: 0, carted: 0, bought: 0 };
}

/** O(rows of the span). */
export async function listsShown({ shop, analytics }: Past, span: Span): Promise<ListsShown> {
  const [found] = await analytics.rows<ListsShown>(
    `SELECT count(*) AS shown, count(*) FILTER (clicked) AS clicked
     FROM (SELECT bool_or(name <> 'exposure') AS clicked
       FROM actions
       WHERE shop = ? AND at_ms >= ? AND at_ms < ? AND line = 0 AND request IS NOT NULL AND measure
         AND (name = 'exposure' OR name IN ${CLICKS})
       GROUP BY request HAVING bool_or(name = 'exposure'))`,
    [shop, span.since, span.until],
  );
  return found ?? { shown: 0, clicked: 0 };
}

/**
 * Days and currencies in which something was bought, the earliest first; days are of UTC.
 * O(rows of the span and of the window before it). @unit windowMs ms
 */
export function daysTaken(
  { shop, analytics }: Past,
  { since, until }: Span,
  windowMs: number,
): Promise<readonly DayTaken[]> {
  return analytics.rows<DayTaken>(
    `WITH done AS (
       SELECT name, event_id, line, person, request, at_ms, currency, measure, actions.item AS item,
         coalesce(items.group_id, actions.item) AS thing,
         coalesce(coalesce(quantity, 1) * unit_price_minor, 0)::DOUBLE AS paid
       FROM actions LEFT JOIN items ON items.shop = actions.shop AND items.item = actions.item
       WHERE actions.shop = $1 AND at_ms >= $2 - $4 AND at_ms < $3
         AND (name IN ('purchase', 'list_click', 'item_view')
           OR name = 'exposure' AND line = 0)),
     clicks AS (
       SELECT person, thing, at_ms FROM done
       WHERE name IN ${CLICKS} AND person IS NOT NULL AND item IS NOT NULL AND measure
         AND request IN (SELECT request FROM done WHERE name = 'exposure' AND request IS NOT NULL)),
     bought AS (
       SELECT * FROM done
       WHERE name = 'purchase' AND at_ms >= $2 AND currency IS NOT NULL AND item IS NOT NULL)
     SELECT (bought.at_ms // ${DAY_MS}) * ${DAY_MS} AS day, currency,
       count(DISTINCT event_id) AS orders, sum(paid) AS "revenueMinor",
       coalesce(sum(paid) FILTER (clicks.at_ms >= bought.at_ms - $4), 0)::DOUBLE AS "throughMinor"
     FROM bought ASOF LEFT JOIN clicks ON clicks.person = bought.person
       AND clicks.thing = bought.thing AND clicks.at_ms <= bought.at_ms
     GROUP BY day, currency ORDER BY day, currency`,
    [shop, since, until, windowMs],
  );
}
