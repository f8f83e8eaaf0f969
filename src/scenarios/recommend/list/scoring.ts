import { type BlendModel, blendWeights } from "../../../algorithms/blend.ts";
import { emptyHistory } from "../../../algorithms/sequences.ts";
import { mixed, readAll, singleBlend } from "../learning/blending.ts";
import { silence } from "../learning/hearing.ts";
import type { Asked } from "../learning/source.ts";
import type { PartName, RecommendRequest } from "../schema.ts";
import { type Candidates, countBelow, type Heard } from "./candidates.ts";
import type { Inquiry } from "./inquiry.ts";
import { LOOKS_WEIGHT } from "./lookalikes.ts";
import { addLikenessInto } from "./newcomers.ts";
import { overlap } from "./overlap.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";

/** What was heard, and how it is mixed. */
export interface Hearsay extends Heard {
  /** @shape [voices] */
  readonly weights: Float64Array;
  readonly scale: BlendModel["scale"];
  /** What pictures give to the likeness of newcomers. @shape [newcomers] */
  readonly looks: Float32Array;
  /** What looks like an item that no source knows; undefined where the sources are asked. */
  readonly standIns: StandIns | undefined;
}

/** Token to what its looks, and what it says of itself, have in common with what was asked about. */
type StandIns = ReadonlyMap<number, { readonly looks: number; readonly content: number }>;

/** The scores of candidates, and what each source gave to them. */
export interface Scored {
  /** 0 where masked. @shape [candidates] */
  readonly total: Float32Array;
  /** What each source gave to a candidate's score; they add up to it. */
  parts(at: number): Partial<Record<PartName, number>>;
}

/**
 * Where no source has anything to say, the more popular comes first, and among the untouched the
 * newer: shares of the score far below anything a source gives.
 */
const FILL = 1e-6;
const FRESH = 1e-8;
/**
 * Weight of likeness for groups newer than the model, if the blend gives content less: one that says all
 * that another says then stands beside it behind the first dozen or two.
 */
const NEWCOMER_WEIGHT_LEAST = 0.3;

/** Waits for the sources that read; what it returns begins at once and is used before anybody waits. */
export async function hear(
  request: RecommendRequest,
  shelf: Shelf,
  inquiry: Inquiry,
): Promise<() => Hearsay> {
  const { voices } = shelf;
  const blend = blendFor(request, shelf, inquiry);
  const standIns = standInsOf(request, shelf, inquiry);
  const isPopular = surfaceRules[request.surface].family === "popular";
  const asked = isPopular ? silent(inquiry) : inquiry.asked;
  const weights =
    standIns === undefined
      ? blendWeights(blend, asked.history.tokens.length)
      : new Float64Array(voices.length);
  const speaking = voices.filter((_, at) => weights[at] !== 0);
  await readAll(speaking, [asked], true);
  return () => {
    const contentAt = voices.findIndex(({ name }) => name === "content");
    const content = contentAt < 0 ? 0 : (weights[contentAt] as number);
    return {
      answers: voices.map((voice, at) =>
        weights[at] === 0 ? silence : voice.source.answer(asked),
      ),
      weights,
      scale: blend.scale,
      ...newcomerScores(request, shelf, inquiry, content, standIns),
      standIns,
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
  const { answers, weights, scale, likeness, looks, standIns } = heard;
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
    const standIn = mask[at] === 0 ? standIns?.get(known[at] as number) : undefined;
    if (standIn) total[at] = (total[at] as number) + standIn.looks + standIn.content;
  }
  for (let at = known.length; at < tokens.length; at++) {
    if (mask[at] !== 0) continue;
    const newcomer = (tokens[at] as number) - shelf.known;
    total[at] =
      (likeness[newcomer] as number) + FRESH * (shelf.newcomers.freshness[newcomer] as number);
  }
  const parts: Scored["parts"] = (at) => {
    if (at >= known.length) {
      const seen = looks[(tokens[at] as number) - shelf.known] as number;
      const content = (total[at] as number) - seen;
      return seen > 0 ? { content, looks: seen } : { content };
    }
    const given: Partial<Record<PartName, number>> = { ...standIns?.get(known[at] as number) };
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

/** How near newcomers are, and how much of that their pictures say. @shape both [newcomers] */
function newcomerScores(
  request: RecommendRequest,
  shelf: Shelf,
  inquiry: Inquiry,
  contentWeight: number,
  standIns: StandIns | undefined,
): { readonly likeness: Float32Array; readonly looks: Float32Array } {
  const { newcomers, model, lookalikes, known } = shelf;
  const likeness = new Float32Array(newcomers.count);
  const looks = new Float32Array(newcomers.count);
  if (newcomers.count === 0) return { likeness, looks };
  const like = inquiry.alsoLike;
  const alone = model === null || standIns !== undefined;
  const weight = alone ? 1 : Math.max(contentWeight, NEWCOMER_WEIGHT_LEAST);
  const popular = surfaceRules[request.surface].family === "popular";
  if (like.length > 0 && !popular) {
    // The last one speaks loudest: 1, 1/2, 1/3 …, of a whole that is the weight.
    const whole = like.reduce((sum, _, back) => sum + 1 / (back + 1), 0);
    like.forEach((group, at) => {
      const share = weight / (like.length - at) / whole;
      addLikenessInto(newcomers, inquiry.words(group), share, likeness);
      if (standIns === undefined) lookalikes.addInto(group, share, looks);
    });
  }
  standIns?.forEach((standIn, token) => {
    if (token >= known) looks[token - known] = standIn.looks;
  });
  for (let at = 0; at < likeness.length; at++) {
    likeness[at] = (likeness[at] as number) + (looks[at] as number);
  }
  return { likeness, looks };
}

/**
 * What looks like the items that were asked about, where no source knows any of them. The last one
 * speaks loudest, as for newcomers.
 */
function standInsOf(
  request: RecommendRequest,
  shelf: Shelf,
  { asked, alsoLike, words }: Inquiry,
): StandIns | undefined {
  if (!surfaceRules[request.surface].looks || asked.history.tokens.length > 0) return undefined;
  const found = new Map<number, { looks: number; content: number }>();
  const whole = alsoLike.reduce((sum, _, back) => sum + 1 / (back + 1), 0);
  alsoLike.forEach((group, at) => {
    const share = 1 / (alsoLike.length - at) / whole;
    for (const { group: other, likeness } of shelf.looks.closest(group)) {
      const token = shelf.tokenOf.get(other);
      if (token === undefined) continue;
      const before = found.get(token) ?? { looks: 0, content: 0 };
      found.set(token, {
        looks: before.looks + share * LOOKS_WEIGHT * likeness,
        content: before.content + share * overlap(words(group), words(other)),
      });
    }
  });
  return found.size === 0 ? undefined : found;
}
