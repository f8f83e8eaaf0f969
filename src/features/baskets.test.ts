import { describe, expect, test } from "vitest";
import { basketNumbers, leaveLastBasketOut } from "./baskets.ts";
import { historyOfCase, targetsOfCase } from "./cases.ts";

describe("baskets", () => {
  test("are numbered in order of their first place; what is no purchase has none", () => {
    expect([...basketNumbers(["o4", null, "o4", "o0", "o2", "o0"])]).toEqual([0, -1, 0, 1, 2, 1]);
    expect([...basketNumbers([])]).toEqual([]);
  });

  // Rows: basket 0 (1 2), a view of 3, basket 1 (3 4), basket 2 (1 5) | one basket | two baskets.
  const sequences = {
    rows: 3,
    vocabulary: 10,
    offsets: Int32Array.of(0, 7, 9, 12),
    tokens: Int32Array.of(1, 2, 3, 3, 4, 1, 5, 6, 7, 8, 9, 9),
    times: Float64Array.of(1, 1, 2, 3, 3, 4, 4, 1, 1, 1, 2, 2),
    weights: new Float32Array(12).fill(1),
  };
  const baskets = Int32Array.of(0, 0, -1, 1, 1, 2, 2, 3, 3, 4, 5, 5);
  const split = leaveLastBasketOut({ sequences, baskets });

  test("the last one is asked for as a whole, each token once", () => {
    expect([...split.test.rows]).toEqual([0, 2]);
    expect([...targetsOfCase(split.test, 0)]).toEqual([1, 5]);
    expect([...historyOfCase(split.test, 0).tokens]).toEqual([1, 2, 3, 3, 4]);
    expect([...targetsOfCase(split.test, 1)]).toEqual([9]);
    expect(split.test.now[1]).toBe(2);
  });

  test("the last but one is the validation, where there is a third", () => {
    expect([...split.validation.rows]).toEqual([0]);
    expect([...targetsOfCase(split.validation, 0)]).toEqual([3, 4]);
    expect([...historyOfCase(split.validation, 0).tokens]).toEqual([1, 2, 3]);
  });

  test("neither is learned from before its time", () => {
    expect([...split.train.tokens]).toEqual([1, 2, 3, 6, 7, 8]);
    expect([...split.trainAndValidation.tokens]).toEqual([1, 2, 3, 3, 4, 6, 7, 8]);
  });
});
