import { characterPairs, wordsOf } from "../algorithms/text.ts";
import type { Item } from "../collect/item.ts";

/**
 * What a group says of itself, as a bag of features: words of title and description in both
 * languages (Chinese as character pairs), brand, category path and attributes. Words are bare;
 * everything else carries its field, so that the brand "Apple" is not the fruit; the price is one of
 * twenty bands that part the shop's groups evenly, so that the unit of money does not matter. Taken of
 * one variant: what sets variants apart (size, stock) says nothing of the group.
 * Left out: weights per field (the method weighs by rarity), pictures (a later source), a Chinese
 * dictionary: for likeness, pairs find nearly as much and cost no memory.
 */
export function featuresOf(item: Item, prices: PriceBands): string[] {
  const texts = [item.title.en, item.title.zh, item.description?.en, item.description?.zh];
  const words = texts.flatMap((text) => (text === undefined ? [] : wordsOf(text, characterPairs)));
  return [
    ...words.slice(0, WORDS_MOST),
    ...(item.brand === undefined ? [] : [`brand=${item.brand.toLowerCase()}`]),
    ...item.categories.map(
      (_, depth) => `category=${item.categories.slice(0, depth + 1).join(">")}`,
    ),
    ...Object.entries(item.attributes).flatMap(([name, value]) => factsOf(name, value)),
    ...bandOf(item, prices),
  ];
}

/** Of each currency the prices at which a band ends and the next begins, rising. @unit minor */
export type PriceBands = Readonly<Record<string, readonly number[]>>;

export type Priced = Pick<Item, "priceMinor" | "currency">;

const BANDS = 20;

/** Bands of as many groups each, as far as prices differ. O(items log items). */
export function priceBandsOf(items: Iterable<Priced>): PriceBands {
  const byCurrency = new Map<string, number[]>();
  for (const { priceMinor, currency = "" } of items) {
    if (priceMinor === undefined) continue;
    const prices = byCurrency.get(currency) ?? [];
    byCurrency.set(currency, prices);
    prices.push(priceMinor);
  }
  const ends = (prices: number[]): number[] => {
    const sorted = prices.sort((a, b) => a - b);
    const at = (band: number): number =>
      sorted[Math.floor((band * sorted.length) / BANDS)] as number;
    const cuts = Array.from({ length: BANDS - 1 }, (_, band) => at(band + 1));
    return [...new Set(cuts)].filter((cut) => cut > (sorted[0] as number));
  };
  return Object.fromEntries([...byCurrency].map(([name, prices]) => [name, ends(prices)]));
}

/** None where the shop's prices do not differ, or none of this currency is known. */
export function bandOf({ priceMinor, currency = "" }: Priced, prices: PriceBands): string[] {
  const ends = prices[currency] ?? [];
  if (priceMinor === undefined || ends.length === 0) return [];
  return [`price=${currency} ${ends.filter((end) => end <= priceMinor).length}`];
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
