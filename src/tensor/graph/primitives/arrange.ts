import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { axisOf, reduced, type Shape, sameShape, shapeText, sizeOf, withLength } from "../shape.ts";
import { apply, applyOne, filled, mustBe, type Spec, type Tensor } from "../tensor.ts";
import { scale } from "./elementwise.ts";

/** Where values lie: other shapes of the same values, parts, joins, copies, and sums over axes. */
export interface ArrangeAttributes {
  reshape: { readonly shape: Shape };
  transpose: { readonly order: readonly number[] };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  concat: { readonly axis: number };
  split: { readonly axis: number; readonly lengths: readonly number[] };
  expand: { readonly shape: Shape };
  sum: { readonly axes: readonly number[]; readonly keep: boolean };
}

const like = (x: Tensor, shape: Shape): readonly Spec[] => [{ type: x.type, shape }];

export const arrange: PrimitiveTable<ArrangeAttributes> = {
  reshape: {
    name: "reshape",
    shape: ([x], { shape }) => {
      const fits = sizeOf(x.shape) === sizeOf(shape);
      assert(fits, `${shapeText(x.shape)} has as many values as ${shapeText(shape)}`);
      return like(x, shape);
    },
    lower: (to, { names: [x], attributes: { shape } }) => [
      to.node("Reshape", [x, to.integers(shape.map((length) => (length < 0 ? -1 : length)))], {
        attributes: { allowzero: { integer: shape.includes(0) ? 1 : 0 } },
      }),
    ],
    derive: ({ inputs: [x], gradients: [g] }) => [reshape(g as Tensor, x.shape)],
  },
  transpose: {
    name: "transpose",
    shape: ([x], { order }) => {
      assert(order.length === x.shape.length, "the order names every axis");
      assert(new Set(order).size === order.length, "the order names an axis once");
      return like(
        x,
        order.map((axis) => x.shape[axis]),
      );
    },
    lower: (to, { names, attributes: { order } }) => [
      to.node("Transpose", names, { attributes: { perm: { integers: order } } }),
    ],
    derive: ({ attributes: { order }, gradients: [g] }) => {
      const back = new Array<number>(order.length);
      order.forEach((axis, at) => {
        back[axis] = at;
      });
      return [transpose(g as Tensor, back)];
    },
  },
  slice: {
    name: "slice",
    shape: ([x], { axis, start, end }) => {
      const length = x.shape[axis];
      assert(start >= 0 && start <= end && end <= length, `${start}..${end} lies in 0..${length}`);
      return like(x, withLength(x.shape, axis, end - start));
    },
    lower: (to, { names: [x], attributes: { axis, start, end } }) => [
      to.node("Slice", [x, to.integers([start]), to.integers([end]), to.integers([axis])]),
    ],
    derive: ({ attributes: { axis, start, end }, inputs: [x], gradients: [g] }) => [
      pad(g as Tensor, axis, start, x.shape[axis] - end),
    ],
  },
  pad: {
    name: "pad",
    shape: ([x], { axis, before, after }) => {
      mustBe(x, "float32", "what is padded");
      assert(before >= 0 && after >= 0, "padding adds");
      return like(x, withLength(x.shape, axis, x.shape[axis] + before + after));
    },
    lower: (to, { names: [x], inputs, attributes: { axis, before, after } }) => {
      const rank = inputs[0].shape.length;
      const pads = new Array<number>(2 * rank).fill(0);
      pads[axis] = before;
      pads[rank + axis] = after;
      return [to.node("Pad", [x, to.integers(pads)])];
    },
    derive: ({ attributes: { axis, before }, inputs: [x], gradients: [g] }) => [
      slice(g as Tensor, axis, before, before + x.shape[axis]),
    ],
  },
  concat: {
    name: "concat",
    shape: (parts, { axis }) => {
      const [first] = parts;
      for (const one of parts) {
        const fits = sameShape(withLength(one.shape, axis, 0), withLength(first.shape, axis, 0));
        assert(fits, `${shapeText(one.shape)} joins ${shapeText(first.shape)} along axis ${axis}`);
        mustBe(one, first.type, "each part");
      }
      const length = parts.reduce((sum, { shape }) => sum + shape[axis], 0);
      return like(first, withLength(first.shape, axis, length));
    },
    lower: (to, { names, attributes: { axis } }) => [
      to.node("Concat", names, { attributes: { axis: { integer: axis } } }),
    ],
    derive: ({ attributes: { axis }, inputs, gradients: [g], needs }) => {
      let start = 0;
      return inputs.map(({ shape }, at) => {
        const from = start;
        start += shape[axis];
        return needs[at] ? slice(g as Tensor, axis, from, start) : undefined;
      });
    },
  },
  split: {
    name: "split",
    shape: ([x], { axis, lengths }) => {
      const total = lengths.reduce((sum, length) => sum + length, 0);
      assert(total === x.shape[axis], `the parts make up axis ${axis} of ${shapeText(x.shape)}`);
      return lengths.map((length) => ({ type: x.type, shape: withLength(x.shape, axis, length) }));
    },
    lower: (to, { names: [x], attributes: { axis, lengths } }) =>
      to.nodes("Split", [x, to.integers(lengths)], {
        attributes: { axis: { integer: axis } },
        wanted: lengths.map(() => true),
      }),
    derive: ({ attributes: { axis }, outputs, gradients }) => [
      concat(
        outputs.map(({ shape }, at) => gradients[at] ?? filled(shape, 0)),
        axis,
      ),
    ],
  },
  expand: {
    name: "expand",
    shape: ([x], { shape }) => like(x, shape),
    lower: (to, { names: [x], attributes: { shape } }) => {
      assert(sizeOf(shape) >= 0, "only known sizes are expanded to");
      // The runtime's optimiser takes an expansion to nothing for one that does nothing.
      if (sizeOf(shape) === 0) return [to.node("ConstantOfShape", [to.integers(shape)])];
      return [to.node("Expand", [x, to.integers(shape)])];
    },
    derive: ({ gradients: [g] }) => [g],
  },
  sum: {
    name: "sum",
    shape: ([x], { axes, keep }) => {
      mustBe(x, "float32", "what is summed");
      return like(x, reduced(x.shape, axes, keep));
    },
    lower: (to, { names: [x], attributes: { axes, keep } }) => [
      to.node("ReduceSum", [x, to.integers(axes)], {
        attributes: { keepdims: { integer: keep ? 1 : 0 } },
      }),
    ],
    derive: ({ attributes: { axes }, inputs: [x], gradients: [g] }) => [
      expand(reshape(g as Tensor, reduced(x.shape, axes, true)), x.shape),
    ],
  },
};

