import { assert } from "../../assert.ts";
import { mean, reshape, sumAll } from "../graph/primitives/arrange.ts";
import {
  maximum,
  multiply,
  scale,
  softplus,
  square,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { constant, mustHave, type Tensor } from "../graph/tensor.ts";
import type { RowWeights } from "./softmax.ts";

/**
 * Losses of numbers, of yes or no, and of quantiles. As all losses here they are means over rows of weight
 * times loss: (1 / rows) sum of w_i l_i; what a row has several of counts by its mean.
 */

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

/** (p - y)^2. @shape predictions and targets [rows, ...] */
export function meanSquaredError(
  predictions: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  mustHave(targets, predictions.shape, "the targets");
  return weightedMean(square(subtract(predictions, targets)), weights);
}

/**
 * softplus(z) - y z: -log of the chance sigmoid(z) of what happened. Targets may lie between 0 and 1.
 * @shape logits and targets [rows, ...]
 */
export function binaryCrossEntropy(
  logits: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  mustHave(targets, logits.shape, "the targets");
  return weightedMean(subtract(softplus(logits), multiply(targets, logits)), weights);
}

export interface PinballOptions extends RowWeights {
  /** One for each column. @unit shares within 0..1 */
  readonly quantiles: readonly number[];
}

/**
 * max(q (y - p), (q - 1) (y - p)), least where p is the quantile q of y. Source: Koenker & Bassett 1978.
 * @shape predictions [rows, quantiles], targets [rows]
 */
export function pinball(predictions: Tensor, targets: Tensor, options: PinballOptions): Tensor {
  const { quantiles, weights } = options;
  const [rows] = targets.shape;
  mustHave(predictions, [rows, quantiles.length], "the predictions");
  for (const q of quantiles) assert(q > 0 && q < 1, "a quantile lies between 0 and 1");
  const short = subtract(reshape(targets, [rows, 1]), predictions);
  const along = (factor: (q: number) => number): Tensor =>
    multiply(short, constant(Float32Array.from(quantiles, factor), [1, quantiles.length]));
  return weightedMean(
    maximum(
      along((q) => q),
      along((q) => q - 1),
    ),
    weights,
  );
}
