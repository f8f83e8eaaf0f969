import {
  type BlendCase,
  type BlendModel,
  type BlendParams,
  blendInto,
  blendWeights,
  fitBlend,
  meanNdcg,
  type Scale,
  scaleScores,
} from "../../../algorithms/blend.ts";
import { createTopK, type TopK, topKInto } from "../../../algorithms/top-k.ts";
import type { SourceName } from "../schema.ts";
import type { Family, Question } from "./held-out.ts";
import type { Asked, ReadySource, Scorer } from "./source.ts";

/**
 * The blend of each family of surfaces, tuned on the held-out questions and judged by folds: each
 * question by weights that have not seen it. Where it does not beat its best single source there,
 * that source serves alone.
 */
export interface FamilyBlend {
  readonly blend: BlendModel;
  /** Questions it was tuned on. */
  readonly tunedOn: number;
  /** Mean NDCG@10 by folds, of the blend and of each source alone. */
  readonly judged: Judged;
}

export interface Judged {
  readonly cases: number;
  readonly blend: number;
  /** In the order of the model's sources. */
  readonly alone: readonly number[];
}

export interface Voice {
  readonly name: SourceName;
  readonly source: Scorer;
}

/** A voice that answers. */
export interface Speaker extends Voice {
  readonly source: ReadySource;
}

/** What may not be shown, 1 = masked. Length 0 masks nothing. */
export type Mask = Uint8Array;

const K = 10;
/** Candidates kept of each source for each question. */
const DEPTH = 20;
/** As the scale `rank` has it. */
const RANK_DEPTH = 200;
const RANK_HALF = 10;
const FOLDS = 3;
const CASES_LEAST = 400;
/** Questions on which the scales are told apart, and what counts as better. */
const SCALE_CASES = 400;
const CLEARLY = 1.02;
const SEGMENTS: readonly number[] = [2, 5, 20, Number.MAX_SAFE_INTEGER];
const SCALES: readonly Scale[] = ["root", "max", "rank"];
/** Fewer questions than this cannot tell sources apart. */
export const QUESTIONS_LEAST = 30;

/**
 * @shape result: undefined when there are too few questions. O(questions (scores + search)).
 */
export async function tuneBlend(
  voices: readonly Voice[],
  family: Family,
  questions: readonly Question[],
  vocabulary: number,
  filterSeen: boolean,
): Promise<FamilyBlend | undefined> {
  if (questions.length < QUESTIONS_LEAST || voices.length === 0) return undefined;
  const ask = (some: readonly Question[], scales: readonly Scale[]) =>
    casesOf(voices, family, some, vocabulary, filterSeen, scales);
  const first = await ask(questions.slice(0, SCALE_CASES), SCALES);
  const scale = bestScale(first, voices.length);
  const others = await ask(questions.slice(SCALE_CASES), [scale]);
  const cases = [...first[scale], ...others[scale]];
  const how = { k: K, scale, segments: SEGMENTS, minCases: CASES_LEAST };
  const judged = judge(cases, voices.length, how);
  const best = indexOfMost(judged.alone);
  const single = judged.alone[best] as number;
  const wins = judged.blend >= single;
  return {
    blend: wins
      ? fitBlend(cases, voices.length, { ...how, folds: FOLDS })
      : singleBlend(voices.length, best),
    tunedOn: questions.length,
    judged: wins ? judged : { ...judged, blend: single },
  };
}

/** Every case is judged by weights that were tuned without it and the rest of its fold. */
function judge(
  cases: readonly BlendCase[],
  sources: number,
  how: Omit<BlendParams, "folds">,
): Judged {
  let sum = 0;
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = cases.filter((_, at) => at % FOLDS !== fold);
    const kept = cases.filter((_, at) => at % FOLDS === fold);
    sum += kept.length * ndcgOf(fitBlend(others, sources, { ...how, folds: 1 }), kept);
  }
  const alone = Array.from({ length: sources }, (_, at) => meanNdcg(cases, only(sources, at), K));
  return { cases: cases.length, blend: sum / cases.length, alone };
}

