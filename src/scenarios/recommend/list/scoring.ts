import { type BlendModel, blendWeights } from "../../../algorithms/blend.ts";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { blendScores, readAll, singleBlend } from "../learning/blending.ts";
import type { Asked } from "../learning/source.ts";
import type { RecommendRequest, SourceName } from "../schema.ts";
import type { Inquiry } from "./inquiry.ts";
import { addLikenessInto } from "./newcomers.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";

/** The scores of the whole shelf for one request, and what each source gave to them. */
export interface Scored {
  /** 0 where masked. @shape [groups] */
  readonly total: Float32Array;
  /** What each source gave to a group's score; they add up to it. */
  parts(token: number): Partial<Record<SourceName, number>>;
}

/**
 * Where no source has anything to say, the more popular comes first, and among the untouched the
 * newer: shares of the score far below anything a source gives.
 */
const FILL = 1e-6;
const FRESH = 1e-8;
/** Weight of likeness for groups newer than the model, if the blend gives content less. */
const NEWCOMER_WEIGHT_LEAST = 0.05;

/** O(sources groups). @shape mask [groups], 1 = may not be shown */
export async function scoreShelf(
  request: RecommendRequest,
  shelf: Shelf,
  inquiry: Inquiry,
  mask: Uint8Array,
): Promise<Scored> {
  const { known, voices } = shelf;
  const blend = blendFor(request, shelf, inquiry);
  const asked =
    surfaceRules[request.surface].family === "popular" ? silent(inquiry) : inquiry.asked;
  await readAll(spokenBy(voices, blend, asked), [asked], true);
  const blended = blendScores(voices, blend, asked, known, mask.subarray(0, known));
  const total = new Float32Array(shelf.groups.length);
  const fill = fillScores(shelf, mask);
  const contentAt = voices.findIndex(({ name }) => name === "content");
  const content = contentAt < 0 ? 0 : (blended.weights[contentAt] as number);
  const likeness = newcomerScores(request, shelf, inquiry, content);
  for (let token = 0; token < known; token++) {
    total[token] = (blended.total[token] as number) + (fill[token] as number);
  }
  for (let at = 0; at < likeness.length; at++) {
    if (mask[known + at] === 0) total[known + at] = likeness[at] as number;
  }
  const parts: Scored["parts"] = (token) => {
    if (token >= known) return { content: total[token] as number };
    const given: Partial<Record<SourceName, number>> = {};
    voices.forEach(({ name }, at) => {
      const part = (blended.weights[at] as number) * (blended.scaled[at]?.[token] as number);
      if (part !== 0) given[name] = part;
    });
    const filled = fill[token] as number;
    if (filled > 0) given.popularity = (given.popularity ?? 0) + filled;
    return given;
  };
  return { total, parts };
}

/** The sources that the blend listens to, for a history as long. */
function spokenBy(voices: Shelf["voices"], blend: BlendModel, asked: Asked): Shelf["voices"] {
  const weights = blendWeights(blend, asked.history.tokens.length);
  return voices.filter((_, at) => weights[at] !== 0);
}

const silent = ({ asked }: Inquiry): Inquiry["asked"] => ({
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

/** @shape result [known] */
function fillScores({ evidence, known }: Shelf, mask: Uint8Array): Float32Array {
  let most = 0;
  for (let token = 0; token < known; token++) {
    if (mask[token] === 0 && (evidence[token] as number) > most) most = evidence[token] as number;
  }
  const fill = new Float32Array(known);
  if (most === 0) return fill;
  for (let token = 0; token < known; token++) {
    if (mask[token] === 0) fill[token] = (FILL * (evidence[token] as number)) / most;
  }
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
  for (let at = 0; at < scores.length; at++) {
    scores[at] = (scores[at] as number) + FRESH * (newcomers.freshness[at] as number);
  }
  return scores;
}
