import type { Matmul } from "../tensor/matmul.ts";
import {
  copyPanelInto,
  createSpdTiles,
  invertSpd,
  type SpdTiles,
  tileSpan,
} from "../tensor/spd.ts";
import { type Csr, rowsByTokens, transpose } from "./csr.ts";
import type { Attention } from "./neighbours.ts";
import type { Sequences } from "./sequences.ts";
import { createTopK, topKOfInto } from "./top-k.ts";

/**
 * EASE: the best linear guess of each token of a row from its other tokens, in closed form. With
 * G = X'X the co-occurrence of tokens, P = (G + l I)^-1, the weights are B = I - P diag(1 / P_jj),
 * whose diagonal is 0. Source: Steck 2019. Of the classic methods it is the most accurate on dense
 * logs; it sees no order except through `attention`.
 * Served sparse: the `keep` largest weights (by size) of each token; they may be negative.
 * Left out: side information, ADMM for catalogues whose dense inverse does not fit: memory is
 * about n^2 / 2 floats, 800 MB for 20,000 tokens, so that is also where to stop using it.
 */
export interface EaseParams {
  /** l: the larger, the more a token leans on many others. @unit > 0 */
  readonly regularisation: number;
  /** Weights kept per token. */
  readonly keep: number;
  readonly attention: Attention;
}

/** Tuned on the validation item of movielens-1m and amazon-beauty. */
export const defaultEase: EaseParams = {
  regularisation: 200,
  keep: 500,
  attention: { places: 50, power: 1, halfLifeMs: Number.POSITIVE_INFINITY },
};

export interface EaseModel {
  readonly weights: Csr;
  readonly attention: Attention;
}

/** O(vocabulary^3) for the inverse, O(sum of squared row lengths) for the products. */
export async function fitEase(
  sequences: Sequences,
  params: EaseParams,
  matmul: Matmul,
): Promise<EaseModel> {
  const tiles = gram(rowsByTokens(sequences), params.regularisation);
  await invertSpd(tiles, matmul);
  return { weights: sparseWeights(tiles, params.keep), attention: params.attention };
}

/** X'X + l I of a sparse X. O(sum of squared row lengths). */
function gram(rows: Csr, regularisation: number): SpdTiles {
  const columns = transpose(rows);
  const tiles = createSpdTiles(rows.width);
  for (let block = 0; block < tiles.rows.length; block++) {
    const { start, height, width } = tileSpan(tiles, block);
    const target = tiles.rows[block];
    for (let r = 0; r < height; r++) {
      addGramRow(target.subarray(r * width, (r + 1) * width), rows, columns, start + r);
      target[r * width + start + r] += regularisation;
    }
  }
  return tiles;
}

function addGramRow(out: Float32Array, rows: Csr, columns: Csr, token: number): void {
  for (let at = columns.offsets[token]; at < columns.offsets[token + 1]; at++) {
    const row = columns.columns[at];
    const value = columns.values[at];
    for (let place = rows.offsets[row]; place < rows.offsets[row + 1]; place++) {
      const other = rows.columns[place];
      if (other < out.length) out[other] += value * rows.values[place];
    }
  }
}

/** Row i of B: -P_ij / P_jj, the largest by size. O(n^2). */
function sparseWeights(tiles: SpdTiles, keep: number): Csr {
  const { n } = tiles;
  const kept = Math.min(keep, n - 1);
  const diagonal = diagonalOf(tiles);
  const offsets = Int32Array.from({ length: n + 1 }, (_, row) => row * kept);
  const columns = new Int32Array(n * kept);
  const values = new Float32Array(n * kept);
  const panel = new Float32Array(n * tiles.tile);
  const sizes = new Float32Array(n);
  const everyone = Int32Array.from({ length: n }, (_, token) => token);
  const top = createTopK(kept);
  for (let block = 0; block < tiles.rows.length; block++) {
    const { start, height } = tileSpan(tiles, block);
    copyPanelInto(panel, tiles, block);
    for (let r = 0; r < height; r++) {
      for (let j = 0; j < n; j++) sizes[j] = Math.abs(panel[j * height + r] / diagonal[j]);
      sizes[start + r] = -1;
      topKOfInto(top, sizes, everyone, n);
      for (let i = 0; i < kept; i++) {
        const j = top.indexes[i];
        columns[(start + r) * kept + i] = j;
        values[(start + r) * kept + i] = -panel[j * height + r] / diagonal[j];
      }
    }
  }
  return { rows: n, width: n, offsets, columns, values };
}

function diagonalOf(tiles: SpdTiles): Float32Array {
  const diagonal = new Float32Array(tiles.n);
  for (let block = 0; block < tiles.rows.length; block++) {
    const { start, height, width } = tileSpan(tiles, block);
    for (let r = 0; r < height; r++) diagonal[start + r] = tiles.rows[block][r * width + start + r];
  }
  return diagonal;
}
