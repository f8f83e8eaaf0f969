import { describe, expect, test } from "vitest";
import { outputsOf, type Value } from "../conformance/run-network.ts";
import type { Network, Scope } from "../graph/network.ts";
import { mean, meanAll, sumAll } from "../graph/primitives/arrange.ts";
import { relu, square } from "../graph/primitives/elementwise.ts";
import type { Tensor } from "../graph/tensor.ts";
import { dice } from "../layers/activation.ts";
import { conv2d } from "../layers/convolution.ts";
import { ones, zeros } from "../layers/initialisers.ts";
import { linear } from "../layers/linear.ts";
import { batchNorm } from "../layers/norm.ts";
import { crossEntropy } from "../losses/softmax.ts";
import { createRandom } from "../random.ts";
import { compileInference } from "../serve/compile.ts";
import { openPredictor } from "../serve/predictor.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { compileTraining } from "./compile.ts";
import { adam, descent, type Optimiser } from "./optimisers.ts";
import { constantRate, linearDecay, type Schedule } from "./schedules.ts";
import { openTrainer, type Trainer } from "./trainer.ts";

function open(network: Network, turns: number, schedule: Schedule, optimiser: Optimiser): Trainer {
  const how = { turns, target: "native", clipExamplesTo: undefined } as const;
  const { program, initialValues } = compileTraining(network, how);
  return openTrainer({
    programs: { only: program },
    values: initialValues(5),
    optimiser,
    schedule,
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session: { threads: 1, spins: false },
    sessionsMost: 1,
    seed: 5,
    memoryMost: 2 ** 24,
  });
}

const valuesOf = (trainer: Trainer, name: string): number[] => [
  ...(trainer.parameters().get(name) ?? []),
];

/** Measures its input as it comes; the loss rests on another parameter. */
const measuring: Network = {
  inputs: { x: { type: "float32", shape: [4] } },
  build: (scope, { x }) => {
    const part = scope.child("part");
    part.measure("level", mean(x, [0], true), { initial: ones, keep: 0.75 });
    part.measure("square", square(meanAll(x)), { initial: zeros, keep: 0.75 });
    return { loss: sumAll(square(scope.parameter("w", [1], ones))) };
  },
};

describe("what a network measures", () => {
  const steps = [4, 8, 0, 0, 16];

  test("is averaged: the first steps alike, then by the share that is kept", async () => {
    const trainer = open(measuring, 1, constantRate(0.1), descent(0));
    expect(valuesOf(trainer, "part.level")).toEqual([1]);
    const found: number[] = [];
    for (const level of steps) {
      await trainer.train("only", { x: new Float32Array(4).fill(level) });
      found.push(...valuesOf(trainer, "part.level"));
    }
    // 4; (4 + 8) / 2; 12 / 3; 12 / 4; then 3 * 0.75 + 16 * 0.25.
    [4, 6, 4, 3, 6.25].forEach((value, at) => {
      expect(found[at]).toBeCloseTo(value, 5);
    });
    await trainer.close();
  });

  test("is the mean of the turns", async () => {
    const trainer = open(measuring, 2, constantRate(0.1), descent(0));
    await trainer.train("only", { x: Float32Array.of(1, 3, 5, 7) });
    // Turns of mean 2 and 6: mean 4, mean of the squares 20 (the square of the whole is 16).
    expect(valuesOf(trainer, "part.level")).toEqual([4]);
    expect(valuesOf(trainer, "part.square")).toEqual([20]);
    await trainer.close();
  });

  test("once it is no number, nothing has changed, and it is named", async () => {
    const trainer = open(measuring, 1, constantRate(0.1), descent(0));
    await trainer.train("only", { x: new Float32Array(4).fill(2) });
    const before = trainer.state();
    const huge = trainer.train("only", { x: new Float32Array(4).fill(1e30) });
    await expect(huge).rejects.toThrow(/part\.square is not a finite number/);
    expect(trainer.state()).toEqual(before);
    await trainer.close();
  });

  test("is measured once under a name", () => {
    const twice: Network = {
      ...measuring,
      build: (scope, inputs) => {
        measuring.build(scope, inputs);
        return measuring.build(scope, inputs);
      },
    };
    expect(() => open(twice, 1, constantRate(0.1), descent(0))).toThrow(
      "part.level is measured once in a step",
    );
  });
});

const cooling = linearDecay({ peak: 0.02, warmUp: 0, steps: 120, last: 0 });
const batch = 64;
const side = 6;
const inputs = { x: { type: "float32", shape: [batch, 1, side, side] } } as const;

/** Convolution, batch norm, relu, the mean of each channel, Dice, classes. */
function logitsOf(scope: Scope, x: Tensor): Tensor {
  const shape = { filters: 4, size: 3, stride: 1, padding: 1 };
  const { y } = batchNorm(scope.child("norm"), conv2d(scope.child("conv"), x, shape));
  const pooled = mean(relu(y), [2, 3], false);
  return linear(scope.child("out"), dice(scope.child("dice"), pooled).y, { width: 2 });
}

