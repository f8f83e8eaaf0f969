import { assert } from "../../assert.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { addScalar, cast, equal, multiply, scale } from "../graph/primitives/elementwise.ts";
import { constant, mustBe, type Tensor } from "../graph/tensor.ts";

/**
 * Who may look at whom: 1 where a place (row) sees another (column), else 0. Several hold at once as
 * their product; softmax attention takes the product as a bias, pointwise attention as a factor.
 */
export const seesEarlier = (length: number): Tensor => {
  const sees = new Float32Array(length * length);
  for (let row = 0; row < length; row++) sees.fill(1, row * length, row * length + row + 1);
  return constant(sees, [length, length]);
};

/**
 * Only within one segment: several short histories packed into one row do not see each other.
 * @shape segments [batch, length] of int32, result [batch, 1, length, length]
 */
export function seesSegment(segments: Tensor): Tensor {
  mustBe(segments, "int32", "the segments");
  const [batch, length] = segments.shape;
  const rows = reshape(segments, [batch, 1, length, 1]);
  return cast(equal(rows, reshape(segments, [batch, 1, 1, length])), "float32");
}

/** Padding is not seen. @shape present [batch, length] of 1 or 0, result [batch, 1, 1, length] */
export const seesPresent = (present: Tensor): Tensor => {
  mustBe(present, "float32", "what is present");
  const [batch, length] = present.shape;
  return reshape(present, [batch, 1, 1, length]);
};

/** All hold. @shape result of all stretched to one another */
export function seesAll(conditions: readonly Tensor[]): Tensor {
  assert(conditions.length > 0, "there is a condition");
  return conditions.reduce(multiply);
}

/** So far below any score that its weight is 0, and yet no infinity, which would breed NaN. */
const unseen = 1e9;

/** 0 where it is seen, -1e9 where not: to be added to scores before their softmax. */
export const asBias = (sees: Tensor): Tensor => scale(addScalar(sees, -1), unseen);
