import { assert } from "../../../assert.ts";
import { MICROSOFT } from "../emitter.ts";
import { operator, type PrimitiveTable } from "../primitive.ts";
import { broadcast } from "../shape.ts";
import {
  applyOne,
  type Derive,
  type Emitter,
  mustBe,
  type NoAttributes,
  type Primitive,
  type Spec,
  scalar,
  type Tensor,
  type TensorType,
} from "../tensor.ts";

/**
 * Value by value, shapes stretched to one another. Derivatives are those of the textbooks; where a
 * derivative jumps (relu at 0, equal arguments of a maximum) it is the one PyTorch takes, except that
 * a maximum of equals gives all of its gradient to the first.
 */
export interface ElementwiseAttributes {
  add: NoAttributes;
  subtract: NoAttributes;
  multiply: NoAttributes;
  divide: NoAttributes;
  negate: NoAttributes;
  absolute: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  erf: NoAttributes;
  tanh: NoAttributes;
  sigmoid: NoAttributes;
  softplus: NoAttributes;
  relu: NoAttributes;
  gelu: NoAttributes;
  geluSlope: NoAttributes;
  silu: NoAttributes;
  maximum: NoAttributes;
  minimum: NoAttributes;
  greater: NoAttributes;
  equal: NoAttributes;
  not: NoAttributes;
  where: NoAttributes;
  cast: { readonly type: TensorType };
}

const stretched = ([a, b]: readonly Tensor[]): readonly Spec[] => {
  assert(a.type === b.type, `both sides are ${a.type}`);
  return [{ type: a.type, shape: broadcast(a.shape, b.shape) }];
};
const compared = (inputs: readonly Tensor[]): readonly Spec[] => [
  { type: "bool", shape: stretched(inputs)[0].shape },
];
const real = ([x]: readonly Tensor[]): readonly Spec[] => {
  mustBe(x, "float32", "the argument");
  return [{ type: "float32", shape: x.shape }];
};

/** g f'(x), for a function of one argument. */
type Slope = (g: Tensor, x: Tensor, y: Tensor) => Tensor;
const along =
  (slope: Slope): Derive<NoAttributes> =>
  ({ inputs: [x], outputs: [y], gradients: [g] }) => [slope(g as Tensor, x, y)];

const unary = (name: string, onnx: string, slope: Slope, domain = ""): Primitive<NoAttributes> =>
  operator(name, onnx, real, along(slope), { domain });

