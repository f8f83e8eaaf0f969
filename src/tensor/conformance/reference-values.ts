import type { ElementwiseAttributes } from "../graph/primitives/elementwise.ts";
import type { GivenAttributes } from "../graph/primitives/given.ts";
import {
  type Evaluation,
  places,
  type Rule,
  type Rules,
  stretchedAt,
  type Values,
} from "./reference-rule.ts";

/** Value by value. */
const each =
  (of: (...values: number[]) => number): Rule<unknown> =>
  ({ inputs, outputs: [{ shape }], values }) => {
    const out = new Float64Array(shape.reduce((a, b) => a * b, 1));
    places(shape, (place, at) => {
      out[at] = of(...inputs.map((one, k) => values[k][stretchedAt(one.shape, place)]));
    });
    return [out];
  };

const sign = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * The error function to double precision: its series near 0, a continued fraction far away.
 * Source: Abramowitz & Stegun 1964, 7.1.6 and 7.1.14.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let n = 1; n < 200; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    return (Math.sign(x) * 2 * Math.exp(-z * z) * sum) / Math.sqrt(Math.PI);
  }
  let below = 0;
  for (let n = 200; n > 0; n--) below = n / 2 / (z + below);
  return Math.sign(x) * (1 - Math.exp(-z * z) / ((z + below) * Math.sqrt(Math.PI)));
}

const cumulative = (x: number): number => (1 + erf(x * Math.SQRT1_2)) / 2;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const casts: Readonly<Record<string, (x: number) => number>> = {
  float32: (x) => x,
  int32: Math.trunc,
  bool: (x) => Number(x !== 0),
};

export const valueRules: Rules<keyof ElementwiseAttributes | keyof GivenAttributes> = {
  add: each((a, b) => a + b),
  subtract: each((a, b) => a - b),
  multiply: each((a, b) => a * b),
  divide: each((a, b) => a / b),
  negate: each((x) => -x),
  absolute: each(Math.abs),
  exp: each(Math.exp),
  log: each(Math.log),
  sqrt: each(Math.sqrt),
  erf: each(erf),
  tanh: each(Math.tanh),
  sigmoid: each(sign),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  relu: each((x) => Math.max(x, 0)),
  gelu: each((x) => x * cumulative(x)),
  geluSlope: each((x) => cumulative(x) + x * density(x)),
  silu: each((x) => x * sign(x)),
  maximum: each(Math.max),
  minimum: each(Math.min),
  greater: each((a, b) => Number(a > b)),
  equal: each((a, b) => Number(a === b)),
  not: each((x) => Number(x === 0)),
  where: each((condition, a, b) => (condition === 0 ? b : a)),
  cast: (call) => each(casts[call.attributes.type])(call as Evaluation<unknown>),
  given: ({ values, attributes }): readonly Values[] => values.slice(0, attributes.values),
};
