import { type InputSpec, inputOf, type Network, type Scope } from "../../tensor/graph/network.ts";
import { concat, reshape } from "../../tensor/graph/primitives/arrange.ts";
import { add, gelu, scale, sigmoid } from "../../tensor/graph/primitives/elementwise.ts";

import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import { softmax } from "../../tensor/graph/primitives/normalise.ts";
import type { Tensor } from "../../tensor/graph/tensor.ts";
import { attentionBlock } from "../../tensor/layers/attention.ts";
import { positionBias } from "../../tensor/layers/attention-bias.ts";
import { normal } from "../../tensor/layers/initialisers.ts";
import { linear, mlp } from "../../tensor/layers/linear.ts";
import { layerNorm } from "../../tensor/layers/norm.ts";
import { asBias, seesAll, seesEarlier, seesSegment } from "../../tensor/layers/visibility.ts";
import { binaryCrossEntropy } from "../../tensor/losses/binary.ts";
import { crossEntropy } from "../../tensor/losses/softmax.ts";
import { zeroInflatedLogNormal, zeroInflatedMean } from "../../tensor/losses/zero-inflated.ts";
import { type EventTokens, tableSizes } from "./lexicon.ts";

/**
 * The network of prediction: each event is the sum of its vectors (group, action, gap, price, pieces,
 * surface); causal blocks make of them what is known after each event; beside it stand numbers counted by hand as
 * of the moment asked about, how long ago the last event is among them; two layers join both, and every
 * head reads from there. So one reading of a history answers for any moment after it. Sources: Vaswani
 * et al. 2017 (blocks); the four best of the RecSys Challenge 2025 (a sequence model and counted numbers,
 * joined); Wang, Liu & Miao 2019 (value).
 */
export interface PredictionShape {
  /** Groups with a vector, and one for all others. */
  readonly items: number;
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Events looked back on. */
  readonly length: number;
  /** Numbers counted by hand. */
  readonly counted: number;
  /** Width of the layers that join both. */
  readonly hidden: number;
  /** @unit rate 0..1 */
  readonly dropout: number;
  /** Heads that say yes or no. */
  readonly chances: number;
  /** Things that can be next. */
  readonly choices: number;
  /** Whether it reads where in the shop an event happened; absent where no log said so, and in versions before. */
  readonly surfaces?: true | undefined;
}

/** Rows of a training step, and moments asked about in it. */
export interface StepSize {
  readonly rows: number;
  readonly moments: number;
}

const initial = normal(0.02);

/** What it reads of every event. */
export function eventInputs({ surfaces }: PredictionShape): readonly (keyof EventTokens)[] {
  const all = ["items", "actions", "gaps", "prices", "pieces"] as const;
  return surfaces === true ? [...all, "surfaces"] : all;
}

/** @shape inputs [rows, length], result [rows, length, width] */
function states(
  scope: Scope,
  shape: PredictionShape,
  inputs: Readonly<Record<string, Tensor>>,
): Tensor {
  const { width, blocks, heads, length, dropout } = shape;
  const sizes: Readonly<Record<string, number>> = { ...tableSizes, items: shape.items };
  const vectors = eventInputs(shape).map((name) =>
    gatherRows(
      scope.parameter(`${name}.vectors`, [sizes[name] ?? 0, width], initial),
      inputOf(inputs, name),
    ),
  );
  const summed = vectors.reduce((sum, one) => add(sum, one));
  const hides = asBias(seesAll([seesEarlier(length), seesSegment(inputOf(inputs, "segments"))]));
  let x = scope.dropout(scale(summed, Math.sqrt(width)), dropout);
  for (let block = 0; block < blocks; block++) {
    const own = scope.child(`block${block}`);
    const bias = add(hides, positionBias(own, length, { distances: length, heads }));
    x = attentionBlock(own, x, { heads, bias, hidden: 2 * width, activation: gelu, dropout });
  }
  return layerNorm(scope.child("norm"), x);
}

