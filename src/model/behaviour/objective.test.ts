import { expect, test } from "vitest";
import { createRunner, type Runner, type Values } from "../../tensor/conformance/run-network.ts";
import { inputOf, type Network, type Scope } from "../../tensor/graph/network.ts";
import { constant, type Tensor } from "../../tensor/graph/tensor.ts";
import { zeros } from "../../tensor/layers/initialisers.ts";
import { sampledSoftmax } from "../../tensor/losses/softmax.ts";
import { createRandom } from "../../tensor/random.ts";
import { itemTable } from "./item-table.ts";
import { type Objective, objectiveLoss, type Questions } from "./objective.ts";

const [places, vocabulary, width, draws] = [4, 7, 3, 5];
const plain: Objective = { negatives: draws, logQ: undefined, chunk: places };
const logQ = Float32Array.from({ length: vocabulary }, (_, item) => -0.3 * item);

const random = createRandom(2);
const drawn = (rows: number): Values[string] => ({
  type: "float32",
  shape: [rows, width],
  values: Float32Array.from({ length: rows * width }, () => random.normal()),
});
const states = drawn(places);
const items = drawn(vocabulary);
/** The second target is drawn as a negative too, the last place asks nothing. */
const asked: Values = {
  targets: { type: "int32", shape: [places], values: [2, 5, 0, 1] },
  weights: { type: "float32", shape: [places], values: [1, 2, 1, 0] },
  negatives: { type: "int32", shape: [draws], values: [5, 3, 6, 3, 4] },
};

function networkOf(lossOf: (scope: Scope, questions: Questions) => Tensor): Network {
  return {
    inputs: {
      targets: { type: "int32", shape: [places] },
      weights: { type: "float32", shape: [places] },
      negatives: { type: "int32", shape: [draws], isShared: true },
    },
    build: (scope, given) => {
      const of = (name: string): Tensor => inputOf(given, name);
      const x = scope.parameter("states", [places, width], zeros);
      const questions = { states: x, targets: of("targets"), weights: of("weights") };
      return { loss: lossOf(scope, { ...questions, negatives: of("negatives") }) };
    },
  };
}

const ours = (objective: Objective): Network =>
  networkOf((scope, questions) =>
    objectiveLoss(
      itemTable(scope, { vocabulary, width }, undefined),
      vocabulary,
      questions,
      objective,
    ),
  );

async function stepOf(network: Network): ReturnType<Runner["step"]> {
  const runner = await createRunner(network, 1);
  const step = await runner.step({ ...asked, states, items });
  await runner.release();
  return step;
}

test.each([undefined, logQ])("negatives are told apart as by the engine's softmax", async (q) => {
  const reference = networkOf((scope, { states: x, targets, weights, negatives }) =>
    sampledSoftmax(
      x,
      scope.parameter("items", [vocabulary, width], zeros),
      targets,
      negatives as Tensor,
      {
        weights,
        logQ: q === undefined ? undefined : constant(q, [vocabulary]),
        leavesHitsOut: true,
      },
    ),
  );
  const [found, wanted] = [await stepOf(ours({ ...plain, logQ: q })), await stepOf(reference)];
  expect(found.loss).toBeCloseTo(wanted.loss, 6);
  for (const name of ["states", "items"]) {
    found.gradients[name]?.forEach((slope, at) => {
      expect(slope).toBeCloseTo(wanted.gradients[name]?.[at] as number, 6);
    });
  }
});

test("gBCE is a yes or no of each, the yes weighed down as the paper says", async () => {
  const [t, rate] = [0.75, draws / (vocabulary - 1)];
  const beta = rate * (t * (1 - 1 / rate) + 1 / rate);
  const vector = (all: Values[string], row: number): number[] =>
    Array.from({ length: width }, (_, i) => all?.values[row * width + i] as number);
  const logit = (place: number, item: number): number =>
    vector(states, place).reduce((sum, x, i) => sum + x * (vector(items, item)[i] as number), 0);
  const chance = (z: number): number => 1 / (1 + Math.exp(-z));
  const [targets, weights] = [
    [2, 5, 0, 1],
    [1, 2, 1, 0],
  ];
  const negatives = [5, 3, 6, 3, 4];
  const losses = targets.map((target, place) => {
    const yes = -beta * Math.log(chance(logit(place, target)));
    const others = negatives.filter((item) => item !== target);
    const no = others.reduce((sum, item) => sum - Math.log(1 - chance(logit(place, item))), 0);
    return ((weights[place] as number) * (yes + no)) / (draws + 1);
  });
  const { loss } = await stepOf(ours({ ...plain, gbce: t }));
  expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / places, 5);
});
