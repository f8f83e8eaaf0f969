import { add, gelu } from "../../../tensor/graph/primitives/elementwise.ts";
import { attentionBlock } from "../../../tensor/layers/attention.ts";
import { positionBias } from "../../../tensor/layers/attention-bias.ts";
import { asBias, seesAll, seesEarlier, seesSegment } from "../../../tensor/layers/visibility.ts";
import type { Body } from "./body.ts";

/**
 * Causal blocks of attention, normalised before each half: every place weighs all that came before it.
 * Sources: Kang & McAuley 2018 (causal, on actions of shoppers), Xiong et al. 2020 (pre-norm),
 * Raffel et al. 2020 (distances), Zhai et al. 2024 (time). O(rows length width (width + hidden + length)) for each block.
 * @shape x [rows, length, width], result as x
 */
export const transformer: Body = (scope, x, shape, { segments, timeBias }) => {
  const { blocks, heads, length, hidden, dropout, positions } = shape;
  const hides = asBias(seesAll([seesEarlier(length), seesSegment(segments)]));
  let mixed = x;
  for (let block = 0; block < blocks; block++) {
    const own = scope.child(`block${block}`);
    const isLearned = positions === "learned";
    const distances = { distances: length, heads };
    const placed = isLearned ? hides : add(hides, positionBias(own, length, distances));
    const timed = timeBias(own);
    const bias = timed === undefined ? placed : add(placed, timed);
    mixed = attentionBlock(own, mixed, { heads, bias, hidden, activation: gelu, dropout });
  }
  return mixed;
};
