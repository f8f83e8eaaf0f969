import { type BlendModel, blendWeights } from "../../../algorithms/blend.ts";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { mixed, readAll, singleBlend } from "../learning/blending.ts";
import { silence } from "../learning/hearing.ts";
import type { Asked } from "../learning/source.ts";
import type { RecommendRequest, SourceName } from "../schema.ts";
import { type Candidates, countBelow, type Heard } from "./candidates.ts";
import type { Inquiry } from "./inquiry.ts";
import { addLikenessInto } from "./newcomers.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";

/** What was heard, and how it is mixed. */
export interface Hearsay extends Heard {
  /** @shape [voices] */
  readonly weights: Float64Array;
  readonly scale: BlendModel["scale"];
}

/** The scores of candidates, and what each source gave to them. */
export interface Scored {
  /** 0 where masked. @shape [candidates] */
  readonly total: Float32Array;
  /** What each source gave to a candidate's score; they add up to it. */
  parts(at: number): Partial<Record<SourceName, number>>;
}

/**
 * Where no source has anything to say, the more popular comes first, and among the untouched the
 * newer: shares of the score far below anything a source gives.
 */
const FILL = 1e-6;
const FRESH = 1e-8;
/** Weight of likeness for groups newer than the model, if the blend gives content less. */
const NEWCOMER_WEIGHT_LEAST = 0.05;

/** Waits for the sources that read; what it returns begins at once and is used before anybody waits. */
export async function hear(
  request: RecommendRequest,
  shelf: Shelf,
  inquiry: Inquiry,
): Promise<() => Hearsay> {
  const { voices } = shelf;
  const blend = blendFor(request, shelf, inquiry);
  const isPopular = surfaceRules[request.surface].family === "popular";
  const asked = isPopular ? silent(inquiry) : inquiry.asked;
  const weights = blendWeights(blend, asked.history.tokens.length);
  const speaking = voices.filter((_, at) => weights[at] !== 0);
  await readAll(speaking, [asked], true);
  return () => {
    const contentAt = voices.findIndex(({ name }) => name === "content");
    const content = contentAt < 0 ? 0 : (weights[contentAt] as number);
    return {
      answers: voices.map((_, at) => (weights[at] === 0 ? silence : shelf.hear(at, asked))),
      weights,
      scale: blend.scale,
      likeness: newcomerScores(request, shelf, inquiry, content),
    };
  };
}

/** O(sources candidates). @shape mask [candidates], 1 = may not be shown */
export function scoreCandidates(
  heard: Hearsay,
  shelf: Shelf,
  { tokens }: Candidates,
  mask: Uint8Array,
): Scored {
  const { answers, weights, scale, likeness } = heard;
  const known = tokens.subarray(0, countBelow(tokens, shelf.known));
  const blended = mixed(
    answers.map((answer) => answer.scoresOf(known)),
    weights,
    scale,
    mask.subarray(0, known.length),
  );
  const total = new Float32Array(tokens.length);
  total.set(blended.total);
  const fill = fillScores(shelf, known, mask);
  for (let at = 0; at < known.length; at++) {
    total[at] = (total[at] as number) + (fill[at] as number);
  }
  for (let at = known.length; at < tokens.length; at++) {
    if (mask[at] !== 0) continue;
    const newcomer = (tokens[at] as number) - shelf.known;
    total[at] =
      (likeness[newcomer] as number) + FRESH * (shelf.newcomers.freshness[newcomer] as number);
  }
  const parts: Scored["parts"] = (at) => {
    if (at >= known.length) return { content: total[at] as number };
    const given: Partial<Record<SourceName, number>> = {};
    shelf.voices.forEach(({ name }, voice) => {
      const part = (weights[voice] as number) * (blended.scaled[voice]?.[at] as number);
      if (part !== 0) given[name] = part;
    });
    const filled = fill[at] as number;
    if (filled > 0) given.popularity = (given.popularity ?? 0) + filled;
    return given;
  };
  return { total, parts };
}

const silent = ({ asked }: Inquiry): Asked => ({
  history: emptyHistory(asked.history.now),
  bought: emptyHistory(asked.history.now),
});

/** The family's blend; popularity alone where there is nothing to go by. */
function blendFor(request: RecommendRequest, shelf: Shelf, inquiry: Inquiry): BlendModel {
  const { voices, model } = shelf;
  const { family } = surfaceRules[request.surface];
  const mute = inquiry.asked.history.tokens.length + inquiry.asked.bought.tokens.length === 0;
  if (model !== null && voices.length > 0 && family !== "popular" && !mute) {
    return model.blends[family].blend;
  }
  const popularity = voices.findIndex(({ name }) => name === "popularity");
  return singleBlend(voices.length, popularity);
}

/** @shape known: tokens of candidates, result [known] */
function fillScores({ evidence }: Shelf, known: Int32Array, mask: Uint8Array): Float32Array {
  const fill = new Float32Array(known.length);
  let most = 0;
  for (let at = 0; at < known.length; at++) {
    if (mask[at] !== 0) continue;
    fill[at] = evidence[known[at] as number] as number;
    most = Math.max(most, fill[at] as number);
  }
  if (most === 0) return fill;
  for (let at = 0; at < known.length; at++) fill[at] = (FILL * (fill[at] as number)) / most;
  return fill;
}

/** @shape result [newcomers] */
function newcomerScores(
  request: RecommendRequest,
  shelf: Shelf,
  inquiry: Inquiry,
  contentWeight: number,
): Float32Array {
  const { newcomers, model } = shelf;
  const scores = new Float32Array(newcomers.count);
  if (newcomers.count === 0) return scores;
  const like = inquiry.alsoLike;
  const weight = model === null ? 1 : Math.max(contentWeight, NEWCOMER_WEIGHT_LEAST);
  const popular = surfaceRules[request.surface].family === "popular";
  if (like.length > 0 && !popular) {
    // The last one speaks loudest: 1, 1/2, 1/3 …, of a whole that is the weight.
    const whole = like.reduce((sum, _, back) => sum + 1 / (back + 1), 0);
    like.forEach((group, at) => {
      const share = weight / (like.length - at) / whole;
      addLikenessInto(newcomers, inquiry.words(group), share, scores);
    });
  }
  return scores;
}
