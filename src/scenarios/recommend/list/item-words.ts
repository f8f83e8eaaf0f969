import { characterPairs, wordsOf } from "../../../algorithms/text.ts";
import type { Item } from "../../../collect/item.ts";

/**
 * What a group says of itself, as a bag of features: words of title, description and attributes in
 * both languages, and brand and categories as marks that no word can be mistaken for. Taken of one
 * variant: what sets variants apart (size, stock, price) says nothing of the group.
 */
export function itemWords(item: Item): readonly string[] {
  const texts = [item.title.en, item.title.zh, item.description?.en, item.description?.zh];
  const words = texts.flatMap((text) => (text ? wordsOf(text, characterPairs) : []));
  const marks = item.categories.map((category, depth) => `category ${depth}=${category}`);
  if (item.brand !== undefined) marks.push(`brand=${item.brand}`);
  const facts = Object.entries(item.attributes).flatMap(([name, value]) => attribute(name, value));
  return [...words.slice(0, WORDS_MOST), ...marks, ...facts];
}

/** Of long descriptions the beginning is enough. */
const WORDS_MOST = 400;

/** A list written as one text ("red|blue") is as many facts. */
function attribute(name: string, value: string | number | boolean): readonly string[] {
  return String(value)
    .split("|")
    .filter((part) => part !== "")
    .map((part) => `${name}=${part}`);
}

/** Shared features over all features of both, 0..1. O(features). */
export function overlap<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  let shared = 0;
  for (const word of a.size < b.size ? a : b) if ((a.size < b.size ? b : a).has(word)) shared++;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}
