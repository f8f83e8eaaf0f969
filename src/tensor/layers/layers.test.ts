import { expect, test } from "vitest";
import { distancesOf } from "../conformance/compare.ts";
import { readFixture } from "../conformance/fixture.ts";
import type { Build } from "../graph/network.ts";
import { concat, meanAll, reshape, slice } from "../graph/primitives/arrange.ts";
import { maxPool2d } from "../graph/primitives/convolve.ts";
import {
  add,
  gelu,
  multiply,
  relu,
  scale,
  square,
  subtract,
} from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import type { Tensor } from "../graph/tensor.ts";
import { binaryCrossEntropy } from "../losses/binary.ts";
import { crossEntropy } from "../losses/softmax.ts";
import { prelu } from "./activation.ts";
import { attentionBlock } from "./attention.ts";
import { positionBias, timeBias } from "./attention-bias.ts";
import { conv2d } from "./convolution.ts";
import { embeddingTable } from "./embedding.ts";
import { hstuBlock } from "./hstu.ts";
import { zeros } from "./initialisers.ts";
import { crossNetwork, factorisationMachine, interestPooling } from "./interactions.ts";
import { linear, mlp } from "./linear.ts";
import { batchNorm, layerNorm } from "./norm.ts";
import { gru, lstm } from "./recurrent.ts";
import { asBias, seesEarlier } from "./visibility.ts";

const all = { weights: undefined };
const meanSquare = (a: Tensor, b: Tensor): Tensor => meanAll(square(subtract(a, b)));
const column = (x: Tensor, at: number): Tensor => reshape(slice(x, 1, at, at + 1), [x.shape[0]]);

const transformer: Build = (scope, { ids, targets }) => {
  const item = embeddingTable(scope, "item", { rows: 11, width: 6 });
  const positions = scope.parameter("positions", [5, 6], zeros);
  const bias = asBias(seesEarlier(5));
  let x = add(scale(gatherRows(item, ids), Math.sqrt(6)), positions);
  for (const block of ["block0", "block1"]) {
    const options = { heads: 2, bias, hidden: 10, activation: gelu, dropout: 0 };
    x = attentionBlock(scope.child(block), x, options);
  }
  const [batch, length] = ids.shape;
  const rows = reshape(layerNorm(scope.child("norm"), x), [batch * length, 6]);
  const logits = matmul(rows, item, { transposeB: true });
  return { loss: crossEntropy(logits, reshape(targets, [batch * length]), all), logits };
};

const recurrent =
  (kind: "gru" | "lstm", unroll: boolean): Build =>
  (scope, { x, targets }) => {
    if (kind === "gru") {
      const { states } = gru(scope, x, { hidden: 4, unroll });
      return { loss: meanSquare(states, targets), states };
    }
    const { states, last } = lstm(scope, x, { hidden: 4, unroll });
    const loss = meanSquare(states, targets);
    return { loss, states, lastHidden: last.hidden, lastCell: last.cell };
  };

const cnn: Build = (scope, { images, labels }) => {
  const first = { filters: 4, size: 3, stride: 1, padding: 1 };
  const x = maxPool2d(relu(conv2d(scope.child("conv1"), images, first)), 2);
  const y = relu(conv2d(scope.child("conv2"), x, { filters: 6, size: 3, stride: 2, padding: 1 }));
  const [batch] = y.shape;
  const logits = linear(scope.child("head"), reshape(y, [batch, 24]), { width: 5 });
  return { loss: crossEntropy(logits, labels, all), logits };
};

const normalised =
  (shape: readonly number[]): Build =>
  (scope, { runningMean, runningVariance, targets }) => {
    const { y, mean, variance } = batchNorm(scope, scope.parameter("x", shape, zeros));
    const count = shape.reduce((a, b) => a * b) / shape[1];
    const next = (old: Tensor, now: Tensor): Tensor => add(scale(old, 0.9), scale(now, 0.1));
    return {
      loss: meanSquare(y, targets),
      y,
      runningMean: next(runningMean, mean),
      runningVariance: next(runningVariance, scale(variance, count / (count - 1))),
    };
  };

