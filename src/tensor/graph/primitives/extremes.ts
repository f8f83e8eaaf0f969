import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { axisOf, reduced, shapeText } from "../shape.ts";
import { applyOne, mustBe, type Primitive, type Tensor } from "../tensor.ts";
import { reshape, sum } from "./arrange.ts";
import { cast, divide, equal, multiply } from "./elementwise.ts";

/** The largest and the smallest over axes. Equals share the gradient, as PyTorch's amax and amin have it. */
export interface ExtremesAttributes {
  maximumOver: Reduction;
  minimumOver: Reduction;
}

export interface Reduction {
  readonly axes: readonly number[];
  /** Leaves the axes with length 1. */
  readonly keep: boolean;
}

const extreme = (name: keyof ExtremesAttributes, onnx: string): Primitive<Reduction> => ({
  name,
  shape: ([x], { axes, keep }) => {
    mustBe(x, "float32", "what is compared");
    const isSome = axes.every((axis) => x.shape[axis] !== 0);
    assert(isSome, `axes ${axes} of ${shapeText(x.shape)} hold something to choose from`);
    return [{ type: x.type, shape: reduced(x.shape, axes, keep) }];
  },
  lower: (to, { names: [x], attributes: { axes, keep } }) => [
    to.node(onnx, [x, to.integers(axes)], { attributes: { keepdims: { integer: Number(keep) } } }),
  ],
  derive: ({ attributes: { axes }, inputs: [x], outputs: [y], gradients: [g] }) => {
    const kept = reduced(x.shape, axes, true);
    const isChosen = cast(equal(x, reshape(y, kept)), "float32");
    const share = divide(reshape(g as Tensor, kept), sum(isChosen, axes, true));
    return [multiply(isChosen, share)];
  },
});

export const extremes: PrimitiveTable<ExtremesAttributes> = {
  maximumOver: extreme("maximumOver", "ReduceMax"),
  minimumOver: extreme("minimumOver", "ReduceMin"),
};

function over(
  name: keyof ExtremesAttributes,
  x: Tensor,
  axes: readonly number[],
  keep: boolean,
): Tensor {
  if (axes.length === 0) return x;
  return applyOne(extremes[name], [x], { axes: axes.map((axis) => axisOf(x.shape, axis)), keep });
}

/** The largest over axes, each of length 1 or more; `keep` leaves them with length 1. O(values). */
export const maximumOver = (x: Tensor, axes: readonly number[], keep: boolean): Tensor =>
  over("maximumOver", x, axes, keep);

/** The smallest over axes, each of length 1 or more; `keep` leaves them with length 1. O(values). */
export const minimumOver = (x: Tensor, axes: readonly number[], keep: boolean): Tensor =>
  over("minimumOver", x, axes, keep);
