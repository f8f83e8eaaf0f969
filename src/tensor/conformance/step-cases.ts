import type { Build, Network } from "../graph/network.ts";
import { concat, reshape, slice } from "../graph/primitives/arrange.ts";
import { maxPool2d } from "../graph/primitives/convolve.ts";
import { add, gelu, relu, scale } from "../graph/primitives/elementwise.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attentionBlock } from "../layers/attention.ts";
import { conv2d } from "../layers/convolution.ts";
import { embeddingTable } from "../layers/embedding.ts";
import { crossNetwork } from "../layers/interactions.ts";
import { linear, mlp } from "../layers/linear.ts";
import { layerNorm } from "../layers/norm.ts";
import { lstm } from "../layers/recurrent.ts";
import { asBias, seesEarlier } from "../layers/visibility.ts";
import { binaryCrossEntropy } from "../losses/binary.ts";
import { crossEntropy, sampledSoftmax, tiedSoftmax } from "../losses/softmax.ts";

/**
 * The networks whose training step is timed beside PyTorch's: inputs and names of parameters are those
 * of bench/peers/tensor_steps.py, so that both begin from the same numbers.
 */
export interface StepCase {
  readonly network: Network;
  /** Parts of a batch, as found fastest. */
  readonly turns: number;
  /** What an input of whole numbers stays below. */
  readonly below: Readonly<Record<string, number>>;
  /** Multiplications and additions of the products of a step, forward and backward. @unit flop */
  readonly flop: number;
}

export interface SasrecSize {
  readonly batch: number;
  readonly length: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  readonly items: number;
  /** 0: against all items. */
  readonly negatives: number;
  readonly turns: number;
  /** Rows of the loss over all items at a time; divides those of a turn. */
  readonly chunk: number;
}

export function sasrec(size: SasrecSize): StepCase {
  const { batch, length, width, blocks, items, negatives, turns } = size;
  const rows = batch * length;
  const int32 = { type: "int32", shape: [rows] } as const;
  const shared = { type: "int32", shape: [negatives], isShared: true } as const;
  const inputs = { ids: int32, targets: int32 };
  const perRow = blocks * (12 * width ** 2 + 2 * length * width) + (negatives || items) * width;
  return {
    network: {
      inputs: negatives > 0 ? { ...inputs, negatives: shared } : inputs,
      build: sasrecBuild(size),
    },
    turns,
    below: { ids: items, targets: items, negatives: items },
    flop: 6 * rows * perRow,
  };
}

const sasrecBuild =
  ({ length, width, blocks, heads, items, chunk }: SasrecSize): Build =>
  (scope, { ids, targets, negatives }) => {
    const table = embeddingTable(scope, "item", { rows: items, width });
    const places = embeddingTable(scope, "positions", { rows: length, width });
    const looked = gatherRows(table, reshape(ids, [ids.shape[0] / length, length]));
    const bias = asBias(seesEarlier(length));
    const options = { heads, bias, hidden: 4 * width, activation: gelu, dropout: 0 };
    let x = add(scale(looked, Math.sqrt(width)), places);
    for (let at = 0; at < blocks; at++) x = attentionBlock(scope.child(`block${at}`), x, options);
    const states = reshape(layerNorm(scope.child("norm"), x), [ids.shape[0], width]);
    if (negatives === undefined) {
      return { loss: tiedSoftmax(states, table, targets, { chunk, weights: undefined }) };
    }
    const how = { logQ: undefined, leavesHitsOut: false, weights: undefined };
    return { loss: sampledSoftmax(states, table, targets, negatives, how) };
  };

const yesNo = (logits: Tensor, labels: Tensor): Record<string, Tensor> => ({
  loss: binaryCrossEntropy(reshape(logits, labels.shape), labels, { weights: undefined }),
});

export interface LstmSize {
  readonly batch: number;
  readonly length: number;
  readonly items: number;
  readonly width: number;
  /** States of the second layer. */
  readonly last: number;
  readonly turns: number;
  readonly unroll: boolean;
}

