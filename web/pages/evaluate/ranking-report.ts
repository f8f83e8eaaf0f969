import type { Report } from "../../../client/src/made/schemas.ts";

/** What an evaluation of lists found, as the server keeps it. */
export interface RankingReport {
  readonly kind: "ranking";
  readonly protocol: Protocol;
  readonly scorers: readonly Scorer[];
  readonly comparisons: readonly Comparison[];
  readonly notes?: readonly string[];
  /** Of an evaluation in folds. */
  readonly folds?: readonly Fold[];
  /** By method and metric, over the folds. */
  readonly spread?: Readonly<Record<string, Readonly<Record<string, Spread>>>>;
}

export interface Fold {
  readonly protocol: string;
  readonly cases: number;
  /** By method and metric. */
  readonly means: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export interface Protocol {
  readonly split: string;
  readonly cases: number;
  readonly targets: number;
  readonly vocabulary: number;
  readonly candidates: number;
  readonly filterSeen: boolean;
  readonly unreachableTargets: number;
  readonly seed: number;
  readonly ks: readonly number[];
  readonly bootstrapRounds: number;
  /** @unit 0..1 */
  readonly confidence: number;
}

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface Scorer {
  readonly name: string;
  readonly baseline: boolean;
  readonly metrics: Readonly<Record<string, Interval>>;
  readonly lists: {
    readonly k: number;
    readonly coverage: number;
    readonly gini: number;
    /** @unit bits */
    readonly novelty: number;
    readonly diversity: number | null;
  };
  /** By how much was known of the shopper; absent in reports of older servers. */
  readonly segments?: Readonly<Record<string, Segment>>;
  readonly seconds: number;
}

export interface Segment {
  readonly cases: number;
  readonly metrics: Readonly<Record<string, Interval>>;
}

export interface Comparison {
  readonly metric: string;
  readonly scorer: string;
  readonly baseline: string;
  readonly difference: Interval;
  readonly p: number;
}

/** The report if it is of lists; undefined if of something else. */
export function rankingOf({ result }: Pick<Report, "result">): RankingReport | undefined {
  const known = result as Partial<RankingReport> | null;
  return known?.kind === "ranking" ? (known as RankingReport) : undefined;
}

/** Names of the metrics, in the order of the report. */
export const metricsOf = ({ scorers }: RankingReport): readonly string[] =>
  Object.keys(scorers[0]?.metrics ?? {});

/** The one that is read first: nDCG of the longest list. */
export function mainMetric(report: RankingReport): string {
  const names = metricsOf(report);
  return names.findLast((name) => name.startsWith("ndcg@")) ?? names[0] ?? "";
}

/** "ndcg@10" as its name and the length of the list. */
export function partsOf(metric: string): { readonly base: string; readonly k: string } {
  const [base = metric, k = ""] = metric.split("@");
  return { base, k };
}

/** Best first. */
export const ordered = (report: RankingReport, metric: string): readonly Scorer[] =>
  report.scorers.toSorted((a, b) => meanOf(b, metric) - meanOf(a, metric));

export const meanOf = ({ metrics }: Pick<Scorer, "metrics">, metric: string): number =>
  metrics[metric]?.mean ?? 0;