const dcn: Build = (scope, { ids, dense, labels }) => {
  const embedded = [5, 4].map((rows, at) =>
    gatherRows(embeddingTable(scope, `table${at}`, { rows, width: 3 }), column(ids, at)),
  );
  const x0 = concat([...embedded, dense], 1);
  const crossed = crossNetwork(scope, x0, 2);
  const deep = mlp(scope, x0, { widths: [6, 4], activation: relu, dropout: 0, name: "deep" });
  const logits = column(linear(scope.child("head"), concat([crossed, deep], 1), { width: 1 }), 0);
  return { loss: binaryCrossEntropy(logits, labels, all), logits };
};

const din: Build = (scope, { history, mask, candidate, labels }) => {
  const item = embeddingTable(scope, "item", { rows: 11, width: 4 });
  const query = gatherRows(item, candidate);
  const interest = { history: gatherRows(item, history), candidate: query, present: mask };
  const { pooled, weights } = interestPooling(scope.child("unit"), interest, 6);
  const joined = concat([pooled, query, multiply(pooled, query)], 1);
  const deep = prelu(scope.child("deep"), linear(scope.child("deep"), joined, { width: 5 }));
  const logits = column(linear(scope.child("head"), deep, { width: 1 }), 0);
  return { loss: binaryCrossEntropy(logits, labels, all), weights, pooled, logits };
};

const hstu: Build = (scope, { timeBucket, targets }) => {
  const biases = scope.child("bias");
  const near = positionBias(biases, 5, { distances: 5, heads: "shared" });
  const bias = add(near, timeBias(biases, timeBucket, { buckets: 4, heads: "shared" }));
  const x = scope.parameter("x", targets.shape, zeros);
  const y = hstuBlock(scope, x, { heads: 2, sees: seesEarlier(5), bias, dropout: 0 });
  return { loss: meanSquare(y, targets), y };
};

const machine: Build = (scope, { ids, values, labels }) => {
  const logits = factorisationMachine(scope, ids, values, { features: 7, width: 3 });
  return { loss: binaryCrossEntropy(logits, labels, all), logits };
};

/** Rounding of float32, some hundred operations deep; ten steps of Adam are within 1e-4. */
const close = 2e-5;
const closeAfterSteps = 1e-4;

const cases: readonly (readonly [name: string, form: string, turns: number, build: Build])[] = [
  ["transformer", "whole", 1, transformer],
  ["transformer", "in turns", 3, transformer],
  ["lstm", "as a loop", 1, recurrent("lstm", false)],
  ["lstm", "as a loop within turns", 2, recurrent("lstm", false)],
  ["lstm", "unrolled", 1, recurrent("lstm", true)],
  ["gru", "as a loop", 1, recurrent("gru", false)],
  ["gru", "unrolled", 1, recurrent("gru", true)],
  ["cnn", "whole", 1, cnn],
  ["batch-norm", "whole", 1, normalised([6, 4])],
  ["batch-norm-images", "whole", 1, normalised([2, 3, 2, 3])],
  ["dcn-v2", "whole", 1, dcn],
  ["dcn-v2", "in turns", 4, dcn],
  ["din", "whole", 1, din],
  ["hstu", "whole", 1, hstu],
  ["factorisation-machine", "whole", 1, machine],
];

test.each(cases)("%s, %s: what PyTorch computes", async (name, _, turns, build) => {
  const fixture = readFixture(name);
  const found = await distancesOf({ fixture, build, moving: [], turns });
  expect(found.loss).toBeLessThan(close);
  expect(found.outputs).toBeLessThan(close);
  expect(found.gradients).toBeLessThan(close);
  expect(found.free).toBeLessThan(1e-7);
  expect(found.adamLosses).toBeLessThan(closeAfterSteps);
  expect(found.adamParameters).toBeLessThan(closeAfterSteps);
});
