import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  auc,
  brier,
  calibrationError,
  decisionsAt,
  logLoss,
  reliability,
} from "./classification-metrics.ts";

/**
 * Reference values by Python 3.11.7, numpy 2.4.6, scikit-learn 1.9.1 on 200 cases made without
 * chance: p = round((6007 i + 271 mod 997) / 997, 2), 93 distinct values with ties;
 * label = (7919 i + 104729 mod 1009) / 1009 < .15 + .6 p. `roc_auc_score`, `log_loss` of p clipped
 * to .001 ... .999, `brier_score_loss`, `precision_recall_fscore_support` at .5, and calibration
 * errors by `np.digitize(right=True)` on 15 equal steps and `np.array_split` of the stable order.
 */
const places = Array.from({ length: 200 }, (_, i) => i);
const said = places.map((i) => Math.round((((6007 * i + 271) % 997) / 997) * 100) / 100);
const happened = places.map((i): number =>
  ((7919 * i + 104_729) % 1009) / 1009 < 0.15 + 0.6 * (said[i] as number) ? 1 : 0,
);

describe("probabilities of yes and no", () => {
  test("the cases are those of the reference", () => {
    expect(happened.reduce((a, b) => a + b, 0)).toBe(90);
    expect(new Set(said).size).toBe(93);
  });

  test("equal scikit-learn and numpy", () => {
    expect(auc(happened, said)).toBeCloseTo(0.7108585858585859, 13);
    expect(logLoss(happened, said, 0.001)).toBeCloseTo(0.6837422206035393, 13);
    expect(brier(happened, said)).toBeCloseTo(0.22843999999999998, 13);
    const { accuracy, precision, recall, f1 } = decisionsAt(happened, said, 0.5);
    expect(accuracy).toBeCloseTo(0.685, 13);
    expect(precision).toBeCloseTo(0.6336633663366337, 13);
    expect(recall).toBeCloseTo(0.7111111111111111, 13);
    expect(f1).toBeCloseTo(0.6701570680628273, 13);
    expect(calibrationError(happened, said, 15, "equal-width")).toBeCloseTo(0.2511, 13);
    expect(calibrationError(happened, said, 10, "equal-mass")).toBeCloseTo(0.1606, 13);
  });

  test("AUC by counting pairs: 1 over 0 wins, a tie is half", () => {
    // Pairs (1, 0): (.8, .5) won, (.8, .8) tied, (.3, .5) lost, (.3, .8) lost: 1.5 of 4.
    expect(auc([1, 0, 1, 0], [0.8, 0.5, 0.3, 0.8])).toBe(0.375);
    expect(auc([1, 0, 1], [0.5, 0.5, 0.5])).toBe(0.5);
    expect(auc([1, 1], [0.2, 0.4])).toBe(0.5);
  });

  test("log loss of one coin is ln 2, and a wrong certainty is bounded by the clip", () => {
    expect(logLoss([1], [0.5], 1e-15)).toBeCloseTo(Math.LN2, 15);
    expect(logLoss([0], [1], 0.01)).toBeCloseTo(-Math.log(0.01), 12);
    expect(logLoss([], [], 0.01)).toBe(0);
  });

  test("decisions, counted by hand", () => {
    // At .5: yes yes no no against 1 0 1 0.
    expect(decisionsAt([1, 0, 1, 0], [0.9, 0.5, 0.4, 0.1], 0.5)).toEqual({
      accuracy: 0.5,
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      truePositives: 1,
      falsePositives: 1,
      trueNegatives: 1,
      falseNegatives: 1,
    });
    expect(decisionsAt([0], [0.1], 0.5).precision).toBe(0);
  });

  test("a bin's edge belongs to the bin below, 0 to the first", () => {
    const bins = reliability([0, 1, 1, 0], [0, 0.5, 0.75, 1], 2, "equal-width");
    expect(bins).toEqual([
      { cases: 2, said: 0.25, happened: 0.5 },
      { cases: 2, said: 0.875, happened: 0.5 },
    ]);
    // (2 * |.25 - .5| + 2 * |.875 - .5|) / 4
    expect(calibrationError([0, 1, 1, 0], [0, 0.5, 0.75, 1], 2, "equal-width")).toBe(0.3125);
  });

  test("equal mass spreads the cases evenly, however they crowd", () => {
    const crowded = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.9];
    const bins = reliability([0, 0, 0, 0, 0, 1, 1], crowded, 3, "equal-mass");
    expect(bins.map((bin) => bin.cases)).toEqual([3, 2, 2]);
  });

  test("AUC does not change under a rising transform, and turns over under a falling one", () => {
    const pairs = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 9 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(pairs, (cases) => {
        const labels = cases.map(([label]) => label);
        const scores = cases.map(([, score]) => score);
        const area = auc(labels, scores);
        expect(auc(labels, scores.map(Math.exp))).toBeCloseTo(area, 12);
        expect(
          auc(
            labels,
            scores.map((s) => -s),
          ),
        ).toBeCloseTo(1 - area, 12);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test("labels other than 0 and 1 and scores that are no numbers are refused", () => {
    expect(() => auc([2], [0.5])).toThrow(/0 or 1/);
    expect(() => brier([1], [Number.NaN])).toThrow(/finite/);
    expect(() => brier([1], [])).toThrow(/has a score/);
  });
});
