import { concat, reshape, sum, sumAll } from "../../tensor/graph/primitives/arrange.ts";
import {
  equal,
  multiply,
  scale,
  subtract,
  where,
} from "../../tensor/graph/primitives/elementwise.ts";
import { matmul } from "../../tensor/graph/primitives/linear.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import { logSoftmax, softmax } from "../../tensor/graph/primitives/normalise.ts";
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
  const own = sum(multiply(states, table.rows(targets)), [1], true);
  const others = matmul(states, table.rows(negatives), { transposeB: true });
  const left = (logits: Tensor): Tensor => withoutHits(logits, targets, negatives);
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

/** Whose product with the items of a question are its logits. */
export interface Speaker {
  readonly table: ItemTable;
  /** @shape [places, width], the width of its own table */
  readonly states: Tensor;
}

/**
 * How far a student is from what its teacher says of the same questions, both softened: the cross-entropy
 * of their chances, over the catalogue or the drawn negatives, by the square of the temperature, so that
 * its gradients stay as large. Source: Hinton et al. 2015. O(places negatives width).
 */
export function taughtLoss(
  student: Speaker,
  teacher: Speaker,
  { targets, weights, negatives }: Omit<Questions, "states">,
  temperature: number,
): Tensor {
  const softened = (of: Speaker): Tensor =>
    scale(offeredBy(of, targets, negatives), 1 / temperature);
  const chances = softmax(softened(teacher));
  const [places = 0] = chances.shape;
  const agreed = sum(multiply(chances, logSoftmax(softened(student))), [1], false);
  return scale(sumAll(multiply(weights, agreed)), -(temperature ** 2) / places);
}

/** Logits of the whole catalogue, or of the target and the negatives. @shape result [places, items] */
function offeredBy(
  { table, states }: Speaker,
  targets: Tensor,
  negatives: Tensor | undefined,
): Tensor {
  if (negatives === undefined) return matmul(states, table.whole(), { transposeB: true });
  const own = sum(multiply(states, table.rows(targets)), [1], true);
  const others = matmul(states, table.rows(negatives), { transposeB: true });
  return concat([own, withoutHits(others, targets, negatives)], 1);
}

/** A negative that is the target itself is none. @shape logits [places, draws] */
function withoutHits(logits: Tensor, targets: Tensor, negatives: Tensor): Tensor {
  const [places = 0, draws = 0] = logits.shape;
  const isHit = equal(reshape(targets, [places, 1]), reshape(negatives, [1, draws]));
  return where(isHit, scalar(never), logits);
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
