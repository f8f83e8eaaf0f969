import { companions } from "./cooccurrence.ts";
import { type Csr, entryOf } from "./csr.ts";
import { type Attention, addRowInto, attentionTo } from "./neighbours.ts";
import type { History, Sequences } from "./sequences.ts";

/**
 * First-order Markov chain: how often did token j follow token i. Plain (lookback 1, smoothing 0,
 * attention to the last place) it ranks by counts of direct successors, a baseline that many
 * published sequence models fail to beat. Options: successors a few places later count too, with
 * a weight that falls with the gap; several last places vote; and a share of overall popularity
 * goes where a token has been followed only a few times (Dirichlet smoothing, MacKay & Peto 1995).
 * Left out: higher orders (the pairs are too rare in shops; session-kNN covers that ground).
 */
export interface MarkovParams {
  /** Successors up to this many places later count. @unit 1 or more */
  readonly lookback: number;
  /** A successor g places later counts g ^ -gapPower. */
  readonly gapPower: number;
  /** Pseudo-count of popularity mixed into each row. @unit 0 or more */
  readonly smoothing: number;
  /** Successors kept per token. @unit 1 or more */
  readonly keep: number;
  readonly attention: Attention;
}

export interface MarkovModel {
  /** Value [i, j] = share of j among what follows i, times totals[i] / (totals[i] + smoothing). */
  readonly successors: Csr;
  /** @shape [vocabulary]: the share each row gives to popularity, 0..1 */
  readonly backOff: Float32Array;
  /** @shape [vocabulary]: popularity, sums to 1 */
  readonly popularity: Float32Array;
  readonly attention: Attention;
}

export const plainMarkov: MarkovParams = {
  lookback: 1,
  gapPower: 0,
  smoothing: 0,
  keep: Number.POSITIVE_INFINITY,
  attention: { places: 1, power: 0, halfLifeMs: Number.POSITIVE_INFINITY },
};

/** Tuned on the validation item of movielens-1m and amazon-beauty. */
export const defaultMarkov: MarkovParams = {
  lookback: 20,
  gapPower: 1,
  smoothing: 30,
  keep: 1000,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

/** O(n lookback). */
export function fitMarkov(sequences: Sequences, params: MarkovParams): MarkovModel {
  const { vocabulary, tokens, weights } = sequences;
  const pairing = { window: params.lookback, gapPower: params.gapPower, forward: 1, backward: 0 };
  const ones = new Float64Array(vocabulary).fill(1);
  // Square roots, so that a pair counts the geometric mean of its two weights.
  const roots = weights.map(Math.sqrt);
  const plain = { left: ones, right: ones, shrink: 0 };
  const successors = companions(sequences, roots, pairing, plain, params.keep);
  const backOff = new Float32Array(vocabulary);
  for (let token = 0; token < vocabulary; token++) {
    const from = successors.offsets[token];
    const to = successors.offsets[token + 1];
    let total = params.smoothing;
    for (let at = from; at < to; at++) total += successors.values[at];
    if (total === 0) continue;
    for (let at = from; at < to; at++) successors.values[at] /= total;
    backOff[token] = params.smoothing / total;
  }
  const popularity = shares(tokens, weights, vocabulary);
  return { successors, backOff, popularity, attention: params.attention };
}

function shares(tokens: Int32Array, weights: Float32Array, vocabulary: number): Float32Array {
  const sums = new Float64Array(vocabulary);
  let total = 0;
  for (let place = 0; place < tokens.length; place++) {
    sums[tokens[place]] += weights[place];
    total += weights[place];
  }
  return Float32Array.from(sums, (sum) => (total === 0 ? 0 : sum / total));
}

/**
 * What the attended places say of their own successors, added to what is there; returns the share of
 * popularity that every token gets besides. O(places looked back times successors).
 * @shape out [vocabulary]
 */
export function addSuccessorsInto(model: MarkovModel, history: History, out: Float32Array): number {
  const n = history.tokens.length;
  let popular = 0;
  for (let place = Math.max(0, n - model.attention.places); place < n; place++) {
    const weight = attentionTo(history, place, model.attention);
    if (weight === 0) continue;
    popular += weight * model.backOff[history.tokens[place]];
    addRowInto(model.successors, history.tokens[place], weight, out);
  }
  return popular;
}

/**
 * What each place adds to the score of `token`; they sum to it. O(places looked back times successors
 * kept). @shape result [places]
 */
export function explainMarkov(model: MarkovModel, history: History, token: number): Float64Array {
  const n = history.tokens.length;
  const parts = new Float64Array(n);
  for (let place = Math.max(0, n - model.attention.places); place < n; place++) {
    const weight = attentionTo(history, place, model.attention);
    if (weight === 0) continue;
    const from = history.tokens[place];
    const share = entryOf(model.successors, from, token);
    parts[place] = weight * (share + model.backOff[from] * model.popularity[token]);
  }
  return parts;
}
