import type { ArrangeAttributes } from "../graph/primitives/arrange.ts";
import type { ExtremesAttributes, Reduction } from "../graph/primitives/extremes.ts";
import { reduced, sizeOf, stridesOf } from "../graph/shape.ts";
import { type Evaluation, places, type Rules, stretchedAt, type Values } from "./reference-rule.ts";

const dot = (place: readonly number[], strides: readonly number[]): number =>
  place.reduce((sum, index, axis) => sum + index * strides[axis], 0);

/** One value of each group, kept as `better` says of two. */
const best =
  (better: (a: number, b: number) => number) =>
  ({ attributes: { axes }, inputs: [x], values: [from] }: Evaluation<Reduction>): [Values] => {
    const kept = reduced(x.shape, axes, true);
    const out = new Float64Array(sizeOf(kept)).fill(Number.NaN);
    places(x.shape, (place, at) => {
      const to = stretchedAt(kept, place);
      out[to] = Number.isNaN(out[to]) ? from[at] : better(out[to], from[at]);
    });
    return [out];
  };

/** Where values lie, and what axes come to. */
export const shapeRules: Rules<keyof ArrangeAttributes | keyof ExtremesAttributes> = {
  reshape: ({ values: [x] }) => [x],
  transpose: ({ attributes: { order }, inputs: [x], outputs: [y], values: [from] }) => {
    const strides = stridesOf(x.shape);
    const out = new Float64Array(from.length);
    places(y.shape, (place, at) => {
      out[at] = from[place.reduce((sum, index, axis) => sum + index * strides[order[axis]], 0)];
    });
    return [out];
  },
  slice: ({ attributes: { axis, start }, inputs: [x], outputs: [y], values: [from] }) => {
    const strides = stridesOf(x.shape);
    const out = new Float64Array(sizeOf(y.shape));
    places(y.shape, (place, at) => {
      out[at] = from[dot(place, strides) + start * strides[axis]];
    });
    return [out];
  },
  pad: ({ attributes: { axis, before }, inputs: [x], outputs: [y], values: [from] }) => {
    const strides = stridesOf(y.shape);
    const out = new Float64Array(sizeOf(y.shape));
    places(x.shape, (place, at) => {
      out[dot(place, strides) + before * strides[axis]] = from[at];
    });
    return [out];
  },
  concat: ({ attributes: { axis }, inputs, outputs: [y], values }) => {
    const strides = stridesOf(y.shape);
    const out = new Float64Array(sizeOf(y.shape));
    let start = 0;
    inputs.forEach((one, k) => {
      const from = start;
      places(one.shape, (place, at) => {
        out[dot(place, strides) + from * strides[axis]] = values[k][at];
      });
      start += one.shape[axis];
    });
    return [out];
  },
  split: ({ attributes: { axis }, inputs: [x], outputs, values: [from] }) => {
    const strides = stridesOf(x.shape);
    let start = 0;
    return outputs.map(({ shape }) => {
      const own = start;
      const out = new Float64Array(sizeOf(shape));
      places(shape, (place, at) => {
        out[at] = from[dot(place, strides) + own * strides[axis]];
      });
      start += shape[axis];
      return out;
    });
  },
  expand: ({ inputs: [x], outputs: [y], values: [from] }) => {
    const out = new Float64Array(sizeOf(y.shape));
    places(y.shape, (place, at) => {
      out[at] = from[stretchedAt(x.shape, place)];
    });
    return [out];
  },
  sum: ({ attributes: { axes }, inputs: [x], values: [from] }) => {
    const kept = reduced(x.shape, axes, true);
    const out = new Float64Array(sizeOf(kept));
    places(x.shape, (place, at) => {
      out[stretchedAt(kept, place)] += from[at];
    });
    return [out];
  },
  maximumOver: best(Math.max),
  minimumOver: best(Math.min),
};
