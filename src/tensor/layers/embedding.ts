import { assert } from "../../assert.ts";
import type { Initialiser, Scope } from "../graph/network.ts";
import { reshape, sum } from "../graph/primitives/arrange.ts";
import { divide, greater, where } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { sameShape } from "../graph/shape.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { normal } from "./initialisers.ts";

export interface TableOptions {
  readonly rows: number;
  readonly width: number;
  /** Normal of variance 1 / width unless given, so that a row has length 1. */
  readonly initial?: Initialiser;
}

/** A table of vectors, for looking up and for products with the whole. @shape [rows, width] */
export const embeddingTable = (
  scope: Scope,
  name: string,
  { rows, width, initial = normal(1 / Math.sqrt(width)) }: TableOptions,
): Tensor => scope.parameter(name, [rows, width], initial);

/** A vector for each id. Parameter: table [rows, width]. @shape ids any, result [...ids, width] */
export const embedding = (scope: Scope, ids: Tensor, options: TableOptions): Tensor =>
  gatherRows(embeddingTable(scope, "table", options), ids);

export type BagReduction = "sum" | "mean";

/**
 * One vector for several ids: the weighted sum or mean of theirs. The mean of nothing is 0.
 * O(batch places width). @shape table [rows, width], ids and weights [batch, places] (0: not there),
 * result [batch, width]
 */
export function embeddingBag(
  table: Tensor,
  ids: Tensor,
  weights: Tensor,
  reduction: BagReduction,
): Tensor {
  assert(sameShape(ids.shape, weights.shape), "there is a weight for each id");
  const [batch, places] = ids.shape;
  const row = reshape(weights, [batch, 1, places]);
  const total = reshape(matmul(row, gatherRows(table, ids)), [batch, table.shape[1]]);
  if (reduction === "sum") return total;
  const count = sum(weights, [1], true);
  return divide(total, where(greater(count, scalar(0)), count, scalar(1)));
}
