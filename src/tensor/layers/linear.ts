import type { Initialiser, Scope } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import type { Unary } from "../graph/primitives/elementwise.ts";
import { affine, matmul } from "../graph/primitives/linear.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { glorot, he, zeros } from "./initialisers.ts";

export interface LinearOptions {
  /** Width of the result. */
  readonly width: number;
  /** Of the weight; Glorot's unless given. */
  readonly initial?: Initialiser;
  /** Adds a bias, unless false. */
  readonly hasBias?: boolean;
}

/**
 * x W + b along the last axis. Parameters: weight [in, width], bias [width] from zeros.
 * O(rows in width). @shape x [..., in], result [..., width]
 */
export function linear(scope: Scope, x: Tensor, options: LinearOptions): Tensor {
  const { width, initial = glorot, hasBias = true } = options;
  const lead = x.shape.slice(0, -1);
  const into = x.shape[x.shape.length - 1];
  const rows = reshape(x, [sizeOf(lead), into]);
  const weight = scope.parameter("weight", [into, width], initial);
  const y = hasBias
    ? affine(rows, weight, scope.parameter("bias", [width], zeros))
    : matmul(rows, weight);
  return reshape(y, [...lead, width]);
}

export interface MlpOptions {
  /** Of each hidden layer. */
  readonly widths: readonly number[];
  readonly activation: Unary;
  /** After each activation. @unit rate 0..1 */
  readonly dropout: number;
  /** Layers are called by it and their number: "deep0", "deep1". */
  readonly name: string;
}

/**
 * Linear layers, each followed by the activation and dropout. Parameters: <name>0.weight [in, width],
 * <name>0.bias and so on, begun as He's. @shape x [..., in], result [..., last width]
 */
export function mlp(scope: Scope, x: Tensor, options: MlpOptions): Tensor {
  const { widths, activation, dropout, name } = options;
  return widths.reduce((below, width, at) => {
    const layer = scope.child(`${name}${at}`);
    return layer.dropout(activation(linear(layer, below, { width, initial: he })), dropout);
  }, x);
}
