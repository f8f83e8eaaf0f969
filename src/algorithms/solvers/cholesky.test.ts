import { expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { factorInPlace, solveInPlace } from "./cholesky.ts";

/** Lower triangle by rows, zeros above. */
const lowerOf = (matrix: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [...matrix.subarray(i * n, i * n + i + 1)]);

test("the factor of a matrix worked by hand", () => {
  // 4 = 2 2; 12 = 6 2, -16 = -8 2; 37 = 6 6 + 1; -43 = -8 6 + 5; 98 = 64 + 25 + 9.
  const matrix = Float64Array.of(4, 0, 0, 12, 37, 0, -16, -43, 98);
  factorInPlace(matrix, 3);
  expect(lowerOf(matrix, 3)).toEqual([[2], [6, 1], [-8, 5, 3]]);
  // A (1, 2, 3)' = (-20, -43, 192)'.
  const x = Float64Array.of(-20, -43, 192);
  solveInPlace(matrix, x);
  expect([...x]).toEqual([1, 2, 3]);
});

test.each([0, 1, 4, 5, 8, 13])("L L' of %i rows is the matrix, and its solution solves it", (n) => {
  const random = createRandom(n);
  const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => random.normal()));
  const entry = (i: number, j: number): number =>
    rows.reduce((sum, row) => sum + row[i] * row[j], i === j ? 1 : 0);
  const matrix = Float64Array.from({ length: n * n }, (_, at) => entry((at / n) | 0, at % n));
  const lower = matrix.slice();
  factorInPlace(lower, n);
  const factor = lowerOf(lower, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const product = factor[j].reduce((sum, value, k) => sum + value * factor[i][k], 0);
      expect(product).toBeCloseTo(matrix[i * n + j], 10);
    }
  }
  const wanted = Float64Array.from({ length: n }, () => random.normal());
  const x = wanted.map((_, i) =>
    wanted.reduce((sum, value, j) => sum + matrix[i * n + j] * value, 0),
  );
  solveInPlace(lower, x);
  for (let i = 0; i < n; i++) expect(x[i]).toBeCloseTo(wanted[i], 9);
});

test("a matrix of zeros has a factor of finite numbers", () => {
  const matrix = new Float64Array(36);
  factorInPlace(matrix, 6);
  expect(matrix.every(Number.isFinite)).toBe(true);
});
