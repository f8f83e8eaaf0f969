import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { broadcast, sameShape, shapeText } from "../shape.ts";
import { apply, type Tensor } from "../tensor.ts";
import { sum } from "./arrange.ts";
import { multiply, subtract } from "./elementwise.ts";
import { matmul, productNode } from "./linear.ts";

/**
 * softmax(alpha q k' + bias) v, whole: the backward pass needs the rows' sums of g o alone instead of
 * a pass over the weights. Sources: Vaswani et al. 2017; Dao et al. 2022 for the backward pass.
 * Left out: tiles that never hold all weights; sequences of a shop are short.
 */
export interface AttentionAttributes {
  attention: { readonly alpha: number };
}

const plain = { transposeA: false, transposeB: false, alpha: 1 };

export const attentions: PrimitiveTable<AttentionAttributes> = {
  attention: {
    name: "attention",
    shape: ([q, k, v, bias]) => {
      const [queries, width] = q.shape.slice(-2);
      const [keys, keyWidth] = k.shape.slice(-2);
      assert(width === keyWidth, "queries and keys have one width");
      assert(v.shape[v.shape.length - 2] === keys, "every key has a value");
      const batch = broadcast(q.shape.slice(0, -2), k.shape.slice(0, -2));
      const weights = [...batch, queries, keys];
      const fits = bias === undefined || sameShape(broadcast(bias.shape, weights), weights);
      assert(fits, `the bias stretches to ${shapeText(weights)}`);
      const values = v.shape[v.shape.length - 1];
      return [
        { type: "float32", shape: [...batch, queries, values] },
        { type: "float32", shape: weights },
      ];
    },
    lower: (to, { names: [q, k, v, bias], inputs, outputs, attributes: { alpha } }) => {
      const scaled = { transposeA: false, transposeB: true, alpha };
      const rank = (at: number): number => inputs[at].shape.length;
      const scores = productNode(to, q, k, rank(0), rank(1), scaled);
      const biased = bias === undefined ? scores : to.node("Add", [scores, bias]);
      const weights = to.node("Softmax", [biased], { attributes: { axis: { integer: -1 } } });
      return [productNode(to, weights, v, outputs[1].shape.length, rank(2), plain), weights];
    },
    derive: ({
      inputs: [q, k, v, bias],
      outputs,
      attributes: { alpha },
      gradients: [g],
      needs,
    }) => {
      const [result, weights] = outputs;
      const shared = sum(multiply(g as Tensor, result), [-1], true);
      const reached = matmul(g as Tensor, v, { transposeB: true });
      const scores = multiply(weights, subtract(reached, shared));
      const answers = [
        needs[0] ? matmul(scores, k, { alpha }) : undefined,
        needs[1] ? matmul(scores, q, { alpha, transposeA: true }) : undefined,
        needs[2] ? matmul(weights, g as Tensor, { transposeA: true }) : undefined,
      ];
      return bias === undefined ? answers : [...answers, scores];
    },
  },
};

/**
 * Attention of queries to keys. O(queries keys width).
 * @shape q [..., queries, width], k [..., keys, width], v [..., keys, values],
 * bias stretched to [..., queries, keys]: 0 to let through, very negative to mask, or learned
 */
export const attention = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  bias: Tensor | undefined,
  alpha: number,
): Tensor => apply(attentions.attention, bias ? [q, k, v, bias] : [q, k, v], { alpha })[0];
