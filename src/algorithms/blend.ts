import { assert } from "../assert.ts";
import { createTopK, topKBesideInto, topKInto } from "./top-k.ts";

/**
 * Several sources, one list: each source's scores are brought to a common scale and summed with
 * weights of 0 or more that were tuned on held-out cases. Idea: keep for each case the candidates
 * that any source ranks high; the mean NDCG@k of a weighting is then a few million additions, so
 * the weights can be searched directly on the metric, by scaling one at a time, from every single
 * source and from the even mixture. The search starts at the vertices, so on its cases a blend is
 * never worse than its best source. Against overfitting the cases are dealt into folds, the
 * weights of the folds are averaged, and the average is kept unless it is worse than a vertex.
 * Sources: Fox & Shaw 1994 (combining ranked lists); Metzler & Croft 2007 (coordinate ascent on a
 * ranking metric); Breiman 1996 (averaging over samples).
 * Left out: trees over features of candidates, and gradients: with few sources and a metric that
 * is a step function the direct search is as good and easier to trust.
 */
export interface BlendModel {
  /** One weighting per segment of history length. */
  readonly segments: readonly BlendSegment[];
  readonly scale: Scale;
}

export interface BlendSegment {
  /** Histories of fewer places than this (and not of the segment before). */
  readonly below: number;
  /** 0 or more, sum 1. @shape [sources] */
  readonly weights: Float64Array;
  /** Mean NDCG@k on the cases of the segment, of the blend and of each source alone. */
  readonly ndcg: number;
  readonly alone: Float64Array;
  readonly cases: number;
}

/**
 * How scores become comparable, all in 0..1 and rising with the score: `max` divides by the best,
 * `root` takes the square root of that (long tails weigh more), `rank` is 1 / (1 + place / 10).
 */
export type Scale = "max" | "root" | "rank";

/** What one held-out question looks like to the search. */
export interface BlendCase {
  /** Places of the history asked with. */
  readonly length: number;
  readonly candidates: number;
  /** Scaled scores, one run of candidates per source. @shape [sources, candidates] */
  readonly features: Float32Array;
  /** 1 where the candidate is right. @shape [candidates] */
  readonly right: Uint8Array;
  /** How many right answers there are in all, also beyond the candidates. */
  readonly rightCount: number;
}

export interface BlendParams {
  readonly k: number;
  readonly scale: Scale;
  /** Upper ends of the segments by history length, rising; the last should be Infinity. */
  readonly segments: readonly number[];
  /** A segment with fewer cases uses the weights of all. */
  readonly minCases: number;
  readonly folds: number;
}

/** Places of the ranking that `rank` looks at; further down counts 0. */
const rankDepth = 200;
const rankHalf = 10;

/**
 * Brings scores to the common scale in place; what is at or below 0, or masked, becomes 0.
 * O(n). @shape scores [n], mask [n] or [0]
 */
export function scaleScores(scores: Float32Array, mask: Uint8Array, scale: Scale): void {
  if (scale === "rank") scaleByRank(scores, mask);
  else scaleByBest(scores, mask, scale);
}

function scaleByBest(scores: Float32Array, mask: Uint8Array, scale: "max" | "root"): void {
  let best = 0;
  for (let i = 0; i < scores.length; i++) {
    if (mask.length > 0 && mask[i] !== 0) scores[i] = 0;
    if (scores[i] > best) best = scores[i];
  }
  const factor = best > 0 ? 1 / best : 0;
  const root = scale === "root";
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === 0) continue;
    const share = scores[i] > 0 ? Math.fround(scores[i] * factor) : 0;
    scores[i] = root ? Math.sqrt(share) : share;
  }
}

function scaleByRank(scores: Float32Array, mask: Uint8Array): void {
  // Most sources give most tokens nothing: only the others are ranked.
  const indexes = new Int32Array(scores.length);
  const given = new Float32Array(scores.length);
  let count = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i] > 0) || (mask.length > 0 && mask[i] !== 0)) continue;
    indexes[count] = i;
    given[count++] = scores[i];
  }
  const top = createTopK(rankDepth);
  const found = topKBesideInto(top, given, indexes, count);
  scores.fill(0);
  for (let place = 0; place < found; place++) {
    scores[top.indexes[place]] = 1 / (1 + place / rankHalf);
  }
}

/** out = the weighted sum of already scaled sources. O(n sources). @shape each [n] */
export function blendInto(
  weights: Float64Array,
  scaled: readonly Float32Array[],
  out: Float32Array,
): void {
  assert(weights.length === scaled.length, "every source has a weight");
  out.fill(0);
  for (let source = 0; source < scaled.length; source++) {
    const weight = weights[source];
    const scores = scaled[source];
    if (weight === 0) continue;
    for (let i = 0; i < out.length; i++) out[i] += weight * scores[i];
  }
}

/** The weights for a history of so many places. O(1). @shape result [sources] */
export function blendWeights(model: BlendModel, length: number): Float64Array {
  const segment = model.segments.find(({ below }) => length < below) ?? model.segments.at(-1);
  assert(segment !== undefined, "a blend has a segment");
  return segment.weights;
}

