import {
  absolute,
  add,
  addScalar,
  divide,
  equal,
  exp,
  greater,
  log,
  maximum,
  multiply,
  negate,
  scale,
  tanh,
  where,
} from "../graph/primitives/elementwise.ts";
import { withSlopes } from "../graph/primitives/given.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";

/**
 * Logarithms that keep their relative accuracy where a plain one is left with rounding errors: needed
 * where they are then multiplied by something large.
 */

/**
 * log(1 + x), accurate for small x too: the rounding error of 1 + x is divided out again. Source: Kahan
 * as told by Goldberg 1991, theorem 4. @shape x any, result as x @unit x > -1
 */
export function logOnePlus(x: Tensor): Tensor {
  const whole = addScalar(x, 1);
  const kept = addScalar(whole, -1);
  const isLost = equal(kept, scalar(0));
  const ratio = divide(x, where(isLost, scalar(1), kept));
  return withSlopes({
    value: where(isLost, x, multiply(log(whole), ratio)),
    wrt: [x],
    saved: [whole],
    slopes: (g, _, [sum]) => [divide(g, sum)],
  });
}

/** log(1 + exp x), accurate where it is near 0 too. @shape x any, result as x */
export function exactSoftplus(x: Tensor): Tensor {
  const far = exp(negate(absolute(x)));
  return withSlopes({
    value: add(maximum(x, scalar(0)), logOnePlus(far)),
    wrt: [x],
    saved: [far],
    slopes: (g, [at], [e]) => {
      const above = where(greater(at, scalar(0)), scalar(1), e);
      return [multiply(g, divide(above, addScalar(e, 1)))];
    },
  });
}

/**
 * log(1 - exp(-x)) as log(tanh(x / 2) (1 + exp(-x))), accurate near 0 and far from it.
 * @shape x any, result as x @unit x > 0
 */
export const logOneMinusExp = (x: Tensor): Tensor =>
  add(log(tanh(scale(x, 0.5))), logOnePlus(exp(negate(x))));