type Sides = (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [() => Tensor, () => Tensor];
const both =
  (sides: Sides): Derive<NoAttributes> =>
  ({ inputs: [a, b], outputs: [y], gradients: [g], needs }) => {
    const [left, right] = sides(g as Tensor, a, b, y);
    return [needs[0] ? left() : undefined, needs[1] ? right() : undefined];
  };

export const elementwise: PrimitiveTable<ElementwiseAttributes> = {
  add: operator(
    "add",
    "Add",
    stretched,
    both((g) => [() => g, () => g]),
  ),
  subtract: operator(
    "subtract",
    "Sub",
    stretched,
    both((g) => [() => g, () => negate(g)]),
  ),
  multiply: operator(
    "multiply",
    "Mul",
    stretched,
    both((g, a, b) => [() => multiply(g, b), () => multiply(g, a)]),
  ),
  divide: operator(
    "divide",
    "Div",
    stretched,
    both((g, _, b, y) => [() => divide(g, b), () => negate(multiply(g, divide(y, b)))]),
  ),
  negate: unary("negate", "Neg", (g) => negate(g)),
  absolute: unary("absolute", "Abs", (g, x) =>
    where(greater(x, scalar(0)), g, where(equal(x, scalar(0)), scalar(0), negate(g))),
  ),
  exp: unary("exp", "Exp", (g, _, y) => multiply(g, y)),
  log: unary("log", "Log", (g, x) => divide(g, x)),
  sqrt: unary("sqrt", "Sqrt", (g, _, y) => divide(scale(g, 0.5), y)),
  erf: unary("erf", "Erf", (g, x) =>
    multiply(g, scale(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
  ),
  tanh: unary("tanh", "Tanh", (g, _, y) => multiply(g, subtract(scalar(1), multiply(y, y)))),
  sigmoid: unary("sigmoid", "Sigmoid", (g, _, y) =>
    multiply(g, multiply(y, subtract(scalar(1), y))),
  ),
  softplus: unary("softplus", "Softplus", (g, x) => multiply(g, sigmoid(x))),
  relu: unary("relu", "Relu", (g, _, y) => multiply(g, cast(greater(y, scalar(0)), "float32"))),
  gelu: unary("gelu", "Gelu", (g, x) => multiply(g, geluSlope(x)), MICROSOFT),
  geluSlope: {
    name: "geluSlope",
    shape: real,
    lower: (to, { names: [x] }) => [lowerGeluSlope(to, x)],
    // phi(x) (2 - x^2)
    derive: along((g, x) => {
      const squares = square(x);
      const density = scale(exp(scale(squares, -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return multiply(g, multiply(density, subtract(scalar(2), squares)));
    }),
  },
  silu: {
    name: "silu",
    shape: real,
    lower: (to, { names }) => [
      to.node("QuickGelu", names, { domain: MICROSOFT, attributes: { alpha: { real: 1 } } }),
    ],
    // s + y - y s, with s the sigmoid of x and y = x s
    derive: along((g, x) => {
      const s = sigmoid(x);
      const y = multiply(x, s);
      return multiply(g, add(s, subtract(y, multiply(y, s))));
    }),
  },
  maximum: operator(
    "maximum",
    "Max",
    stretched,
    both((g, a, b) => [
      () => where(greater(b, a), scalar(0), g),
      () => where(greater(b, a), g, scalar(0)),
    ]),
  ),
  minimum: operator(
    "minimum",
    "Min",
    stretched,
    both((g, a, b) => [
      () => where(greater(a, b), scalar(0), g),
      () => where(greater(a, b), g, scalar(0)),
    ]),
  ),
  greater: operator("greater", "Greater", compared, "none"),
  equal: operator("equal", "Equal", compared, "none"),
  not: operator("not", "Not", ([x]) => [x], "none"),
  where: operator("where", "Where", chosen, ({ inputs: [condition], gradients: [g], needs }) => [
    undefined,
    needs[1] ? where(condition, g as Tensor, scalar(0)) : undefined,
    needs[2] ? where(condition, scalar(0), g as Tensor) : undefined,
  ]),
  cast: {
    name: "cast",
    shape: ([x], { type }) => [{ type, shape: x.shape }],
    lower: (to, { names, attributes }) => [
      to.node("Cast", names, { attributes: { to: { integer: castTo[attributes.type] } } }),
    ],
    derive: "none",
  },
};

/** Numbers of the element types in the format. */
const castTo: Readonly<Record<TensorType, number>> = { float32: 1, int32: 6, bool: 9 };

function chosen([condition, a, b]: readonly Tensor[]): readonly Spec[] {
  mustBe(condition, "bool", "the condition");
  assert(a.type === b.type, "both choices have one type");
  return [{ type: a.type, shape: broadcast(condition.shape, broadcast(a.shape, b.shape)) }];
}

/**
 * Phi(x) + x phi(x), of the standard normal distribution, in the fewest passes over x: with u = x / sqrt 2
 * it is (1 + erf u) / 2, which the hard sigmoid computes in one, plus x exp(c - u^2).
 */
function lowerGeluSlope(to: Emitter, x: string): string {
  const u = to.node("Mul", [x, to.scalar(Math.SQRT1_2)]);
  const half = { attributes: { alpha: { real: 0.5 }, beta: { real: 0.5 } } };
  const cumulative = to.node("HardSigmoid", [to.node("Erf", [u])], half);
  const exponent = to.node("Sub", [
    to.scalar(-0.5 * Math.log(2 * Math.PI)),
    to.node("Mul", [u, u]),
  ]);
  const along = to.node("Mul", [x, to.node("Exp", [exponent])]);
  return to.node("Add", [cumulative, along]);
}

/** One argument. @shape result as x */
export type Unary = (x: Tensor) => Tensor;
/** Two arguments. @shape result of a and b stretched to one another */
export type Binary = (a: Tensor, b: Tensor) => Tensor;

const callOf = (name: keyof ElementwiseAttributes, inputs: readonly Tensor[]): Tensor =>
  applyOne(elementwise[name] as Primitive<NoAttributes>, inputs, {});
const unaryOf =
  (name: keyof ElementwiseAttributes): Unary =>
  (x) =>
    callOf(name, [x]);
const binaryOf =
  (name: keyof ElementwiseAttributes): Binary =>
  (a, b) =>
    callOf(name, [a, b]);

export const add: Binary = binaryOf("add");
export const subtract: Binary = binaryOf("subtract");
export const multiply: Binary = binaryOf("multiply");
export const divide: Binary = binaryOf("divide");
export const negate: Unary = unaryOf("negate");
export const absolute: Unary = unaryOf("absolute");
export const exp: Unary = unaryOf("exp");
export const log: Unary = unaryOf("log");
export const sqrt: Unary = unaryOf("sqrt");
export const erf: Unary = unaryOf("erf");
export const tanh: Unary = unaryOf("tanh");
export const sigmoid: Unary = unaryOf("sigmoid");
/** log(1 + exp x), without overflow. */
export const softplus: Unary = unaryOf("softplus");
export const relu: Unary = unaryOf("relu");
/** x Phi(x), exact. */
export const gelu: Unary = unaryOf("gelu");
/** The derivative of gelu. */
const geluSlope: Unary = unaryOf("geluSlope");
/** x sigmoid(x). */
export const silu: Unary = unaryOf("silu");
export const maximum: Binary = binaryOf("maximum");
export const minimum: Binary = binaryOf("minimum");
/** a > b, as bool. */
export const greater: Binary = binaryOf("greater");
export const equal: Binary = binaryOf("equal");
export const not: Unary = unaryOf("not");
/** a where the condition holds, else b. @shape result of all three stretched to one another */
export const where = (condition: Tensor, a: Tensor, b: Tensor): Tensor =>
  callOf("where", [condition, a, b]);
export const cast = (x: Tensor, type: TensorType): Tensor =>
  x.type === type ? x : applyOne(elementwise.cast, [x], { type });

export const scale = (x: Tensor, factor: number): Tensor =>
  factor === 1 ? x : multiply(x, scalar(factor));
export const addScalar = (x: Tensor, term: number): Tensor => add(x, scalar(term));
export const square = (x: Tensor): Tensor => multiply(x, x);