interface Answers {
  /** @shape [moments, chances] */
  readonly chances: Tensor;
  /** @shape [moments, choices] */
  readonly choices: Tensor;
  /** @shape [moments, 3] */
  readonly value: Tensor;
}

/** @shape at [moments]: places, counted through all rows; counted [moments, numbers] */
function answers(
  scope: Scope,
  shape: PredictionShape,
  inputs: Readonly<Record<string, Tensor>>,
): Answers {
  const all = states(scope, shape, inputs);
  const [rows = 0] = all.shape;
  const flat = reshape(all, [rows * shape.length, shape.width]);
  const known = gatherRows(flat, inputOf(inputs, "at"));
  const counted = inputOf(inputs, "counted");
  const joined = mlp(scope, concat([known, counted], 1), {
    widths: [shape.hidden, shape.hidden],
    activation: gelu,
    dropout: shape.dropout,
    name: "joined",
  });
  const head = (name: string, width: number): Tensor =>
    add(
      linear(scope.child(name), joined, { width }),
      linear(scope.child(`${name}.plain`), counted, { width, hasBias: false }),
    );
  return {
    chances: head("chances", shape.chances),
    choices: head("choices", shape.choices),
    value: head("value", 3),
  };
}

const eventSpecs = (rows: number, shape: PredictionShape): Record<string, InputSpec> => {
  const place: InputSpec = { type: "int32", shape: [rows, shape.length] };
  return Object.fromEntries([...eventInputs(shape), "segments"].map((name) => [name, place]));
};

/** How much an error of the amount counts beside one of a chance. */
const VALUE_SHARE = 0.2;
const CHOICE_SHARE = 0.5;

/**
 * For training on packed rows. A weight of 0 says that nothing is known; weights make up for how seldom
 * something is known. @shape labels and weights [moments, chances], next, nextWeights, values and
 * valueWeights [moments]
 */
export function predictionTraining(shape: PredictionShape, { rows, moments }: StepSize): Network {
  const column = (type: InputSpec["type"]): InputSpec => ({ type, shape: [moments] });
  const table: InputSpec = { type: "float32", shape: [moments, shape.chances] };
  return {
    inputs: {
      ...eventSpecs(rows, shape),
      at: column("int32"),
      counted: { type: "float32", shape: [moments, shape.counted] },
      labels: table,
      weights: table,
      next: column("int32"),
      nextWeights: column("float32"),
      values: column("float32"),
      valueWeights: column("float32"),
    },
    build: (scope, given) => {
      const said = answers(scope, shape, given);
      const of = (name: string): Tensor => inputOf(given, name);
      const each = (x: Tensor): Tensor => reshape(x, [moments * shape.chances]);
      const chances = binaryCrossEntropy(each(said.chances), each(of("labels")), {
        weights: each(of("weights")),
      });
      const choices = crossEntropy(said.choices, of("next"), { weights: of("nextWeights") });
      const value = zeroInflatedLogNormal(said.value, of("values"), {
        weights: of("valueWeights"),
      });
      const rest = add(scale(choices, CHOICE_SHARE), scale(value, VALUE_SHARE));
      return { loss: add(chances, rest) };
    },
  };
}

/**
 * For service: a history to a row, from its first place on, and one moment after it.
 * @shape at [batch], result chances [batch, chances] and choices [batch, choices] 0..1, value [batch]
 */
export function predictionService(shape: PredictionShape): Network {
  return {
    inputs: {
      ...eventSpecs(1, shape),
      at: { type: "int32", shape: [1] },
      counted: { type: "float32", shape: [1, shape.counted] },
    },
    build: (scope, given) => {
      const said = answers(scope, shape, given);
      return {
        chances: sigmoid(said.chances),
        choices: softmax(said.choices),
        value: zeroInflatedMean(said.value),
      };
    },
  };
}
