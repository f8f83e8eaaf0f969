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
   * @shape stretched to [batch, heads, places that look, length]
   */
  readonly bias: Tensor | undefined;
}

/**
 * Each place that looks as a mixture of the places it sees; where all of x look, self-attention. Source:
 * Vaswani et al. 2017. Parameters: query.*, key.*, value.*, output.* as `linear`.
 * O(batch width (length width + some (width + length))).
 * @shape looking [batch, some, width], x [batch, length, width], result as looking
 */
function attentionTo(scope: Scope, looking: Tensor, x: Tensor, options: AttentionOptions): Tensor {
  const { heads, bias } = options;
  const width = x.shape[2];
  const part = (name: string, from: Tensor): Tensor =>
    splitHeads(linear(scope.child(name), from, { width }), heads);
  const [q, k, v] = [part("query", looking), part("key", x), part("value", x)];
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
export const attentionBlock = (scope: Scope, x: Tensor, options: AttentionBlockOptions): Tensor =>
  attentionBlockAt(scope, x, (all) => all, options);

/**
 * The same block for those places alone that somebody asks for, as service asks the last block for one
 * place of each history: keys and values are made of all places, the rest of some. The bias is theirs.
 * O(batch width (length width + some (width + length))).
 * @shape x [batch, length, width], asked of x [batch, some, width], result as asked
 */
export function attentionBlockAt(
  scope: Scope,
  x: Tensor,
  asked: (x: Tensor) => Tensor,
  options: AttentionBlockOptions,
): Tensor {
  const { hidden, activation, dropout } = options;
  const normal = layerNorm(scope.child("norm1"), x);
  const seen = attentionTo(scope.child("attention"), asked(normal), normal, options);
  const mixed = add(asked(x), scope.dropout(seen, dropout));
  const fed = feedForward(scope.child("feed"), layerNorm(scope.child("norm2"), mixed), {
    hidden,
    activation,
    dropout,
  });
  return add(mixed, scope.dropout(fed, dropout));
}
