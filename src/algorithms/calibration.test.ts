import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrated, calibrationKinds, fitCalibrator, fitIsotonic } from "./calibration.ts";

/** Probabilities that are too high: what is said to be p happens in about p squared of the cases. */
const rows = 200;
const said = Float64Array.from({ length: rows }, (_, i) => (((i * 53) % 97) + 1) / 99);
const happened = Float64Array.from({ length: rows }, (_, i) =>
  ((i * 7919) % 101) / 101 < (said[i] as number) ** 2 ? 1 : 0,
);

describe("calibration", () => {
  // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip").
  test("isotonic gives the values of scikit-learn, at knots, between them and beyond", () => {
    const model = fitIsotonic(said, happened);
    const at = [0, 0.1, 0.25, 0.333, 0.5, 0.617, 0.8, 0.95, 1];
    const known = [1 / 38, 1 / 38, 2 / 33, 2 / 33, 5 / 28, 3 / 7, 5 / 9, 7 / 8, 1];
    expect(at.map((p) => calibrated(model, p))).toEqual(known.map((v) => expect.closeTo(v, 9)));
  });

  // By hand: 1, 0 fall and are pooled to 1/2; then 1/2, 1/2, 0 fall to 1/3; 1 stands alone.
  test("isotonic by hand: neighbours that fall are pooled", () => {
    const model = fitIsotonic([0.1, 0.2, 0.3, 0.4], [1, 0, 0, 1]);
    expect([...model.knots]).toEqual([0.1, 0.3, 0.4]);
    expect([...model.values]).toEqual([1 / 3, 1 / 3, 1]);
  });

  // The same program, sklearn.calibration._sigmoid_calibration on log-odds.
  test("platt gives the numbers of scikit-learn", () => {
    const model = fitCalibrator("platt", said, happened);
    expect(model).toEqual({
      kind: "platt",
      slope: expect.closeTo(1.057016, 4),
      intercept: expect.closeTo(-1.008657, 4),
    });
  });

  // The same program, LogisticRegression without penalty on log p and -log(1 - p).
  test("beta gives the numbers of a regression on both logarithms", () => {
    const model = fitCalibrator("beta", said, happened);
    expect(model).toEqual({
      kind: "beta",
      a: expect.closeTo(0.365069, 4),
      b: expect.closeTo(1.721227, 4),
      c: expect.closeTo(-2.154745, 4),
    });
  });

  test.each(calibrationKinds)("%s never turns an order round and stays within 0..1", (kind) => {
    const cases = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(cases, (drawn) => {
        const model = fitCalibrator(
          kind,
          drawn.map(([p]) => p),
          drawn.map(([, label]) => label),
        );
        const values = Array.from({ length: 41 }, (_, i) => calibrated(model, i / 40));
        values.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          expect(value).toBeGreaterThanOrEqual((values[i - 1] ?? 0) - 1e-12);
        });
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  test("scores that run against what happened leave the rate alone", () => {
    const against = Float64Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
    const early = Float64Array.from(against, (p) => (p < 0.3 ? 1 : 0));
    for (const kind of ["platt", "beta", "isotonic"] as const) {
      const model = fitCalibrator(kind, against, early);
      expect(calibrated(model, 0.9)).toBeCloseTo(calibrated(model, 0.1), 9);
      expect(calibrated(model, 0.5)).toBeCloseTo(0.3, 1);
    }
  });
});