const pictures: Network = { inputs, build: (scope, { x }) => ({ logits: logitsOf(scope, x) }) };

const learning: Network = {
  inputs: { ...inputs, labels: { type: "int32", shape: [batch] } },
  build: (scope, { x, labels }) => ({
    loss: crossEntropy(logitsOf(scope, x), labels, { weights: undefined }),
  }),
};

const statistics = ["norm.mean", "norm.variance", "dice.mean", "dice.variance"];

/** Upright stripes and lying ones, far from mean 0, and noisy. */
function draw(seed: number): { readonly x: Float32Array; readonly labels: Int32Array } {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: batch }, (_, at) => at % 2);
  const x = Float32Array.from({ length: batch * side * side }, (_, at) => {
    const isUpright = labels[Math.floor(at / (side * side))] === 0;
    const line = isUpright ? at % side : Math.floor(at / side);
    return 3 + 2 * (line % 2) + 0.5 * random.normal();
  });
  return { x, labels };
}

async function train(trainer: Trainer, steps: number): Promise<void> {
  while (trainer.step < steps) await trainer.train("only", draw(trainer.step + 1));
}

async function served(
  parameters: ReadonlyMap<string, Float32Array>,
  x: Float32Array,
): Promise<Float32Array> {
  const { model } = await compileInference(pictures, {
    parameters,
    outputs: ["logits"],
    target: "native",
    batch: "free",
  });
  const predictor = await openPredictor(model, {
    provider: "cpu",
    session: { threads: 1, spins: false },
    kept: {},
    batchMost: batch,
  });
  const { logits } = await predictor.run({ x: { ...inputs.x, data: x } });
  await predictor.release();
  return logits.data as Float32Array;
}

/** By the statistics of the batch itself. */
async function asInTraining(trainer: Trainer, x: Float32Array): Promise<Float64Array> {
  const declared = compileTraining(learning, {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  }).program.parameters;
  const values = declared.map(({ name, shape }): [string, Value] => [
    name,
    { type: "float32", shape, values: valuesOf(trainer, name) },
  ]);
  const all = { ...Object.fromEntries(values), x: { ...inputs.x, values: x } };
  return (await outputsOf(pictures, all, { isTraining: true }))["logits"];
}

describe("a small CNN with batch norm and Dice", () => {
  test.each([1, 2])("gives in service nearly what it gave in training, %i turns", async (turns) => {
    const trainer = open(learning, turns, cooling, adam);
    await train(trainer, 120);
    const { x, labels } = draw(1_000);
    const expected = await asInTraining(trainer, x);
    const spread = Math.max(...expected) - Math.min(...expected);
    const gapOf = (values: Float32Array): number =>
      expected.reduce((sum, value, at) => sum + Math.abs(value - values[at]), 0) / expected.length;
    const found = await served(trainer.parameters(), x);
    // Statistics of 64 pictures differ from batch to batch: some thousandths of the spread.
    expect(gapOf(found)).toBeLessThan(0.02 * spread);
    // What they began with serves far worse.
    const first = open(learning, turns, cooling, adam);
    const begun = statistics.map(
      (name) => [name, Float32Array.from(valuesOf(first, name))] as const,
    );
    await first.close();
    const worse = await served(new Map([...trainer.parameters(), ...begun]), x);
    expect(gapOf(worse)).toBeGreaterThan(0.2 * spread);
    const right = labels.filter((y, at) => found[2 * at + y] > found[2 * at + 1 - y]);
    expect(right.length).toBe(batch);
    await trainer.close();
  });

  test("taken up from a checkpoint it goes on byte by byte, statistics too", async () => {
    const whole = open(learning, 2, cooling, adam);
    await train(whole, 4);
    const bytes = encodeCheckpoint(whole.state());
    await train(whole, 7);
    const later = open(learning, 2, cooling, adam);
    later.restore(decodeCheckpoint(bytes));
    await train(later, 7);
    expect(encodeCheckpoint(later.state())).toEqual(encodeCheckpoint(whole.state()));
    expect([...whole.state().parameters.keys()]).toEqual(expect.arrayContaining(statistics));
    await whole.close();
    await later.close();
  });

  test("a state without a statistic is refused whole", async () => {
    const trainer = open(learning, 1, cooling, adam);
    await train(trainer, 2);
    const state = trainer.state();
    const parameters = new Map([...state.parameters].filter(([name]) => name !== "dice.mean"));
    await train(trainer, 3);
    const before = trainer.state();
    expect(() => trainer.restore({ ...state, parameters })).toThrow(
      "the checkpoint has nothing for dice.mean",
    );
    expect(trainer.state()).toEqual(before);
    await trainer.close();
  });
});
