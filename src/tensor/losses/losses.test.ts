import { expect, test } from "vitest";
import { distancesOf } from "../conformance/compare.ts";
import { readFixture } from "../conformance/fixture.ts";
import type { Build, Scope } from "../graph/network.ts";
import { reshape, slice } from "../graph/primitives/arrange.ts";
import type { Shape } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { zeros } from "../layers/initialisers.ts";
import { binaryCrossEntropy } from "./binary.ts";
import { negativeBinomial, tweedie } from "./counts.ts";
import { discreteHazard } from "./hazard.ts";
import { coral, cumulativeLink } from "./ordinal.ts";
import { pinball } from "./regression.ts";
import { bpr, crossEntropy, gbce, sampledSoftmax } from "./softmax.ts";
import { zeroInflatedLogNormal } from "./zero-inflated.ts";

const all = { weights: undefined };
const moving = (scope: Scope, name: string, shape: Shape): Tensor =>
  scope.parameter(name, shape, zeros);

interface Case {
  readonly name: string;
  readonly moving: readonly string[];
  readonly build: Build;
}

const sampled =
  (isCorrected: boolean): Build =>
  (scope, { targets, negatives, logQ }) => ({
    loss: sampledSoftmax(
      moving(scope, "hidden", [6, 4]),
      moving(scope, "item", [11, 4]),
      targets,
      negatives,
      { ...all, logQ: isCorrected ? logQ : undefined, leavesHitsOut: isCorrected },
    ),
  });

const cases: readonly Case[] = [
  {
    name: "binary-cross-entropy",
    moving: ["logits"],
    build: (scope, { targets }) => ({
      loss: binaryCrossEntropy(moving(scope, "logits", [8]), targets, all),
    }),
  },
  {
    name: "pinball",
    moving: ["predictions"],
    build: (scope, { targets }) => ({
      loss: pinball(moving(scope, "predictions", [5, 3]), targets, {
        ...all,
        quantiles: [0.1, 0.5, 0.9],
      }),
    }),
  },
  {
    name: "tweedie",
    moving: ["logits"],
    build: (scope, { targets }) => ({
      loss: tweedie(moving(scope, "logits", [6]), targets, { ...all, power: 1.5 }),
    }),
  },
  {
    name: "negative-binomial",
    moving: ["logMean", "logSize"],
    build: (scope, { targets }) => ({
      loss: negativeBinomial(
        moving(scope, "logMean", [6]),
        moving(scope, "logSize", [6]),
        targets,
        all,
      ),
    }),
  },
  {
    name: "zero-inflated-log-normal",
    moving: ["logits"],
    build: (scope, { targets }) => ({
      loss: zeroInflatedLogNormal(moving(scope, "logits", [6, 3]), targets, all),
    }),
  },
  {
    name: "ordinal-coral",
    moving: ["scores", "biases"],
    build: (scope, { targets }) => ({
      loss: coral(moving(scope, "scores", [6]), moving(scope, "biases", [3]), targets, all),
    }),
  },
  {
    name: "ordinal-cumulative",
    moving: ["scores", "cuts"],
    build: (scope, { targets }) => ({
      loss: cumulativeLink(moving(scope, "scores", [6]), moving(scope, "cuts", [3]), targets, all),
    }),
  },
  {
    name: "discrete-hazard",
    moving: ["logits"],
    build: (scope, { times, events }) => ({
      loss: discreteHazard(moving(scope, "logits", [5, 4]), { times, events }, all),
    }),
  },
  {
    name: "cross-entropy",
    moving: ["logits"],
    build: (scope, { targets }) => ({
      loss: crossEntropy(moving(scope, "logits", [5, 5]), targets, all),
    }),
  },
  {
    name: "bpr",
    moving: ["positive", "negative"],
    build: (scope) => ({
      loss: bpr(moving(scope, "positive", [6]), moving(scope, "negative", [6]), all),
    }),
  },
  {
    name: "gbce",
    moving: ["logits"],
    build: (scope) => {
      const logits = moving(scope, "logits", [5, 5]);
      const negatives = slice(logits, 1, 1, 5);
      const positive = reshape(slice(logits, 1, 0, 1), [5, 1]);
      return { loss: gbce(positive, negatives, { ...all, items: 50, calibration: 0.75 }) };
    },
  },
  { name: "sampled-softmax", moving: [], build: sampled(false) },
  { name: "sampled-softmax-corrected", moving: [], build: sampled(true) },
];

/** Rounding of float32; the outputs of some fixtures are not all given back. */
const close = 3e-6;

test.each(cases)("$name: what PyTorch computes", async ({ name, ...more }) => {
  const fixture = { ...readFixture(name), outputs: {} };
  const found = await distancesOf({ fixture, turns: 1, ...more });
  expect(found.loss).toBeLessThan(close);
  expect(found.gradients).toBeLessThan(close);
  expect(found.adamLosses).toBeLessThan(1e-4);
  expect(found.adamParameters).toBeLessThan(1e-4);
});
