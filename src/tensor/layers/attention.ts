import { assert } from "../../assert.ts";
import type { Scope } from "../graph/network.ts";
import { reshape, transpose } from "../graph/primitives/arrange.ts";
import { attention } from "../graph/primitives/attention.ts";
import { add, type Unary } from "../graph/primitives/elementwise.ts";
import type { Tensor } from "../graph/tensor.ts";
import { feedForward } from "./feed-forward.ts";
import { linear } from "./linear.ts";
import { layerNorm } from "./norm.ts";

/** Columns become heads. @shape x [batch, length, width], result [batch, heads, length, width / heads] */
export function splitHeads(x: Tensor, heads: number): Tensor {
  const [batch, length, width] = x.shape;
  assert(width % heads === 0, `${heads} heads divide a width of ${width}`);
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** Back again. @shape x [batch, heads, length, width], result [batch, length, heads width] */
export function joinHeads(x: Tensor): Tensor {
  const [batch, heads, length, width] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * width]);
}

export interface AttentionOptions {
  readonly heads: number;
  /**
   * Added to the scores: masks as `asBias` makes them and learned biases. Undefined lets all see all.
   * @shape stretched to [batch, heads, length, length]
   */
  readonly bias: Tensor | undefined;
}

/**
 * Every place as a mixture of the places it sees. Source: Vaswani et al. 2017. Parameters: query.*,
 * key.*, value.*, output.* as `linear`. O(batch length width (width + length)).
 * @shape x [batch, length, width], result as x
 */
export function selfAttention(scope: Scope, x: Tensor, { heads, bias }: AttentionOptions): Tensor {
  const width = x.shape[2];
  const part = (name: string): Tensor => splitHeads(linear(scope.child(name), x, { width }), heads);
  const [q, k, v] = ["query", "key", "value"].map(part);
  const mixed = attention(q, k, v, bias, 1 / Math.sqrt(width / heads));
  return linear(scope.child("output"), joinHeads(mixed), { width });
}

export interface AttentionBlockOptions extends AttentionOptions {
  /** Width of the hidden layer of the feed-forward part. */
  readonly hidden: number;
  readonly activation: Unary;
  /** On what each half adds. @unit rate 0..1 */
  readonly dropout: number;
}

/**
 * x + attention(norm1(x)), then + feed(norm2(.)): normalised before each half, which trains without a
 * warm-up. Source: Xiong et al. 2020. Parameters: norm1.*, attention.*, norm2.*, feed.in.*, feed.out.*.
 * @shape x [batch, length, width], result as x
 */
export function attentionBlock(scope: Scope, x: Tensor, options: AttentionBlockOptions): Tensor {
  const { hidden, activation, dropout } = options;
  const seen = selfAttention(scope.child("attention"), layerNorm(scope.child("norm1"), x), options);
  const mixed = add(x, scope.dropout(seen, dropout));
  const fed = feedForward(scope.child("feed"), layerNorm(scope.child("norm2"), mixed), {
    hidden,
    activation,
    dropout,
  });
  return add(mixed, scope.dropout(fed, dropout));
}
