import { type Bags, bagsOf, characterPairs, type Segmenter, wordsOf } from "../algorithms/text.ts";
import type { Item } from "../collect/item.ts";
import type { Catalogue } from "./catalogue.ts";

/**
 * What a group says of itself, as a bag of features: words of title and description in both
 * languages, brand, category path and attributes. Words are bare; everything else carries its
 * field, so that the brand "Apple" is not the fruit. Features are numbered in order of the groups
 * and of the text, so the same catalogue gives the same numbers.
 * Left out: weights per field (the method weighs by rarity), pictures (a later source).
 */
export interface TextOptions {
  readonly segment: Segmenter;
  /** Of long descriptions the beginning is enough. */
  readonly wordsMost: number;
}

/** One bag a group, in the order given; a group that is not in the catalogue has an empty one. */
export function textsOf(
  catalogue: Catalogue,
  groups: readonly string[],
  options: TextOptions,
): Bags {
  return bagsOf(
    groups.map((group) => {
      const [speaker] = catalogue.variants(group);
      return speaker === undefined ? [] : featuresOf(speaker, options);
    }),
  );
}

/** The features of one item, repeats kept. O(length of its texts). */
export function featuresOf(item: Item, { segment, wordsMost }: TextOptions): string[] {
  const texts = [item.title.en, item.title.zh, item.description?.en, item.description?.zh];
  const words = texts.flatMap((text) => (text === undefined ? [] : wordsOf(text, segment)));
  return [
    ...words.slice(0, wordsMost),
    ...(item.brand === undefined ? [] : [`brand=${item.brand.toLowerCase()}`]),
    ...item.categories.map(
      (_, depth) => `category=${item.categories.slice(0, depth + 1).join(">")}`,
    ),
    ...Object.entries(item.attributes).flatMap(([name, value]) => factsOf(name, value)),
  ];
}

/** A list written as one text ("red|blue") is as many facts. */
function factsOf(name: string, value: string | number | boolean): string[] {
  const parts = String(value)
    .split("|")
    .filter((part) => part !== "");
  return parts.map((part) => `${name}=${part.toLowerCase()}`);
}

/**
 * Chinese by dictionary, longer words also in their parts; without the dictionary's binary on this
 * platform by character pairs, which find nearly as much. Loading takes about half a second and
 * 100 MB: open it once. 夏季新款女装 -> 夏季 新款 女装.
 */
export async function openSegmenter(): Promise<Segmenter> {
  try {
    const [{ Jieba }, { dict }] = await Promise.all([
      import("@node-rs/jieba"),
      import("@node-rs/jieba/dict.js"),
    ]);
    const jieba = Jieba.withDict(dict);
    return (run) => jieba.cutForSearch(run, true);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return characterPairs;
  }
}

/** The package, or its binary for this platform, is not installed. */
function isMissing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string };
  return code?.includes("MODULE_NOT_FOUND") === true || /native binding/.test(message ?? "");
}
