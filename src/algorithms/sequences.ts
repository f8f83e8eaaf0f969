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