/**
 * The scale whose quickly searched weights reach most; the first unless another is clearly better,
 * as the difference is mostly noise.
 */
function bestScale(cases: Record<Scale, BlendCase[]>, sources: number): Scale {
  const reached = SCALES.map((scale) => {
    const quick = { k: K, scale, segments: [], minCases: 0, folds: 1 };
    const [segment] = fitBlend(cases[scale], sources, quick).segments;
    return segment?.ndcg ?? 0;
  });
  const best = indexOfMost(reached);
  const clear = (reached[best] as number) > CLEARLY * (reached[0] as number);
  return SCALES[clear ? best : 0] as Scale;
}

/** All weight on one source; on none when it is -1. */
export function singleBlend(sources: number, at: number): BlendModel {
  const alone = new Float64Array(sources);
  const segment = { below: Number.MAX_SAFE_INTEGER, weights: only(sources, at) };
  return { segments: [{ ...segment, ndcg: 0, alone, cases: 0 }], scale: "max" };
}

function only(sources: number, at: number): Float64Array {
  const weights = new Float64Array(sources);
  if (at >= 0) weights[at] = 1;
  return weights;
}

function indexOfMost(values: readonly number[]): number {
  return values.reduce((best, value, at) => (value > (values[best] as number) ? at : best), 0);
}

/** Mean NDCG with the weights of each case's own segment. */
function ndcgOf(model: BlendModel, cases: readonly BlendCase[]): number {
  if (cases.length === 0) return 0;
  let sum = 0;
  for (const one of cases) sum += meanNdcg([one], blendWeights(model, one.length), K);
  return sum / cases.length;
}

/** Lets the sources that read beforehand do so. */
export async function readAll(
  voices: readonly Voice[],
  asked: readonly Asked[],
  explains: boolean,
): Promise<void> {
  for (const { source } of voices) await source.read?.(asked, explains);
}

/**
 * Every question under each of the scales; each source is asked once, and its ranking, which the
 * scales do not change, is made once, no deeper than they look. O(questions sources vocabulary).
 */
async function casesOf(
  voices: readonly Voice[],
  family: Family,
  questions: readonly Question[],
  vocabulary: number,
  filterSeen: boolean,
  scales: readonly Scale[],
): Promise<Record<Scale, BlendCase[]>> {
  const cases: Record<Scale, BlendCase[]> = { max: [], root: [], rank: [] };
  const raw = voices.map(() => new Float32Array(vocabulary));
  const depth = scales.includes("rank") ? RANK_DEPTH : DEPTH;
  const tops = voices.map(() => createTopK(Math.min(depth, vocabulary)));
  const mask = new Uint8Array(vocabulary);
  await readAll(
    voices,
    questions.map(({ asked }) => asked),
    false,
  );
  for (const { asked, targets } of questions) {
    maskInto(mask, family, asked, filterSeen);
    const rankings = voices.map(({ source }, at) => {
      const scores = raw[at] as Float32Array;
      source.scoreInto(asked, scores);
      return rankingOf(scores, mask, tops[at] as TopK);
    });
    const tokens = candidatesOf(rankings);
    const wanted = new Set(targets);
    const common = {
      length: asked.history.tokens.length,
      candidates: tokens.length,
      right: Uint8Array.from(tokens, (token) => (wanted.has(token) ? 1 : 0)),
      rightCount: targets.length,
    };
    for (const scale of scales) {
      cases[scale].push({ ...common, features: featuresOf(tokens, rankings, scale) });
    }
  }
  return cases;
}

interface Ranking {
  readonly scores: Float32Array;
  readonly mask: Mask;
  /** The best above 0, best first. */
  readonly tokens: Int32Array;
  readonly placeOf: ReadonlyMap<number, number>;
  readonly best: number;
}

