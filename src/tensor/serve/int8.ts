import { assert } from "../../assert.ts";
import type { OnnxTensor } from "../onnx/format.ts";

/**
 * Matrices as whole numbers of 8 bits, symmetric around 0: value = scale of its column (or row) times
 * whole number. @shape values [rows, columns], scales [columns] or [rows]
 */
export interface Int8Matrix {
  readonly shape: readonly number[];
  readonly values: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
  /** ||w - w'|| / ||w||, in the Frobenius norm. @unit 0..1 */
  readonly relativeError: number;
}

export interface ColumnOptions {
  /** Whether the columns of the result are rows of what is given. */
  readonly transposed: boolean;
  /** Largest whole number. */
  readonly levels: number;
}

/**
 * The reals of a constant; a copy when they do not lie on a boundary of 4 bytes.
 * @shape result as many as the constant holds
 */
export function float32Values({ bytes }: OnnxTensor): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/** O(rows columns). @shape values [rows, columns], or the other way round when transposed */
export function quantiseColumns(
  values: Float32Array,
  [first, second]: readonly number[],
  { transposed, levels }: ColumnOptions,
): Int8Matrix {
  if (!transposed) return quantise(values, { rows: first, columns: second, levels, by: "column" });
  const turned = new Float32Array(values.length);
  for (let row = 0; row < first; row++) {
    for (let column = 0; column < second; column++) {
      turned[column * first + row] = values[row * second + column];
    }
  }
  return quantise(turned, { rows: second, columns: first, levels, by: "column" });
}

/** O(rows columns). @shape values [rows, columns] */
export const quantiseRows = (
  values: Float32Array,
  [rows, columns]: readonly number[],
  levels: number,
): Int8Matrix => quantise(values, { rows, columns, levels, by: "row" });

interface Form {
  readonly rows: number;
  readonly columns: number;
  readonly levels: number;
  readonly by: "row" | "column";
}

function quantise(values: Float32Array, form: Form): Int8Matrix {
  const { rows, columns } = form;
  assert(values.length === rows * columns, "the values fill the matrix");
  const scales = scalesOf(values, form);
  const whole = new Int8Array(values.length);
  let error = 0;
  let total = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const scale = scales[form.by === "row" ? row : column];
      whole[at] = scale === 0 ? 0 : Math.round(values[at] / scale);
      error += (values[at] - whole[at] * scale) ** 2;
      total += values[at] ** 2;
    }
  }
  const relativeError = total === 0 ? 0 : Math.sqrt(error / total);
  return { shape: [rows, columns], values: whole, scales, relativeError };
}

function scalesOf(
  values: Float32Array,
  { rows, columns, levels, by }: Form,
): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(by === "row" ? rows : columns);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      const of = by === "row" ? row : column;
      scales[of] = Math.max(scales[of], Math.abs(values[at]));
    }
  }
  for (let of = 0; of < scales.length; of++) scales[of] /= levels;
  return scales;
}
