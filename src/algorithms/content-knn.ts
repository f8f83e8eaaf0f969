import { type Csr, countColumns, transpose } from "./csr.ts";
import type { Attention } from "./neighbours.ts";
import { createTopK, topKOfInto } from "./top-k.ts";

/**
 * Content kNN: tokens are alike when their bags of features (words, brand, category) are. Cosine
 * of BM25-weighted bags, so rare features count more and long bags are not favoured; the only
 * source that knows a token nobody has touched yet.
 * Weights that were learned from histories (`telling.ts`) take the place of those of BM25 where given.
 * Source: Robertson & Zaragoza 2009 (BM25).
 * Left out: embeddings of text and pictures (a later source); synonyms.
 */
export interface ContentKnnParams {
  /** Features in more than this share of the bags say nothing and are left out. @unit 0..1 */
  readonly maxShare: number;
  /** Neighbours kept per token. */
  readonly keep: number;
  readonly attention: Attention;
}

export const defaultContentKnn: ContentKnnParams = {
  maxShare: 0.1,
  keep: 200,
  attention: { places: 20, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

export interface ContentKnnModel {
  readonly neighbours: Csr;
  readonly attention: Attention;
}

const saturation = 1.2;
const lengthShare = 0.75;

/**
 * O(sum over features of squared bag counts), bounded by maxShare.
 * @shape bags: rows = vocabulary, columns = feature ids, values = how often (or how much); telling [features]
 */
export function fitContentKnn(
  bags: Csr,
  params: ContentKnnParams,
  telling?: Float32Array,
): ContentKnnModel {
  const weighted = weighBags(bags, params.maxShare, telling);
  const byFeature = transpose(weighted);
  const keep = Math.min(params.keep, bags.rows);
  const top = createTopK(keep);
  const sums = new Float64Array(bags.rows);
  const touched = new Int32Array(bags.rows);
  const columns = new Int32Array(bags.rows * keep);
  const values = new Float32Array(bags.rows * keep);
  const offsets = new Int32Array(bags.rows + 1);
  for (let token = 0; token < bags.rows; token++) {
    const count = sumShared(sums, touched, weighted, byFeature, token);
    const found = topKOfInto(top, sums, touched, count);
    columns.set(top.indexes.subarray(0, found), offsets[token]);
    values.set(top.scores.subarray(0, found), offsets[token]);
    offsets[token + 1] = offsets[token] + found;
    for (let i = 0; i < count; i++) sums[touched[i]] = 0;
  }
  const used = offsets[bags.rows];
  const compact = { columns: columns.slice(0, used), values: values.slice(0, used) };
  const neighbours = { rows: bags.rows, width: bags.rows, offsets, ...compact };
  return { neighbours, attention: params.attention };
}

/** BM25 weights or those given, each bag scaled to length 1. */
function weighBags(bags: Csr, maxShare: number, telling: Float32Array | undefined): Csr {
  const holders = countColumns(bags.columns, bags.width);
  const meanLength = sumOf(bags.values, 0, bags.values.length) / Math.max(1, bags.rows);
  const values = new Float32Array(bags.values.length);
  for (let row = 0; row < bags.rows; row++) {
    const from = bags.offsets[row];
    const to = bags.offsets[row + 1];
    const length = sumOf(bags.values, from, to);
    const damping = saturation * (1 - lengthShare + (lengthShare * length) / meanLength);
    let squares = 0;
    for (let at = from; at < to; at++) {
      const held = holders[bags.columns[at]];
      if (held > maxShare * bags.rows && held > 2) continue;
      const rarity = Math.log(1 + (bags.rows - held + 0.5) / (held + 0.5));
      const count = bags.values[at];
      values[at] =
        telling?.[bags.columns[at]] ?? (rarity * count * (saturation + 1)) / (count + damping);
      squares += values[at] ** 2;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let at = from; at < to; at++) values[at] *= scale;
  }
  return { ...bags, values };
}

function sumOf(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += values[at];
  return sum;
}

function sumShared(
  sums: Float64Array,
  touched: Int32Array,
  bags: Csr,
  byFeature: Csr,
  token: number,
): number {
  let count = 0;
  for (let at = bags.offsets[token]; at < bags.offsets[token + 1]; at++) {
    const value = bags.values[at];
    if (value === 0) continue;
    const feature = bags.columns[at];
    for (let place = byFeature.offsets[feature]; place < byFeature.offsets[feature + 1]; place++) {
      const other = byFeature.columns[place];
      const product = value * byFeature.values[place];
      if (other === token || product === 0) continue;
      if (sums[other] === 0) touched[count++] = other;
      sums[other] += product;
    }
  }
  return count;
}