export function lstmPair(size: LstmSize): StepCase {
  const { batch, length, items, width, last, turns, unroll } = size;
  const build: Build = (scope, { ids, labels }) => {
    const x = gatherRows(embeddingTable(scope, "table", { rows: items, width }), ids);
    const { states } = lstm(scope.child("lstm0"), x, { hidden: width, unroll });
    const { hidden } = lstm(scope.child("lstm1"), states, { hidden: last, unroll }).last;
    return yesNo(linear(scope.child("head"), hidden, { width: 1 }), labels);
  };
  return {
    network: {
      inputs: {
        ids: { type: "int32", shape: [batch, length] },
        labels: { type: "float32", shape: [batch] },
      },
      build,
    },
    turns,
    below: { ids: items },
    flop: 6 * batch * length * 4 * (2 * width ** 2 + width * last + last ** 2),
  };
}

export interface CnnSize {
  readonly batch: number;
  readonly filters: readonly [number, number];
  readonly turns: number;
}

/** Of pictures of 28 x 28, without padding: 26, pooled 13, 11, pooled 5. */
export function cnn({ batch, filters, turns }: CnnSize): StepCase {
  const build: Build = (scope, { images, labels }) => {
    const layer = (name: string, x: Tensor, at: 0 | 1): Tensor => {
      const how = { filters: filters[at], size: 3, stride: 1, padding: 0 };
      return maxPool2d(relu(conv2d(scope.child(name), x, how)), 2);
    };
    // The last row and column of 11 reach no pool of 2, so they need not be computed.
    const seen = slice(slice(layer("conv1", images, 0), 2, 0, 12), 3, 0, 12);
    const flat = reshape(layer("conv2", seen, 1), [images.shape[0], 25 * filters[1]]);
    const logits = linear(scope.child("head"), flat, { width: 10 });
    return { loss: crossEntropy(logits, labels, { weights: undefined }) };
  };
  const perImage = 26 ** 2 * 9 * filters[0] + 10 ** 2 * 9 * filters[0] * filters[1];
  return {
    network: {
      inputs: {
        images: { type: "float32", shape: [batch, 1, 28, 28] },
        labels: { type: "int32", shape: [batch] },
      },
      build,
    },
    turns,
    below: { labels: 10 },
    flop: 6 * batch * (perImage + 250 * filters[1]),
  };
}

export interface DcnSize {
  readonly batch: number;
  readonly fields: number;
  readonly rows: number;
  readonly width: number;
  readonly dense: number;
  readonly cross: number;
  readonly deep: readonly [number, number];
  readonly turns: number;
}

export function dcn(size: DcnSize): StepCase {
  const { batch, fields, rows, width, dense: columns, cross, deep, turns } = size;
  const build: Build = (scope, { ids, dense, labels }) => {
    const looked = Array.from({ length: fields }, (_, at) => {
      const own = reshape(slice(ids, 1, at, at + 1), [ids.shape[0]]);
      return gatherRows(embeddingTable(scope, `table${at}`, { rows, width }), own);
    });
    const x0 = concat([...looked, dense], 1);
    const far = mlp(scope, x0, { widths: deep, activation: relu, dropout: 0, name: "deep" });
    const both = concat([crossNetwork(scope, x0, cross), far], 1);
    return yesNo(linear(scope.child("head"), both, { width: 1 }), labels);
  };
  const all = fields * width + columns;
  return {
    network: {
      inputs: {
        ids: { type: "int32", shape: [batch, fields] },
        dense: { type: "float32", shape: [batch, columns] },
        labels: { type: "float32", shape: [batch] },
      },
      build,
    },
    turns,
    below: { ids: rows },
    flop: 6 * batch * (cross * all ** 2 + all * (deep[0] + 1) + deep[0] * deep[1] + deep[1]),
  };
}
