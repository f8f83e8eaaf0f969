import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "./matmul.ts";
import { createRandom, type Random } from "./random.ts";
import {
  copyPanelInto,
  createSpdTiles,
  invertPlain,
  invertSpd,
  type SpdTiles,
  tileSpan,
} from "./spd.ts";

const matmul = openMatmul({ threads: 2 });
afterAll(() => matmul.close());

/** X'X / n + I / 2 of normal X: condition number below 10. @shape [n, n] */
function randomSpd(n: number, seed: number): Float32Array {
  const random = createRandom(seed).split("spd");
  const x = Float64Array.from({ length: n * n }, () => random.normal());
  const matrix = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let r = 0; r < n; r++) sum += x[r * n + i] * x[r * n + j];
      matrix[i * n + j] = sum / n + (i === j ? 0.5 : 0);
      matrix[j * n + i] = matrix[i * n + j];
    }
  }
  return matrix;
}

function toTiles(matrix: Float32Array, n: number): SpdTiles {
  const tiles = createSpdTiles(n);
  tiles.rows.forEach((row, block) => {
    const { start, height, width } = tileSpan(tiles, block);
    for (let r = 0; r < height; r++) {
      row.set(matrix.subarray((start + r) * n, (start + r) * n + width), r * width);
    }
  });
  return tiles;
}

function largestError(tiles: SpdTiles, expected: Float32Array): number {
  let error = 0;
  tiles.rows.forEach((row, block) => {
    const { start, height, width } = tileSpan(tiles, block);
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        error = Math.max(error, Math.abs(row[r * width + c] - expected[(start + r) * tiles.n + c]));
      }
    }
  });
  return error;
}

/** Largest entry of A x - e_unit. */
function residual(matrix: Float32Array, x: Float64Array, unit: number): number {
  const n = x.length;
  let largest = 0;
  for (let i = 0; i < n; i++) {
    let sum = i === unit ? -1 : 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j] * x[j];
    largest = Math.max(largest, Math.abs(sum));
  }
  return largest;
}

/** Diagonal 3, five bands on each side below 1/4: positive definite because the diagonal rules. */
function banded(n: number, random: Random): Float32Array {
  const matrix = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i] = 3;
    for (let j = Math.max(0, i - 5); j < i; j++) {
      matrix[i * n + j] = (random.uniform() - 0.5) / 2;
      matrix[j * n + i] = matrix[i * n + j];
    }
  }
  return matrix;
}

describe("the inverse of a symmetric positive definite matrix", () => {
  test("a case by hand", async () => {
    // [[2, 1], [1, 1]] has determinant 1 and the inverse [[1, -1], [-1, 2]].
    const tiles = toTiles(Float32Array.of(2, 1, 1, 1), 2);
    await invertSpd(tiles, matmul);
    expect([...tiles.rows[0]]).toEqual([1, -1, -1, 2]);
    const one = toTiles(Float32Array.of(4), 1);
    await invertSpd(one, matmul);
    expect([...one.rows[0]]).toEqual([0.25]);
  });

  test("agrees with plain float64 at sizes around the tiles, one block or many", async () => {
    for (const n of [63, 64, 65, 128, 130, 257, 400]) {
      const matrix = randomSpd(n, n);
      const tiles = toTiles(matrix, n);
      await invertSpd(tiles, matmul);
      invertPlain(matrix, n);
      // Float32 keeps 7 digits, the condition number takes one; entries are below 2.
      expect(largestError(tiles, matrix)).toBeLessThan(5e-6);
    }
  });

  test("the product with the matrix is the identity, through tiles swept in tiles", async () => {
    // Large enough for tiles of 256, whose pivots are themselves swept by tiles of 64.
    const n = 1700;
    const random = createRandom(2).split("banded");
    const matrix = banded(n, random);
    const tiles = toTiles(matrix, n);
    expect(tiles.tile).toBe(256);
    await invertSpd(tiles, matmul);
    const panel = new Float32Array(n * tiles.tile);
    copyPanelInto(panel, tiles, 1);
    const errors = [0, 100, 255].map((column) => {
      const inverse = Float64Array.from({ length: n }, (_, j) => panel[j * tiles.tile + column]);
      return residual(matrix, inverse, tiles.tile + column);
    });
    expect(Math.max(...errors)).toBeLessThan(5e-6);
  });

  test("a panel is whole columns, from both sides of the diagonal", () => {
    const matrix = randomSpd(70, 1);
    const tiles = toTiles(matrix, 70);
    const panel = new Float32Array(70 * 6);
    copyPanelInto(panel, tiles, 1);
    for (let i = 0; i < 70; i++) {
      for (let c = 0; c < 6; c++) expect(panel[i * 6 + c]).toBe(matrix[i * 70 + 64 + c]);
    }
    const first = new Float32Array(70 * 64);
    copyPanelInto(first, tiles, 0);
    expect(first[69 * 64 + 3]).toBe(matrix[69 * 70 + 3]);
  });

  test("a matrix that is not positive definite is refused", async () => {
    const tiles = toTiles(Float32Array.of(1, 2, 2, 1), 2);
    await expect(invertSpd(tiles, matmul)).rejects.toThrow("positive definite");
    expect(() => createSpdTiles(0)).toThrow("positive whole number");
  });
});
