import { describe, expect, test } from "vitest";
import { outputsOf, type Values } from "../../../tensor/conformance/run-network.ts";
import { inputOf, type Network } from "../../../tensor/graph/network.ts";
import { gru, lstm } from "../../../tensor/layers/recurrent.ts";
import { createRandom } from "../../../tensor/random.ts";
import { type RecurrentLayer, segmentedGru, segmentedLstm } from "./recurrence.ts";

/** The layers of tensor/, which are checked against PyTorch's, are the reference: a history at a time. */
const WIDTH = 3;
const HIDDEN = 4;

const drawn = (shape: readonly number[], seed: number) => {
  const random = createRandom(seed);
  const size = shape.reduce((product, one) => product * one, 1);
  return {
    type: "float32",
    shape,
    values: Array.from({ length: size }, () => random.normal()),
  } as const;
};

const weightsOf = (gates: number): Values => ({
  "input.weight": drawn([WIDTH, gates * HIDDEN], 1),
  "input.bias": drawn([gates * HIDDEN], 2),
  "hidden.weight": drawn([HIDDEN, gates * HIDDEN], 3),
  "hidden.bias": drawn([gates * HIDDEN], 4),
});

const given = (length: number): Network["inputs"] => ({
  x: { type: "float32", shape: [1, length, WIDTH] },
});

/** What a layer shows at each place of one row. */
async function packed(
  layer: RecurrentLayer,
  weights: Values,
  x: readonly number[],
  segments: readonly number[],
): Promise<number[]> {
  const shape = [1, segments.length];
  const network: Network = {
    inputs: { ...given(segments.length), segments: { type: "int32", shape } },
    build: (scope, all) => ({
      y: layer(scope, inputOf(all, "x"), inputOf(all, "segments"), HIDDEN),
    }),
  };
  const found = await outputsOf(
    network,
    {
      ...weights,
      x: { type: "float32", shape: [...shape, WIDTH], values: x },
      segments: { type: "int32", shape, values: segments },
    },
    { isTraining: false },
  );
  return [...found["y"]];
}

async function alone(
  layer: typeof gru | typeof lstm,
  weights: Values,
  x: readonly number[],
): Promise<number[]> {
  const length = x.length / WIDTH;
  const network: Network = {
    inputs: given(length),
    build: (scope, all) => ({
      y: layer(scope, inputOf(all, "x"), { hidden: HIDDEN, unroll: false }).states,
    }),
  };
  const input = { type: "float32", shape: [1, length, WIDTH], values: x } as const;
  const found = await outputsOf(network, { ...weights, x: input }, { isTraining: false });
  return [...found["y"]];
}

describe.each([
  { name: "GRU", gates: 3, segmented: segmentedGru, whole: gru },
  { name: "LSTM", gates: 4, segmented: segmentedLstm, whole: lstm },
])("a segmented $name", ({ gates, segmented, whole }) => {
  const weights = weightsOf(gates);
  const { values: x } = drawn([6, WIDTH], 5);

  test("over histories in one row shows what each shows alone", async () => {
    const parts = [x.slice(0, 2 * WIDTH), x.slice(2 * WIDTH, 5 * WIDTH), x.slice(5 * WIDTH)];
    const expected: number[] = [];
    for (const part of parts) expected.push(...(await alone(whole, weights, part)));
    const found = await packed(segmented, weights, x, [1, 1, 2, 2, 2, 0]);
    expect(found).toHaveLength(6 * HIDDEN);
    found.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 6);
    });
  });

  test("over one history is the layer itself, and of one place too", async () => {
    const expected = await alone(whole, weights, x);
    const found = await packed(segmented, weights, x, [1, 1, 1, 1, 1, 1]);
    found.forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 6);
    });
    const one = await packed(segmented, weights, x.slice(0, WIDTH), [1]);
    expect(one.map((value) => value.toFixed(5))).toEqual(
      expected.slice(0, HIDDEN).map((value) => value.toFixed(5)),
    );
  });
});