function rankingOf(scores: Float32Array, mask: Mask, top: TopK): Ranking {
  const found = topKInto(top, scores, mask);
  let above = 0;
  while (above < found && (top.scores[above] as number) > 0) above++;
  const tokens = top.indexes.slice(0, above);
  const placeOf = new Map<number, number>();
  for (let place = 0; place < above; place++) placeOf.set(tokens[place] as number, place);
  return { scores, mask, tokens, placeOf, best: above > 0 ? (top.scores[0] as number) : 0 };
}

/** The first of every ranking, by rising token, so that equal sums are ranked as everywhere else. */
function candidatesOf(rankings: readonly Ranking[]): number[] {
  const chosen = new Set<number>();
  for (const { tokens } of rankings)
    for (const token of tokens.subarray(0, DEPTH)) chosen.add(token);
  return [...chosen].sort((a, b) => a - b);
}

/** What `scaleScores` would say of the candidates. @shape result [sources, candidates] */
function featuresOf(
  tokens: readonly number[],
  rankings: readonly Ranking[],
  scale: Scale,
): Float32Array {
  const features = new Float32Array(tokens.length * rankings.length);
  rankings.forEach((ranking, source) => {
    tokens.forEach((token, at) => {
      features[source * tokens.length + at] = scaledScore(ranking, token, scale);
    });
  });
  return features;
}

function scaledScore(ranking: Ranking, token: number, scale: Scale): number {
  if (scale === "rank") {
    const place = ranking.placeOf.get(token);
    return place === undefined ? 0 : 1 / (1 + place / RANK_HALF);
  }
  const score = ranking.scores[token] as number;
  if (ranking.mask[token] !== 0 || !(score > 0)) return 0;
  const share = Math.fround(score * (1 / ranking.best));
  return scale === "root" ? Math.sqrt(share) : share;
}

/** What the surfaces of the family leave out whoever asks. @shape mask [vocabulary] */
export function maskInto(mask: Mask, family: Family, asked: Asked, filterSeen: boolean): void {
  if (family === "repeat") {
    mask.fill(1);
    for (const token of asked.bought.tokens) mask[token] = 0;
    return;
  }
  mask.fill(0);
  if ((family === "next" || family === "session") && !filterSeen) return;
  for (const token of asked.history.tokens) mask[token] = 1;
}

export interface Blended {
  /** Weighted sum, 0 where masked. @shape [tokens] */
  readonly total: Float32Array;
  /** Scaled scores of each source. @shape each [tokens] */
  readonly scaled: readonly Float32Array[];
  readonly weights: Float64Array;
}

/** The blended scores of one question that was read. O(sources vocabulary). */
export function blendScores(
  voices: readonly Voice[],
  blend: BlendModel,
  asked: Asked,
  vocabulary: number,
  mask: Mask,
): Blended {
  const weights = blendWeights(blend, asked.history.tokens.length);
  const scores = voices.map(({ source }, at) => {
    const said = new Float32Array(vocabulary);
    if (weights[at] !== 0) source.scoreInto(asked, said);
    return said;
  });
  return mixed(scores, weights, blend.scale, mask);
}

/** Scales what the sources said, in place, and sums it. O(sources tokens). @shape scores each [tokens] */
export function mixed(
  scores: readonly Float32Array[],
  weights: Float64Array,
  scale: Scale,
  mask: Mask,
): Blended {
  scores.forEach((said, at) => {
    if (weights[at] !== 0) scaleScores(said, mask, scale);
  });
  const total = new Float32Array(scores[0]?.length ?? 0);
  blendInto(weights, scores, total);
  return { total, scaled: scores, weights };
}

/** NDCG@10 of one source alone: how its variants are told apart. O(questions vocabulary). */
export async function ndcgAlone(
  source: Scorer,
  family: Family,
  questions: readonly Question[],
  vocabulary: number,
  filterSeen: boolean,
): Promise<number> {
  const voices = [{ name: "popularity" as const, source }];
  const cases = await casesOf(voices, family, questions, vocabulary, filterSeen, ["max"]);
  return meanNdcg(cases.max, only(1, 0), K);
}
