import { assert } from "../assert.ts";
import type { Matmul } from "./matmul.ts";

/**
 * The inverse of a large symmetric positive definite matrix, in place. Idea: sweep one block of
 * rows after the other (block Gauss-Jordan without pivoting, which positive definiteness makes
 * safe); the lower triangle alone is kept and updated, so it costs n^3 multiply-adds and n^2 / 2
 * floats, and nearly all of it is matrix products. The small diagonal blocks are swept the same way
 * with smaller tiles, down to plain loops in float64.
 * Sources: Goodnight 1979 (the sweep); Higham 2002, section 14.4 (its accuracy for these matrices).
 * Left out: sparse matrices, refinement of the result: float32 gives a relative error of about the
 * condition number times 1e-7. For one system of equations a factorisation is a third of the work.
 * Measured: bench/neighbours.json.
 */
export interface SpdTiles {
  readonly n: number;
  /** Rows of a block; the last block may be lower. */
  readonly tile: number;
  /**
   * Block row i holds rows i tile .. of the matrix, columns 0 .. to the end of its diagonal tile.
   * @shape rows[i] [height i, width i], row-major
   */
  readonly rows: readonly Float32Array[];
}

/** Sizes up to this are swept in plain loops. */
const plainSize = 128;
const minTile = 64;
const maxTile = 1024;

/** A zero matrix. Memory: about n^2 / 2 floats. @unit n rows, 1 or more */
export function createSpdTiles(n: number): SpdTiles {
  assert(Number.isInteger(n) && n > 0, "n is a positive whole number");
  let tile = minTile;
  while (tile < maxTile && tile * 12 < n) tile *= 2;
  const count = Math.ceil(n / tile);
  const rows = Array.from({ length: count }, (_, block) => {
    const end = Math.min(n, (block + 1) * tile);
    return new Float32Array((end - block * tile) * end);
  });
  return { n, tile, rows };
}

/** Rows `block` of the tiles: where they start, how many there are, how wide they are kept. */
export function tileSpan(
  tiles: SpdTiles,
  block: number,
): { start: number; height: number; width: number } {
  const start = block * tiles.tile;
  const width = Math.min(tiles.n, start + tiles.tile);
  return { start, height: width - start, width };
}

/**
 * Columns start .. start + height - 1 of the whole symmetric matrix. O(n height).
 * @shape out [n, height], row-major
 */
export function copyPanelInto(out: Float32Array, tiles: SpdTiles, block: number): void {
  const { start, height, width } = tileSpan(tiles, block);
  const own = tiles.rows[block];
  for (let column = 0; column < width; column++) {
    for (let r = 0; r < height; r++) out[column * height + r] = own[r * width + column];
  }
  for (let below = block + 1; below < tiles.rows.length; below++) {
    const span = tileSpan(tiles, below);
    const source = tiles.rows[below];
    for (let r = 0; r < span.height; r++) {
      const from = r * span.width + start;
      out.set(source.subarray(from, from + height), (span.start + r) * height);
    }
  }
}

/**
 * Replaces the matrix by its inverse; only the kept triangle is read (of the diagonal tiles, all).
 * O(n^3) multiply-adds, 2 n tile floats of scratch.
 */
export async function invertSpd(tiles: SpdTiles, matmul: Matmul): Promise<void> {
  const panel = new Float32Array(tiles.n * tiles.tile);
  const scaled = new Float32Array(tiles.n * tiles.tile);
  for (let block = 0; block < tiles.rows.length; block++) {
    await sweep(tiles, block, matmul, panel, scaled);
  }
  for (const row of tiles.rows) for (let i = 0; i < row.length; i++) row[i] = -row[i];
}

/**
 * One step: with d the inverse of the pivot tile, A_ij -= A_ik d A_kj, A_ik = A_ik d, A_kk = -d.
 * After a step for every k the matrix is the negated inverse.
 */
async function sweep(
  tiles: SpdTiles,
  block: number,
  matmul: Matmul,
  panelScratch: Float32Array,
  scaledScratch: Float32Array,
): Promise<void> {
  const { start, height } = tileSpan(tiles, block);
  const panel = panelScratch.subarray(0, tiles.n * height);
  const scaled = scaledScratch.subarray(0, tiles.n * height);
  copyPanelInto(panel, tiles, block);
  const pivot = panel.slice(start * height, (start + height) * height);
  await invertPivot(pivot, height, matmul);
  const scale = { m: tiles.n, n: height, k: height, transposeA: false, transposeB: false };
  await matmul.multiplyInto(scaled, panel, pivot, { ...scale, alpha: 1, beta: 0 });
  for (let i = 0; i < tiles.rows.length; i++) {
    if (i === block) continue;
    const span = tileSpan(tiles, i);
    const left = panel.subarray(span.start * height, span.width * height);
    const right = scaled.subarray(0, span.width * height);
    const form = { m: span.height, n: span.width, k: height, transposeA: false, transposeB: true };
    await matmul.multiplyInto(tiles.rows[i], left, right, { ...form, alpha: -1, beta: 1 });
  }
  storePanel(tiles, block, scaled, pivot);
}

function storePanel(
  tiles: SpdTiles,
  block: number,
  scaled: Float32Array,
  pivot: Float32Array,
): void {
  const { start, height, width } = tileSpan(tiles, block);
  const own = tiles.rows[block];
  for (let column = 0; column < start; column++) {
    for (let r = 0; r < height; r++) own[r * width + column] = scaled[column * height + r];
  }
  for (let r = 0; r < height; r++) {
    for (let c = 0; c < height; c++) own[r * width + start + c] = -pivot[r * height + c];
  }
  for (let below = block + 1; below < tiles.rows.length; below++) {
    const span = tileSpan(tiles, below);
    for (let r = 0; r < span.height; r++) {
      const from = (span.start + r) * height;
      tiles.rows[below].set(scaled.subarray(from, from + height), r * span.width + start);
    }
  }
}

async function invertPivot(pivot: Float32Array, n: number, matmul: Matmul): Promise<void> {
  if (n <= plainSize) return invertPlain(pivot, n);
  const tiles = createSpdTiles(n);
  for (let block = 0; block < tiles.rows.length; block++) {
    const { start, height, width } = tileSpan(tiles, block);
    for (let r = 0; r < height; r++) {
      const from = (start + r) * n;
      tiles.rows[block].set(pivot.subarray(from, from + width), r * width);
    }
  }
  await invertSpd(tiles, matmul);
  for (let block = 0; block < tiles.rows.length; block++) {
    const { start, height, width } = tileSpan(tiles, block);
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        const value = tiles.rows[block][r * width + c];
        pivot[(start + r) * n + c] = value;
        pivot[c * n + start + r] = value;
      }
    }
  }
}

/**
 * The inverse in place by plain loops in float64: the leaf of the recursion, and the reference of
 * the tests. O(n^3). @shape matrix [n, n]
 */
export function invertPlain(matrix: Float32Array, n: number): void {
  const a = Float64Array.from(matrix);
  for (let k = 0; k < n; k++) {
    const pivot = a[k * n + k];
    assert(pivot > 0, "the matrix is positive definite");
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i * n + k] / pivot;
      if (factor === 0) continue;
      for (let j = 0; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      a[i * n + k] = -factor;
    }
    for (let j = 0; j < n; j++) a[k * n + j] /= pivot;
    a[k * n + k] = 1 / pivot;
  }
  matrix.set(a);
}
