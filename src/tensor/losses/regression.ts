import { assert } from "../../assert.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { maximum, multiply, square, subtract } from "../graph/primitives/elementwise.ts";
import { constant, mustHave, type Tensor } from "../graph/tensor.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

/**
 * Losses of numbers and of their quantiles. As all losses here they are means over rows of weight times
 * loss: (1 / rows) sum of w_i l_i; what a row has several of counts by its mean.
 */

/** (p - y)^2. @shape predictions and targets [rows, ...] */
export function meanSquaredError(
  predictions: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  mustHave(targets, predictions.shape, "the targets");
  return weightedMean(square(subtract(predictions, targets)), weights);
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
