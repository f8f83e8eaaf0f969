import { assert } from "../../assert.ts";
import type { Initialiser } from "../graph/network.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import type { Random } from "../random.ts";

/**
 * Values that parameters begin with: of a size that keeps signals and gradients as large at the end of
 * a deep network as at its start. Weights are stored [..., in, out], filters [filters, channels, ...].
 */
export const zeros: Initialiser = (shape) => new Float32Array(sizeOf(shape));
export const ones: Initialiser = (shape) => new Float32Array(sizeOf(shape)).fill(1);

/** Drawn from a normal distribution around 0. @unit deviation > 0 */
export const normal =
  (deviation: number): Initialiser =>
  (shape, random) =>
    drawn(shape, () => deviation * random.normal());

/** Drawn evenly between -bound and bound. @unit bound > 0 */
export const uniform =
  (bound: number): Initialiser =>
  (shape, random) =>
    drawn(shape, () => bound * (2 * random.uniform() - 1));

/** Evenly within sqrt(6 / (in + out)). Source: Glorot & Bengio 2010. For tanh and sigmoid. */
export const glorot: Initialiser = (shape, random) => {
  const { into, out } = fans(shape);
  return uniform(Math.sqrt(6 / Math.max(1, into + out)))(shape, random);
};

/** Normal of variance 2 / in. Source: He et al. 2015. For relu and its kin. */
export const he: Initialiser = (shape, random) =>
  normal(Math.sqrt(2 / Math.max(1, fans(shape).into)))(shape, random);

/**
 * Rows (or columns, whichever are fewer) of length 1 at right angles to one another: a product with it
 * keeps lengths, however often it is repeated. By Gram-Schmidt of normal rows, twice over for accuracy.
 * Source: Saxe et al. 2014. O(rows^2 columns). @shape [rows, columns]
 */
export const orthogonal: Initialiser = (shape, random) => {
  assert(shape.length === 2, "what is orthogonal is a matrix");
  const [rows, columns] = shape;
  const count = Math.min(rows, columns);
  const basis = orthonormalRows(count, Math.max(rows, columns), random);
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = rows <= columns ? basis[row][column] : basis[column][row];
    }
  }
  return values;
};

/** The weights of several gates side by side, each begun on its own. @shape [in, gates out] */
export const gateWise =
  (gates: number, initial: Initialiser): Initialiser =>
  (shape, random) => {
    const [rows, columns] = shape;
    const width = columns / gates;
    assert(Number.isInteger(width), `${gates} gates divide ${columns} columns`);
    const values = new Float32Array(rows * columns);
    for (let gate = 0; gate < gates; gate++) {
      const part = initial([rows, width], random);
      for (let row = 0; row < rows; row++) {
        values.set(part.subarray(row * width, (row + 1) * width), row * columns + gate * width);
      }
    }
    return values;
  };

function drawn(shape: Shape, draw: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let at = 0; at < values.length; at++) values[at] = draw();
  return values;
}

/** Values that one result is made of, and that one value goes into. */
function fans(shape: Shape): { readonly into: number; readonly out: number } {
  if (shape.length <= 2) return { into: shape[0], out: shape[1] ?? 1 };
  const places = sizeOf(shape.slice(2));
  return { into: shape[1] * places, out: shape[0] * places };
}

function orthonormalRows(count: number, width: number, random: Random): Float64Array[] {
  const rows: Float64Array[] = [];
  while (rows.length < count) {
    const row = Float64Array.from({ length: width }, () => random.normal());
    for (let pass = 0; pass < 2; pass++) for (const known of rows) takeOff(row, known);
    const norm = Math.sqrt(dot(row, row));
    if (norm < 1e-6) continue;
    rows.push(row.map((value) => value / norm));
  }
  return rows;
}

function takeOff(row: Float64Array, known: Float64Array): void {
  const share = dot(row, known);
  for (let at = 0; at < row.length; at++) row[at] -= share * known[at];
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += a[at] * b[at];
  return total;
}
