import { assert } from "../../assert.ts";
import { concat, reshape, slice, sum } from "../graph/primitives/arrange.ts";
import {
  add,
  cast,
  greater,
  multiply,
  negate,
  softplus,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { oneHot } from "../graph/primitives/lookup.ts";
import { constant, filled, mustBe, mustHave, type Tensor } from "../graph/tensor.ts";
import { logOneMinusExp } from "./exact-log.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

/** Losses of grades in an order, such as stars, without saying how far apart they are. */

/**
 * A yes or no for each step of the grade, all with one score and each with a bias of its own:
 * P(y > k) = sigmoid(score + bias_k); the sum over k of their cross-entropies. Source: Cao, Mirjalili &
 * Raschka 2020 (CORAL). @shape scores and targets [rows], biases [grades - 1]
 */
export function coral(
  scores: Tensor,
  biases: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  const [rows] = scores.shape;
  const [steps] = biases.shape;
  mustHave(targets, [rows], "the targets");
  mustBe(targets, "int32", "the targets");
  const z = add(reshape(scores, [rows, 1]), reshape(biases, [1, steps]));
  const step = constant(
    Int32Array.from({ length: steps }, (_, k) => k),
    [1, steps],
  );
  const above = cast(greater(reshape(targets, [rows, 1]), step), "float32");
  return weightedMean(sum(subtract(softplus(z), multiply(above, z)), [1], false), weights);
}

/** Stands for infinity, with which no product is NaN. */
const wall = 1e9;

/**
 * -log P(y), where P(y <= k) = sigmoid(cut_k - score). With a and b the cuts above and below, less the
 * score: softplus(-a) + softplus(b) - log(1 - exp(b - a)), which takes no chance from another.
 * Source: McCullagh 1980. @shape scores and targets [rows], cuts [grades - 1] increasing
 */
export function cumulativeLink(
  scores: Tensor,
  cuts: Tensor,
  targets: Tensor,
  { weights }: RowWeights,
): Tensor {
  const [rows] = scores.shape;
  const grades = cuts.shape[0] + 1;
  assert(grades > 1, "there are two grades or more");
  mustHave(targets, [rows], "the targets");
  mustBe(targets, "int32", "the targets");
  const isGrade = oneHot(targets, grades);
  const ofGrade = (values: readonly Tensor[]): Tensor =>
    reshape(matmul(isGrade, reshape(concat(values, 0), [grades, 1])), [rows]);
  const above = subtract(ofGrade([cuts, filled([1], wall)]), scores);
  const below = subtract(ofGrade([filled([1], -wall), cuts]), scores);
  const ends = add(softplus(negate(above)), softplus(below));
  if (grades === 2) return weightedMean(ends, weights);
  const gaps = subtract(slice(cuts, 0, 1, grades - 1), slice(cuts, 0, 0, grades - 2));
  const inner = ofGrade([filled([1], 0), logOneMinusExp(gaps), filled([1], 0)]);
  return weightedMean(subtract(ends, inner), weights);
}
