import type { Csr } from "./csr.ts";
import { entryOf } from "./csr.ts";
import type { History } from "./sequences.ts";

/**
 * How much each place of a history counts: the further back, the less. Every method that adds up
 * what the single places of a history speak for shares this rule, and with it the explanation.
 */
export interface Attention {
  /** Places looked back; Infinity = all. */
  readonly places: number;
  /** A place b places before the last counts (b + 1) ^ -power; 0 = all alike. @unit 0 or more */
  readonly power: number;
  /** Time after which a place counts half; Infinity = time does not matter. @unit ms */
  readonly halfLifeMs: number;
}

export const evenAttention: Attention = {
  places: Number.POSITIVE_INFINITY,
  power: 0,
  halfLifeMs: Number.POSITIVE_INFINITY,
};

/** Weight of one place of a history, 0 where it is too far back. O(1). @unit result 0 or more */
export function attentionTo(history: History, place: number, attention: Attention): number {
  const back = history.tokens.length - 1 - place;
  if (back >= attention.places) return 0;
  const age = Math.max(0, history.now - history.times[place]);
  const fade = attention.halfLifeMs === Number.POSITIVE_INFINITY ? 0 : age / attention.halfLifeMs;
  return history.weights[place] * (back + 1) ** -attention.power * 2 ** -fade;
}

/**
 * out[t] += sum over places of attention times the neighbour value of t; touched at the tokens of
 * `neighbourRows` alone.
 * O(places looked back times neighbours kept). @shape out [vocabulary]
 */
export function addNeighboursInto(
  neighbours: Csr,
  attention: Attention,
  history: History,
  out: Float32Array,
): void {
  const n = history.tokens.length;
  for (let place = Math.max(0, n - attention.places); place < n; place++) {
    const weight = attentionTo(history, place, attention);
    if (weight !== 0) addRowInto(neighbours, history.tokens[place], weight, out);
  }
}

/**
 * The rows that `scoreNeighboursInto` adds up: nobody else has a score. O(places).
 * @shape result: tokens, repeats and all
 */
export function neighbourRows(
  neighbours: Csr,
  attention: Attention,
  history: History,
): Int32Array[] {
  const { offsets, columns } = neighbours;
  const from = Math.max(0, history.tokens.length - attention.places);
  return Array.from(history.tokens.subarray(from), (token) =>
    columns.subarray(offsets[token], offsets[token + 1]),
  );
}

/** out += weight times one row. O(entries of the row). @shape out [width] */
export function addRowInto(matrix: Csr, row: number, weight: number, out: Float32Array): void {
  const { offsets, columns, values } = matrix;
  for (let at = offsets[row]; at < offsets[row + 1]; at++) out[columns[at]] += weight * values[at];
}

/**
 * What each place adds to the score of `token`; they sum to it. O(places looked back times neighbours
 * kept). @shape result [places]
 */
export function explainNeighbours(
  neighbours: Csr,
  attention: Attention,
  history: History,
  token: number,
): Float64Array {
  const n = history.tokens.length;
  const parts = new Float64Array(n);
  for (let place = Math.max(0, n - attention.places); place < n; place++) {
    const weight = attentionTo(history, place, attention);
    if (weight !== 0) parts[place] = weight * entryOf(neighbours, history.tokens[place], token);
  }
  return parts;
}
