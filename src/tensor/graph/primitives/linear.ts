import { assert } from "../../../assert.ts";
import type { OnnxAttribute } from "../../onnx/format.ts";
import { MICROSOFT } from "../emitter.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { broadcast, type Shape, sameShape, shapeText } from "../shape.ts";
import { applyOne, type Emitter, filled, type Tensor } from "../tensor.ts";
import { reshape, sum } from "./arrange.ts";
import { add } from "./elementwise.ts";

/** Products of matrices, and what is cheaper written as one. */
export interface LinearAttributes {
  matmul: ProductOptions;
  /** c + alpha op(a) op(b). */
  addProduct: ProductOptions;
}

export interface ProductOptions {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly alpha: number;
}

export const linearAlgebra: PrimitiveTable<LinearAttributes> = {
  matmul: {
    name: "matmul",
    shape: ([a, b], { transposeA, transposeB }) => {
      const [m, k] = lastTwo(a.shape, transposeA);
      const [inner, n] = lastTwo(b.shape, transposeB);
      assert(k === inner, `${shapeText(a.shape)} times ${shapeText(b.shape)} has one inner size`);
      const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
      return [{ type: "float32", shape: [...batch, m, n] }];
    },
    lower: (to, { names: [a, b], inputs, attributes }) => [
      productNode(to, a, b, inputs[0].shape.length, inputs[1].shape.length, attributes),
    ],
    derive: ({ inputs: [a, b], attributes, gradients: [g], needs }) => [
      needs[0] ? slopeOfLeft(g as Tensor, b, attributes) : undefined,
      needs[1] ? slopeOfRight(g as Tensor, a, attributes) : undefined,
    ],
  },
  addProduct: {
    name: "addProduct",
    shape: ([c, a, b], { transposeA, transposeB }) => {
      const [m, k] = lastTwo(a.shape, transposeA);
      const [inner, n] = lastTwo(b.shape, transposeB);
      assert(a.shape.length === 2 && b.shape.length === 2, "both factors are matrices");
      assert(k === inner, `${shapeText(a.shape)} times ${shapeText(b.shape)} has one inner size`);
      const fits = sameShape(broadcast(c.shape, [m, n]), [m, n]);
      assert(fits, `${shapeText(c.shape)} stretches to ${shapeText([m, n])}`);
      return [{ type: "float32", shape: [m, n] }];
    },
    lower: (to, { names: [c, a, b], attributes: { transposeA, transposeB, alpha } }) => [
      to.node("Gemm", [a, b, c], { attributes: flagsOf(transposeA, transposeB, alpha) }),
    ],
    derive: ({ inputs: [, a, b], attributes, gradients: [g], needs }) => [
      g,
      needs[1] ? slopeOfLeft(g as Tensor, b, attributes) : undefined,
      needs[2] ? slopeOfRight(g as Tensor, a, attributes) : undefined,
    ],
  },
};

const flagsOf = (
  transposeA: boolean,
  transposeB: boolean,
  alpha: number,
): Record<string, OnnxAttribute> => ({
  transA: { integer: transposeA ? 1 : 0 },
  transB: { integer: transposeB ? 1 : 0 },
  alpha: { real: alpha },
});

const lastTwo = (shape: Shape, isTransposed: boolean): readonly [number, number] => {
  assert(shape.length >= 2, "a factor is a matrix or a batch of them");
  const [rows, columns] = shape.slice(-2);
  return isTransposed ? [columns, rows] : [rows, columns];
};

/** One fused node where the provider has it, else the standard operators. */
export function productNode(
  to: Emitter,
  a: string,
  b: string,
  rankA: number,
  rankB: number,
  { transposeA, transposeB, alpha }: ProductOptions,
): string {
  const flags = flagsOf(transposeA, transposeB, alpha);
  if (to.target === "native") {
    return to.node("FusedMatMul", [a, b], { domain: MICROSOFT, attributes: flags });
  }
  if (rankA === 2 && rankB === 2) return to.node("Gemm", [a, b], { attributes: flags });
  const turned = (name: string, rank: number): string => {
    const order = Array.from({ length: rank }, (_, axis) => axis);
    order.splice(rank - 2, 2, rank - 1, rank - 2);
    return to.node("Transpose", [name], { attributes: { perm: { integers: order } } });
  };
  const left = transposeA ? turned(a, rankA) : a;
  const right = transposeB ? turned(b, rankB) : b;
  const product = to.node("MatMul", [left, right]);
  return alpha === 1 ? product : to.node("Mul", [product, to.scalar(alpha)]);
}

function slopeOfLeft(g: Tensor, b: Tensor, how: ProductOptions): Tensor {
  const { transposeA, transposeB, alpha } = how;
  return transposeA
    ? matmul(b, g, { transposeA: transposeB, transposeB: true, alpha })
    : matmul(g, b, { transposeB: !transposeB, alpha });
}

function slopeOfRight(g: Tensor, a: Tensor, how: ProductOptions): Tensor {
  const { transposeA, transposeB, alpha } = how;
  return transposeB
    ? matmul(g, a, { transposeA: true, transposeB: transposeA, alpha })
    : matmul(a, g, { transposeA: !transposeA, alpha });
}

/** alpha op(a) op(b) over the last two axes; the axes before are stretched to one another. */
export const matmul = (a: Tensor, b: Tensor, how: Partial<ProductOptions> = {}): Tensor =>
  applyOne(linearAlgebra.matmul, [a, b], formOf(how));

/** c + alpha op(a) op(b), in one pass. @shape a [m, k], b [k, n], c stretched to [m, n] */
export const addProduct = (
  c: Tensor,
  a: Tensor,
  b: Tensor,
  how: Partial<ProductOptions> = {},
): Tensor => applyOne(linearAlgebra.addProduct, [c, a, b], formOf(how));

const formOf = (how: Partial<ProductOptions>): ProductOptions => ({
  transposeA: how.transposeA ?? false,
  transposeB: how.transposeB ?? false,
  alpha: how.alpha ?? 1,
});

/** x W + b. @shape x [rows, in], weight [in, out], bias [out] */
export const affine = (x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  addProduct(bias, x, weight);

/** total + part, as one pass where the part is a product of matrices. */
export function accumulate(total: Tensor, part: Tensor): Tensor {
  const { source, shape } = part;
  const isProduct = source.kind === "call" && source.primitive.name === "matmul";
  if (!isProduct || shape.length !== 2) return add(total, part);
  const [a, b] = source.inputs;
  return addProduct(total, a, b, source.attributes as ProductOptions);
}

/** Below this many rows the runtime's own sum is as fast. */
const manyRows = 64;

/**
 * Sum over the first axis. As a product with a row of ones, which takes a fifth of the time of the
 * runtime's sum. @shape x [rows, columns], result [columns]
 */
export function sumRows(x: Tensor): Tensor {
  const [rows, columns] = x.shape;
  if (rows < manyRows) return sum(x, [0], false);
  return reshape(matmul(filled([1, rows], 1), x), [columns]);
}
