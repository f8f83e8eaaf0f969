import type { Scope } from "../graph/network.ts";
import { slice } from "../graph/primitives/arrange.ts";
import { add, multiply, scale, silu } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import type { Tensor } from "../graph/tensor.ts";
import { joinHeads, splitHeads } from "./attention.ts";
import { linear } from "./linear.ts";
import { layerNorm } from "./norm.ts";

export interface HstuOptions {
  readonly heads: number;
  /** Who sees whom: 1 or 0, see visibility.ts. @shape stretched to [batch, heads, length, length] */
  readonly sees: Tensor;
  /** Learned, see attention-bias.ts. @shape stretched as `sees` */
  readonly bias: Tensor | undefined;
  /** On what the block adds. @unit rate 0..1 */
  readonly dropout: number;
}

/**
 * Hierarchical sequential transduction unit: attention whose weights are silu of the scores, not a
 * distribution, so that how often something was seen still shows; gated by the place itself, and without
 * a feed-forward part. With u, v, q, k = silu(mix(norm(x))):
 * x + output(norm(silu(q k' + bias) / length v) u). Source: Zhai et al. 2024.
 * Left out: sampling long histories. Parameters: norm.*, mix.* [width, 4 width], gate.*, output.*.
 * @shape x [batch, length, width], result as x
 */
export function hstuBlock(scope: Scope, x: Tensor, options: HstuOptions): Tensor {
  const { heads, sees, bias, dropout } = options;
  const [, length, width] = x.shape;
  const mix = linear(scope.child("mix"), layerNorm(scope.child("norm"), x), { width: 4 * width });
  const mixed = silu(mix);
  const part = (at: number): Tensor => slice(mixed, 2, at * width, (at + 1) * width);
  const [v, q, k] = [1, 2, 3].map((at) => splitHeads(part(at), heads));
  const scores = matmul(q, k, { transposeB: true });
  const biased = bias === undefined ? scores : add(scores, bias);
  const weights = multiply(silu(biased), scale(sees, 1 / length));
  const seen = layerNorm(scope.child("gate"), joinHeads(matmul(weights, v)));
  const added = linear(scope.child("output"), multiply(seen, part(0)), { width });
  return add(x, scope.dropout(added, dropout));
}
