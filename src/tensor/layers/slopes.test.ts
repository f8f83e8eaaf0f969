import { expect, test } from "vitest";
import { createRunner, outputsOf, type Value, type Values } from "../conformance/run-network.ts";
import { drawn, slopeAlong, whole } from "../conformance/slope.ts";
import type { Build, Network, Scope } from "../graph/network.ts";
import { meanAll, sumAll } from "../graph/primitives/arrange.ts";
import { multiply, relu, square, tanh } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import type { Tensor } from "../graph/tensor.ts";
import { compileTraining } from "../train/compile.ts";
import { dice, prelu } from "./activation.ts";
import { attentionBlock } from "./attention.ts";
import { positionBias, timeBias } from "./attention-bias.ts";
import { conv1d } from "./convolution.ts";
import { embedding, embeddingBag, embeddingTable } from "./embedding.ts";
import { feedForward, swiGlu } from "./feed-forward.ts";
import { normal } from "./initialisers.ts";
import { linear, mlp } from "./linear.ts";
import { batchNorm, rmsNorm } from "./norm.ts";
import { ordinalCuts } from "./ordinal-cuts.ts";

/** A loss that moves with every value of a result, each in its own way. */
const lossOf = (y: Tensor, mix: Tensor): Tensor => meanAll(square(tanh(matmul(y, mix))));
const started = (scope: Scope): Tensor => scope.parameter("x", [5, 4], normal(1));

const floats = (shape: readonly number[], values: readonly number[]): Value => ({
  type: "float32",
  shape,
  values,
});

const given: Values = {
  mix: drawn([4, 3], 21),
  square: drawn([3, 3], 22),
  ids: whole([5, 2], [0, 1, 1, 1, 2, 5, 3, 4, 5, 5]),
  shares: floats([5, 2], [1, 0.5, 2, 1, 0, 0, 1, 0, 1, 1]),
  gaps: whole([1, 3, 3], [0, 1, 2, 2, 1, 0, 0, 0, 1]),
};

const builds: Readonly<Record<string, Build>> = {
  mlp: (scope, { mix }) => {
    const how = { widths: [6, 4], activation: tanh, dropout: 0, name: "layer" };
    return { loss: lossOf(mlp(scope, started(scope), how), mix) };
  },
  "feed-forward": (scope, { mix }) => {
    const y = feedForward(scope, started(scope), { hidden: 7, activation: tanh, dropout: 0 });
    return { loss: lossOf(y, mix) };
  },
  swiGlu: (scope, { mix }) => ({
    loss: lossOf(swiGlu(scope, started(scope), { hidden: 7, dropout: 0 }), mix),
  }),
  "RMS norm": (scope, { mix }) => ({ loss: lossOf(rmsNorm(scope, started(scope)), mix) }),
  "batch norm": (scope, { mix }) => ({ loss: lossOf(batchNorm(scope, started(scope)).y, mix) }),
  prelu: (scope, { mix }) => ({ loss: lossOf(prelu(scope, started(scope)), mix) }),
  dice: (scope, { mix }) => ({ loss: lossOf(dice(scope, started(scope)).y, mix) }),
  "linear without a bias": (scope, { mix }) => ({
    loss: lossOf(linear(scope, started(scope), { width: 4, hasBias: false }), mix),
  }),
  "one-dimensional convolution": (scope) => {
    const x = scope.parameter("x", [2, 3, 5], normal(1));
    const y = conv1d(scope.child("filter"), x, { filters: 2, size: 3, padding: 1 });
    return { loss: meanAll(square(tanh(y))) };
  },
  embedding: (scope, { ids, mix }) => ({
    loss: lossOf(embedding(scope, ids, { rows: 6, width: 4 }), mix),
  }),
  "bag by sum": (scope, { ids, shares, mix }) => {
    const table = embeddingTable(scope, "table", { rows: 6, width: 4 });
    return { loss: lossOf(embeddingBag(table, ids, shares, "sum"), mix) };
  },
  "bag by mean": (scope, { ids, shares, mix }) => {
    const table = embeddingTable(scope, "table", { rows: 6, width: 4 });
    return { loss: lossOf(embeddingBag(table, ids, shares, "mean"), mix) };
  },
  "position bias of heads": (scope, { square: mix }) => ({
    loss: lossOf(positionBias(scope, 3, { distances: 2, heads: 2 }), mix),
  }),
  "time bias of heads": (scope, { gaps, square: mix }) => ({
    loss: lossOf(timeBias(scope, gaps, { buckets: 3, heads: 2 }), mix),
  }),
  "ordinal cuts": (scope) => ({ loss: sumAll(square(ordinalCuts(scope, 4))) }),
};

