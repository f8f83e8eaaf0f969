import { expect, test } from "vitest";
import { createRunner, outputsOf, type Value } from "../conformance/run-network.ts";
import { whole } from "../conformance/slope.ts";
import type { Build, Network } from "../graph/network.ts";
import { reshape, slice, sumAll } from "../graph/primitives/arrange.ts";
import type { Tensor } from "../graph/tensor.ts";
import { zeros } from "../layers/initialisers.ts";
import { binaryCrossEntropy } from "./binary.ts";
import { negativeBinomial, tweedie } from "./counts.ts";
import { exactSoftplus, logOneMinusExp, logOnePlus } from "./exact-log.ts";
import { discreteHazard } from "./hazard.ts";
import { logGamma } from "./log-gamma.ts";
import { coral, cumulativeLink } from "./ordinal.ts";
import { meanSquaredError, pinball } from "./regression.ts";
import type { RowWeights } from "./softmax.ts";
import { zeroInflatedLogNormal, zeroInflatedMean } from "./zero-inflated.ts";

const floats = (...values: readonly number[]): Value => ({
  type: "float32",
  shape: [values.length],
  values,
});

/** A loss of rows of `columns` numbers each, the parameter z. */
interface Row {
  readonly columns: number;
  readonly targets: "float32" | "int32";
  readonly lossOf: (z: Tensor, targets: Tensor, options: RowWeights) => Tensor;
}

const first = (z: Tensor): Tensor => reshape(slice(z, 1, 0, 1), [z.shape[0]]);
const second = (z: Tensor): Tensor => reshape(slice(z, 1, 1, 2), [z.shape[0]]);
const losses: Readonly<Record<string, Row>> = {
  "mean squared error": {
    columns: 1,
    targets: "float32",
    lossOf: (z, y, how) => meanSquaredError(first(z), y, how),
  },
  "binary cross-entropy": {
    columns: 1,
    targets: "float32",
    lossOf: (z, y, how) => binaryCrossEntropy(first(z), y, how),
  },
  pinball: {
    columns: 2,
    targets: "float32",
    lossOf: (z, y, how) => pinball(z, y, { ...how, quantiles: [0.05, 0.95] }),
  },
  ...Object.fromEntries(
    [1, 1.5, 2].map((power): [string, Row] => [
      `tweedie ${power}`,
      {
        columns: 1,
        targets: "float32",
        lossOf: (z, y, how) => tweedie(first(z), y, { ...how, power }),
      },
    ]),
  ),
  "negative binomial": {
    columns: 2,
    targets: "float32",
    lossOf: (z, y, how) => negativeBinomial(first(z), second(z), y, how),
  },
  "zero-inflated log-normal": { columns: 3, targets: "float32", lossOf: zeroInflatedLogNormal },
  coral: {
    columns: 2,
    targets: "int32",
    lossOf: (z, y, how) => coral(first(z), reshape(slice(z, 0, 0, 1), [2]), y, how),
  },
  hazard: {
    columns: 4,
    targets: "int32",
    lossOf: (z, y, how) => discreteHazard(z, { times: y, events: y }, how),
  },
};

function networkOf({ columns, targets, lossOf }: Row, rows: number): Network {
  return {
    inputs: {
      targets: { type: targets, shape: [rows] },
      weights: { type: "float32", shape: [rows] },
    },
    build: (scope, inputs) => {
      const z = scope.parameter("z", [rows, columns], zeros);
      return { loss: lossOf(z, inputs["targets"], { weights: inputs["weights"] }) };
    },
  };
}

const ends = [-80, -17.5, 0, 17.5, 80];

/** Every pair of ends in the first two columns. */
const extremes = (columns: number): number[] =>
  ends.flatMap((a) => ends.flatMap((b) => [a, b, -a, b].slice(0, columns)));

test.each(Object.entries(losses))("%s is finite at its ends", async (_, row) => {
  const rows = ends.length ** 2;
  const runner = await createRunner(networkOf(row, rows), 1);
  for (const target of [0, 1]) {
    const { loss, gradients } = await runner.step({
      z: { type: "float32", shape: [rows, row.columns], values: extremes(row.columns) },
      targets: { type: row.targets, shape: [rows], values: new Array(rows).fill(target) },
      weights: floats(...new Array<number>(rows).fill(1)),
    });
    expect(loss).toSatisfy(Number.isFinite);
    expect([...gradients["z"]].every(Number.isFinite)).toBe(true);
  }
  await runner.release();
});

