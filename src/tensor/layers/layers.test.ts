import { expect, test } from "vitest";
import { distancesOf } from "../conformance/compare.ts";
import { readFixture } from "../conformance/fixture.ts";
import { outputsOf } from "../conformance/run-network.ts";
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
import { freeBatch } from "../graph/shape.ts";
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

/** What is served, and the loss that it is trained by. */
interface Model {
  readonly outputs: Build;
  readonly loss: (outputs: Record<string, Tensor>, inputs: Record<string, Tensor>) => Tensor;
}

const trained =
  ({ outputs, loss }: Model): Build =>
  (scope, inputs) => {
    const found = outputs(scope, inputs);
    return { loss: loss(found, inputs), ...found };
  };

const transformer: Model = {
  outputs: (scope, { ids }) => {
    const item = embeddingTable(scope, "item", { rows: 11, width: 6 });
    const positions = scope.parameter("positions", [5, 6], zeros);
    const bias = asBias(seesEarlier(5));
    let x = add(scale(gatherRows(item, ids), Math.sqrt(6)), positions);
    for (const block of ["block0", "block1"]) {
      const options = { heads: 2, bias, hidden: 10, activation: gelu, dropout: 0 };
      x = attentionBlock(scope.child(block), x, options);
    }
    const rows = reshape(layerNorm(scope.child("norm"), x), [ids.shape[0] * 5, 6]);
    return { logits: reshape(matmul(rows, item, { transposeB: true }), [ids.shape[0], 5, 11]) };
  },
  loss: ({ logits }, { targets }) => {
    const [batch, length, items] = logits.shape;
    const rows = batch * length;
    return crossEntropy(reshape(logits, [rows, items]), reshape(targets, [rows]), all);
  },
};

const recurrent = (kind: "gru" | "lstm", unroll: boolean): Model => ({
  outputs: (scope, { x }) => {
    if (kind === "gru") return { states: gru(scope, x, { hidden: 4, unroll }).states };
    const { states, last } = lstm(scope, x, { hidden: 4, unroll });
    return { states, lastHidden: last.hidden, lastCell: last.cell };
  },
  loss: ({ states }, { targets }) => meanSquare(states, targets),
});

const cnn: Model = {
  outputs: (scope, { images }) => {
    const first = { filters: 4, size: 3, stride: 1, padding: 1 };
    const x = maxPool2d(relu(conv2d(scope.child("conv1"), images, first)), 2);
    const second = { filters: 6, size: 3, stride: 2, padding: 1 };
    const y = relu(conv2d(scope.child("conv2"), x, second));
    return { logits: linear(scope.child("head"), reshape(y, [y.shape[0], 24]), { width: 5 }) };
  },
  loss: ({ logits }, { labels }) => crossEntropy(logits, labels, all),
};

const click: Model["loss"] = ({ logits }, { labels }) => binaryCrossEntropy(logits, labels, all);

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

const dcn: Model = {
  outputs: (scope, { ids, dense }) => {
    const embedded = [5, 4].map((rows, at) =>
      gatherRows(embeddingTable(scope, `table${at}`, { rows, width: 3 }), column(ids, at)),
    );
    const x0 = concat([...embedded, dense], 1);
    const crossed = crossNetwork(scope, x0, 2);
    const deep = mlp(scope, x0, { widths: [6, 4], activation: relu, dropout: 0, name: "deep" });
    const joined = concat([crossed, deep], 1);
    return { logits: column(linear(scope.child("head"), joined, { width: 1 }), 0) };
  },
  loss: click,
};

const din: Model = {
  outputs: (scope, { history, mask, candidate }) => {
    const item = embeddingTable(scope, "item", { rows: 11, width: 4 });
    const query = gatherRows(item, candidate);
    const interest = { history: gatherRows(item, history), candidate: query, present: mask };
    const { pooled, weights } = interestPooling(scope.child("unit"), interest, 6);
    const joined = concat([pooled, query, multiply(pooled, query)], 1);
    const deep = prelu(scope.child("deep"), linear(scope.child("deep"), joined, { width: 5 }));
    const logits = column(linear(scope.child("head"), deep, { width: 1 }), 0);
    return { weights, pooled, logits };
  },
  loss: click,
};

const hstu: Build = (scope, { timeBucket, targets }) => {
  const biases = scope.child("bias");
  const near = positionBias(biases, 5, { distances: 5, heads: "shared" });
  const bias = add(near, timeBias(biases, timeBucket, { buckets: 4, heads: "shared" }));
  const x = scope.parameter("x", targets.shape, zeros);
  const y = hstuBlock(scope, x, { heads: 2, sees: seesEarlier(5), bias, dropout: 0 });
  return { loss: meanSquare(y, targets), y };
};

const machine: Model = {
  outputs: (scope, { ids, values }) => ({
    logits: factorisationMachine(scope, ids, values, { features: 7, width: 3 }),
  }),
  loss: click,
};

/** Rounding of float32, some hundred operations deep; ten steps of Adam are within 1e-4. */
const close = 2e-5;
const closeAfterSteps = 1e-4;

const cases: readonly (readonly [name: string, form: string, turns: number, build: Build])[] = [
  ["transformer", "whole", 1, trained(transformer)],
  ["transformer", "in turns", 3, trained(transformer)],
  ["lstm", "as a loop", 1, trained(recurrent("lstm", false))],
  ["lstm", "as a loop within turns", 2, trained(recurrent("lstm", false))],
  ["lstm", "unrolled", 1, trained(recurrent("lstm", true))],
  ["gru", "as a loop", 1, trained(recurrent("gru", false))],
  ["gru", "unrolled", 1, trained(recurrent("gru", true))],
  ["cnn", "whole", 1, trained(cnn)],
  ["batch-norm", "whole", 1, normalised([6, 4])],
  ["batch-norm-images", "whole", 1, normalised([2, 3, 2, 3])],
  ["dcn-v2", "whole", 1, trained(dcn)],
  ["dcn-v2", "in turns", 4, trained(dcn)],
  ["din", "whole", 1, trained(din)],
  ["hstu", "whole", 1, hstu],
  ["factorisation-machine", "whole", 1, trained(machine)],
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

const served: readonly (readonly [name: string, model: Model])[] = [
  ["transformer", transformer],
  ["lstm", recurrent("lstm", false)],
  ["gru", recurrent("gru", true)],
  ["cnn", cnn],
  ["dcn-v2", dcn],
  ["din", din],
  ["factorisation-machine", machine],
];

test.each(served)("%s served with a batch of any size", async (name, { outputs }) => {
  const fixture = readFixture(name);
  const inputs = Object.fromEntries(
    Object.entries(fixture.inputs).map(([called, { type, shape }]) => [
      called,
      { type, shape: [freeBatch, ...shape.slice(1)] },
    ]),
  );
  const values = { ...fixture.inputs, ...fixture.parameters };
  const found = await outputsOf({ inputs, build: outputs }, values, { isTraining: false });
  const wanted = Object.entries(fixture.outputs);
  expect(wanted.length).toBeGreaterThan(0);
  for (const [called, { values: numbers }] of wanted) {
    expect(found[called]).toHaveLength(numbers.length);
    numbers.forEach((number, at) => {
      expect(found[called][at]).toBeCloseTo(number, 5);
    });
  }
});

test.each(served)("%s of portable operators alone", async (name, model) => {
  const how = { build: trained(model), moving: [], turns: 1, target: "portable" } as const;
  const found = await distancesOf({ fixture: readFixture(name), ...how });
  expect(found.loss).toBeLessThan(close);
  expect(found.gradients).toBeLessThan(close);
});
