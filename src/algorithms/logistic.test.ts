import { describe, expect, test } from "vitest";
import { fitLogistic, logisticLogit, sigmoid } from "./logistic.ts";

/** Rows made by arithmetic, so that another program makes the same. */
const rows = 200;
const x = Float64Array.from({ length: rows * 3 }, (_, at) => {
  const [i, c] = [Math.floor(at / 3), at % 3];
  return ((i * 37 + c * 11 + i * i * (c + 3)) % 101) / 10;
});
const labels = Float64Array.from({ length: rows }, (_, i) => {
  const [a, b, c] = x.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
  return a * 0.6 + (b - 5) ** 2 * 0.3 - c * 0.2 + ((i * 7919) % 17) / 5 > 5 ? 1 : 0;
});

describe("logistic regression", () => {
  // scikit-learn 1.9.1, LogisticRegression(C=1/2, tol=1e-12) on columns of mean 0 and variance 1.
  test("with a ridge, the coefficients of scikit-learn", () => {
    const model = fitLogistic(x, labels, undefined, { columns: 3, ridge: 2, roundsMost: 50 });
    const [a, b, c] = model.coefficients;
    expect(a).toBeCloseTo(0.392526, 4);
    expect(b).toBeCloseTo(0.041677, 4);
    expect(c).toBeCloseTo(-0.150137, 4);
    expect(model.intercept).toBeCloseTo(-0.806485, 4);
  });

  // The same program, C=1e12, sample_weight 1 + i % 3.
  test("weights count as so many rows", () => {
    const weights = Float64Array.from(labels, (_, i) => 1 + (i % 3));
    const model = fitLogistic(x, labels, weights, { columns: 3, ridge: 0, roundsMost: 50 });
    expect(model.coefficients[0]).toBeCloseTo(0.444154, 4);
    expect(model.coefficients[2]).toBeCloseTo(-0.141274, 4);
    expect(model.intercept).toBeCloseTo(-1.073262, 4);
  });

  test("nothing to go by gives the rate; a column that is all alike is left alone", () => {
    const alike = new Float64Array(8).fill(3);
    const some = Float64Array.from([1, 1, 0, 0, 0, 0, 0, 0]);
    const model = fitLogistic(alike, some, undefined, { columns: 1, ridge: 0, roundsMost: 50 });
    expect(model.coefficients[0]).toBe(0);
    expect(sigmoid(logisticLogit(model, alike, 0))).toBeCloseTo(0.25, 9);
  });

  test("what can be told apart without a mistake stays finite under a ridge", () => {
    const line = Float64Array.from([-2, -1, 1, 2]);
    const sides = Float64Array.from([0, 0, 1, 1]);
    const model = fitLogistic(line, sides, undefined, { columns: 1, ridge: 0.1, roundsMost: 50 });
    expect(logisticLogit(model, line, 3)).toBeGreaterThan(2);
    expect(Number.isFinite(model.coefficients[0])).toBe(true);
  });
});
