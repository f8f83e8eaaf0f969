import type { Interval } from "./bootstrap.ts";

/**
 * What an evaluation found, as plain JSON: the protocol first, so that no number can be read
 * without it. Kept, compared and printed; nothing here computes.
 */
export interface RankingReport {
  readonly kind: "ranking";
  readonly protocol: RankingProtocol;
  readonly scorers: readonly ScorerReport[];
  readonly comparisons: readonly Comparison[];
}

export interface RankingProtocol {
  /** How past and future were cut, in words. */
  readonly split: string;
  readonly cases: number;
  readonly targets: number;
  /** Tokens there are, and tokens that may be shown. */
  readonly vocabulary: number;
  readonly candidates: number;
  readonly filterSeen: boolean;
  /** Targets that no method could hit: seen and filtered, or not among the candidates. */
  readonly unreachableTargets: number;
  readonly ties: string;
  readonly seed: number;
  readonly ks: readonly number[];
  readonly bootstrapRounds: number;
  /** Share of resampled means inside the intervals, 0..1. */
  readonly confidence: number;
}

export interface ScorerReport {
  readonly name: string;
  readonly baseline: boolean;
  /** "ndcg@10" to its mean over the cases with an interval. */
  readonly metrics: Readonly<Record<string, Interval>>;
  readonly lists: ListReport;
  /** By kind of case, if they were told apart; kinds with too few cases are left out. */
  readonly segments?: Readonly<Record<string, SegmentReport>>;
  readonly seconds: number;
}

export interface SegmentReport {
  readonly cases: number;
  readonly metrics: Readonly<Record<string, Interval>>;
}

/** The lists of the greatest k together. */
export interface ListReport {
  readonly k: number;
  /** Share of the candidates shown at least once, 0..1. */
  readonly coverage: number;
  /** Gini coefficient of exposure over the candidates, 0 = all alike. */
  readonly gini: number;
  /** Mean self-information of what was shown. @unit bits */
  readonly novelty: number;
  /** 1 - mean similarity inside a list, 0..1; null when no similarity was given. */
  readonly diversity: number | null;
}

/** A method against the best baseline: mean of the differences case by case. */
export interface Comparison {
  readonly metric: string;
  readonly scorer: string;
  readonly baseline: string;
  readonly difference: Interval;
  /** Two-sided sign-flip test, (0, 1]; not corrected for the number of comparisons. */
  readonly p: number;
}

/** One line that says under which rules the numbers came about. */
export function protocolLine(protocol: RankingProtocol): string {
  const { cases, targets, candidates, vocabulary, seed } = protocol;
  const catalogue = candidates === vocabulary ? `${vocabulary}` : `${candidates} of ${vocabulary}`;
  return [
    `split: ${protocol.split}`,
    `full ranking of ${catalogue} items`,
    `seen items ${protocol.filterSeen ? "filtered" : "kept"}`,
    `${cases} cases, ${targets} targets (${protocol.unreachableTargets} unreachable)`,
    `ties: ${protocol.ties}`,
    `seed ${seed}`,
    `${percent(protocol.confidence)} intervals from ${protocol.bootstrapRounds} resamples`,
  ].join("; ");
}

/**
 * The report as text: the protocol, a table of means with half-widths of their intervals, what the
 * lists are like, and the comparisons. Columns are the metrics named, or all.
 */
export function formatReport(report: RankingReport, metrics?: readonly string[]): string {
  const names = metrics ?? Object.keys(report.scorers[0]?.metrics ?? {});
  return [
    protocolLine(report.protocol),
    "",
    ...table(
      ["method", ...names],
      report.scorers.map((scorer) => metricCells(scorer, names)),
    ),
    "",
    ...table(
      ["method", "coverage", "gini", "novelty bits", "diversity", "seconds"],
      report.scorers.map(listCells),
    ),
    ...comparisonLines(report.comparisons, names),
  ].join("\n");
}

function metricCells(scorer: ScorerReport, names: readonly string[]): string[] {
  const cells = names.map((name) => {
    const found = scorer.metrics[name];
    return found === undefined ? "-" : `${share(found.mean)} ±${share(halfWidth(found))}`;
  });
  return [title(scorer), ...cells];
}

function listCells(scorer: ScorerReport): string[] {
  const { coverage, gini, novelty, diversity } = scorer.lists;
  const varied = diversity === null ? "-" : share(diversity);
  const bits = novelty.toFixed(2);
  return [title(scorer), share(coverage), share(gini), bits, varied, scorer.seconds.toFixed(1)];
}

function comparisonLines(comparisons: readonly Comparison[], names: readonly string[]): string[] {
  const wanted = comparisons.filter((one) => names.includes(one.metric));
  if (wanted.length === 0) return [];
  const rows = wanted.map(({ metric, scorer, baseline, difference, p }) => [
    `${scorer} - ${baseline}`,
    metric,
    signed(difference.mean),
    `${signed(difference.low)} .. ${signed(difference.high)}`,
    p < 0.001 ? "< 0.001" : p.toFixed(3),
  ]);
  return [
    "",
    ...table(["against the best baseline", "metric", "difference", "interval", "p"], rows),
  ];
}

const title = (scorer: ScorerReport): string =>
  scorer.baseline ? `${scorer.name} (baseline)` : scorer.name;
const halfWidth = ({ low, high }: Interval): number => (high - low) / 2;
const share = (value: number): string => value.toFixed(4);
const signed = (value: number): string => (value < 0 ? "" : "+") + value.toFixed(4);
const percent = (value: number): string => `${Math.round(value * 1000) / 10} %`;

/** Left column flush left, the others flush right, under a rule. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, at) =>
    Math.max(cell.length, ...rows.map((row) => (row[at] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ");
  return [line(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)];
}