/**
 * The case of one question: the best `depth` of every source, with all scaled scores.
 * O(n sources). @shape scaled each [n], targets: right tokens
 */
export function blendCase(
  scaled: readonly Float32Array[],
  targets: Int32Array,
  length: number,
  depth: number,
): BlendCase {
  const top = createTopK(depth);
  const chosen = new Set<number>();
  for (const scores of scaled) {
    const found = topKInto(top, scores, new Uint8Array(0));
    for (let i = 0; i < found; i++) if (top.scores[i] > 0) chosen.add(top.indexes[i]);
  }
  // By rising token, so that equal sums are ranked as everywhere else.
  const tokens = [...chosen].sort((a, b) => a - b);
  const features = new Float32Array(tokens.length * scaled.length);
  scaled.forEach((scores, source) => {
    tokens.forEach((token, at) => {
      features[source * tokens.length + at] = scores[token];
    });
  });
  const right = Uint8Array.from(tokens, (token) => (targets.includes(token) ? 1 : 0));
  return { length, candidates: tokens.length, features, right, rightCount: targets.length };
}

/** Tunes the weights of each segment. O(evaluations cases candidates sources). */
export function fitBlend(
  cases: readonly BlendCase[],
  sources: number,
  params: BlendParams,
): BlendModel {
  assert(sources > 0, "there is a source to blend");
  const even = new Float64Array(sources).fill(1 / sources);
  const all = fitSegment(cases, even, params, Number.POSITIVE_INFINITY);
  let from = 0;
  const segments = params.segments.map((below) => {
    const within = cases.filter(({ length }) => length >= from && length < below);
    from = below;
    if (within.length < params.minCases) return { ...all, below };
    return better(fitSegment(within, all.weights, params, below), all, within, params.k);
  });
  return { segments: segments.length > 0 ? segments : [all], scale: params.scale };
}

/** A segment keeps its own weights only where they beat those of all cases. */
function better(
  own: BlendSegment,
  all: BlendSegment,
  cases: readonly BlendCase[],
  k: number,
): BlendSegment {
  const ndcg = meanNdcg(cases, all.weights, k);
  return ndcg > own.ndcg ? { ...own, weights: all.weights, ndcg } : own;
}

function fitSegment(
  cases: readonly BlendCase[],
  start: Float64Array,
  params: BlendParams,
  below: number,
): BlendSegment {
  const sources = start.length;
  const alone = Float64Array.from({ length: sources }, (_, source) =>
    meanNdcg(cases, vertex(sources, source), params.k),
  );
  const best = vertex(sources, indexOfMax(alone));
  const whole = search(cases, [best, start], params.k);
  const folds = Math.max(1, Math.min(params.folds, cases.length));
  const mean = folds === 1 ? whole : new Float64Array(sources);
  for (let fold = 0; fold < folds && folds > 1; fold++) {
    const kept = cases.filter((_, at) => at % folds !== fold);
    const weights = search(kept, [whole], params.k);
    for (let source = 0; source < sources; source++) mean[source] += weights[source] / folds;
  }
  const ndcg = meanNdcg(cases, mean, params.k);
  const bestAlone = Math.max(...alone);
  const chosen = ndcg >= bestAlone ? { weights: mean, ndcg } : { weights: best, ndcg: bestAlone };
  return { below, ...chosen, alone, cases: cases.length };
}

function vertex(sources: number, source: number): Float64Array {
  const weights = new Float64Array(sources);
  weights[source] = 1;
  return weights;
}

function indexOfMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** What a weight is tried at: multiples of itself, or, where it is 0, of the largest. */
const multiples = [0, 0.5, 0.75, 0.9, 1.1, 1.33, 2];
const entries = [0.02, 0.05, 0.1, 0.25, 0.5, 1];
const maxRounds = 12;
const smallestGain = 1e-5;

/** Coordinate ascent from each start; the best end wins, at equal the earlier. */
function search(
  cases: readonly BlendCase[],
  starts: readonly Float64Array[],
  k: number,
): Float64Array {
  let best = { weights: starts[0], ndcg: Number.NEGATIVE_INFINITY };
  for (const start of starts) {
    const end = climb(cases, start, k);
    if (end.ndcg > best.ndcg) best = end;
  }
  return toSumOne(best.weights);
}

function climb(
  cases: readonly BlendCase[],
  start: Float64Array,
  k: number,
): { weights: Float64Array; ndcg: number } {
  const weights = start.slice();
  const packed = packCases(cases, k);
  let ndcg = meanNdcg(cases, weights, k);
  if (packed.count === 0) return { weights, ndcg };
  const total = new Float64Array(packed.right.length);
  const rest = new Float64Array(packed.right.length);
  for (let round = 0; round < maxRounds; round++) {
    const before = ndcg;
    sumInto(total, packed, weights);
    for (let source = 0; source < start.length; source++) {
      addInto(rest, total, packed, source, -weights[source]);
      for (const value of trials(weights, source)) {
        const reached = ndcgWith(packed, rest, source, value) / cases.length;
        if (reached <= ndcg + smallestGain) continue;
        ndcg = reached;
        weights[source] = value;
      }
      addInto(total, rest, packed, source, weights[source]);
    }
    if (ndcg === before) break;
  }
  return { weights, ndcg };
}

