import { expect, test } from "vitest";
import { valueGini } from "./value-gini.ts";

test("is 1 in the perfect order, -1 upside down and 0 where all is said alike", () => {
  const values = [0, 3, 1, 0];
  expect(valueGini(values, [0.1, 9, 5, 0.1])).toBe(1);
  expect(valueGini(values, [9, 0.1, 5, 9])).toBe(-1);
  expect(valueGini(values, [2, 2, 2, 2])).toBe(0);
});

test("a case worked by hand", () => {
  // By what was said: 1, 3, 0, 0. Twice the area: 1 * (4 - 0 - 1) + 3 * (4 - 1 - 2) = 6; of the
  // perfect order: 3 * 3 + 1 * 1 = 10.
  expect(valueGini([3, 0, 1, 0], [5, 2, 7, 1])).toBeCloseTo(0.6, 12);
});

test("equal words share what came, in whatever order the rows are", () => {
  // The two of which 5 was said stand in the middle of places 1 and 2: 4 * (4 - 0 - 2) over 4 * 3.
  expect(valueGini([4, 0, 0, 0], [5, 5, 1, 0])).toBeCloseTo(2 / 3, 12);
  expect(valueGini([0, 4, 0, 0], [5, 5, 1, 0])).toBeCloseTo(2 / 3, 12);
});

test("of nothing, and of amounts that are all alike, it is 0", () => {
  expect(valueGini([], [])).toBe(0);
  expect(valueGini([2, 2], [1, 3])).toBe(0);
});
