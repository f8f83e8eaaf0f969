import { setImmediate } from "node:timers/promises";
import type { History } from "../algorithms/sequences.ts";
import { assert } from "../assert.ts";
import { monotonicMs } from "../clock.ts";
import { problem } from "../errors.ts";
import { type Cases, historyOfCase, targetsOfCase } from "../features/cases.ts";
import { differences, type Interval, signFlipTest, startBootstrap } from "./bootstrap.ts";
import {
  coverage,
  diversity,
  giniExposure,
  novelty,
  type Similarity,
  selfInformation,
} from "./list-metrics.ts";
import { createRanker, type Ranker } from "./ranker.ts";
import { rankingMetricNames, rankingMetricsInto } from "./ranking-metrics.ts";
import type { Comparison, RankingReport, ScorerReport, SegmentReport } from "./report.ts";

/**
 * Full-ranking evaluation: every method scores the whole catalogue for every case, and the exact
 * rank of each target counts, never a rank among a sample. Sources: Krichene & Rendle 2020 (why
 * full); Ferrari Dacrema, Cremonesi & Jannach 2019 (why beside tuned baselines).
 * Left out: sampled metrics. Not for catalogues far beyond a million tokens: it costs
 * O(cases * vocabulary) a method.
 */
export interface Scorer {
  readonly name: string;
  /**
   * Writes a score for every token: higher is better, -Infinity means "never", NaN is a bug.
   * `row` is the row of the case in its sequences. The scorers of a case are asked one after the
   * other with the same `history` object, so that one may use what those before it found.
   * @shape out [vocabulary]
   */
  scoreInto(history: History, row: number, out: Float32Array): void;
  /** What takes waiting, such as a network's run; done before `scoreInto` is asked the same. */
  read?(history: History, row: number): Promise<void>;
}

