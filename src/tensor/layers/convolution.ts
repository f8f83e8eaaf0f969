import type { Scope } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import * as pictures from "../graph/primitives/convolve.ts";
import { add } from "../graph/primitives/elementwise.ts";
import type { Tensor } from "../graph/tensor.ts";
import { he, zeros } from "./initialisers.ts";

export interface ConvolutionOptions {
  readonly filters: number;
  /** Of a filter, along each axis. */
  readonly size: number;
  readonly stride: number;
  /** Zeros around. */
  readonly padding: number;
}

/**
 * Parameters: weight [filters, channels, size, size], bias [filters]. O(places filters channels size^2).
 * @shape x [batch, channels, height, width], result [batch, filters, ...]
 */
export function conv2d(scope: Scope, x: Tensor, options: ConvolutionOptions): Tensor {
  const { filters, size } = options;
  const weight = scope.parameter("weight", [filters, x.shape[1], size, size], he);
  const bias = scope.parameter("bias", [filters], zeros);
  return add(pictures.conv2d(x, weight, options), reshape(bias, [1, filters, 1, 1]));
}

/**
 * Parameters: weight [filters, channels, size], bias [filters].
 * @shape x [batch, channels, length], result [batch, filters, ...]
 */
export function conv1d(
  scope: Scope,
  x: Tensor,
  options: Omit<ConvolutionOptions, "stride">,
): Tensor {
  const { filters, size, padding } = options;
  const weight = scope.parameter("weight", [filters, x.shape[1], size], he);
  const bias = scope.parameter("bias", [filters], zeros);
  const y = pictures.conv1d(x, weight, { stride: 1, padding });
  return add(y, reshape(bias, [1, filters, 1]));
}
