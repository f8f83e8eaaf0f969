import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { apply, applyOne, type Emitter, type NoAttributes, type Tensor } from "../tensor.ts";
import { reshape, sum } from "./arrange.ts";
import { exp, multiply, subtract } from "./elementwise.ts";
import { matmul } from "./linear.ts";

/** Along the last axis: shifted and scaled to unit variance, or to a distribution. */
export interface NormaliseAttributes {
  layerNorm: { readonly epsilon: number };
  rmsNorm: { readonly epsilon: number };
  softmax: NoAttributes;
  logSoftmax: NoAttributes;
}

const last = ({ shape }: Tensor): number => shape[shape.length - 1];
const asRows = ({ shape }: Tensor): Shape => [...shape.slice(0, -1), 1];
const lastAxis = { axis: { integer: -1 } };

export const normalise: PrimitiveTable<NormaliseAttributes> = {
  layerNorm: {
    name: "layerNorm",
    shape: ([x]) => {
      assert(last(x) > 0, "there is something to normalise");
      const rows = { type: "float32", shape: asRows(x) } as const;
      return [{ type: "float32", shape: x.shape }, rows, rows];
    },
    lower: (to, { names, attributes: { epsilon }, used }) =>
      to.nodes("LayerNormalization", names, {
        attributes: { ...lastAxis, epsilon: { real: epsilon } },
        wanted: used,
      }),
    derive: ({ inputs: [x, weight], outputs: [, mean, inverse], gradients: [g], needs }) => {
      const normal = multiply(subtract(x, mean), inverse);
      const along = multiply(g as Tensor, normal);
      const slope = needs[0]
        ? normSlope(g as Tensor, along, weight, normal, inverse, true)
        : undefined;
      return [slope, along, g];
    },
  },
  rmsNorm: {
    name: "rmsNorm",
    shape: ([x]) => {
      assert(last(x) > 0, "there is something to normalise");
      return [
        { type: "float32", shape: x.shape },
        { type: "float32", shape: asRows(x) },
      ];
    },
    lower: (to, { names: [x, weight], inputs, attributes: { epsilon } }) => {
      const inverse = inverseRoot(to, x, inputs[0], epsilon);
      return [to.node("Mul", [to.node("Mul", [x, inverse]), weight]), inverse];
    },
    derive: ({ inputs: [x, weight], outputs: [, inverse], gradients: [g], needs }) => {
      const normal = multiply(x, inverse);
      const along = multiply(g as Tensor, normal);
      const slope = needs[0]
        ? normSlope(g as Tensor, along, weight, normal, inverse, false)
        : undefined;
      return [slope, along];
    },
  },
  softmax: {
    name: "softmax",
    shape: ([x]) => [x],
    lower: (to, { names }) => [to.node("Softmax", names, { attributes: lastAxis })],
    derive: ({ outputs: [y], gradients: [g] }) => {
      const along = multiply(g as Tensor, y);
      return [subtract(along, multiply(y, sum(along, [-1], true)))];
    },
  },
  logSoftmax: {
    name: "logSoftmax",
    shape: ([x]) => [x],
    lower: (to, { names }) => [to.node("LogSoftmax", names, { attributes: lastAxis })],
    derive: ({ outputs: [y], gradients: [g] }) => [
      subtract(g as Tensor, multiply(exp(y), sum(g as Tensor, [-1], true))),
    ],
  },
};

/** 1 / sqrt(mean of squares + epsilon), of each row. */
function inverseRoot(to: Emitter, x: string, { shape }: Tensor, epsilon: number): string {
  const squares = to.node("Mul", [x, x]);
  const total = to.node("ReduceSum", [squares, to.integers([shape.length - 1])], {
    attributes: { keepdims: { integer: 1 } },
  });
  const mean = to.node("Mul", [total, to.scalar(1 / shape[shape.length - 1])]);
  return to.node("Reciprocal", [to.node("Sqrt", [to.node("Add", [mean, to.scalar(epsilon)])])]);
}

/**
 * (g w - mean(g w) - n mean(g w n)) / deviation, where n are the normal values; the first mean is
 * there only if the mean was taken off. Means of rows as products with a column, which is faster.
 */
function normSlope(
  g: Tensor,
  along: Tensor,
  weight: Tensor,
  normal: Tensor,
  inverse: Tensor,
  isCentred: boolean,
): Tensor {
  const width = last(g);
  const rows = sizeOf(g.shape) / width;
  const column = reshape(weight, [width, 1]);
  const meanOf = (x: Tensor): Tensor =>
    reshape(matmul(reshape(x, [rows, width]), column, { alpha: 1 / width }), asRows(g));
  const weighted = multiply(g, weight);
  const centred = isCentred ? subtract(weighted, meanOf(g)) : weighted;
  return multiply(subtract(centred, multiply(normal, meanOf(along))), inverse);
}

/** Each row shifted to mean 0 and scaled to variance 1, then by weight and bias. @shape weight [width] */
export const layerNorm = (x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor =>
  apply(normalise.layerNorm, [x, weight, bias], { epsilon })[0];

/** Each row scaled to mean square 1, then by weight. Source: Zhang & Sennrich 2019. */
export const rmsNorm = (x: Tensor, weight: Tensor, epsilon: number): Tensor =>
  apply(normalise.rmsNorm, [x, weight], { epsilon })[0];

export const softmax = (x: Tensor): Tensor => applyOne(normalise.softmax, [x], {});
export const logSoftmax = (x: Tensor): Tensor => applyOne(normalise.logSoftmax, [x], {});
