import { reshape, slice } from "../graph/primitives/arrange.ts";
import {
  add,
  addScalar,
  cast,
  divide,
  exp,
  greater,
  log,
  maximum,
  multiply,
  scale,
  sigmoid,
  softplus,
  square,
  subtract,
  where,
} from "../graph/primitives/elementwise.ts";
import { mustHave, scalar, type Tensor } from "../graph/tensor.ts";
import type { RowWeights } from "./softmax.ts";
import { weightedMean } from "./weighted-mean.ts";

/** Root of the spacing of float32 at 1: a deviation below it would be mere rounding. */
const leastDeviation = 3.4526698e-4;

interface Parts {
  /** Of the chance of more than 0. */
  readonly logit: Tensor;
  readonly mean: Tensor;
  readonly deviation: Tensor;
}

function partsOf(z: Tensor): Parts {
  const [rows] = z.shape;
  mustHave(z, [rows, 3], "the three numbers of a row");
  const [logit, mean, raw] = [0, 1, 2].map((at) => reshape(slice(z, 1, at, at + 1), [rows]));
  return { logit, mean, deviation: maximum(softplus(raw), scalar(leastDeviation)) };
}

/**
 * -log of the density of an amount that is often 0 and else spread over magnitudes: what a shopper
 * spends. Chance of more than 0 is sigmoid(z_0); log y is normal around z_1 with deviation s =
 * softplus(z_2), 3.5e-4 at least: bce(z_0, y > 0) + (y > 0) (log y + log s + log(2 pi) / 2 +
 * (log y - z_1)^2 / (2 s^2)). Source: Wang, Liu & Miao 2019.
 * @shape z [rows, 3], targets [rows] @unit targets >= 0
 */
export function zeroInflatedLogNormal(z: Tensor, targets: Tensor, { weights }: RowWeights): Tensor {
  mustHave(targets, [z.shape[0]], "the targets");
  const { logit, mean, deviation } = partsOf(z);
  const isSome = greater(targets, scalar(0));
  const some = cast(isSome, "float32");
  const amount = log(where(isSome, targets, scalar(1)));
  const chance = subtract(softplus(logit), multiply(some, logit));
  const distance = scale(square(divide(subtract(amount, mean), deviation)), 0.5);
  const known = addScalar(amount, 0.5 * Math.log(2 * Math.PI));
  const density = add(add(known, log(deviation)), distance);
  return weightedMean(add(chance, multiply(some, density)), weights);
}

/** The expected amount, sigmoid(z_0) exp(z_1 + s^2 / 2). @shape z [rows, 3], result [rows] */
export function zeroInflatedMean(z: Tensor): Tensor {
  const { logit, mean, deviation } = partsOf(z);
  return multiply(sigmoid(logit), exp(add(mean, scale(square(deviation), 0.5))));
}
