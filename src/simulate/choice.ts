import { type Catalogue, STYLES } from "./catalogue.ts";
import type { Traits } from "./shoppers.ts";
import { leaves } from "./vocabulary/leaves.ts";

/**
 * The laws of the world, all in one place: what a shopper sees, likes, and buys.
 *
 *   match m(s, g)   = 0.45 style_s . style_g + 0.8 [brand trusted] + quality_g
 *                     - 0.5 |level_g - budget_s|
 *   attraction      = sigmoid(-3.1 + 1.1 m + fit of the leaf) * badge lift, at most 0.95
 *   click at place k = examination(k) * attraction          (position-based model)
 *   cart after view = min(0.85, 0.03 urge e^(0.6 m) (asked / list)^-elasticity)
 *
 * Sources: position-based model, Richardson et al. 2007; isoelastic demand; random utility,
 * McFadden 1974. Left out: attention that tires down a session, prices remembered.
 */
const CART_SCALE = 0.03;
const CART_CEILING = 0.85;
const CLICK_CEILING = 0.95;

/** Chance that the place k of a list is looked at; 1 at the top. @unit k 0-based */
export function examination(k: number): number {
  return (1 + k) ** -0.6;
}

/** How well a group suits a shopper; about mean -0.3, standard deviation 1.3. O(STYLES). */
export function matchOf(catalogue: Catalogue, traits: Traits, group: number): number {
  let dot = 0;
  for (let k = 0; k < STYLES; k++) {
    dot += (traits.style[k] ?? 0) * (catalogue.style[group * STYLES + k] ?? 0);
  }
  const trusted = traits.favourites.includes(catalogue.brandOf[group] ?? -1) ? 0.8 : 0;
  const gap = Math.abs((catalogue.level[group] ?? 0) - traits.budget);
  return 0.45 * dot + trusted + (catalogue.quality[group] ?? 0) - 0.5 * gap;
}

/** How much the leaf of a group is what the shopper came for. @unit intent leaf, -1 none */
export function leafFit(
  catalogue: Catalogue,
  traits: Traits,
  group: number,
  intent: number,
): number {
  const leaf = catalogue.leafOf[group] ?? 0;
  if (leaf === intent) return 0.8;
  return Math.max(-1.2, Math.min(0.5, 0.5 * ((traits.affinity[leaf] ?? 0) - 1.2)));
}

/** Chance of a click once looked at. `bonus` is what the last view adds to its kin. */
export function attractionOf(match: number, fit: number, bonus: number, badgeLift: number): number {
  const liking = 1 / (1 + Math.exp(3.1 - 1.1 * match - fit - bonus));
  return Math.min(CLICK_CEILING, liking * badgeLift);
}

/** Own-price elasticity of a shopper in a leaf. */
export function elasticityOf(traits: Pick<Traits, "segment">, leaf: number): number {
  return (leaves[leaf]?.elasticity ?? 0) * traits.segment.elasticityFactor;
}

/**
 * Chance that a view becomes a cart line.
 * @unit priceRatio asked over list, urge 1 for a browser and more for one who came to buy
 */
export function cartChance(
  match: number,
  elasticity: number,
  priceRatio: number,
  urge: number,
): number {
  const chance = CART_SCALE * urge * Math.exp(0.6 * match) * priceRatio ** -elasticity;
  return Math.min(CART_CEILING, chance);
}

/** Chance that a cart line of this shopper is bought, stock permitting. */
export function buyChance(traits: Pick<Traits, "segment">): number {
  return (1 - REMOVAL_RATE) * traits.segment.checkoutRate * traits.segment.payRate;
}

/** Chance that a line is taken out again before the checkout. */
export const REMOVAL_RATE = 0.12;

/** Mean units of a line: one, and of consumables now and then more. */
export function meanQuantity(leaf: number): number {
  return 1 + extraQuantity(leaf);
}

/** Mean of the Poisson number of units beyond the first. */
export function extraQuantity(leaf: number): number {
  return (leaves[leaf]?.rebuyDays ?? 0) > 0 ? 0.4 : 0.04;
}
