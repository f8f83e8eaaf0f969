import { describe, expect, test } from "vitest";
import { logGamma } from "../log-gamma.ts";
import { simplexDescent } from "./simplex-descent.ts";

const options = { step: 0.5, tolerance: 1e-14, callsMost: 20_000 };

describe("descent by simplex", () => {
  test("Rosenbrock's valley from its usual start ends at 1, 1", () => {
    const { point, value } = simplexDescent(
      Float64Array.from([-1.2, 1]),
      ([x = 0, y = 0]) => 100 * (y - x * x) ** 2 + (1 - x) ** 2,
      options,
    );
    expect(point[0]).toBeCloseTo(1, 5);
    expect(point[1]).toBeCloseTo(1, 5);
    expect(value).toBeLessThan(1e-10);
  });

  test("where the function is no number it does not go", () => {
    const { point } = simplexDescent(
      Float64Array.from([3]),
      ([x = 0]) => (x <= 0 ? Number.NaN : x - Math.log(x)),
      options,
    );
    expect(point[0]).toBeCloseTo(1, 5);
  });

  test("it ends when its calls are spent", () => {
    const { calls } = simplexDescent(new Float64Array(2), ([x = 0, y = 0]) => x + y, {
      ...options,
      callsMost: 50,
    });
    expect(calls).toBeLessThan(60);
  });
});

describe("the logarithm of gamma", () => {
  // Factorials, and gamma(1/2) = sqrt(pi).
  test.each([
    [1, 0],
    [5, Math.log(24)],
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1e-3, 6.907178885383854],
    [100, 359.1342053695754],
  ])("of %d", (x, known) => {
    expect(logGamma(x)).toBeCloseTo(known, 10);
  });
});
