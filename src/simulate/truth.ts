import { assert } from "../assert.ts";
import { STYLES } from "./catalogue.ts";
import { attractionOf, cartChance, elasticityOf, examination, leafFit, matchOf } from "./choice.ts";
import { groupIndex, itemId, variantIndex } from "./ids.ts";
import { askedMinor, type Promotion } from "./prices.ts";
import { DAY_MS, seasonFactor } from "./rhythm.ts";
import type { Ledger, Plan } from "./shop.ts";
import {
  drawLife,
  drawTraits,
  LAPSING_RATE,
  type Life,
  segments,
  shopperIndex,
  type Traits,
} from "./shoppers.ts";
import { leadTimeDays } from "./supply.ts";
import { leafIndex, leaves } from "./vocabulary/leaves.ts";

export type LifeState = "not arrived" | "active" | "lapsing" | "churned";

/** What is so, whatever the log shows. For tests and benches; who learns never sees it. */
export interface Truth {
  /** Shoppers of the world; ids count up from s0000001. */
  readonly shoppers: number;
  /** Taste, segment, persona, budget, consent. Affinity is a log weight over the leaves. */
  traits(shopper: string): Traits;
  /** Arrival, lapse, churn, and visits a day while active. */
  life(shopper: string): Life;
  lifeState(shopper: string, at: number): LifeState;
  /** Chance that at least one visit falls in (at, at + days], rhythm of the shop averaged out. */
  returnChance(shopper: string, at: number, days: number): number;
  /** Taste of a group in the shopper's own space. @shape [STYLES] */
  styleOf(item: string): Float64Array;
  /** How well item and shopper suit each other. */
  match(shopper: string, item: string): number;
  /** Chance of a click at the top of a list, for one who came for the item's category. */
  attraction(shopper: string, item: string): number;
  /** Chance that a browser's view ends in the cart. @unit day 0 .. days - 1 */
  cartChance(shopper: string, item: string, day: number): number;
  /** Chance that the place k is looked at, over that of place 0. */
  examination(k: number): number;
  /** Demand goes with price^-elasticity. @unit category leaf id, segment as in `segments` */
  elasticity(category: string, segment: string): number;
  readonly promotions: readonly Promotion[];
  /**
   * Purchases of a promoted group over those without the promotion, among the same views by one
   * segment ((1 - cut)^-elasticity), and clicks among the same looks (badge).
   */
  uplift(promotion: string, segment: string): { readonly cart: number; readonly click: number };
  /** Wish for a category on a day of the year over its mean. */
  season(category: string, dayOfYear: number): number;
  /** Expected units bought of the item on the day, as if never out of stock. @unit units */
  demand(item: string, day: number): number;
  /** Expected units not bought because there were none. @unit units */
  lost(item: string, day: number): number;
  /** Units on hand when the day ended. */
  closingStock(item: string, day: number): number;
  /** Id of the leaf an item is in. */
  category(item: string): string;
  /** Price before any change of the day. @unit minor */
  listPrice(item: string): number;
  /** Asked price on a day. @unit minor */
  price(item: string, day: number): number;
  /** Promised lead time of the item's supplier; doubled in 12 % of orders. */
  leadTimeDays(item: string): number;
  /** Every item id, in the order of the catalogue. */
  items(): Iterable<string>;
}