function trials(weights: Float64Array, source: number): number[] {
  const others = weights.filter((weight, at) => at !== source && weight > 0);
  if (weights[source] === 0) return entries.map((share) => share * Math.max(...weights));
  return multiples
    .map((factor) => factor * weights[source])
    .filter((value) => value > 0 || others.length > 0);
}

function toSumOne(weights: Float64Array): Float64Array {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => weight / sum);
}

/**
 * The cases in which a candidate is right, end to end: those in which none is never change the metric
 * and only count in the mean.
 */
interface Packed {
  readonly count: number;
  readonly sources: number;
  readonly k: number;
  /** Where the candidates of each case begin. @shape [count + 1] */
  readonly offsets: Int32Array;
  /** Of each case a run of candidates per source. @shape [sources * candidates of all] */
  readonly features: Float32Array;
  /** @shape [candidates of all] */
  readonly right: Uint8Array;
  /** What the best order of each case would gain. @shape [count] */
  readonly ideal: Float64Array;
}

/** O(cases candidates sources). */
function packCases(cases: readonly BlendCase[], k: number): Packed {
  const telling = cases.filter(({ right }) => right.includes(1));
  const offsets = new Int32Array(telling.length + 1);
  telling.forEach(({ candidates }, at) => {
    offsets[at + 1] = offsets[at] + candidates;
  });
  const all = offsets[telling.length];
  const sources = telling.length === 0 ? 0 : telling[0].features.length / telling[0].candidates;
  const features = new Float32Array(sources * all);
  const right = new Uint8Array(all);
  telling.forEach((one, at) => {
    features.set(one.features, sources * offsets[at]);
    right.set(one.right, offsets[at]);
  });
  const ideal = Float64Array.from(telling, ({ rightCount }) => idealGain(Math.min(k, rightCount)));
  return { count: telling.length, sources, k, offsets, features, right, ideal };
}

/** out = from + weight * the scores of a source. @shape out, from [candidates of all] */
function addInto(
  out: Float64Array,
  from: Float64Array,
  packed: Packed,
  source: number,
  weight: number,
): void {
  const { count, sources, offsets, features } = packed;
  if (weight === 0) {
    out.set(from);
    return;
  }
  for (let i = 0; i < count; i++) {
    const first = offsets[i];
    const candidates = offsets[i + 1] - first;
    const base = sources * first + source * candidates;
    for (let at = 0; at < candidates; at++) {
      out[first + at] = from[first + at] + weight * features[base + at];
    }
  }
}

/** out = the weighted sums of all sources. @shape out [candidates of all] */
function sumInto(out: Float64Array, packed: Packed, weights: Float64Array): void {
  out.fill(0);
  for (let source = 0; source < weights.length; source++) {
    if (weights[source] !== 0) addInto(out, out, packed, source, weights[source]);
  }
}

/** Mean NDCG@k of a weighting. O(cases candidates sources). @unit 0..1 */
export function meanNdcg(cases: readonly BlendCase[], weights: Float64Array, k: number): number {
  if (cases.length === 0) return 0;
  const packed = packCases(cases, k);
  const total = new Float64Array(packed.right.length);
  sumInto(total, packed, weights);
  return ndcgWith(packed, total, 0, 0) / cases.length;
}

/** Sum of NDCG@k when one source gets a weight and the others stand summed in `rest`. */
function ndcgWith(packed: Packed, rest: Float64Array, source: number, weight: number): number {
  const { count, sources, k, offsets, right, ideal } = packed;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const first = offsets[i];
    const end = offsets[i + 1];
    const base = sources * first + source * (end - first) - first;
    let gain = 0;
    for (let at = first; at < end; at++) {
      if (right[at] === 0) continue;
      const rank = rankOf(packed, rest, first, end, base, weight, at);
      if (rank < k) gain += 1 / Math.log2(rank + 2);
    }
    sum += gain / ideal[i];
  }
  return sum;
}

/** Candidates of first .. end - 1 above the one at `at`, counted no further than k. */
function rankOf(
  { features, k }: Packed,
  rest: Float64Array,
  first: number,
  end: number,
  base: number,
  weight: number,
  at: number,
): number {
  const own = rest[at] + weight * features[base + at];
  let rank = 0;
  for (let other = first; other < end && rank < k; other++) {
    const score = rest[other] + weight * features[base + other];
    if (score > own || (score === own && other < at)) rank++;
  }
  return rank;
}

function idealGain(count: number): number {
  let gain = 0;
  for (let rank = 0; rank < count; rank++) gain += 1 / Math.log2(rank + 2);
  return gain;
}
