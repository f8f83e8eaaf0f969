import { characterPairs, wordsOf } from "../algorithms/text.ts";
import type { Item } from "../collect/item.ts";

/**
 * What a group says of itself, as a bag of features: words of title and description in both
 * languages (Chinese as character pairs), brand, category path and attributes. Words are bare;
 * everything else carries its field, so that the brand "Apple" is not the fruit. Taken of one
 * variant: what sets variants apart (size, stock, price) says nothing of the group.
 * Left out: weights per field (the method weighs by rarity), pictures (a later source), a Chinese
 * dictionary: for likeness, pairs find nearly as much and cost no memory.
 */
export function featuresOf(item: Item): string[] {
  const texts = [item.title.en, item.title.zh, item.description?.en, item.description?.zh];
  const words = texts.flatMap((text) => (text === undefined ? [] : wordsOf(text, characterPairs)));
  return [
    ...words.slice(0, WORDS_MOST),
    ...(item.brand === undefined ? [] : [`brand=${item.brand.toLowerCase()}`]),
    ...item.categories.map(
      (_, depth) => `category=${item.categories.slice(0, depth + 1).join(">")}`,
    ),
    ...Object.entries(item.attributes).flatMap(([name, value]) => factsOf(name, value)),
  ];
}

/** Of long descriptions the beginning is enough. */
const WORDS_MOST = 400;

/** A list written as one text ("red|blue") is as many facts. */
function factsOf(name: string, value: string | number | boolean): string[] {
  const parts = String(value)
    .split("|")
    .filter((part) => part !== "");
  return parts.map((part) => `${name}=${part.toLowerCase()}`);
}