export interface RankingOptions {
  /** How past and future were cut, in words: `Split.protocol`. */
  readonly split: string;
  /** Lengths of list to judge. */
  readonly ks: readonly number[];
  /** Take the tokens of the history out of the ranking; a target among them is then missed. */
  readonly filterSeen: boolean;
  /** Tokens that may be shown (1); undefined means all. @shape [vocabulary] */
  readonly candidates: Uint8Array | undefined;
  /** Actions per token in the training data: what novelty is measured by. @shape [vocabulary] */
  readonly popularity: ArrayLike<number>;
  /** How alike two tokens are, 0..1: what diversity is measured by, if given. */
  readonly similarity: Similarity | undefined;
  /** Names of scorers that are baselines; the others are compared with the best of them. */
  readonly baselines: readonly string[];
  /** The metric that says which baseline is the best, such as "ndcg@10". */
  readonly primary: string;
  /** For the order of ties, the resamples and the sign flips. */
  readonly seed: number;
  readonly bootstrapRounds: number;
  /** Share of resampled means inside the intervals, 0..1. */
  readonly confidence: number;
  /** Of which kind a case is, by its history: every method is also judged for each kind. */
  readonly segmentOf?: ((history: History) => string) | undefined;
  readonly progress?: ((progress: RankingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RankingProgress {
  /** Cases that every scorer has answered. */
  readonly done: number;
  readonly total: number;
}

/** The event loop gets its turn at least this often. @unit ms */
const SLICE_MS = 20;

/** Judges every scorer on every case. @throws problem `too-little-data`, `cancelled` */
export async function evaluateRanking(
  cases: Cases,
  scorers: readonly Scorer[],
  options: RankingOptions,
): Promise<RankingReport> {
  checkOptions(cases, scorers, options);
  const slice = timeSlices(options.signal);
  const stage = prepare(cases, options);
  const runs = await runScorers(stage, scorers, slice);
  const pairs = pairsOf(runs, options);
  const { means, gaps } = await intervalsOf(runs, pairs, options, slice);
  const segments = await segmentsOf(stage, runs, slice);
  return {
    kind: "ranking",
    protocol: {
      split: options.split,
      cases: cases.count,
      targets: cases.targets.length,
      vocabulary: cases.sequences.vocabulary,
      candidates: stage.candidates.reduce((sum, one) => sum + one, 0),
      filterSeen: options.filterSeen,
      unreachableTargets: unreachable(stage),
      ties: "seeded random order",
      seed: options.seed,
      ks: options.ks,
      bootstrapRounds: options.bootstrapRounds,
      confidence: options.confidence,
    },
    scorers: runs.map((run, at) => ({
      ...scorerReport(stage, run, means[at] ?? []),
      ...(options.segmentOf && { segments: segments[at] ?? {} }),
    })),
    comparisons: await compare(pairs, gaps, options, slice),
  };
}

function checkOptions(cases: Cases, scorers: readonly Scorer[], options: RankingOptions): void {
  const { vocabulary } = cases.sequences;
  const names = new Set(scorers.map((scorer) => scorer.name));
  assert(names.size === scorers.length, "scorers have different names");
  assert(options.popularity.length === vocabulary, "popularity has an entry for every token");
  assert((options.candidates?.length ?? vocabulary) === vocabulary, "the mask covers all tokens");
  assert(keysOf(options).includes(options.primary), "the primary metric is among those judged");
  for (const name of options.baselines) assert(names.has(name), "a baseline is one of the scorers");
  if (cases.count === 0) {
    throw problem("too-little-data", "no case is left to evaluate on after the split");
  }
}

/** "hr@10", … in the order in which series are kept. */
const keysOf = ({ ks }: Pick<RankingOptions, "ks">): string[] =>
  ks.flatMap((k) => rankingMetricNames.map((name) => `${name}@${k}`));

/** What is the same for all scorers, and their scratch memory. */
interface Stage {
  readonly cases: Cases;
  readonly options: RankingOptions;
  readonly keys: readonly string[];
  readonly candidates: Uint8Array;
  readonly ranker: Ranker;
  readonly bits: Float64Array;
  readonly scores: Float32Array;
  readonly ranks: Int32Array;
  readonly list: Int32Array;
  readonly row: Float64Array;
}

function prepare(cases: Cases, options: RankingOptions): Stage {
  const { vocabulary } = cases.sequences;
  const candidates = options.candidates ?? new Uint8Array(vocabulary).fill(1);
  const length = Math.max(...options.ks);
  const keys = keysOf(options);
  return {
    cases,
    options,
    keys,
    candidates,
    ranker: createRanker({ candidates, length, seed: options.seed }),
    bits: selfInformation(options.popularity),
    scores: new Float32Array(vocabulary),
    ranks: new Int32Array(vocabulary),
    list: new Int32Array(length),
    row: new Float64Array(keys.length),
  };
}

/** What one scorer did. */
interface Run {
  readonly scorer: Scorer;
  /** @shape [keys][cases] */
  readonly series: readonly Float64Array[];
  /** How often each token was shown. @shape [vocabulary] */
  readonly shown: Int32Array;
  novelty: number;
  diversity: number;
  seconds: number;
}

async function runScorers(
  stage: Stage,
  scorers: readonly Scorer[],
  slice: TimeSlices,
): Promise<readonly Run[]> {
  const { cases, options } = stage;
  const runs = scorers.map((scorer) => startRun(stage, scorer));
  for (let at = 0; at < cases.count; at++) {
    const history = historyOfCase(cases, at);
    for (const run of runs) await judgeCase(stage, history, at, run);
    if (!slice.isOver()) continue;
    options.progress?.({ done: at + 1, total: cases.count });
    await slice.rest();
  }
  options.progress?.({ done: cases.count, total: cases.count });
  return runs;
}

const startRun = ({ cases, candidates, keys }: Stage, scorer: Scorer): Run => ({
  scorer,
  series: keys.map(() => new Float64Array(cases.count)),
  shown: new Int32Array(candidates.length),
  novelty: 0,
  diversity: 0,
  seconds: 0,
});

async function judgeCase(stage: Stage, history: History, at: number, run: Run): Promise<void> {
  const { cases, options, ranker, list, ranks, row } = stage;
  const began = monotonicMs();
  const targets = targetsOfCase(cases, at);
  await run.scorer.read?.(history, cases.rows[at] as number);
  run.scorer.scoreInto(history, cases.rows[at] as number, stage.scores);
  ranker.take(stage.scores, options.filterSeen ? history.tokens : nothing);
  const ranked = ranks.subarray(0, ranker.ranksInto(ranks, targets));
  for (let i = 0; i < options.ks.length; i++) {
    const k = options.ks[i] as number;
    rankingMetricsInto(row, i * rankingMetricNames.length, ranked, targets.length, k);
  }
  for (let key = 0; key < row.length; key++) {
    (run.series[key] as Float64Array)[at] = row[key] as number;
  }
  const count = ranker.listInto(list);
  for (let i = 0; i < count; i++) {
    const token = list[i] as number;
    run.shown[token] = (run.shown[token] as number) + 1;
  }
  run.novelty += novelty(list, count, stage.bits) / cases.count;
  if (options.similarity !== undefined) {
    run.diversity += diversity(list, count, options.similarity) / cases.count;
  }
  run.seconds += (monotonicMs() - began) / 1000;
}

const nothing = new Int32Array(0);

/** Targets that are not candidates, or in the history when that is filtered. O(targets + history). */
function unreachable({ cases, options, candidates }: Stage): number {
  let lost = 0;
  for (let at = 0; at < cases.count; at++) {
    const { tokens } = historyOfCase(cases, at);
    for (const target of targetsOfCase(cases, at)) {
      if (candidates[target] === 0 || (options.filterSeen && tokens.includes(target))) lost++;
    }
  }
  return lost;
}

function scorerReport(stage: Stage, run: Run, intervals: readonly Interval[]): ScorerReport {
  const { options, candidates, keys } = stage;
  return {
    name: run.scorer.name,
    baseline: options.baselines.includes(run.scorer.name),
    metrics: Object.fromEntries(keys.map((key, at) => [key, intervals[at] as Interval])),
    lists: {
      k: stage.list.length,
      coverage: coverage(run.shown, candidates),
      gini: giniExposure(run.shown, candidates),
      novelty: run.novelty,
      diversity: options.similarity === undefined ? null : run.diversity,
    },
    seconds: run.seconds,
  };
}

/** One metric of one method against the best baseline. */
interface Pair {
  readonly metric: string;
  readonly scorer: string;
  readonly baseline: string;
  readonly ours: Float64Array;
  readonly theirs: Float64Array;
}

const compared: ReadonlySet<string> = new Set(["hr", "ndcg", "mrr", "recall"]);

function pairsOf(runs: readonly Run[], options: RankingOptions): Pair[] {
  const keys = keysOf(options);
  const primary = keys.indexOf(options.primary);
  const score = (run: Run): number => total(run.series[primary] as Float64Array);
  const best = runs
    .filter((run) => options.baselines.includes(run.scorer.name))
    .toSorted((a, b) => score(b) - score(a))[0];
  if (best === undefined) return [];
  return runs
    .filter((run) => run !== best)
    .flatMap((run) =>
      keys.flatMap((metric, at) =>
        compared.has(metric.slice(0, metric.indexOf("@")))
          ? [
              {
                metric,
                scorer: run.scorer.name,
                baseline: best.scorer.name,
                ours: run.series[at] as Float64Array,
                theirs: best.series[at] as Float64Array,
              },
            ]
          : [],
      ),
    );
}

interface Intervals {
  /** @shape [runs][keys] */
  readonly means: readonly (readonly Interval[])[];
  /** @shape [pairs] */
  readonly gaps: readonly Interval[];
}

/** Everything is resampled with the same cases, so that differences stay paired. */
async function intervalsOf(
  runs: readonly Run[],
  pairs: readonly Pair[],
  options: RankingOptions,
  slice: TimeSlices,
): Promise<Intervals> {
  const series = [
    ...runs.flatMap((run) => run.series),
    ...pairs.map(({ ours, theirs }) => differences(ours, theirs)),
  ];
  const all = await resampled(series, options, slice);
  const width = keysOf(options).length;
  return {
    means: runs.map((_, at) => all.slice(at * width, (at + 1) * width)),
    gaps: all.slice(runs.length * width),
  };
}

/** Intervals of the means of several series over the same cases. @shape series [count][cases] */
async function resampled(
  series: readonly Float64Array[],
  { bootstrapRounds: rounds, confidence, seed }: RankingOptions,
  slice: TimeSlices,
): Promise<readonly Interval[]> {
  const bootstrap = startBootstrap(series, { rounds, confidence, seed });
  for (let round = 0; round < rounds; round++) {
    bootstrap.draw();
    if (slice.isOver()) await slice.rest();
  }
  return bootstrap.intervals();
}

/** Fewer cases say nothing: their interval would be as wide as the scale. */
const SEGMENT_CASES_LEAST = 30;

/** By run, then by name of the segment; empty where no case is asked for its kind. */
async function segmentsOf(
  { cases, keys, options }: Stage,
  runs: readonly Run[],
  slice: TimeSlices,
): Promise<readonly Readonly<Record<string, SegmentReport>>[]> {
  const { segmentOf } = options;
  const found = runs.map((): Record<string, SegmentReport> => ({}));
  if (segmentOf === undefined) return found;
  const places = new Map<string, number[]>();
  for (let at = 0; at < cases.count; at++) {
    const name = segmentOf(historyOfCase(cases, at));
    const known = places.get(name);
    if (known === undefined) places.set(name, [at]);
    else known.push(at);
  }
  for (const [name, own] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (own.length < SEGMENT_CASES_LEAST) continue;
    const pick = (values: Float64Array): Float64Array =>
      Float64Array.from(own, (at) => values[at] as number);
    const series = runs.flatMap((run) => run.series.map(pick));
    const intervals = await resampled(series, options, slice);
    for (const [run, report] of found.entries()) {
      const metrics = keys.map((key, at) => [key, intervals[run * keys.length + at] as Interval]);
      report[name] = { cases: own.length, metrics: Object.fromEntries(metrics) };
    }
  }
  return found;
}

async function compare(
  pairs: readonly Pair[],
  gaps: readonly Interval[],
  options: RankingOptions,
  slice: TimeSlices,
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const [at, { metric, scorer, baseline, ours, theirs }] of pairs.entries()) {
    const p = signFlipTest(ours, theirs, { rounds: options.bootstrapRounds, seed: options.seed });
    found.push({ metric, scorer, baseline, difference: gaps[at] as Interval, p });
    if (slice.isOver()) await slice.rest();
  }
  return found;
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

/** Long computation in slices, between which others have their turn and a cancel is heard. */
interface TimeSlices {
  isOver(): boolean;
  /** @throws problem `cancelled` */
  rest(): Promise<void>;
}

function timeSlices(signal: AbortSignal | undefined): TimeSlices {
  let began = monotonicMs();
  return {
    isOver: () => monotonicMs() - began >= SLICE_MS,
    async rest() {
      await setImmediate();
      if (signal?.aborted) throw problem("cancelled", "the evaluation was cancelled");
      began = monotonicMs();
    },
  };
}