const inputsOf = (values: Values): Network["inputs"] =>
  Object.fromEntries(
    Object.entries(values).map(([name, { type, shape }]) => [name, { type, shape }]),
  );

test.each(Object.entries(builds))("%s: the gradient is the slope", async (_, build) => {
  const network: Network = { inputs: inputsOf(given), build };
  for (const seed of [1, 2, 3]) {
    const { measured, computed } = await slopeAlong(network, given, seed);
    expect(Math.abs(measured - computed)).toBeLessThan(5e-5);
  }
});

/** What a network gives in service, of parameters as given. */
const served = (values: Values, build: Build) =>
  outputsOf({ inputs: inputsOf(values), build }, values, { isTraining: false });

test("bags by hand", async () => {
  const table = floats([3, 2], [1, 10, 2, 20, 4, 40]);
  const ids = whole([3, 2], [0, 2, 1, 1, 0, 0]);
  const weights = floats([3, 2], [1, 0.5, 1, 0, 0, 0]);
  const found = await served({ table, ids, weights }, (_, all) => ({
    sum: embeddingBag(all["table"], all["ids"], all["weights"], "sum"),
    mean: embeddingBag(all["table"], all["ids"], all["weights"], "mean"),
  }));
  expect([...found["sum"]]).toEqual([3, 30, 2, 20, 0, 0]);
  expect([...found["mean"]]).toEqual([2, 20, 2, 20, 0, 0]);
});

test("batch norm in service goes by known statistics", async () => {
  const values = {
    x: floats([2, 2], [3, 1, 5, 1]),
    scale: floats([2], [2, 1]),
    shift: floats([2], [0, 7]),
    mean: floats([2], [1, 1]),
    variance: floats([2], [4, 9]),
  };
  const { x } = values;
  const build: Build = (scope, inputs) => ({ y: batchNorm(scope, inputs["x"]).y });
  const network: Network = { inputs: inputsOf({ x }), build };
  const { y } = await outputsOf(network, values, { isTraining: false });
  [2, 7, 4, 7].forEach((wanted, at) => {
    expect(y[at]).toBeCloseTo(wanted, 4);
  });
});

test("cuts keep their order", async () => {
  const values = { first: floats([1], [-2]), gaps: floats([2], [-3, 1]) };
  const network: Network = {
    inputs: {},
    build: (scope) => ({ cuts: ordinalCuts(scope, 4) }),
  };
  const { cuts } = await outputsOf(network, values, { isTraining: false });
  const softplus = (z: number): number => Math.log1p(Math.exp(z));
  [-2, -2 + softplus(-3), -2 + softplus(-3) + softplus(1)].forEach((wanted, at) => {
    expect(cuts[at]).toBeCloseTo(wanted, 6);
  });
});

test("nothing is dropped in service", async () => {
  const x = drawn([5, 4], 9);
  const build: Build = (scope, inputs) => {
    const y = feedForward(scope, inputs["x"], { hidden: 8, activation: relu, dropout: 0.5 });
    return { loss: meanAll(multiply(y, y)) };
  };
  const network: Network = { inputs: inputsOf({ x }), build };
  const runner = await createRunner({ ...network, build: withoutDropout(build) }, 1);
  const values = { ...runner.initialValues(2), x };
  const { loss } = await runner.step(values);
  await runner.release();
  const found = await outputsOf(network, values, { isTraining: false });
  expect(found["loss"][0]).toBeCloseTo(loss, 6);
});

test("a block drops what each half adds, and of the hidden layer", () => {
  const options = { heads: 2, bias: undefined, hidden: 8, activation: relu, dropout: 0.25 };
  const build: Build = (scope, inputs) => ({
    loss: meanAll(square(attentionBlock(scope, inputs["x"], options))),
  });
  const network: Network = { inputs: { x: { type: "float32", shape: [2, 3, 4] } }, build };
  const how = { turns: 1, target: "native", clipExamplesTo: undefined } as const;
  const sites = compileTraining(network, how).program.dropout;
  expect(sites.map(({ size }) => size)).toEqual([24, 48, 24]);
  expect(sites.every(({ rate }) => rate === 0.25)).toBe(true);
});

/** The network in training, with every rate 0. */
const withoutDropout =
  (build: Build): Build =>
  (scope, inputs) => {
    const quiet = (one: Scope): Scope => ({
      ...one,
      child: (name) => quiet(one.child(name)),
      dropout: (x) => x,
    });
    return build(quiet(scope), inputs);
  };
