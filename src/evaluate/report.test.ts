import { describe, expect, test } from "vitest";
import { formatReport, protocolLine, type RankingReport } from "./report.ts";

const at = (mean: number, width: number): { mean: number; low: number; high: number } => ({
  mean,
  low: mean - width,
  high: mean + width,
});

const report: RankingReport = {
  kind: "ranking",
  protocol: {
    split: "leave-one-out",
    cases: 1000,
    targets: 1000,
    vocabulary: 500,
    candidates: 480,
    filterSeen: true,
    unreachableTargets: 3,
    ties: "seeded random order",
    seed: 42,
    ks: [10],
    bootstrapRounds: 1000,
    confidence: 0.95,
  },
  scorers: [
    {
      name: "popularity",
      baseline: true,
      metrics: { "hr@10": at(0.0115, 0.0014), "ndcg@10": at(0.0055, 0.0007) },
      lists: { k: 10, coverage: 0.0012, gini: 0.9988, novelty: 7.1, diversity: null },
      seconds: 1.26,
    },
    {
      name: "markov",
      baseline: false,
      metrics: { "hr@10": at(0.0684, 0.0033), "ndcg@10": at(0.0473, 0.0026) },
      lists: { k: 10, coverage: 0.71, gini: 0.61, novelty: 12.34, diversity: 0.8 },
      seconds: 2,
    },
  ],
  comparisons: [
    {
      metric: "hr@10",
      scorer: "markov",
      baseline: "popularity",
      difference: at(0.0569, 0.0035),
      p: 0.0009,
    },
    {
      metric: "mrr@10",
      scorer: "markov",
      baseline: "popularity",
      difference: at(-0.01, 0.02),
      p: 0.5,
    },
  ],
};

describe("a report in words", () => {
  test("no numbers without the protocol", () => {
    expect(protocolLine(report.protocol)).toBe(
      "split: leave-one-out; full ranking of 480 of 500 items; seen items filtered; " +
        "1000 cases, 1000 targets (3 unreachable); ties: seeded random order; seed 42; " +
        "95 % intervals from 1000 resamples",
    );
    expect(formatReport(report).startsWith(protocolLine(report.protocol))).toBe(true);
  });

  test("one line a method, columns in line, comparisons of the columns shown", () => {
    expect(formatReport(report, ["hr@10"]).split("\n").slice(2)).toEqual([
      "method                          hr@10",
      "---------------------  --------------",
      "popularity (baseline)  0.0115 ±0.0014",
      "markov                 0.0684 ±0.0033",
      "",
      "method                 coverage    gini  novelty bits  diversity  seconds",
      "---------------------  --------  ------  ------------  ---------  -------",
      "popularity (baseline)    0.0012  0.9988          7.10          -      1.3",
      "markov                   0.7100  0.6100         12.34     0.8000      2.0",
      "",
      "against the best baseline  metric  difference            interval        p",
      "-------------------------  ------  ----------  ------------------  -------",
      "markov - popularity         hr@10     +0.0569  +0.0534 .. +0.0604  < 0.001",
    ]);
  });

  test("a metric nobody has is shown as absent", () => {
    expect(formatReport(report, ["auc"]).split("\n")[4]).toBe("popularity (baseline)    -");
  });
});