/** The same values in another shape. */
export const reshape = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : applyOne(arrange.reshape, [x], { shape });

/** Axes in another order: axis i of the result is axis order[i] of x. Two in a row are one, or none. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const { source } = x;
  if (order.every((axis, at) => axis === at)) return x;
  if (source.kind !== "call" || source.primitive.name !== "transpose") {
    return applyOne(arrange.transpose, [x], { order });
  }
  const before = (source.attributes as ArrangeAttributes["transpose"]).order;
  return transpose(
    source.inputs[0],
    order.map((axis) => before[axis]),
  );
}

/** The places start .. end - 1 of an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = axisOf(x.shape, axis);
  if (start === 0 && end === x.shape[at]) return x;
  return applyOne(arrange.slice, [x], { axis: at, start, end });
}

/** Zeros before and after, along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  return applyOne(arrange.pad, [x], { axis: axisOf(x.shape, axis), before, after });
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  assert(parts.length > 0, "there is something to join");
  if (parts.length === 1) return parts[0];
  return applyOne(arrange.concat, parts, { axis: axisOf(parts[0].shape, axis) });
}

/** Parts of these lengths along an axis, side by side. */
export function split(x: Tensor, axis: number, lengths: readonly number[]): readonly Tensor[] {
  if (lengths.length === 1) return [x];
  return apply(arrange.split, [x], { axis: axisOf(x.shape, axis), lengths });
}

/** Copies along axes of length 1. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : applyOne(arrange.expand, [x], { shape });

/** Sum over axes; `keep` leaves them with length 1. Sums over nothing are 0. */
export function sum(x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  if (axes.length === 0) return x;
  return applyOne(arrange.sum, [x], { axes: axes.map((axis) => axisOf(x.shape, axis)), keep });
}

export const sumAll = (x: Tensor): Tensor =>
  sum(
    x,
    x.shape.map((_, axis) => axis),
    false,
  );

export function mean(x: Tensor, axes: readonly number[], keep: boolean): Tensor {
  const count = axes.reduce((product, axis) => product * x.shape[axisOf(x.shape, axis)], 1);
  assert(count > 0, "a mean is over at least one value, and of a known number");
  return scale(sum(x, axes, keep), 1 / count);
}

export const meanAll = (x: Tensor): Tensor => scale(sumAll(x), 1 / Math.max(1, sizeOf(x.shape)));
