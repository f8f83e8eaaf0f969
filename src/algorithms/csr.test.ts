import { describe, expect, test } from "vitest";
import {
  type Csr,
  checkSequences,
  countColumns,
  entryOf,
  offsetsOf,
  rowsByTokens,
  transpose,
} from "./csr.ts";
import { sequencesOf } from "./sequences.ts";

const matrix: Csr = {
  rows: 2,
  width: 3,
  offsets: Int32Array.of(0, 2, 3),
  columns: Int32Array.of(0, 2, 0),
  values: Float32Array.of(1, 2, 3),
};

describe("compressed rows", () => {
  test("counts, offsets and entries", () => {
    expect([...countColumns(matrix.columns, 3)]).toEqual([2, 0, 1]);
    expect([...offsetsOf(Int32Array.of(2, 0, 1))]).toEqual([0, 2, 2, 3]);
    expect(entryOf(matrix, 0, 2)).toBe(2);
    expect(entryOf(matrix, 1, 2)).toBe(0);
  });

  test("the transpose by hand, and twice is the matrix again", () => {
    const turned = transpose(matrix);
    expect([...turned.offsets]).toEqual([0, 2, 2, 3]);
    expect([...turned.columns]).toEqual([0, 1, 0]);
    expect([...turned.values]).toEqual([1, 3, 2]);
    expect(transpose(turned)).toEqual(matrix);
  });

  test("rows by tokens sums repeats, in order of first appearance", () => {
    const csr = rowsByTokens(sequencesOf([[2, 0, 2], [], [1, 1]], 3));
    expect([...csr.offsets]).toEqual([0, 2, 2, 3]);
    expect([...csr.columns]).toEqual([2, 0, 1]);
    expect([...csr.values]).toEqual([2, 1, 2]);
  });

  test("broken sequences are refused, good ones pass", () => {
    const good = sequencesOf([[0, 1], [1]], 2);
    expect(() => checkSequences(good)).not.toThrow();
    expect(() => checkSequences({ ...good, vocabulary: 1 })).toThrow("vocabulary");
    expect(() => checkSequences({ ...good, offsets: Int32Array.of(0, 3, 2) })).toThrow("offsets");
    expect(() => checkSequences({ ...good, weights: Float32Array.of(1, Number.NaN, 1) })).toThrow(
      "weights",
    );
    expect(() => checkSequences({ ...good, times: new Float64Array(2) })).toThrow("time");
  });
});
