import { companions } from "./cooccurrence.ts";
import { type Csr, rowsByTokens } from "./csr.ts";
import { setPairing } from "./item-knn.ts";
import type { Sequences } from "./sequences.ts";

/**
 * Bought together: how much more often two tokens share a basket than chance would have it. A row
 * is a basket here (one order, or one time window: the caller cuts). Plain lift n_ij N / (n_i n_j)
 * is highest for two tokens bought once, together; so the count is first shrunk towards what
 * chance expects: (n_ij + s e) / (e + s e) with e = n_i n_j / N would still favour the rare, and
 * the score used is the log-likelihood ratio's little sister n_ij / (n_ij + s) times ln lift,
 * kept where it is positive: evidence times strength.
 * Sources: Brin et al. 1997 (lift); Church & Hanks 1990 (pointwise mutual information); Pantel &
 * Lin 2002 (its discount for small counts).
 * Left out: rules of three and more tokens; complements against substitutes (needs views too).
 */
export interface LiftParams {
  /** Baskets a pair needs before its lift counts half. @unit 0 or more */
  readonly shrink: number;
  /** Pairs in fewer baskets than this are dropped. @unit 1 or more */
  readonly minCount: number;
  /** Companions kept per token. */
  readonly keep: number;
}

export const defaultLift: LiftParams = { shrink: 5, minCount: 2, keep: 100 };

export interface LiftModel {
  /** Value [i, j] = n / (n + shrink) ln(lift), above 0. */
  readonly companions: Csr;
}

/** O(sum of squared basket sizes). */
export function fitLift(baskets: Sequences, params: LiftParams): LiftModel {
  const sets = asSets(baskets);
  const { vocabulary, rows } = sets;
  const ones = new Float64Array(vocabulary).fill(1);
  const plain = { left: ones, right: ones, shrink: 0 };
  const pairs = companions(sets, sets.weights, setPairing, plain, vocabulary);
  const holders = new Float64Array(vocabulary);
  for (const token of sets.tokens) holders[token]++;
  return { companions: liftOf(pairs, holders, rows, params) };
}

/** Each token once in a basket, with weight 1. */
function asSets(baskets: Sequences): Sequences {
  const distinct = rowsByTokens(baskets);
  const n = distinct.columns.length;
  return {
    rows: baskets.rows,
    vocabulary: baskets.vocabulary,
    offsets: distinct.offsets,
    tokens: distinct.columns,
    times: new Float64Array(n),
    weights: new Float32Array(n).fill(1),
  };
}

function liftOf(pairs: Csr, holders: Float64Array, baskets: number, params: LiftParams): Csr {
  const columns: number[] = [];
  const values: number[] = [];
  const offsets = new Int32Array(pairs.rows + 1);
  for (let token = 0; token < pairs.rows; token++) {
    const found: { column: number; value: number }[] = [];
    for (let at = pairs.offsets[token]; at < pairs.offsets[token + 1]; at++) {
      const column = pairs.columns[at];
      const count = pairs.values[at];
      if (count < params.minCount) continue;
      const lift = (count * baskets) / (holders[token] * holders[column]);
      const value = (count / (count + params.shrink)) * Math.log(lift);
      if (value > 0) found.push({ column, value });
    }
    found.sort((a, b) => b.value - a.value || a.column - b.column);
    for (const { column, value } of found.slice(0, params.keep)) {
      columns.push(column);
      values.push(value);
    }
    offsets[token + 1] = columns.length;
  }
  const kept = { columns: Int32Array.from(columns), values: Float32Array.from(values) };
  return { rows: pairs.rows, width: pairs.width, offsets, ...kept };
}
