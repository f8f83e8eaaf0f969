import type { ItemInput } from "../collect/item.ts";
import type { Random } from "../tensor/random.ts";
import type { Catalogue } from "./catalogue.ts";
import { groupId, itemId } from "./ids.ts";
import { askedMinor, promotionOf } from "./prices.ts";
import { DAY_MS, HOUR_MS } from "./rhythm.ts";
import type { Plan } from "./shop.ts";
import type { Supply } from "./supply.ts";
import { CURRENCY } from "./visitor.ts";
import { brands } from "./vocabulary/brands.ts";
import type { Leaf, Pair } from "./vocabulary/leaf.ts";
import { categoryPath, leaves } from "./vocabulary/leaves.ts";
import { adjectives, lines } from "./vocabulary/phrases.ts";
import { colours, sizes } from "./vocabulary/variants.ts";

/** The words of a group, drawn from its own stream when they are needed. */
interface Wording {
  readonly leaf: Leaf;
  readonly brand: Pair;
  readonly line: Pair;
  readonly noun: Pair;
  readonly material: Pair;
  readonly adjective: Pair;
  readonly features: readonly Pair[];
}

function wordingOf(catalogue: Catalogue, group: number, texts: Random): Wording {
  const random = texts.split(String(group));
  const leaf = leaves[catalogue.leafOf[group] ?? 0] as Leaf;
  const brand = brands[catalogue.brandOf[group] ?? 0];
  const left = random.int(leaf.features.length);
  return {
    leaf,
    brand: [brand?.en ?? "", brand?.zh ?? ""],
    line: random.pick(lines),
    noun: random.pick(leaf.nouns),
    material: random.pick(leaf.materials),
    adjective: random.pick(adjectives),
    features: leaf.features.filter((_, i) => i !== left),
  };
}

/** One variant as the shop would send it, priced and stocked as of `day`. */
export function itemOf(plan: Plan, supply: Supply, variant: number, day: number): ItemInput {
  const { catalogue } = plan;
  const group = catalogue.groupOf[variant] ?? 0;
  const words = wordingOf(catalogue, group, plan.random.split("texts"));
  const item = itemId(catalogue, variant);
  const list = catalogue.listPrice[variant] ?? 0;
  const asked = askedMinor(plan.prices, catalogue, variant, day);
  const promotion = promotionOf(plan.prices, catalogue.groups, group, day);
  const onSale = promotion !== undefined && asked < list;
  const stock = supply.stock[variant] ?? 0;
  const supplier = catalogue.brandOf[group] ?? 0;
  return {
    item,
    group: groupId(group),
    title: titleOf(words, axesOf(catalogue, variant, words.leaf)),
    description: descriptionOf(words),
    brand: words.brand[0],
    supplier: `supplier-${String(supplier + 1).padStart(2, "0")}`,
    categories: categoryPath(words.leaf),
    attributes: attributesOf(catalogue, variant, words),
    images: [`/pictures/${item}.svg`],
    priceMinor: onSale ? list : asked,
    ...(onSale ? { salePriceMinor: asked } : {}),
    costMinor: catalogue.cost[variant] ?? 0,
    currency: CURRENCY,
    stock,
    availability: stock > 0 ? "in_stock" : "out_of_stock",
    createdAt: createdAtOf(plan, group),
    ...(promotion === undefined ? {} : { extra: { promotion: promotion.id } }),
  };
}

/** On sale since the launch day, or since some day of the two years before the start. */
function createdAtOf(plan: Plan, group: number): number {
  const launch = plan.catalogue.launchDay[group] ?? -1;
  if (launch >= 0) return plan.startAt + launch * DAY_MS;
  const before = plan.random.split(`created:${group}`).int(730 * 24) * HOUR_MS;
  return Math.max(0, plan.startAt - before);
}

/** Names of colour and size, where there is a choice of them. */
function axesOf(catalogue: Catalogue, variant: number, leaf: Leaf): readonly Pair[] {
  const colour = colours[catalogue.colourOf[variant] ?? -1];
  const size = leaf.sizes === "one" ? undefined : sizes[leaf.sizes][catalogue.sizeOf[variant] ?? 0];
  return [colour?.name, size?.name].filter((pair) => pair !== undefined);
}

function titleOf(words: Wording, axes: readonly Pair[]): { en: string; zh: string } {
  const { brand, line, material, noun } = words;
  const en = `${brand[0]} ${line[0]} ${material[0]} ${noun[0]}`;
  const zh = `${brand[1]} ${line[1]}系列 ${material[1]}${noun[1]}`;
  if (axes.length === 0) return { en, zh };
  return {
    en: `${en}, ${axes.map((pair) => pair[0]).join(", ")}`,
    zh: `${zh}（${axes.map((pair) => pair[1]).join("，")}）`,
  };
}

function descriptionOf(words: Wording): { en: string; zh: string } {
  const { adjective, noun, material, line, leaf, brand, features } = words;
  const made = leaf.made[0].replace("{m}", inSentence(material[0], leaf));
  const opening = `${capital(adjective[0])} ${inSentence(noun[0], leaf)} from the ${line[0]} line by ${brand[0]}, ${made}.`;
  const openingZh = `${brand[1]}${line[1]}系列${adjective[1]}${noun[1]}，${leaf.made[1].replace("{m}", material[1])}。`;
  return {
    en: `${opening} ${features.map((f) => `${f[0]}.`).join(" ")} ${leaf.use[0]}.`,
    zh: `${openingZh}${features.map((f) => `${f[1]}。`).join("")}${leaf.use[1]}。`,
  };
}

/** Words that keep their capital within a sentence, beside the places that food comes from. */
const proper = new Set(["Tritan", "Cordura", "Tencel", "Zisha", "Oxford"]);

function inSentence(words: string, leaf: Leaf): string {
  if (leaf.department === "food") return words;
  const plain = (word: string): boolean => /^[A-Z][a-z]+$/.test(word) && !proper.has(word);
  return words
    .split(/(?<=[ -])/)
    .map((word) => (plain(word.replace(/[ -]$/, "")) ? word.toLowerCase() : word))
    .join("");
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function attributesOf(
  catalogue: Catalogue,
  variant: number,
  words: Wording,
): Record<string, string> {
  const colour = colours[catalogue.colourOf[variant] ?? -1];
  const size = words.leaf.sizes === "one" ? undefined : catalogue.sizeOf[variant];
  return {
    material: words.material[0],
    line: words.line[0],
    type: words.noun[0],
    ...(colour === undefined ? {} : { colour: colour.name[0] }),
    ...(size === undefined ? {} : { size: sizes[words.leaf.sizes][size]?.name[0] ?? "" }),
  };
}
