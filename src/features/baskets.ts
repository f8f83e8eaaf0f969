import type { Sequences } from "../algorithms/sequences.ts";
import { type CaseCollector, collectCases } from "./cases.ts";
import type { Interactions } from "./interactions.ts";
import { cutRows, type Split } from "./splits.ts";

/** Baskets: what was bought together, by order id, or in one purchase event without one. */

/**
 * Numbers baskets in order of their first place; -1 where the place is no purchase. O(n).
 * @shape orders [n]: what the places of one order have in common, null for none; result [n]
 */
export function basketNumbers(orders: readonly (string | null)[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(orders, (order) => {
    if (order === null) return -1;
    const number = numbers.get(order) ?? numbers.size;
    numbers.set(order, number);
    return number;
  });
}

/** What is needed of interactions: the basket of each place, -1 for none. @shape baskets [n] */
type BasketPlaces = Pick<Interactions, "sequences" | "baskets">;

/**
 * The last basket of each row is the test, the last but one the validation: every token in it is a
 * target, given what came before its first place. Rows with one basket are learned from and not
 * asked about; rows with two are asked in the test only. O(n). The protocol of next-basket
 * methods; like leave-one-out, not free of others' future.
 */
export function leaveLastBasketOut(interactions: BasketPlaces): Split {
  const { sequences } = interactions;
  const test = collectCases(sequences);
  const validation = collectCases(sequences);
  const testCuts = sequences.offsets.slice(1);
  const trainCuts = sequences.offsets.slice(1);
  for (let row = 0; row < sequences.rows; row++) {
    const starts = basketStarts(interactions, row);
    if (starts.length >= 2) testCuts[row] = ask(test, interactions, row, starts.at(-1) as number);
    trainCuts[row] = testCuts[row] as number;
    if (starts.length >= 3) {
      trainCuts[row] = ask(validation, interactions, row, starts.at(-2) as number);
    }
  }
  return {
    protocol: "last basket of each row is the test, last but one the validation",
    train: cutRows(sequences, (row) => trainCuts[row] as number),
    trainAndValidation: cutRows(sequences, (row) => testCuts[row] as number),
    validation: validation.done(),
    test: test.done(),
  };
}

/** First place of each basket of a row, in order. */
function basketStarts({ sequences, baskets }: BasketPlaces, row: number): number[] {
  const seen = new Set<number>();
  const starts: number[] = [];
  for (let place = startOf(sequences, row); place < startOf(sequences, row + 1); place++) {
    const basket = baskets[place] as number;
    if (basket < 0 || seen.has(basket)) continue;
    seen.add(basket);
    starts.push(place);
  }
  return starts;
}

/** Asks for the basket that starts at `place`; returns where what came before ends. */
function ask(
  cases: CaseCollector,
  { sequences, baskets }: BasketPlaces,
  row: number,
  place: number,
): number {
  const targets = new Set<number>();
  for (let at = place; at < startOf(sequences, row + 1); at++) {
    if (baskets[at] === baskets[place]) targets.add(sequences.tokens[at] as number);
  }
  const now = sequences.times[place] as number;
  cases.add(row, startOf(sequences, row), place, now, Int32Array.from(targets));
  return place;
}

const startOf = (sequences: Sequences, row: number): number => sequences.offsets[row] as number;
