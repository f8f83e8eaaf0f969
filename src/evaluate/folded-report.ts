import { assert } from "../assert.ts";
import type { Interval } from "./bootstrap.ts";
import type { RankingReport, ScorerReport } from "./report.ts";

/**
 * One report of several folds. Means are over all cases of all folds; their intervals put the folds' own
 * together as of cases that were drawn apart, so they tell what other shoppers would bring, and nothing of
 * another training. What does is the deviation between folds, which share most of what they learn from and
 * are thus more alike than trainings on pasts of their own (Bengio & Grandvalet 2004).
 */
export interface FoldedReport extends RankingReport {
  readonly folds: readonly FoldOfReport[];
  /** By method and metric, over the folds. */
  readonly spread: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
}

export interface FoldOfReport {
  readonly protocol: string;
  readonly cases: number;
  /** By method and metric. */
  readonly means: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Spread {
  /** Of the folds' means, each counted once. */
  readonly mean: number;
  /** Sample standard deviation; 0 of one fold. */
  readonly deviation: number;
}

/** A method that could not learn in one of the folds is left out. O(folds methods metrics). */
export function foldedReport(reports: readonly RankingReport[], split: string): FoldedReport {
  const [first] = reports;
  assert(first !== undefined, "there is a fold");
  const sum = (of: (report: RankingReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const everywhere = first.scorers.filter(({ name }) =>
    reports.every(({ scorers }) => scorers.some((one) => one.name === name)),
  );
  const scorers = everywhere.map(({ name }) => pooled(reports, name));
  return {
    kind: "ranking",
    protocol: {
      ...first.protocol,
      split,
      cases: sum(({ protocol }) => protocol.cases),
      targets: sum(({ protocol }) => protocol.targets),
      unreachableTargets: sum(({ protocol }) => protocol.unreachableTargets),
    },
    scorers,
    comparisons: [],
    folds: reports.map(({ protocol, scorers: found }) => ({
      protocol: protocol.split,
      cases: protocol.cases,
      means: byName(found, ({ metrics }) => mapped(metrics, ({ mean }) => mean)),
    })),
    spread: byName(scorers, ({ name, metrics }) =>
      mapped(metrics, (_, metric) =>
        spreadOf(reports.map((report) => scorerOf(report, name).metrics[metric]?.mean ?? 0)),
      ),
    ),
  };
}

const scorerOf = ({ scorers }: RankingReport, name: string): ScorerReport =>
  scorers.find((one) => one.name === name) as ScorerReport;

const byName = <T>(
  scorers: readonly ScorerReport[],
  of: (scorer: ScorerReport) => T,
): Record<string, T> => Object.fromEntries(scorers.map((one) => [one.name, of(one)]));

const mapped = <T, U>(
  values: Readonly<Record<string, T>>,
  of: (value: T, name: string) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value, name)]));

function pooled(reports: readonly RankingReport[], name: string): ScorerReport {
  const found = reports.map((report) => scorerOf(report, name));
  const cases = reports.map(({ protocol }) => protocol.cases);
  const all = cases.reduce((sum, count) => sum + count, 0);
  const weights = cases.map((count) => count / all);
  const mean = (of: (scorer: ScorerReport) => number): number =>
    found.reduce((sum, one, fold) => sum + (weights[fold] as number) * of(one), 0);
  const [first] = found as [ScorerReport];
  const { k, diversity } = first.lists;
  return {
    name,
    baseline: first.baseline,
    metrics: mapped(first.metrics, (_, metric) =>
      intervalOf(
        found.map(({ metrics }) => metrics[metric] as Interval),
        weights,
      ),
    ),
    lists: {
      k,
      coverage: mean(({ lists }) => lists.coverage),
      gini: mean(({ lists }) => lists.gini),
      novelty: mean(({ lists }) => lists.novelty),
      diversity: diversity === null ? null : mean(({ lists }) => lists.diversity ?? 0),
    },
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** Of a mean of means that are drawn apart: squares of half-widths add up. */
function intervalOf(intervals: readonly Interval[], weights: readonly number[]): Interval {
  let [mean, below, above] = [0, 0, 0];
  intervals.forEach((one, fold) => {
    const weight = weights[fold] as number;
    mean += weight * one.mean;
    below += (weight * (one.mean - one.low)) ** 2;
    above += (weight * (one.high - one.mean)) ** 2;
  });
  return { mean, low: mean - Math.sqrt(below), high: mean + Math.sqrt(above) };
}

/** Of values there is one of at least. */
export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
