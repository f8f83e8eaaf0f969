import type { Gradient } from "../graph/gradient.ts";
import { concat, reshape, sumAll } from "../graph/primitives/arrange.ts";
import {
  add,
  cast,
  divide,
  equal,
  maximum,
  multiply,
  scale,
  sqrt,
  square,
} from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { sizeOf } from "../graph/shape.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/**
 * The gradient of one example scaled down to a norm of at most `limit`, so that no example moves the
 * parameters by more: what differential privacy needs before it adds noise. Source: Abadi et al. 2016.
 * The norm is exact where a table's row is touched several times, and where a table has a dense
 * gradient too. O(size of the gradient + (rows touched)^2 width).
 */
export function clipExample(gradients: readonly Gradient[], limit: number): Gradient[] {
  const norm = sqrt(gradients.map(squaredNorm).reduce(add));
  const factor = divide(scalar(1), maximum(scalar(1), scale(norm, 1 / limit)));
  return gradients.map(({ dense, rows }) => ({
    dense: dense === undefined ? undefined : multiply(dense, factor),
    rows: rows.map((one) => ({ indices: one.indices, rows: multiply(one.rows, factor) })),
  }));
}

/** |dense + rows|^2 = |dense|^2 + 2 sum <dense[i], row> + sum over pairs of one place <row, row>. */
function squaredNorm({ dense, rows }: Gradient): Tensor {
  const parts: Tensor[] = [];
  if (dense !== undefined) parts.push(sumAll(square(dense)));
  if (rows.length > 0) {
    const indices = concat(
      rows.map((one) => reshape(one.indices, [sizeOf(one.indices.shape)])),
      0,
    );
    const [count] = indices.shape;
    const touched = concat(
      rows.map((one) => reshape(one.rows, [one.rows.shape[0], sizeOf(one.rows.shape.slice(1))])),
      0,
    );
    const isSame = equal(reshape(indices, [count, 1]), reshape(indices, [1, count]));
    const products = matmul(touched, touched, { transposeB: true });
    parts.push(sumAll(multiply(products, cast(isSame, "float32"))));
    if (dense !== undefined) {
      const below = reshape(gatherRows(dense, indices), touched.shape);
      parts.push(scale(sumAll(multiply(below, touched)), 2));
    }
  }
  return parts.length === 0 ? scalar(0) : parts.reduce(add);
}
