import type { Scope } from "../graph/network.ts";
import { multiply, silu, type Unary } from "../graph/primitives/elementwise.ts";
import type { Tensor } from "../graph/tensor.ts";
import { linear } from "./linear.ts";

export interface FeedForwardOptions {
  /** Of the hidden layer, commonly four times the model's. */
  readonly hidden: number;
  readonly activation: Unary;
  /** On the hidden layer. @unit rate 0..1 */
  readonly dropout: number;
}

/** Wide and narrow again, each place by itself. Parameters: in.*, out.* as `linear`. @shape as x */
export function feedForward(scope: Scope, x: Tensor, options: FeedForwardOptions): Tensor {
  const { hidden, activation, dropout } = options;
  const wide = activation(linear(scope.child("in"), x, { width: hidden }));
  const width = x.shape[x.shape.length - 1];
  return linear(scope.child("out"), scope.dropout(wide, dropout), { width });
}

/**
 * out(silu(gate(x)) * in(x)), without biases: a third more parameters than `feedForward` of the same
 * hidden width. Source: Shazeer 2020. Parameters: gate.weight, in.weight, out.weight. @shape as x
 */
export function swiGlu(
  scope: Scope,
  x: Tensor,
  { hidden, dropout }: Omit<FeedForwardOptions, "activation">,
): Tensor {
  const gate = silu(linear(scope.child("gate"), x, { width: hidden, hasBias: false }));
  const wide = multiply(gate, linear(scope.child("in"), x, { width: hidden, hasBias: false }));
  const width = x.shape[x.shape.length - 1];
  return linear(scope.child("out"), scope.dropout(wide, dropout), { width, hasBias: false });
}