test.each(Object.entries(losses))("%s weighs its rows", async (_, row) => {
  const { columns } = row;
  const runner = await createRunner(networkOf(row, 3), 1);
  const z = Array.from({ length: 3 * columns }, (__, at) => Math.sin(at + 1));
  const step = (weights: readonly number[]) =>
    runner.step({
      z: { type: "float32", shape: [3, columns], values: z },
      targets: { type: row.targets, shape: [3], values: [1, 0, 1] },
      weights: floats(...weights),
    });
  const [alone, both, last] = [await step([1, 0, 0]), await step([2, 0, 1]), await step([0, 0, 1])];
  expect(both.loss).toBeCloseTo(2 * alone.loss + last.loss, 5);
  expect(alone.loss).not.toBeCloseTo(last.loss, 3);
  both.gradients["z"].forEach((slope, at) => {
    expect(slope).toBeCloseTo(2 * alone.gradients["z"][at] + last.gradients["z"][at], 5);
  });
  await runner.release();
});

/** Values and slopes of a function at some places. */
async function curveOf(f: (x: Tensor) => Tensor, at: readonly number[]) {
  const build: Build = (scope) => {
    const y = f(scope.parameter("x", [at.length], zeros));
    return { loss: sumAll(y), y };
  };
  const network = { inputs: {}, build };
  const values = { x: floats(...at) };
  const { y } = await outputsOf(network, values, { isTraining: true });
  const runner = await createRunner(network, 1);
  const { gradients } = await runner.step(values);
  await runner.release();
  return { y, slopes: gradients["x"] };
}

const relative = (found: ArrayLike<number>, wanted: readonly number[], least: number): number =>
  Math.max(...wanted.map((v, at) => Math.abs(found[at] - v) / Math.max(least, Math.abs(v))));

/** log 99! and the like by adding up; the rest from Abramowitz & Stegun, tables 6.1 and 6.3. */
const logFactorial = (n: number): number =>
  Array.from({ length: n }, (_, k) => Math.log(k + 1)).reduce((a, b) => a + b, 0);
const harmonic = (n: number): number =>
  Array.from({ length: n }, (_, k) => 1 / (k + 1)).reduce((a, b) => a + b, 0);
const euler = 0.5772156649015329;

test("log gamma and its slope at known places", async () => {
  const { y, slopes } = await curveOf(logGamma, [1e-3, 0.5, 1, 1.5, 2, 3, 10, 100, 1001]);
  // -log x - euler x + zeta(2) x^2 / 2
  const nearZero = -Math.log(1e-3) - euler * 1e-3 + (Math.PI ** 2 / 12) * 1e-6;
  const half = 0.5 * Math.log(Math.PI);
  const wanted = [
    nearZero,
    half,
    0,
    half - Math.LN2,
    0,
    Math.LN2,
    logFactorial(9),
    logFactorial(99),
    logFactorial(1000),
  ];
  expect(relative(y, wanted, 1)).toBeLessThan(1e-6);
  const digamma = [
    -1000 - euler + (Math.PI ** 2 / 6) * 1e-3,
    -euler - 2 * Math.LN2,
    -euler,
    2 - euler - 2 * Math.LN2,
    1 - euler,
    1.5 - euler,
    harmonic(9) - euler,
    harmonic(99) - euler,
    harmonic(1000) - euler,
  ];
  expect(relative(slopes, digamma, 1)).toBeLessThan(1e-6);
});

