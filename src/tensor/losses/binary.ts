import { multiply, softplus, subtract } from "../graph/primitives/elementwise.ts";
import { mustHave, type Tensor } from "../graph/tensor.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

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
