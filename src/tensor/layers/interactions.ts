import type { Scope } from "../graph/network.ts";
import { reshape, slice, sum } from "../graph/primitives/arrange.ts";
import { add, multiply, scale, square, subtract } from "../graph/primitives/elementwise.ts";
import { addProduct, affine, matmul } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import type { Tensor } from "../graph/tensor.ts";
import { prelu } from "./activation.ts";
import { glorot, normal, zeros } from "./initialisers.ts";
import { linear } from "./linear.ts";

/**
 * Features multiplied with features: what a plain network learns slowly and clicks depend on much.
 */

/**
 * x <- x0 (x W + b) + x, some times over: products of ever more features. Source: Wang et al. 2021
 * (DCN-V2). Parameters: cross0.* as `linear` [width, width], and so on. O(rows layers width^2).
 * @shape x0 [rows, width], result as x0
 */
export function crossNetwork(scope: Scope, x0: Tensor, layers: number): Tensor {
  const width = x0.shape[1];
  let x = x0;
  for (let layer = 0; layer < layers; layer++) {
    x = add(multiply(x0, linear(scope.child(`cross${layer}`), x, { width })), x);
  }
  return x;
}

/**
 * Sum over all pairs of fields of the products of their vectors, as half of (square of the sum - sum of
 * the squares): O(fields width) instead of O(fields^2 width). @shape factors [rows, fields, width],
 * result [rows]
 */
export function pairProducts(factors: Tensor): Tensor {
  const squares = subtract(square(sum(factors, [1], false)), sum(square(factors), [1], false));
  return scale(sum(squares, [1], false), 0.5);
}

export interface MachineOptions {
  /** Ids of all fields. */
  readonly features: number;
  readonly width: number;
}

/**
 * Factorisation machine: bias + sum of w_i x_i + sum over pairs of <v_i, v_j> x_i x_j. Source: Rendle
 * 2010. Parameters: bias [1], weight [features], table [features, width].
 * @shape ids [rows, fields] of int32, values [rows, fields], result [rows]
 */
export function factorisationMachine(
  scope: Scope,
  ids: Tensor,
  values: Tensor,
  { features, width }: MachineOptions,
): Tensor {
  const [rows, fields] = ids.shape;
  const bias = scope.parameter("bias", [1], zeros);
  const weight = gatherRows(scope.parameter("weight", [features], zeros), ids);
  const table = scope.parameter("table", [features, width], normal(0.01));
  const factors = multiply(gatherRows(table, ids), reshape(values, [rows, fields, 1]));
  const single = sum(multiply(weight, values), [1], false);
  return add(add(single, pairProducts(factors)), bias);
}

export interface Interest {
  /** Vectors of what was seen. @shape [batch, length, width] */
  readonly history: Tensor;
  /** Vector of what may be shown. @shape [batch, width] */
  readonly candidate: Tensor;
  /** 1, or 0 where there is nothing. @shape [batch, length] */
  readonly present: Tensor;
}

export interface Pooled {
  /** @shape [batch, width] */
  readonly pooled: Tensor;
  /** How much each place counts; they need not add up to 1. @shape [batch, length] */
  readonly weights: Tensor;
}

/**
 * A history as it bears on one candidate: each place is weighed by a small network of q, k, q - k and
 * q k. Weights are not normalised, so that a strong interest stays strong. Source: Zhou et al. 2018
 * (DIN). Parameters: in.* [4 width, hidden], slope [hidden], out.* [hidden, 1].
 */
export function interestPooling(scope: Scope, interest: Interest, hidden: number): Pooled {
  const { history, candidate, present } = interest;
  const [batch, length, width] = history.shape;
  const seen = prelu(scope, hiddenOfPairs(scope.child("in"), history, candidate, hidden));
  const score = reshape(linear(scope.child("out"), seen, { width: 1 }), [batch, length]);
  const weights = multiply(score, present);
  const pooled = matmul(reshape(weights, [batch, 1, length]), history);
  return { pooled: reshape(pooled, [batch, width]), weights };
}

/**
 * (q, k, q - k, q k) W + b, by parts of W: q (W1 + W3) + k (W2 - W3) + (q k) W4 + b, which joins nothing
 * and multiplies each candidate once, not once for each place. @shape result [batch, length, hidden]
 */
function hiddenOfPairs(scope: Scope, keys: Tensor, query: Tensor, hidden: number): Tensor {
  const [batch, length, width] = keys.shape;
  const weight = scope.parameter("weight", [4 * width, hidden], glorot);
  const [first, second, third, fourth] = [0, 1, 2, 3].map((at) =>
    slice(weight, 0, at * width, (at + 1) * width),
  );
  const ofQuery = affine(query, add(first, third), scope.parameter("bias", [hidden], zeros));
  const rows = (x: Tensor): Tensor => reshape(x, [batch * length, width]);
  const both = multiply(reshape(query, [batch, 1, width]), keys);
  const ofKeys = addProduct(matmul(rows(keys), subtract(second, third)), rows(both), fourth);
  return add(reshape(ofKeys, [batch, length, hidden]), reshape(ofQuery, [batch, 1, hidden]));
}
