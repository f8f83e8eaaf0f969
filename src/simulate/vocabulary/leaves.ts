import { departments, type Leaf, type Pair } from "./leaf.ts";
import { beautyLeaves } from "./leaves-beauty.ts";
import { familyLeaves } from "./leaves-family.ts";
import { foodLeaves } from "./leaves-food.ts";
import { homeLeaves } from "./leaves-home.ts";
import { sportLeaves } from "./leaves-sport.ts";
import { techLeaves } from "./leaves-tech.ts";
import { wearLeaves } from "./leaves-wear.ts";

/** The leaves of the category tree, in the order that ids count them. */
export const leaves: readonly Leaf[] = [
  ...wearLeaves,
  ...beautyLeaves,
  ...techLeaves,
  ...homeLeaves,
  ...foodLeaves,
  ...sportLeaves,
  ...familyLeaves,
];

const indexById: ReadonlyMap<string, number> = new Map(leaves.map((leaf, i) => [leaf.id, i]));

/** Place of a leaf in `leaves`, -1 when there is none of that id. */
export function leafIndex(id: string): number {
  return indexById.get(id) ?? -1;
}

/** Path of a leaf from the widest to the narrowest, in English: the key of the category. */
export function categoryPath(leaf: Leaf): readonly string[] {
  return [departments[leaf.department][0], leaf.name[0]];
}

/** What a shopper may be, as a habit: the leaves that draw it. Its style is drawn in shoppers.ts. */
export interface Persona {
  readonly name: string;
  readonly drawnTo: readonly string[];
}

export const personas: readonly Persona[] = [
  { name: "runner", drawnTo: ["running-shoes", "bottles", "watches", "headphones"] },
  { name: "camper", drawnTo: ["tents", "backpacks", "bottles", "jackets", "coffee"] },
  { name: "tea drinker", drawnTo: ["green-tea", "dark-tea", "mugs", "honey"] },
  { name: "coffee desk", drawnTo: ["coffee", "mugs", "headphones", "chargers", "nuts"] },
  { name: "gadget lover", drawnTo: ["phones", "phone-cases", "headphones", "chargers", "watches"] },
  { name: "dresser", drawnTo: ["dresses", "bags", "lipsticks", "perfumes"] },
  { name: "office wardrobe", drawnTo: ["shirts", "trousers", "jackets", "sneakers"] },
  { name: "skin care", drawnTo: ["serums", "sunscreens", "shampoos", "lipsticks"] },
  { name: "nest builder", drawnTo: ["bedding", "lamps", "cookware", "candles", "mugs"] },
  { name: "young family", drawnTo: ["baby-care", "toy-blocks", "shampoos", "nuts", "honey"] },
  { name: "cat person", drawnTo: ["cat-food", "candles", "bedding", "coffee"] },
  { name: "yoga at home", drawnTo: ["yoga-mats", "bottles", "candles", "green-tea"] },
];

/** English or Chinese of a pair. */
export function say(pair: Pair, locale: "en" | "zh"): string {
  return locale === "zh" ? pair[1] : pair[0];
}
