import { expect, test } from "vitest";
import type { Interval } from "./bootstrap.ts";
import { foldedReport, type Spread } from "./folded-report.ts";
import type { RankingReport, ScorerReport } from "./report.ts";

const at = (mean: number, half: number): Interval => ({
  mean,
  low: mean - half,
  high: mean + half,
});
const scorer = (name: string, ndcg: Interval, coverage: number): ScorerReport => ({
  name,
  baseline: name !== "blend",
  metrics: { "ndcg@10": ndcg },
  lists: { k: 10, coverage, gini: 0.5, novelty: 4, diversity: null },
  seconds: 2,
});
const report = (split: string, cases: number, scorers: readonly ScorerReport[]): RankingReport =>
  ({
    kind: "ranking",
    protocol: { split, cases, targets: 2 * cases, unreachableTargets: 1, seed: 1 },
    scorers,
    comparisons: [],
  }) as unknown as RankingReport;

const folded = foldedReport(
  [
    report("fold 1", 30, [
      scorer("ease", at(0.9, 0.1), 1),
      scorer("markov", at(0.2, 0.04), 0.4),
      scorer("blend", at(0.3, 0.08), 0.2),
    ]),
    report("fold 2", 10, [
      scorer("markov", at(0.4, 0.12), 0.8),
      scorer("blend", at(0.5, 0.16), 0.6),
    ]),
  ],
  "2 folds",
);
const DIGITS = 12;

test("means are over all cases, and intervals those of cases drawn apart", () => {
  expect(folded.protocol).toMatchObject({ split: "2 folds", cases: 40, targets: 80 });
  expect(folded.protocol.unreachableTargets).toBe(2);
  const [markov, blend] = folded.scorers;
  // 3/4 x 0.2 + 1/4 x 0.4; the half-widths 0.03 and 0.03 make 0.03 x root 2.
  expect(markov?.metrics["ndcg@10"]?.mean).toBeCloseTo(0.25, DIGITS);
  expect(markov?.metrics["ndcg@10"]?.high).toBeCloseTo(0.25 + 0.03 * Math.SQRT2, DIGITS);
  // 3/4 x 0.08 = 0.06 and 1/4 x 0.16 = 0.04: the root of 0.0052.
  expect(blend?.metrics["ndcg@10"]?.low).toBeCloseTo(0.35 - Math.sqrt(0.0052), DIGITS);
  expect(markov?.lists.coverage).toBeCloseTo(0.5, DIGITS);
  expect(markov?.seconds).toBe(4);
});

test("the spread counts each fold once, and a method that is not in all of them is left out", () => {
  expect(folded.scorers.map(({ name }) => name)).toEqual(["markov", "blend"]);
  const { mean, deviation } = folded.spread["markov"]["ndcg@10"] as Spread;
  expect(mean).toBeCloseTo(0.3, DIGITS);
  expect(deviation).toBeCloseTo(0.2 / Math.SQRT2, DIGITS);
  expect(folded.folds.map(({ protocol, cases }) => [protocol, cases])).toEqual([
    ["fold 1", 30],
    ["fold 2", 10],
  ]);
  expect(folded.folds[0]?.means["ease"]).toEqual({ "ndcg@10": 0.9 });
});
