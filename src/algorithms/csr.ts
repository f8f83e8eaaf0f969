import { assert } from "../assert.ts";
import type { Sequences } from "./sequences.ts";

/**
 * A sparse matrix in compressed rows: row r holds the places offsets[r] .. offsets[r + 1] - 1.
 * @shape offsets [rows + 1], columns [n], values [n]
 */
export interface Csr {
  readonly rows: number;
  readonly width: number;
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** Running sums of counts, starting with 0. O(n). @shape counts [n], result [n + 1] */
export function offsetsOf(counts: Int32Array): Int32Array {
  const offsets = new Int32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) offsets[i + 1] = offsets[i] + counts[i];
  return offsets;
}

/** How often each column occurs. O(n). @shape columns [n], each 0 .. width - 1, result [width] */
export function countColumns(columns: Int32Array, width: number): Int32Array {
  const counts = new Int32Array(width);
  for (let i = 0; i < columns.length; i++) counts[columns[i]]++;
  return counts;
}

/** Columns become rows; within a row the columns rise. O(n + rows + width). */
export function transpose(matrix: Csr): Csr {
  const offsets = offsetsOf(countColumns(matrix.columns, matrix.width));
  const next = offsets.slice(0, matrix.width);
  const columns = new Int32Array(matrix.columns.length);
  const values = new Float32Array(matrix.columns.length);
  for (let row = 0; row < matrix.rows; row++) {
    for (let place = matrix.offsets[row]; place < matrix.offsets[row + 1]; place++) {
      const at = next[matrix.columns[place]]++;
      columns[at] = row;
      values[at] = matrix.values[place];
    }
  }
  return { rows: matrix.width, width: matrix.rows, offsets, columns, values };
}

/** One entry, 0 where none is stored. O(entries of the row). */
export function entryOf(matrix: Csr, row: number, column: number): number {
  for (let place = matrix.offsets[row]; place < matrix.offsets[row + 1]; place++) {
    if (matrix.columns[place] === column) return matrix.values[place];
  }
  return 0;
}

/**
 * The sequences as a matrix of rows by tokens: each token once in a row with its weights summed,
 * columns in order of first appearance. O(n).
 */
export function rowsByTokens(sequences: Sequences): Csr {
  const { rows, vocabulary, tokens, weights } = sequences;
  const columns = new Int32Array(tokens.length);
  const values = new Float32Array(tokens.length);
  const offsets = new Int32Array(rows + 1);
  const slot = new Int32Array(vocabulary).fill(-1);
  let used = 0;
  for (let row = 0; row < rows; row++) {
    const start = used;
    for (let place = sequences.offsets[row]; place < sequences.offsets[row + 1]; place++) {
      const token = tokens[place];
      if (slot[token] < start) {
        slot[token] = used;
        columns[used++] = token;
      }
      values[slot[token]] += weights[place];
    }
    offsets[row + 1] = used;
  }
  const compact = { columns: columns.slice(0, used), values: values.slice(0, used) };
  return { rows, width: vocabulary, offsets, ...compact };
}

/** Refuses what would make the methods read past their arrays or answer NaN. O(n). */
export function checkSequences(sequences: Sequences): void {
  const { rows, vocabulary, offsets, tokens, times, weights } = sequences;
  assert(offsets.length === rows + 1, "offsets has one entry more than there are rows");
  assert(offsets[0] === 0, "offsets start with 0");
  assert(offsets[rows] === tokens.length, "offsets end with the number of places");
  assert(times.length === tokens.length, "every place has a time");
  assert(weights.length === tokens.length, "every place has a weight");
  for (let row = 0; row < rows; row++) {
    assert(offsets[row] <= offsets[row + 1], "offsets never fall");
  }
  for (let place = 0; place < tokens.length; place++) {
    assert(tokens[place] >= 0 && tokens[place] < vocabulary, "tokens lie in the vocabulary");
    assert(Number.isFinite(times[place]), "times are finite");
    assert(Number.isFinite(weights[place]), "weights are finite");
  }
}
