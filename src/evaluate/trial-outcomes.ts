import type { Past } from "../features/past.ts";
import type { RatioSums } from "./difference.ts";

/**
 * What became of the shoppers of a trial, read from the log: those to whom a list was shown by one of
 * two versions. A shopper is of the version that showed the first list, and stays it, also where the
 * other answers later because two ids turned out to be one shopper's: that waters the difference down
 * but favours nobody. Counted is what followed the first list, so far as it may be measured. Lists for
 * nobody known belong to no shopper and are only counted.
 */
export interface TrialSpan {
  readonly control: string;
  readonly treatment: string;
  /** @unit epoch ms; `until` is not in it */
  readonly since: number;
  readonly until: number;
  /** A purchase went through a list when its item was clicked there at most so long before. */
  readonly clickWindowMs: number;
}

export interface ArmOutcomes {
  readonly shoppers: number;
  /** Of them, those to whom the other version answered too. */
  readonly mixed: number;
  /** Lists in which something was clicked, per list shown; over the shoppers. */
  readonly clicks: RatioSums;
  readonly buyers: number;
  readonly orders: number;
  /** Orders with something that was clicked in a list of the trial. */
  readonly ordersThrough: number;
  readonly paid: readonly Paid[];
}

/** What the shoppers paid in one currency. @unit minor units of the currency */
export interface Paid {
  readonly currency: string;
  readonly sum: number;
  /** Of what each shopper paid. */
  readonly squares: number;
  readonly through: number;
}

export interface TrialOutcomes {
  readonly control: ArmOutcomes;
  readonly treatment: ArmOutcomes;
  /** Lists of either version that were for nobody known. */
  readonly unknownLists: number;
}

const CLICKS = "('list_click', 'item_view')";

/** Lists of the trial, and of each shopper the version that came first. $1 to $5: shop, since, until, versions. */
const SHOWN = `shown AS (
    SELECT person, coalesce(request, event_id) AS request, model, min(at_ms) AS at_ms
    FROM actions
    WHERE shop = $1 AND name = 'exposure' AND line = 0 AND measure
      AND at_ms >= $2 AND at_ms < $3 AND model IN ($4, $5)
    GROUP BY ALL),
  people AS (
    SELECT person, arg_min(model, (at_ms, request)) AS model, min(at_ms) AS first_at,
      count(DISTINCT model) > 1 AS mixed, count(*) AS lists
    FROM shown WHERE person IS NOT NULL GROUP BY person)`;

/** O(rows of the span). */
export async function trialOutcomes(past: Past, span: TrialSpan): Promise<TrialOutcomes> {
  const { control, treatment } = span;
  const [clicks, unknownLists, orders] = await Promise.all([
    clicksOf(past, span),
    unknownListsOf(past, span),
    ordersOf(past, span),
  ]);
  const arm = (model: string): ArmOutcomes => ({
    ...(clicks.get(model) ?? { shoppers: 0, mixed: 0, clicks: noClicks }),
    ...(orders.get(model) ?? { buyers: 0, orders: 0, ordersThrough: 0, paid: [] }),
  });
  return { control: arm(control), treatment: arm(treatment), unknownLists };
}

const noClicks: RatioSums = { n: 0, top: 0, base: 0, topTop: 0, baseBase: 0, topBase: 0 };

const parameters = ({ shop }: Past, { since, until, control, treatment }: TrialSpan) => [
  shop,
  since,
  until,
  control,
  treatment,
];

interface ClickRow extends RatioSums {
  readonly model: string;
  readonly mixed: number;
}