test("logarithms keep their relative accuracy near 0", async () => {
  const small = [1e-30, 1e-10, 1e-7, 3e-4, 0.3, 20, 1e30];
  const plus = await curveOf(logOnePlus, small);
  expect(relative(plus.y, small.map(Math.log1p), 0)).toBeLessThan(3e-7);
  const places = [-80, -20, -3, 0, 3, 20, 80];
  const soft = await curveOf(exactSoftplus, places);
  const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  expect(relative(soft.y, places.map(softplus), 0)).toBeLessThan(1e-6);
  const chance = (x: number): number => 1 / (1 + Math.exp(-x));
  expect(relative(soft.slopes, places.map(chance), 0)).toBeLessThan(1e-6);
  const gaps = [1e-6, 1e-3, 0.7, 5, 50];
  const minus = await curveOf(logOneMinusExp, gaps);
  expect(
    relative(
      minus.y,
      gaps.map((x) => Math.log(-Math.expm1(-x))),
      1,
    ),
  ).toBeLessThan(1e-6);
});

test("bursts that never come leave Poisson's counts", async () => {
  const row = losses["negative binomial"];
  const runner = await createRunner(networkOf(row, 3), 1);
  const [logMean, y] = [
    [0.5, -1, 2],
    [2, 0, 9],
  ];
  const { loss, gradients } = await runner.step({
    z: { type: "float32", shape: [3, 2], values: logMean.flatMap((m) => [m, 40]) },
    targets: floats(...y),
    weights: floats(1, 1, 1),
  });
  const each = logMean.map((m, at) => Math.exp(m) - y[at] * m + logFactorial(y[at]));
  expect(loss).toBeCloseTo(each.reduce((a, b) => a + b) / 3, 5);
  logMean.forEach((m, at) => {
    expect(gradients["z"][2 * at]).toBeCloseTo((Math.exp(m) - y[at]) / 3, 5);
    expect(gradients["z"][2 * at + 1]).toBeCloseTo(0, 5);
  });
  await runner.release();
});

test("the two ends of Tweedie's family are Poisson's and gamma's losses", async () => {
  const z = [0.3, -1.2];
  const y = [2, 0.5];
  const lossAt = async (power: number): Promise<number> => {
    const runner = await createRunner(networkOf(losses[`tweedie ${power}`], 2), 1);
    const values = { z: { type: "float32", shape: [2, 1], values: z } as const };
    const { loss } = await runner.step({ ...values, targets: floats(...y), weights: floats(1, 1) });
    await runner.release();
    return loss;
  };
  const mean = (f: (z: number, y: number) => number): number => (f(z[0], y[0]) + f(z[1], y[1])) / 2;
  expect(await lossAt(1)).toBeCloseTo(
    mean((a, b) => Math.exp(a) - b * a),
    6,
  );
  expect(await lossAt(2)).toBeCloseTo(
    mean((a, b) => a + b * Math.exp(-a)),
    6,
  );
});

test("two grades by cuts are a yes or no", async () => {
  const build: Build = (scope, { targets }) => {
    const scores = scope.parameter("scores", [4], zeros);
    return { loss: cumulativeLink(scores, scope.parameter("cuts", [1], zeros), targets, plain) };
  };
  const plain = { weights: undefined };
  const network: Network = { inputs: { targets: { type: "int32", shape: [4] } }, build };
  const runner = await createRunner(network, 1);
  const scores = [-80, -1, 2, 80];
  const grades = [1, 0, 1, 1];
  const { loss } = await runner.step({
    scores: floats(...scores),
    cuts: floats(0.5),
    targets: whole([4], grades),
  });
  await runner.release();
  const chance = scores.map((s, at) => {
    const far = grades[at] === 1 ? 0.5 - s : s - 0.5;
    return Math.max(far, 0) + Math.log1p(Math.exp(-Math.abs(far)));
  });
  expect(loss).toBeCloseTo(chance.reduce((a, b) => a + b) / 4, 5);
});

test("the expected amount of a log-normal with zeros", async () => {
  const deviation = Math.log(1 + Math.exp(0.5));
  const { y } = await outputsOf(
    {
      inputs: { z: { type: "float32", shape: [1, 3] } },
      build: (_, { z }) => ({ y: zeroInflatedMean(z) }),
    },
    { z: { type: "float32", shape: [1, 3], values: [1, 2, 0.5] } },
    { isTraining: false },
  );
  expect(y[0]).toBeCloseTo(Math.exp(2 + deviation ** 2 / 2) / (1 + Math.exp(-1)), 4);
});
