import {
  type InputSpec,
  inputOf,
  type Network,
  type Scope,
} from "../../../tensor/graph/network.ts";
import { reshape } from "../../../tensor/graph/primitives/arrange.ts";
import { sigmoid } from "../../../tensor/graph/primitives/elementwise.ts";
import { gatherRows } from "../../../tensor/graph/primitives/lookup.ts";
import type { Tensor } from "../../../tensor/graph/tensor.ts";
import { embedding } from "../../../tensor/layers/embedding.ts";
import { linear } from "../../../tensor/layers/linear.ts";
import { binaryCrossEntropy } from "../../../tensor/losses/binary.ts";
import { segmentedLstm } from "./recurrence.ts";

/**
 * The textbooks' classifier of shoppers: Embedding, LSTM(64), Dropout, LSTM(32), Dense with a sigmoid,
 * trained by binary cross-entropy: will what was begun end in a purchase? A history is asked after each
 * of its actions, not after the last alone, so that it answers while a session is under way; histories
 * lie packed in rows as for the behaviour model.
 * Sources: Hochreiter & Schmidhuber 1997; Toth et al. 2017 (purchase from click streams by LSTM).
 * Left out: what is known of shopper and item beside the action. Not calibrated.
 */
export interface ClassifierShape {
  readonly vocabulary: number;
  /** Numbers in a vector. */
  readonly width: number;
  /** Of the first layer; the second has half as many. */
  readonly hidden: number;
  /** Places in a row. */
  readonly length: number;
  /** @unit rate 0..1 */
  readonly dropout: number;
}

/** Log-odds of a purchase after each action. @shape inputs [rows, length], result [rows length] */
function logits(scope: Scope, shape: ClassifierShape, tokens: Tensor, segments: Tensor): Tensor {
  const { vocabulary, width, hidden, dropout } = shape;
  const vectors = embedding(scope.child("actions"), tokens, { rows: vocabulary, width });
  const wide = segmentedLstm(scope.child("wide"), vectors, segments, hidden);
  const kept = scope.dropout(wide, dropout);
  const half = Math.ceil(hidden / 2);
  const narrow = segmentedLstm(scope.child("narrow"), kept, segments, half);
  const [rows = 0, length = 0] = tokens.shape;
  return reshape(linear(scope.child("purchase"), narrow, { width: 1 }), [rows * length]);
}

/**
 * For training: labels are 1 where the place's history ends in a purchase; weights are 0 at padding and
 * have a mean of 1.
 * @shape all inputs [rows, length]
 */
export function classifierTraining(shape: ClassifierShape, rows: number): Network {
  const place: InputSpec = { type: "int32", shape: [rows, shape.length] };
  const real: InputSpec = { ...place, type: "float32" };
  return {
    inputs: { tokens: place, segments: place, labels: real, weights: real },
    build: (scope, given) => {
      const z = logits(scope, shape, inputOf(given, "tokens"), inputOf(given, "segments"));
      const flat = (name: string): Tensor => reshape(inputOf(given, name), z.shape);
      return { loss: binaryCrossEntropy(z, flat("labels"), { weights: flat("weights") }) };
    },
  };
}

/**
 * For service: the chance after the action at `last`, a place counted through all rows.
 * @shape tokens, segments [batch, length], last [batch], result chance [batch] @unit chance 0..1
 */
export function classifierService(shape: ClassifierShape): Network {
  const place: InputSpec = { type: "int32", shape: [1, shape.length] };
  return {
    inputs: { tokens: place, segments: place, last: { type: "int32", shape: [1] } },
    build: (scope, given) => {
      const z = logits(scope, shape, inputOf(given, "tokens"), inputOf(given, "segments"));
      return { chance: sigmoid(gatherRows(z, inputOf(given, "last"))) };
    },
  };
}