async function clicksOf(
  past: Past,
  span: TrialSpan,
): Promise<ReadonlyMap<string, Pick<ArmOutcomes, "shoppers" | "mixed" | "clicks">>> {
  const rows = await past.analytics.rows<ClickRow>(
    `WITH ${SHOWN},
     clicked AS (
       SELECT shown.person, count(DISTINCT shown.request) AS lists
       FROM actions JOIN shown ON actions.request = shown.request
       WHERE shop = $1 AND name IN ${CLICKS} AND measure
         AND actions.at_ms >= $2 AND actions.at_ms < $3
       GROUP BY shown.person),
     each AS (
       SELECT model, mixed, people.lists::DOUBLE AS base,
         coalesce(clicked.lists, 0)::DOUBLE AS top
       FROM people LEFT JOIN clicked ON clicked.person = people.person)
     SELECT model, count(*) AS n, count(*) FILTER (mixed) AS mixed, sum(top) AS top,
       sum(base) AS base, sum(top * top) AS "topTop", sum(base * base) AS "baseBase",
       sum(top * base) AS "topBase"
     FROM each GROUP BY model`,
    parameters(past, span),
  );
  return new Map(
    rows.map(({ model, mixed, ...clicks }) => [model, { shoppers: clicks.n, mixed, clicks }]),
  );
}

async function unknownListsOf(past: Past, span: TrialSpan): Promise<number> {
  const [found] = await past.analytics.rows<{ n: number }>(
    `WITH ${SHOWN} SELECT count(*) AS n FROM shown WHERE person IS NULL`,
    parameters(past, span),
  );
  return found?.n ?? 0;
}

interface PaidRow extends Omit<Paid, "currency"> {
  readonly currency: string | null;
  readonly model: string;
  readonly buyers: number;
  readonly orders: number;
  readonly ordersThrough: number;
}

/** Of each version, over all currencies (the row without one) and in each. */
async function ordersOf(
  past: Past,
  span: TrialSpan,
): Promise<ReadonlyMap<string, Pick<ArmOutcomes, "buyers" | "orders" | "ordersThrough" | "paid">>> {
  const rows = await past.analytics.rows<PaidRow>(
    `WITH ${SHOWN},
     done AS (
       SELECT name, event_id, person, request, at_ms, currency, actions.item AS item,
         coalesce(items.group_id, actions.item) AS thing,
         coalesce(coalesce(quantity, 1) * unit_price_minor, 0)::DOUBLE AS paid
       FROM actions LEFT JOIN items ON items.shop = actions.shop AND items.item = actions.item
       WHERE actions.shop = $1 AND at_ms >= $2 AND at_ms < $3 AND measure
         AND name IN ('purchase', 'list_click', 'item_view') AND actions.item IS NOT NULL),
     clicks AS (
       SELECT person, thing, at_ms FROM done
       WHERE name <> 'purchase' AND person IS NOT NULL
         AND request IN (SELECT request FROM shown)),
     bought AS (
       SELECT done.*, people.model FROM done JOIN people ON people.person = done.person
       WHERE name = 'purchase' AND currency IS NOT NULL AND done.at_ms >= people.first_at),
     lines AS (
       SELECT bought.*, coalesce(clicks.at_ms >= bought.at_ms - $6, false) AS through
       FROM bought ASOF LEFT JOIN clicks ON clicks.person = bought.person
         AND clicks.thing = bought.thing AND clicks.at_ms <= bought.at_ms),
     each AS (
       SELECT model, currency, person, sum(paid) AS paid,
         coalesce(sum(paid) FILTER (through), 0) AS through,
         count(DISTINCT event_id) AS orders,
         count(DISTINCT event_id) FILTER (through) AS orders_through
       FROM lines GROUP BY model, currency, person)
     SELECT model, currency, count(DISTINCT person) AS buyers, sum(orders)::DOUBLE AS orders,
       sum(orders_through)::DOUBLE AS "ordersThrough", sum(paid) AS sum,
       sum(paid * paid) AS squares, sum(through) AS through
     FROM each GROUP BY GROUPING SETS ((model, currency), (model)) ORDER BY model, currency`,
    [...parameters(past, span), span.clickWindowMs],
  );
  const found = new Map<
    string,
    Pick<ArmOutcomes, "buyers" | "orders" | "ordersThrough" | "paid">
  >();
  for (const { model, buyers, orders, ordersThrough } of rows.filter(isOfAll)) {
    const own = rows.filter((row) => row.model === model);
    const paid = own.flatMap(({ currency, sum, squares, through }) =>
      currency === null ? [] : [{ currency, sum, squares, through }],
    );
    found.set(model, { buyers, orders, ordersThrough, paid });
  }
  return found;
}

const isOfAll = ({ currency }: PaidRow): boolean => currency === null;
