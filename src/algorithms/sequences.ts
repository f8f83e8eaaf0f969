import { assert } from "../assert.ts";

/**
 * Rows of tokens in order of time: what every method here learns from. A row is somebody or
 * something that acted, a token is what was acted upon; both are dense integers from 0. Compressed
 * sparse rows: row r holds the places offsets[r] .. offsets[r + 1] - 1.
 *
 * @shape offsets [rows + 1], tokens [n], times [n], weights [n]
 * @unit times epoch ms, weights 1 = one plain action
 */
export interface Sequences {
  readonly rows: number;
  /** Size of the vocabulary: tokens are 0 .. vocabulary - 1. */
  readonly vocabulary: number;
  readonly offsets: Int32Array;
  readonly tokens: Int32Array;
  readonly times: Float64Array;
  readonly weights: Float32Array;
}

/**
 * What one row did until now, oldest first: the question put to a fitted method.
 * @shape tokens [n], times [n], weights [n]
 */
export interface History {
  readonly tokens: Int32Array;
  readonly times: Float64Array;
  readonly weights: Float32Array;
  /** The moment of the question, epoch ms. */
  readonly now: number;
}

export const emptyHistory = (now: number): History => ({
  tokens: new Int32Array(0),
  times: new Float64Array(0),
  weights: new Float32Array(0),
  now,
});

/** Row `row` as a history asked at `now`; shares memory with the sequences. */
export function historyOf(sequences: Sequences, row: number, now: number): History {
  assert(row >= 0 && row < sequences.rows, "the row exists");
  const from = sequences.offsets[row];
  const to = sequences.offsets[row + 1];
  return {
    tokens: sequences.tokens.subarray(from, to),
    times: sequences.times.subarray(from, to),
    weights: sequences.weights.subarray(from, to),
    now,
  };
}

/** Lists of tokens as sequences, for small data: places one millisecond apart, each weight 1. */
export function sequencesOf(lists: readonly (readonly number[])[], vocabulary: number): Sequences {
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, row) => {
    offsets[row + 1] = offsets[row] + list.length;
  });
  const tokens = Int32Array.from(lists.flat());
  const times = Float64Array.from(lists.flatMap((list) => list.map((_, place) => place)));
  const weights = new Float32Array(tokens.length).fill(1);
  return { rows: lists.length, vocabulary, offsets, tokens, times, weights };
}

/** A history of plain actions one millisecond apart, the last of them at `now`. */
export function historyFrom(tokens: readonly number[], now: number): History {
  return {
    tokens: Int32Array.from(tokens),
    times: Float64Array.from(tokens, (_, place) => now - (tokens.length - 1 - place)),
    weights: new Float32Array(tokens.length).fill(1),
    now,
  };
}
