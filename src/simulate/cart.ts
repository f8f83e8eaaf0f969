import {
  buyChance,
  cartChance,
  elasticityOf,
  extraQuantity,
  matchOf,
  meanQuantity,
} from "./choice.ts";
import { askedMinor } from "./prices.ts";
import { lineOf, say, today, type Visitor } from "./visitor.ts";
import { leaves } from "./vocabulary/leaves.ts";
import { colours, sizes } from "./vocabulary/variants.ts";

const SUBSTITUTION_RATE = 0.3;
const MOST_LINES = 12;

/**
 * After a look: put it in the cart? The chance is the law of choice.ts; what it is worth in units
 * bought is written in the ledger whether or not the stock allows it.
 * @unit urge 1 for a browser, more for one who came to buy
 */
export function consider(visitor: Visitor, group: number, urge: number): boolean {
  const { shop, traits, random, cart } = visitor;
  const { catalogue, supply } = shop;
  if (cart.length >= MOST_LINES) return false;
  if (cart.some((line) => catalogue.groupOf[line.variant] === group)) return false;
  const leaf = catalogue.leafOf[group] ?? 0;
  const wanted = wantedVariant(visitor, group);
  const day = today(visitor);
  const asked = askedMinor(shop.prices, catalogue, wanted, day);
  const ratio = asked / (catalogue.listPrice[wanted] ?? asked);
  const match = matchOf(catalogue, traits, group);
  const chance = cartChance(match, elasticityOf(traits, leaf), ratio, urge);
  const cell = day * catalogue.variants + wanted;
  const worth = buyChance(traits) * meanQuantity(leaf);
  shop.ledger.demand[cell] = (shop.ledger.demand[cell] ?? 0) + chance * worth;
  if (!random.bernoulli(chance)) return false;
  const quantity = 1 + random.poisson(extraQuantity(leaf));
  const variant = (supply.stock[wanted] ?? 0) >= quantity ? wanted : substitute(visitor, wanted);
  if (variant < 0 || variant !== wanted) {
    shop.ledger.lost[cell] = (shop.ledger.lost[cell] ?? 0) + quantity * buyChance(traits);
  }
  if (variant < 0) return false;
  add(visitor, variant, variant === wanted ? quantity : 1);
  return true;
}

function add(visitor: Visitor, variant: number, quantity: number): void {
  const line = { variant, quantity };
  visitor.cart.push(line);
  say(
    visitor,
    "cart_add",
    { surface: "item" },
    { items: [lineOf(visitor, line)], currency: "CNY" },
  );
}

/** The variant of a group that fits: the shopper's size, a colour it prefers. O(variants). */
export function wantedVariant(visitor: Visitor, group: number): number {
  const { catalogue } = visitor.shop;
  const { fit, palette } = visitor.traits;
  const kind = leaves[catalogue.leafOf[group] ?? 0]?.sizes ?? "one";
  const ideal = fit * (sizes[kind].length - 1);
  const first = catalogue.variantStart[group] ?? 0;
  let best = first;
  let least = Number.POSITIVE_INFINITY;
  for (let v = first; v < (catalogue.variantStart[group + 1] ?? 0); v++) {
    const liked = palette.indexOf(catalogue.colourOf[v] ?? -1);
    const misfit = Math.abs((catalogue.sizeOf[v] ?? 0) - ideal);
    // Size decides; among equals a preferred colour, else a whim that is the shopper's own.
    const whim = ((visitor.traits.shopper * 31 + v * 17) % colours.length) / colours.length;
    const cost = 10 * misfit + (liked >= 0 ? liked / 10 : 1 + whim);
    if (cost < least) {
      least = cost;
      best = v;
    }
  }
  return best;
}

/** Another variant in stock, for those who do not mind; -1 for those who do. */
function substitute(visitor: Visitor, wanted: number): number {
  const { catalogue, supply } = visitor.shop;
  if (!visitor.random.bernoulli(SUBSTITUTION_RATE)) return -1;
  const group = catalogue.groupOf[wanted] ?? 0;
  for (
    let v = catalogue.variantStart[group] ?? 0;
    v < (catalogue.variantStart[group + 1] ?? 0);
    v++
  ) {
    if (v !== wanted && (supply.stock[v] ?? 0) > 0) return v;
  }
  return -1;
}
