import { assert } from "../../assert.ts";
import { mean, reshape, sumAll } from "../graph/primitives/arrange.ts";
import { multiply, scale } from "../graph/primitives/elementwise.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { mustHave, type Tensor } from "../graph/tensor.ts";

/**
 * (1 / rows) sum over rows of the weight times the mean of the row's losses.
 * @shape losses [rows, ...], weights [rows], result []
 */
export function weightedMean(losses: Tensor, weights: Tensor | undefined): Tensor {
  const [rows] = losses.shape;
  assert(rows > 0, "a loss is over one row or more");
  if (weights === undefined) return scale(sumAll(losses), 1 / sizeOf(losses.shape));
  mustHave(weights, [rows], "the weights");
  const each = losses.shape.length === 1 ? losses : mean(flatRows(losses), [1], false);
  return scale(sumAll(multiply(each, weights)), 1 / rows);
}

const flatRows = (x: Tensor): Tensor => {
  const rest: Shape = x.shape.slice(1);
  return reshape(x, [x.shape[0], sizeOf(rest)]);
};
