import { add } from "../../../tensor/graph/primitives/elementwise.ts";
import { positionBias } from "../../../tensor/layers/attention-bias.ts";
import { hstuBlock } from "../../../tensor/layers/hstu.ts";
import { seesAll, seesEarlier, seesSegment } from "../../../tensor/layers/visibility.ts";
import type { Body } from "./body.ts";

/**
 * Pointwise attention: each earlier action is weighed by itself, not against the others, so that how
 * often something was done still shows; gated by the place itself, without a feed-forward part.
 * Source: Zhai et al. 2024 (HSTU). Left out: the sampling of long histories. No use for `hidden`.
 * O(rows length width (width + length)) for each block.
 * @shape x [rows, length, width], result as x
 */
export const hstu: Body = (scope, x, shape, { segments, timeBias }) => {
  const { blocks, heads, length, dropout, positions } = shape;
  const sees = seesAll([seesEarlier(length), seesSegment(segments)]);
  let mixed = x;
  for (let block = 0; block < blocks; block++) {
    const own = scope.child(`block${block}`);
    const isLearned = positions === "learned";
    const placed = isLearned ? undefined : positionBias(own, length, { distances: length, heads });
    const biases = [placed, timeBias(own)].filter((one) => one !== undefined);
    const bias = biases.length === 0 ? undefined : biases.reduce(add);
    mixed = hstuBlock(own, mixed, { heads, sees, bias, dropout });
  }
  return mixed;
};
