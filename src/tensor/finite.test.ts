import { expect, test } from "vitest";
import { areFinite } from "./finite.ts";

test.each([
  [[], true],
  [[0, -0, 3.4e38, -3.4e38, 1e-45], true],
  [[0, Number.NaN], false],
  [[Number.POSITIVE_INFINITY], false],
  [[1, 2, Number.NEGATIVE_INFINITY], false],
])("whether %j are finite is %s", (values, all) => {
  expect(areFinite(Float32Array.from(values))).toBe(all);
});