/** The truth of a plan; `ledger` is what has been written down as far as the events were run. */
export function tellTruth(plan: Plan, ledger: () => Ledger): Truth {
  const { catalogue, prices, size } = plan;
  const window = {
    startAt: plan.startAt,
    endAt: plan.endAt,
    visitsPerDay: size.visitsPerDay,
  };
  const indexOf = (shopper: string): number => {
    const index = shopperIndex(shopper);
    assert(index >= 0 && index < size.shoppers, "the shopper is of this world");
    return index;
  };
  const groupOf = (item: string): number => found(groupIndex(catalogue, item));
  const traits = (shopper: string): Traits => drawTraits(plan.population, indexOf(shopper));
  const life = (shopper: string): Life => drawLife(plan.population, indexOf(shopper), window);
  const cellOf = (item: string, day: number): number => {
    assert(day >= 0 && day < plan.days, "the day is within the period");
    return day * catalogue.variants + found(variantIndex(catalogue, item));
  };
  return {
    shoppers: size.shoppers,
    traits,
    life,
    lifeState: (shopper, at) => stateOf(life(shopper), at),
    returnChance: (shopper, at, days) => 1 - Math.exp(-visitsExpected(life(shopper), at, days)),
    styleOf: (item) => {
      const g = groupOf(item);
      return Float64Array.from(catalogue.style.subarray(g * STYLES, (g + 1) * STYLES));
    },
    match: (shopper, item) => matchOf(catalogue, traits(shopper), groupOf(item)),
    attraction: (shopper, item) => {
      const g = groupOf(item);
      const who = traits(shopper);
      const fit = leafFit(catalogue, who, g, catalogue.leafOf[g] ?? 0);
      return attractionOf(matchOf(catalogue, who, g), fit, 0, 1);
    },
    cartChance: (shopper, item, day) => browserCartChance(plan, traits(shopper), item, day),
    examination,
    elasticity: (category, segment) => elasticity(leafIndex(category), segment),
    promotions: prices.promotions,
    uplift: (id, segment) => {
      const promotion = prices.promotions.find((one) => one.id === id);
      assert(promotion !== undefined, "the promotion is of this world");
      const power = elasticity(promotion.leaf, segment);
      return { cart: (1 - promotion.cutShare) ** -power, click: promotion.badgeLift };
    },
    season: (category, day) => {
      const leaf = leaves[leafIndex(category)];
      assert(leaf !== undefined, "the category is a leaf");
      return seasonFactor(leaf, day);
    },
    demand: (item, day) => ledger().demand[cellOf(item, day)] ?? 0,
    lost: (item, day) => ledger().lost[cellOf(item, day)] ?? 0,
    closingStock: (item, day) => ledger().closing[cellOf(item, day)] ?? 0,
    category: (item) => leaves[catalogue.leafOf[groupOf(item)] ?? 0]?.id ?? "",
    listPrice: (item) => catalogue.listPrice[found(variantIndex(catalogue, item))] ?? 0,
    price: (item, day) => askedMinor(prices, catalogue, found(variantIndex(catalogue, item)), day),
    leadTimeDays: (item) => leadTimeDays(catalogue.brandOf[groupOf(item)] ?? 0),
    *items() {
      for (let v = 0; v < catalogue.variants; v++) yield itemId(catalogue, v);
    },
  };
}

function found(index: number): number {
  assert(index >= 0, "the item is of this world");
  return index;
}

function elasticity(leaf: number, name: string): number {
  const segment = segments.find((one) => one.name === name);
  assert(segment !== undefined, "the segment exists");
  assert(leaf >= 0, "the category is a leaf");
  return elasticityOf({ segment }, leaf);
}

function stateOf(life: Life, at: number): LifeState {
  if (at < life.arrivesAt) return "not arrived";
  if (at < life.lapsesAt) return "active";
  return at < life.churnsAt ? "lapsing" : "churned";
}

/** Mean number of visits in (at, at + days] by the true dates of the life. */
function visitsExpected(life: Life, at: number, days: number): number {
  const to = at + days * DAY_MS;
  const overlap = (from: number, until: number): number =>
    Math.max(0, Math.min(to, until) - Math.max(at, from)) / DAY_MS;
  const active = overlap(life.arrivesAt, life.lapsesAt);
  return life.visitsPerDay * (active + LAPSING_RATE * overlap(life.lapsesAt, life.churnsAt));
}

function browserCartChance(plan: Plan, traits: Traits, item: string, day: number): number {
  const { catalogue, prices } = plan;
  const variant = found(variantIndex(catalogue, item));
  const group = catalogue.groupOf[variant] ?? 0;
  const list = catalogue.listPrice[variant] ?? 1;
  const ratio = askedMinor(prices, catalogue, variant, day) / list;
  const leaf = catalogue.leafOf[group] ?? 0;
  return cartChance(matchOf(catalogue, traits, group), elasticityOf(traits, leaf), ratio, 1);
}
