import type { Initialiser, Scope } from "../graph/network.ts";
import {
  add,
  greater,
  multiply,
  sigmoid,
  subtract,
  where,
} from "../graph/primitives/elementwise.ts";
import { sizeOf } from "../graph/shape.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import { zeros } from "./initialisers.ts";
import { type Normalised, standardised } from "./norm.ts";

/** As PyTorch begins. */
const quarter: Initialiser = (shape) => new Float32Array(sizeOf(shape)).fill(0.25);

/** x where it is positive, slope x elsewhere. Source: He et al. 2015. Parameter: slope [width]. */
export function prelu(scope: Scope, x: Tensor): Tensor {
  const slope = scope.parameter("slope", x.shape.slice(-1), quarter);
  return where(greater(x, scalar(0)), x, multiply(slope, x));
}

/**
 * Between x and slope x by the place in its batch: p x + (1 - p) slope x, p = sigmoid of x normalised.
 * Source: Zhou et al. 2018. Parameters: slope [width]; in service mean, variance [width].
 * @shape x [batch, width], y as x
 */
export function dice(scope: Scope, x: Tensor): Normalised {
  const slope = scope.parameter("slope", x.shape.slice(-1), zeros);
  const { y, ...statistics } = standardised(scope, x);
  const p = sigmoid(y);
  const share = add(p, multiply(slope, subtract(scalar(1), p)));
  return { y: multiply(share, x), ...statistics };
}
