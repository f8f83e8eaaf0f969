import { characterPairs, wordsOf } from "../../algorithms/text.ts";
import { askedPriceMinor, type Item } from "../../collect/item.ts";
import type { Catalogue } from "../../features/catalogue.ts";
import { categoryName } from "./parts.ts";
import type { Sort } from "./words.ts";

/**
 * Finding items by words and by what they are. A word counts by its rarity and by where it stands
 * (title, brand and category before description); an item that has all words goes before one that
 * has some. What suits the visitor moves an item up a little, never before a better match.
 */
export interface Wanted {
  readonly q: string;
  readonly category: string | undefined;
  readonly brand: string | undefined;
  /** Place in `bands`. */
  readonly price: number | undefined;
  readonly sort: Sort;
}

export interface Found {
  readonly items: readonly Item[];
  readonly facets: Facets;
}

export interface Facets {
  readonly categories: readonly Facet[];
  readonly brands: readonly Facet[];
  readonly prices: readonly Facet[];
}

export interface Facet {
  readonly value: string;
  readonly count: number;
}

/** Upper ends of the price bands; above the last there is no end. @unit minor */
export const bands: readonly number[] = [5_000, 15_000, 50_000];

/** @param rankOf place in the visitor's own order, undefined where it has none */
export function find(
  catalogue: Catalogue,
  wanted: Wanted,
  rankOf: (group: string) => number | undefined,
): Found {
  const offered = [...catalogue.groups()].flatMap((group) => catalogue.offer(group) ?? []);
  const matched = matching(offered, wanted.q);
  const kept = (but: keyof Wanted | undefined): Item[] =>
    [...matched.keys()].filter(
      (item) =>
        (but === "category" || fitsCategory(item, wanted)) &&
        (but === "brand" || wanted.brand === undefined || item.brand === wanted.brand) &&
        (but === "price" || wanted.price === undefined || bandOf(item) === wanted.price),
    );
  return {
    items: sorted(kept(undefined), wanted.sort, (item) => {
      const rank = rankOf(item.group);
      return (matched.get(item) ?? 0) * (1 + LIFT / (2 + (rank ?? Number.POSITIVE_INFINITY)));
    }),
    facets: {
      categories: counted(kept("category").flatMap(({ categories }) => [...categories])),
      brands: counted(kept("brand").flatMap(({ brand }) => brand ?? [])),
      prices: counted(kept("price").map((item) => String(bandOf(item)))),
    },
  };
}

/**
 * The most that suiting the visitor adds to a match, as a share of it, is half of this: less than what
 * a title tells more than a category, so that what is called as was asked comes first.
 */
const LIFT = 0.4;

const fitsCategory = (item: Item, { category }: Wanted): boolean =>
  category === undefined || item.categories.includes(category);

function bandOf(item: Item): number {
  const asked = askedPriceMinor(item) ?? 0;
  const place = bands.findIndex((end) => asked < end);
  return place < 0 ? bands.length : place;
}

function counted(values: readonly string[]): Facet[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function sorted(items: Item[], sort: Sort, worth: (item: Item) => number): Item[] {
  const asked = (item: Item): number => askedPriceMinor(item) ?? Number.POSITIVE_INFINITY;
  const keys: Readonly<Record<Sort, (item: Item) => number>> = {
    best: (item) => -worth(item),
    cheap: asked,
    dear: (item) => -asked(item),
    new: (item) => -item.createdAt,
  };
  const key = keys[sort];
  const keyed = items.map((item) => [item, key(item)] as const);
  return keyed
    .sort(([a, left], [b, right]) => left - right || (a.item < b.item ? -1 : 1))
    .map(([item]) => item);
}

/** Items by how well they match, all alike when no words are asked. O(items × words). */
function matching(items: readonly Item[], query: string): Map<Item, number> {
  const asked = [...new Set(wordsOf(query, characterPairs))];
  if (query.trim() === "") return new Map(items.map((item) => [item, 1]));
  const holders = new Map(asked.map((word) => [word, 0]));
  const weights = items.map((item) => wordsOfItem(item));
  for (const words of weights) {
    for (const word of asked) if (words.has(word)) holders.set(word, (holders.get(word) ?? 0) + 1);
  }
  const matched = new Map<Item, number>();
  items.forEach((item, at) => {
    const has = asked.filter((word) => weights[at]?.has(word));
    if (has.length * 2 < asked.length || has.length === 0) return;
    const score = has.reduce((sum, word) => {
      const rarity = Math.log(1 + items.length / (holders.get(word) ?? 1));
      return sum + rarity * (weights[at]?.get(word) ?? 0);
    }, 0);
    matched.set(item, score * (has.length / asked.length) ** 2);
  });
  return matched;
}

/** An item that changes is another object, so what is kept of one is never out of date. */
const kept = new WeakMap<Item, ReadonlyMap<string, number>>();

/** The item's words in both languages, with the weight of the best place that each stands at. */
function wordsOfItem(item: Item): ReadonlyMap<string, number> {
  const before = kept.get(item);
  if (before !== undefined) return before;
  const words = new Map<string, number>();
  const add = (text: string | undefined, weight: number): void => {
    for (const word of wordsOf(text ?? "", characterPairs)) {
      words.set(word, Math.max(weight, words.get(word) ?? 0));
    }
  };
  const { title, description, brand, categories, attributes } = item;
  for (const text of [title.en, title.zh]) add(text, 1);
  for (const name of categories) {
    add(name, 0.8);
    add(categoryName(name, "zh"), 0.8);
  }
  add(brand, 0.8);
  for (const value of Object.values(attributes)) add(String(value), 0.5);
  for (const text of [description?.en, description?.zh]) add(text, 0.3);
  kept.set(item, words);
  return words;
}

const TYPO_CHARS_LEAST = 4;

/** The word of the shop that is nearest to one that nobody uses; undefined when none is near. */
export function nearestWord(catalogue: Catalogue, query: string): string | undefined {
  const [asked = ""] = latinWords(query);
  if (asked.length < TYPO_CHARS_LEAST) return undefined;
  const most = asked.length > 6 ? 2 : 1;
  const titles = [...catalogue.groups()].map((group) => catalogue.offer(group)?.title.en ?? "");
  const near = [...new Set(titles.flatMap(latinWords))]
    .filter((word) => Math.abs(word.length - asked.length) <= most)
    .map((word) => ({ word, distance: editDistance(asked, word) }))
    .filter(({ distance }) => distance > 0 && distance <= most)
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.word;
}

const latinWords = (text: string): readonly string[] =>
  text.toLowerCase().match(/[a-z]{3,}/g) ?? [];

/** Letters to change, add or leave out to make one word of the other. O(left × right). */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
