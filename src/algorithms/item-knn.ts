import { companions, type Pairing } from "./cooccurrence.ts";
import type { Csr } from "./csr.ts";
import type { Attention } from "./neighbours.ts";
import type { Sequences } from "./sequences.ts";

/**
 * Item-kNN: tokens are alike when the same rows hold them; a history speaks for the neighbours of
 * its tokens. With a pairing that fades over the gap and prefers what comes later it is a sequence
 * model, and on shop data a strong one. Weightings: `cosine` as is; `tfidf` lets long rows speak
 * less; `bm25` also damps repeats and popular tokens.
 * Sources: Deshpande & Karypis 2004 (item-based top-N); Aiolli 2013 (asymmetric cosine); Robertson
 * & Zaragoza 2009 (BM25), used as in recommenders with tokens for documents and rows for terms.
 * Left out: Jaccard, Pearson and adjusted cosine (for ratings). Not for tokens without rows: see
 * content-knn.ts.
 */
export interface ItemKnnParams {
  readonly weighting: "cosine" | "tfidf" | "bm25";
  readonly pairing: Pairing;
  /**
   * Power of the norm of the token that asks; its neighbour gets 1 - asymmetry. 0.5 is the cosine,
   * above it popular neighbours gain. Not used by bm25. @unit 0..1
   */
  readonly asymmetry: number;
  /** Added below the fraction: pairs seen a few times count less. @unit 0 or more */
  readonly shrink: number;
  /** Neighbours kept per token. */
  readonly keep: number;
  readonly attention: Attention;
}

export interface ItemKnnModel {
  readonly neighbours: Csr;
  readonly attention: Attention;
}

/** Rows as sets: order and distance do not matter. */
export const setPairing: Pairing = {
  window: Number.POSITIVE_INFINITY,
  gapPower: 0,
  forward: 1,
  backward: 1,
};

/** For rows in order of time: what followed closely counts most. Tuned as defaultMarkov was. */
export const defaultItemKnn: ItemKnnParams = {
  weighting: "cosine",
  pairing: { window: 50, gapPower: 1, forward: 1, backward: 0.2 },
  asymmetry: 0.8,
  shrink: 5,
  keep: 300,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

/** For baskets and for "similar": rows as sets. */
export const setItemKnn: ItemKnnParams = { ...defaultItemKnn, pairing: setPairing, asymmetry: 0.5 };

const saturation = 1.2;
const lengthShare = 0.75;

/** O(pairs within the window), see cooccurrence.ts. */
export function fitItemKnn(sequences: Sequences, params: ItemKnnParams): ItemKnnModel {
  const values = placeValues(sequences, params.weighting);
  const squares = squaredNorms(sequences, values);
  const bm25 = params.weighting === "bm25";
  const power = (exponent: number) => squares.map((s) => (bm25 || s === 0 ? 1 : s ** exponent));
  const norm = {
    left: power(params.asymmetry),
    right: power(1 - params.asymmetry),
    shrink: params.shrink,
  };
  const neighbours = companions(sequences, values, params.pairing, norm, params.keep);
  return { neighbours, attention: params.attention };
}

/**
 * Weight of each place, such that the places of a token in a row sum to the entry of the weighted
 * matrix of rows by tokens. O(n). @shape result [n]
 */
function placeValues(sequences: Sequences, weighting: ItemKnnParams["weighting"]): Float32Array {
  if (weighting === "cosine") return sequences.weights;
  const { tokens, weights, vocabulary } = sequences;
  const values = new Float32Array(tokens.length);
  const damping = weighting === "bm25" ? lengthDamping(sequences) : undefined;
  const inRow = new Float64Array(vocabulary);
  for (let row = 0; row < sequences.rows; row++) {
    const from = sequences.offsets[row];
    const to = sequences.offsets[row + 1];
    for (let place = from; place < to; place++) inRow[tokens[place]] += weights[place];
    const rarity = Math.max(0, Math.log(vocabulary / (1 + to - from)));
    for (let place = from; place < to; place++) {
      const token = tokens[place];
      const entry = inRow[token];
      const damped =
        damping === undefined
          ? Math.sqrt(entry)
          : (entry * (saturation + 1)) / (saturation * damping[token] + entry);
      if (entry > 0) values[place] = (weights[place] / entry) * damped * rarity;
    }
    for (let place = from; place < to; place++) inRow[tokens[place]] = 0;
  }
  return values;
}

/** BM25's length normalisation: how popular a token is against the mean. @shape [vocabulary] */
function lengthDamping(sequences: Sequences): Float64Array {
  const totals = new Float64Array(sequences.vocabulary);
  let sum = 0;
  for (let place = 0; place < sequences.tokens.length; place++) {
    totals[sequences.tokens[place]] += sequences.weights[place];
    sum += sequences.weights[place];
  }
  const mean = sum / Math.max(1, sequences.vocabulary);
  return totals.map((total) => 1 - lengthShare + (mean > 0 ? (lengthShare * total) / mean : 0));
}

/** Sum over rows of the squared entry of each token. O(n). @shape result [vocabulary] */
function squaredNorms(sequences: Sequences, values: Float32Array): Float64Array {
  const { tokens, offsets } = sequences;
  const inRow = new Float64Array(sequences.vocabulary);
  const squares = new Float64Array(sequences.vocabulary);
  for (let row = 0; row < sequences.rows; row++) {
    for (let place = offsets[row]; place < offsets[row + 1]; place++) {
      inRow[tokens[place]] += values[place];
    }
    for (let place = offsets[row]; place < offsets[row + 1]; place++) {
      squares[tokens[place]] += inRow[tokens[place]] ** 2;
      inRow[tokens[place]] = 0;
    }
  }
  return squares;
}
