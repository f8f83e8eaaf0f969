import {
  decodeRowInto,
  fitProductCodes,
  type ProductCodes,
} from "../../../algorithms/vectors/product-quantization.ts";
import type { Matmul } from "../../../tensor/matmul.ts";
import type { Random } from "../../../tensor/random.ts";
import { type ColumnOptions, quantiseColumns, quantiseRows } from "../../../tensor/serve/int8.ts";

/**
 * A parameter as a version keeps it: as it was learned, or packed into fewer bytes. Plain data, like
 * everything in a version; what is unpacked is what answers, on every machine.
 */
export type Kept = Float32Array | Bytes | Sparse | Codes;

/** Whole numbers of 8 bits, with a scale for each row or column. @shape values [rows, columns] */
export interface Bytes {
  readonly kind: "bytes";
  readonly by: "row" | "column";
  readonly shape: readonly number[];
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Which numbers are not 0, a bit each from the lowest on, and these. */
export interface Sparse {
  readonly kind: "sparse";
  readonly length: number;
  readonly bits: Uint8Array;
  readonly values: Float32Array;
}

/** Rows as numbers of centres. */
export interface Codes extends ProductCodes {
  readonly kind: "codes";
}

/** Levels of a table, whose rows are multiplied one by one, and of a product of the network. */
const TABLE_LEVELS = 127;
const PRODUCT_LEVELS = 63;

/** What rounding changed: ||w - w'|| / ||w||. @unit 0..1 */
export interface Rounded {
  readonly kept: Bytes;
  readonly relativeError: number;
}

/** Of a table that is looked up or scored, row by row. @shape values [rows, columns] */
export function bytesByRow(values: Float32Array, shape: readonly number[]): Rounded {
  const { values: whole, scales, relativeError } = quantiseRows(values, shape, TABLE_LEVELS);
  return { kept: { kind: "bytes", by: "row", shape, values: whole, scales }, relativeError };
}

/** Of a weight that is multiplied by, column by column. @shape values [rows, columns] */
export function bytesByColumn(values: Float32Array, shape: readonly number[]): Rounded {
  const how: ColumnOptions = { transposed: false, levels: PRODUCT_LEVELS };
  const { values: whole, scales, relativeError } = quantiseColumns(values, shape, how);
  return { kept: { kind: "bytes", by: "column", shape, values: whole, scales }, relativeError };
}

/** Numbers nearer to 0 than `least` are left out. O(values). */
export function sparseOf(values: Float32Array, least: number): Sparse {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  const left: number[] = [];
  values.forEach((value, at) => {
    if (Math.abs(value) < least) return;
    bits[at >> 3] = (bits[at >> 3] as number) | (1 << (at & 7));
    left.push(value);
  });
  return { kind: "sparse", length: values.length, bits, values: Float32Array.from(left) };
}

const ROUNDS = 12;
/** Rows that centres are found on: 128 a centre. */
const SAMPLE_MOST = 32_768;

/** @shape values [rows, columns] */
export async function codesOf(
  values: Float32Array,
  [rows = 0, width = 0]: readonly number[],
  parts: number,
  random: Random,
  matmul: Matmul,
): Promise<Codes> {
  const how = { rows, width, parts, rounds: ROUNDS, sampleMost: SAMPLE_MOST };
  return { kind: "codes", ...(await fitProductCodes(values, how, random, matmul)) };
}

/** As the network takes it. O(values). */
export function valuesOf(kept: Kept): Float32Array {
  if (kept instanceof Float32Array) return kept;
  if (kept.kind === "sparse") return filledIn(kept);
  const [rows, width] =
    kept.kind === "bytes" ? (kept.shape as [number, number]) : [kept.rows, kept.width];
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) rowInto(kept, row, out, row * width);
  return out;
}

function filledIn({ length, bits, values }: Sparse): Float32Array {
  const out = new Float32Array(length);
  let next = 0;
  for (let at = 0; at < length; at++) {
    if (((bits[at >> 3] as number) & (1 << (at & 7))) !== 0) out[at] = values[next++] as number;
  }
  return out;
}

/** One row, from place `at` of `out` on. O(columns). */
export function rowInto(kept: Bytes | Codes, row: number, out: Float32Array, at: number): void {
  if (kept.kind === "codes") {
    decodeRowInto(kept, row, out, at);
    return;
  }
  const { by, shape, values, scales } = kept;
  const columns = shape[1] as number;
  for (let column = 0; column < columns; column++) {
    const scale = scales[by === "row" ? row : column] as number;
    out[at + column] = (values[row * columns + column] as number) * scale;
  }
}

/** Of the numbers themselves, as they lie in the file of a version. @unit bytes */
export function bytesOf(kept: Kept): number {
  if (kept instanceof Float32Array) return kept.byteLength;
  if (kept.kind === "bytes") return kept.values.byteLength + kept.scales.byteLength;
  if (kept.kind === "sparse") return kept.bits.byteLength + kept.values.byteLength;
  return kept.centres.byteLength + kept.codes.byteLength;
}

export type KeptParameters = Readonly<Record<string, Kept>> & { readonly items: Kept };

/** All of them as the network takes them. */
export const unpacked = (kept: Readonly<Record<string, Kept>>): Map<string, Float32Array> =>
  new Map(Object.entries(kept).map(([name, one]) => [name, valuesOf(one)]));
