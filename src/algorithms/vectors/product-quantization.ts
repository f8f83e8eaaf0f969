import { assert } from "../../assert.ts";
import { areFinite } from "../../tensor/finite.ts";
import type { Matmul } from "../../tensor/matmul.ts";
import type { Random } from "../../tensor/random.ts";
import { gatherCentres, nearestCentres } from "./k-means.ts";

/**
 * Rows of a table as a few bytes each. Idea: the columns are cut into equal parts, each part of all rows
 * is gathered into 256 centres by k-means, and a row keeps the number of its nearest centre, part by part:
 * one byte where there were width / parts numbers. The product with a state is a sum of looked-up products
 * of its parts with the centres. Source: Jegou, Douze & Schmid 2011 (asymmetric distance); Lloyd 1982.
 * Left out: a rotation before the cut; SIMD. When not: tables of a few thousand rows, where the centres
 * take as much room as the rows.
 */
export interface ProductCodes {
  readonly rows: number;
  readonly width: number;
  readonly parts: number;
  /** Centres of each part: as many as a byte tells apart, or the rows where they are fewer. */
  readonly levels: number;
  /** @shape [parts, levels, width / parts] */
  readonly centres: Float32Array<ArrayBuffer>;
  /** @shape [rows, parts] */
  readonly codes: Uint8Array<ArrayBuffer>;
}

export interface ProductCodesOptions {
  readonly rows: number;
  readonly width: number;
  /** Divides the width. */
  readonly parts: number;
  /** Of k-means. */
  readonly rounds: number;
  /** The centres are found on no more rows than these, drawn. */
  readonly sampleMost: number;
}

const LEVELS_MOST = 256;

/**
 * O(rounds sample levels width + rows levels width); the same seed gives the same codes.
 * @shape values [rows, width], all finite
 */
export async function fitProductCodes(
  values: Float32Array,
  options: ProductCodesOptions,
  random: Random,
  matmul: Matmul,
): Promise<ProductCodes> {
  const { rows, width, parts, rounds, sampleMost } = options;
  assert(rows > 0 && values.length === rows * width, "the values fill a table that has rows");
  assert(parts > 0 && width % parts === 0, `${parts} parts divide a width of ${width}`);
  assert(areFinite(values), "all values of a table are finite numbers");
  const size = width / parts;
  const levels = Math.min(LEVELS_MOST, rows);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  random.shuffle(order);
  const drawn = order.subarray(0, Math.max(levels, Math.min(rows, sampleMost)));
  const centres = new Float32Array(parts * levels * size);
  const codes = new Uint8Array(rows * parts);
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  for (let part = 0; part < parts; part++) {
    const points = partOf(values, width, size, part, drawn);
    const own = await gatherCentres(points, levels, { width: size, rounds }, matmul);
    centres.set(own, part * levels * size);
    const whole = partOf(values, width, size, part, all);
    const { places } = await nearestCentres(whole, own, size, matmul);
    for (let row = 0; row < rows; row++) codes[row * parts + part] = places[row];
  }
  return { rows, width, parts, levels, centres, codes };
}

/** @shape result [chosen, size] */
function partOf(
  values: Float32Array,
  width: number,
  size: number,
  part: number,
  chosen: Int32Array,
): Float32Array {
  const out = new Float32Array(chosen.length * size);
  for (let at = 0; at < chosen.length; at++) {
    const from = chosen[at] * width + part * size;
    for (let i = 0; i < size; i++) out[at * size + i] = values[from + i];
  }
  return out;
}

/** A row as its centres say it, from place `at` of `out` on. O(width). @shape out [at + width or more] */
export function decodeRowInto(
  { width, parts, levels, centres, codes }: ProductCodes,
  row: number,
  out: Float32Array,
  at: number,
): void {
  const size = width / parts;
  for (let part = 0; part < parts; part++) {
    const from = (part * levels + codes[row * parts + part]) * size;
    for (let i = 0; i < size; i++) out[at + part * size + i] = centres[from + i];
  }
}

/** Scratch of `scoreCodesInto`. @shape result [parts, levels] */
export const codeScratch = ({ parts, levels }: ProductCodes): Float32Array =>
  new Float32Array(parts * levels);

/**
 * out[row] = <row as its centres say it, state>. No allocation. O(levels width + rows parts).
 * @shape state [width], scratch [parts, levels], out [rows]
 */
export function scoreCodesInto(
  { rows, width, parts, levels, centres, codes }: ProductCodes,
  state: Float32Array,
  scratch: Float32Array,
  out: Float32Array,
): void {
  const size = width / parts;
  for (let part = 0, centre = 0; part < parts; part++) {
    for (let level = 0; level < levels; level++) {
      let sum = 0;
      for (let i = part * size; i < (part + 1) * size; i++, centre++) {
        sum += centres[centre] * state[i];
      }
      scratch[part * levels + level] = sum;
    }
  }
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (let part = 0; part < parts; part++, at++) sum += scratch[part * levels + codes[at]];
    out[row] = sum;
  }
}
