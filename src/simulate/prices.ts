import type { Random } from "../tensor/random.ts";
import { type Catalogue, charmPrice } from "./catalogue.ts";
import { DAY_MS, dayOfYear, feastAt, seasonFactor } from "./rhythm.ts";
import type { Pair } from "./vocabulary/leaf.ts";
import { leaves } from "./vocabulary/leaves.ts";
import { promotionNames } from "./vocabulary/phrases.ts";

/**
 * What is asked, on every day, fixed before the doors open: prices do not answer to demand, but
 * promotions are likelier in a category's high season, as in a real shop, so that a naive slope of
 * demand on price is wrong and a season-aware one is right. Left out: prices that differ by
 * shopper, and competitors.
 */
export interface Prices {
  readonly days: number;
  /** Per cent of the list price before charm rounding. @shape [days, groups] */
  readonly percent: Uint8Array;
  /** Place in `promotions` plus one, 0 for none. @shape [days, groups] */
  readonly promoted: Uint16Array;
  readonly promotions: readonly Promotion[];
}

export interface Promotion {
  readonly id: string;
  readonly name: Pair;
  /** Index of the leaf it covers. */
  readonly leaf: number;
  /** First day, and the day after the last. */
  readonly fromDay: number;
  readonly toDay: number;
  /** Share taken off the price of the day, 0..1. */
  readonly cutShare: number;
  /** What the badge alone does to the chance of a click; 1 is nothing. */
  readonly badgeLift: number;
  readonly groups: readonly number[];
}

const REGULAR = [92, 96, 100, 100, 104, 108];
const CUTS = [0.1, 0.15, 0.2, 0.3];
const LOWEST_REGULAR = 0.92;
/** Cost of a group over that of its leaf, at most. */
const COST_CEILING = 1.1;
const REPRICED_PER_DAY = 1 / 21;
const WEEK = 7;
const PROMOTIONS_PER_WEEK = 8;
const PROMOTED_SHARE = 0.4;

/** Draws prices and promotions of the whole period. O(days groups). */
export function drawPrices(
  random: Random,
  catalogue: Catalogue,
  startAt: number,
  days: number,
): Prices {
  const { groups } = catalogue;
  const percent = drawRegular(random.split("regular"), groups, days);
  const promoted = new Uint16Array(days * groups);
  const promotions: Promotion[] = [];
  const draw = random.split("promotions");
  for (let day = 0; day < days; day++) {
    for (const leaf of promotedLeaves(draw, startAt + day * DAY_MS, day)) {
      const promotion = drawPromotion(draw, catalogue, leaf, day, promotions.length);
      promotions.push(promotion);
      mark(promotion, promotions.length, { groups, days, percent, promoted });
    }
  }
  return { days, percent, promoted, promotions };
}

function drawRegular(random: Random, groups: number, days: number): Uint8Array {
  const percent = new Uint8Array(days * groups);
  for (let g = 0; g < groups; g++) {
    let level = 100;
    for (let day = 0; day < days; day++) {
      if (random.bernoulli(REPRICED_PER_DAY)) level = random.pick(REGULAR);
      percent[day * groups + g] = level;
    }
  }
  return percent;
}

/** Which leaves start a promotion on the day: all on a feast, a few at the start of a week. */
function promotedLeaves(random: Random, at: number, day: number): number[] {
  if (feastAt(at) !== undefined) return leaves.map((_, l) => l);
  if (day % WEEK !== 0) return [];
  const running = new Float64Array(leaves.length);
  let sum = 0;
  leaves.forEach((leaf, l) => {
    sum += seasonFactor(leaf, dayOfYear(at)) ** 1.5;
    running[l] = sum;
  });
  const chosen = new Set<number>();
  for (let i = 0; i < PROMOTIONS_PER_WEEK; i++) chosen.add(random.weighted(running));
  return [...chosen];
}

function drawPromotion(
  random: Random,
  catalogue: Catalogue,
  leaf: number,
  day: number,
  count: number,
): Promotion {
  const groups: number[] = [];
  for (let g = catalogue.leafStart[leaf] ?? 0; g < (catalogue.leafStart[leaf + 1] ?? 0); g++) {
    if (random.bernoulli(PROMOTED_SHARE)) groups.push(g);
  }
  return {
    id: `promo-${count + 1}`,
    name: random.pick(promotionNames),
    leaf,
    fromDay: day,
    toDay: day + 3 + random.int(4),
    cutShare: random.pick(affordable(leaf)),
    badgeLift: 1.15 + 0.35 * random.uniform(),
    groups,
  };
}

/** Cuts that leave the price above the cost: nobody sells at a loss here. */
function affordable(leaf: number): readonly number[] {
  const cost = (leaves[leaf]?.costShare ?? 0) * COST_CEILING;
  const cuts = CUTS.filter((cut) => (1 - cut) * LOWEST_REGULAR > cost);
  return cuts.length > 0 ? cuts : [0.05];
}

function mark(
  promotion: Promotion,
  number: number,
  table: { groups: number; days: number; percent: Uint8Array; promoted: Uint16Array },
): void {
  for (let day = promotion.fromDay; day < Math.min(promotion.toDay, table.days); day++) {
    for (const g of promotion.groups) {
      const cell = day * table.groups + g;
      if (table.promoted[cell] !== 0) continue;
      table.promoted[cell] = number;
      table.percent[cell] = Math.round((table.percent[cell] ?? 100) * (1 - promotion.cutShare));
    }
  }
}

/** What is asked for a variant on a day. O(1). @unit result minor */
export function askedMinor(
  prices: Prices,
  catalogue: Catalogue,
  variant: number,
  day: number,
): number {
  const list = catalogue.listPrice[variant] ?? 0;
  const group = catalogue.groupOf[variant] ?? 0;
  const percent = prices.percent[day * catalogue.groups + group] ?? 100;
  return percent === 100 ? list : charmPrice((list * percent) / 10_000);
}

/** The promotion a group is in on a day. O(1). */
export function promotionOf(
  prices: Prices,
  groups: number,
  group: number,
  day: number,
): Promotion | undefined {
  return prices.promotions[(prices.promoted[day * groups + group] ?? 0) - 1];
}
