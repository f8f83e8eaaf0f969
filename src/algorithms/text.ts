import type { Csr } from "./csr.ts";

/**
 * Text as bags of words, for English and Chinese alike: runs of Latin letters and digits become
 * lower-case words with their endings trimmed; runs of Chinese characters go to a segmenter that
 * the caller brings, or, without one, become overlapping pairs, which find nearly as much.
 * Sources: Harman 1991 (the plural rules); Nie & Ren 1999 (character pairs in Chinese retrieval).
 * Left out: stop words (rarity weighs them down), full stemming (it joins what should stay apart).
 */
export type Segmenter = (run: string) => readonly string[];

const pieces = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}])+/gu;
const han = /^\p{Script=Han}/u;
const combining = /\p{M}+/gu;
/** Words beyond this many characters are cut: codes and links, not words. */
const maxWord = 40;

/** The words of a text in order, repeats kept. O(length). */
export function wordsOf(text: string, segment: Segmenter): string[] {
  const words: string[] = [];
  for (const [piece] of text.normalize("NFKC").matchAll(pieces)) {
    if (han.test(piece)) for (const word of segment(piece)) words.push(word);
    else words.push(latinWord(piece));
  }
  return words;
}

/** Overlapping pairs of characters; a single character stays. "手机壳" -> 手机, 机壳. */
export function characterPairs(run: string): readonly string[] {
  const characters = [...run];
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, i) => characters[i] + character);
}

function latinWord(piece: string): string {
  const plain = piece.normalize("NFD").replace(combining, "").toLowerCase();
  return stem(plain.slice(0, maxWord));
}

/** Trims plurals and the commonest endings of English words; numbers and short words stay. */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  const singular = withoutPlural(word);
  if (singular.length > 6 && singular.endsWith("ing")) return undouble(singular.slice(0, -3));
  if (singular.length > 5 && singular.endsWith("ed")) return undouble(singular.slice(0, -2));
  return singular;
}

function withoutPlural(word: string): string {
  if (word.endsWith("ies") && !/[ae]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  if (word.endsWith("s") && !/[us]s$/.test(word)) return word.slice(0, -1);
  return word;
}

/** "runn" -> "run", but "fill" stays. */
function undouble(word: string): string {
  return /([bdgmnprt])\1$/.test(word) ? word.slice(0, -1) : word;
}

/** Bags of numbered features, and the name of each number. */
export interface Bags {
  readonly bags: Csr;
  readonly features: readonly string[];
}

/** Numbers the features in order of first appearance and counts them. O(features). */
export function bagsOf(lists: readonly (readonly string[])[]): Bags {
  const ids = new Map<string, number>();
  const offsets = new Int32Array(lists.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  lists.forEach((list, row) => {
    const counts = new Map<number, number>();
    for (const feature of list) {
      const id = ids.get(feature) ?? ids.size;
      ids.set(feature, id);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, count] of counts) {
      columns.push(id);
      values.push(count);
    }
    offsets[row + 1] = columns.length;
  });
  const filled = { columns: Int32Array.from(columns), values: Float32Array.from(values) };
  const bags = { rows: lists.length, width: ids.size, offsets, ...filled };
  return { bags, features: [...ids.keys()] };
}
