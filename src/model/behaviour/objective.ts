import { concat, reshape, sum } from "../../tensor/graph/primitives/arrange.ts";
import { equal, multiply, subtract, where } from "../../tensor/graph/primitives/elementwise.ts";
import { matmul } from "../../tensor/graph/primitives/linear.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import type { Tensor } from "../../tensor/graph/tensor.ts";
import { constant, scalar } from "../../tensor/graph/tensor.ts";
import { crossEntropy, gbce, tiedSoftmax } from "../../tensor/losses/softmax.ts";
import type { ItemTable } from "./item-table.ts";

/**
 * How the next item is asked for in training: told apart from the whole catalogue, or from negatives drawn
 * once a batch and shared by all places, of which a place leaves out its own target. Sources: Klenitskiy &
 * Vasilev 2023 (softmax over many negatives), Yi et al. 2019 (logQ), Petrov & Macdonald 2023 (gBCE).
 */
export interface Objective {
  /** Negatives drawn once a batch, or the whole catalogue. */
  readonly negatives: number | "all";
  /** log of the chance to be drawn, taken off the logits. @shape [vocabulary] */
  readonly logQ: Float32Array | undefined;
  /** Rows of logits at a time, where the whole catalogue is asked. */
  readonly chunk: number;
  /**
   * With drawn negatives: instead of a softmax a yes or no of each, calibrated so far as if none had been
   * left out. Undefined is softmax. @unit share 0..1
   */
  readonly gbce?: number | undefined;
}

export interface Questions {
  /** @shape [places, width] */
  readonly states: Tensor;
  /** @shape [places] of int32 */
  readonly targets: Tensor;
  /** 0 where nothing is asked. @shape [places] */
  readonly weights: Tensor;
  /** @shape [draws] of int32, where negatives are drawn */
  readonly negatives: Tensor | undefined;
}

/** Far below any logit, and yet no infinity. */
const never = -1e9;

/** The mean over places of weight times loss. O(places negatives width). */
export function objectiveLoss(
  table: ItemTable,
  vocabulary: number,
  { states, targets, weights, negatives }: Questions,
  { logQ, chunk, gbce: calibration }: Objective,
): Tensor {
  if (negatives === undefined) {
    return tiedSoftmax(states, table.whole(), targets, { weights, chunk });
  }
  const [places = 0] = states.shape;
  const [draws = 0] = negatives.shape;
  const own = sum(multiply(states, table.rows(targets)), [1], true);
  const others = matmul(states, table.rows(negatives), { transposeB: true });
  const isHit = equal(reshape(targets, [places, 1]), reshape(negatives, [1, draws]));
  const left = (logits: Tensor): Tensor => where(isHit, scalar(never), logits);
  if (calibration !== undefined) {
    return gbce(own, left(others), { weights, items: vocabulary, calibration });
  }
  const offered =
    logQ === undefined
      ? concat([own, left(others)], 1)
      : corrected(own, others, constant(logQ, [vocabulary]), { targets, negatives, left });
  const first = constant(new Int32Array(places), [places]);
  return crossEntropy(offered, first, { weights });
}

interface Correction {
  readonly targets: Tensor;
  readonly negatives: Tensor;
  readonly left: (logits: Tensor) => Tensor;
}

/** Logits less the log of how often each is drawn; the target's own too. */
function corrected(
  own: Tensor,
  others: Tensor,
  logQ: Tensor,
  { targets, negatives, left }: Correction,
): Tensor {
  const [places = 0, draws = 0] = others.shape;
  const right = subtract(own, reshape(gatherRows(logQ, targets), [places, 1]));
  const wrong = subtract(others, reshape(gatherRows(logQ, negatives), [1, draws]));
  return concat([right, left(wrong)], 1);
}
