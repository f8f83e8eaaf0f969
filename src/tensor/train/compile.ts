import { assert } from "../../assert.ts";
import { emitGraph } from "../graph/emitter.ts";
import { type Gradient, gradientsOf, pullback } from "../graph/gradient.ts";
import {
  type Declarations,
  emptyDeclarations,
  type InputSpec,
  initialValues,
  type Network,
  openScope,
} from "../graph/network.ts";
import { reshape, slice } from "../graph/primitives/arrange.ts";
import { add, scale } from "../graph/primitives/elementwise.ts";
import { accumulate } from "../graph/primitives/linear.ts";
import { scan } from "../graph/scan.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import {
  filled,
  input,
  leavesOf,
  mustHave,
  type RowGradient,
  scalar,
  type Target,
  type Tensor,
  variable,
} from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";
import { clipExample } from "./clip-examples.ts";
import type { ProgramInput, TrainingProgram } from "./program.ts";

/**
 * One training step as one file: loss, metrics and the gradient of every parameter. With several
 * turns the batch goes through in parts, one after the other in a loop of the graph: the same
 * gradients, while what each part computes stays in the processor's cache.
 */
export interface CompileOptions {
  /** Parts of a batch; divides the first axis of every input that is not shared. */
  readonly turns: number;
  readonly target: Target;
  /**
   * Largest norm of the gradient of one example, for differential privacy; there are then as many
   * turns as examples. Undefined clips nothing.
   */
  readonly clipExamplesTo: number | undefined;
}

export interface CompiledTraining {
  readonly program: TrainingProgram;
  /** Values that parameters and statistics begin with, by name; each depends on the seed and its name alone. */
  readonly initialValues: (seed: number) => ReadonlyMap<string, Float32Array>;
}

/**
 * The network gives "loss", a scalar that is the mean over its examples, and may give other scalars,
 * which are metrics: means too. What its layers measure for service is averaged over the turns.
 */
export function compileTraining(network: Network, options: CompileOptions): CompiledTraining {
  const { turns } = options;
  assert(Number.isInteger(turns) && turns > 0, "a batch has one part or more");
  const declared = emptyDeclarations();
  const isWhole = turns === 1 && options.clipExamplesTo === undefined;
  const step = isWhole ? wholeStep(network, declared) : stepInTurns(network, declared, options);
  const outputs = outputsOf(declared, step);
  const graph = emitGraph("training", outputs, options.target);
  const program: TrainingProgram = {
    model: encodeModel({ graph, metadata: {} }),
    parameters: [...declared.parameters].map(([name, { tensor }], at) => ({
      name,
      shape: tensor.shape,
      dense: step.gradients[at].dense !== undefined,
      rows: step.gradients[at].rows.map(({ indices }) => ({ count: sizeOf(indices.shape) })),
    })),
    statistics: [...declared.statistics].map(([name, { tensor, keep }]) => ({
      name,
      shape: tensor.shape,
      keep,
    })),
    inputs: graph.inputs.flatMap(({ name, type, shape }) =>
      declared.parameters.has(name)
        ? []
        : [{ name, type: type as ProgramInput["type"], shape: shape as number[] }],
    ),
    metrics: Object.keys(step.metrics),
    dropout: declared.dropout,
  };
  return { program, initialValues: (seed) => initialValues(declared, seed) };
}

/** What a step gives, before it has names. */
interface Step {
  /** "loss" is the first. */
  readonly metrics: Readonly<Record<string, Tensor>>;
  /** In the order of the declared ones. */
  readonly statistics: readonly Tensor[];
  /** In the order of the declared parameters. */
  readonly gradients: readonly Gradient[];
}

function outputsOf(declared: Declarations, step: Step): Record<string, Tensor> {
  const { metrics, statistics, gradients } = step;
  const outputs: Record<string, Tensor> = { ...metrics };
  [...declared.statistics.keys()].forEach((name, at) => {
    outputs[`statistic:${name}`] = statistics[at];
  });
  [...declared.parameters.keys()].forEach((name, at) => {
    const { dense, rows } = gradients[at];
    assert(dense !== undefined || rows.length > 0, `the loss moves with parameter ${name}`);
    if (dense !== undefined) outputs[`gradient:${name}`] = dense;
    rows.forEach((one, k) => {
      outputs[`rows:${k}:${name}`] = one.rows;
      outputs[`indices:${k}:${name}`] = one.indices;
    });
  });
  return outputs;
}

const offsetsName = "dropout.offsets";

/** The metrics of a network, the loss first. */
function build(
  network: Network,
  declared: Declarations,
  inputs: Readonly<Record<string, Tensor>>,
  offsets: Tensor | undefined,
): Record<string, Tensor> {
  const startOf = (site: number): Tensor =>
    offsets === undefined ? filledOffset : reshape(slice(offsets, 0, site, site + 1), []);
  const scope = openScope(declared, { isTraining: true, startOf });
  const { loss, ...more } = network.build(scope, inputs);
  assert(loss !== undefined, "the network gives a loss");
  for (const one of [loss, ...Object.values(more)]) mustHave(one, [], "a loss or metric");
  return { loss, ...more };
}

/** Stands for the place of a mask where only the number of masks is asked. */
const filledOffset = variable("offset", { type: "int32", shape: [] });

const parametersOf = ({ parameters }: Declarations): Tensor[] =>
  [...parameters.values()].map(({ tensor }) => tensor);

const statisticsOf = ({ statistics }: Declarations): Tensor[] =>
  [...statistics.values()].map(({ tensor }) => tensor);

const inputsOf = (
  { inputs }: Network,
  shapeOf: (spec: InputSpec) => Shape,
): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, input(name, spec.type, shapeOf(spec))]),
  );

/** How many masks of dropout the network wants, found by building it once for nothing. */
function dropoutSites(network: Network, inputs: Readonly<Record<string, Tensor>>): number {
  const trial = emptyDeclarations();
  build(network, trial, inputs, undefined);
  return trial.dropout.length;
}

function wholeStep(network: Network, declared: Declarations): Step {
  const inputs = inputsOf(network, ({ shape }) => shape);
  const sites = dropoutSites(network, inputs);
  const offsets = sites === 0 ? undefined : input(offsetsName, "int32", [1, sites]);
  const metrics = build(
    network,
    declared,
    inputs,
    offsets === undefined ? undefined : reshape(offsets, [sites]),
  );
  const gradients = gradientsOf(metrics["loss"], parametersOf(declared));
  return { metrics, statistics: statisticsOf(declared), gradients };
}

function stepInTurns(network: Network, declared: Declarations, options: CompileOptions): Step {
  const { turns, clipExamplesTo } = options;
  const whole = inputsOf(network, ({ shape }) => shape);
  const parts = new Map<string, Shape>();
  for (const [name, { shape, isShared }] of Object.entries(network.inputs)) {
    if (isShared) continue;
    assert(shape[0] % turns === 0, `${turns} turns divide the first axis of ${name}`);
    const isOne = clipExamplesTo === undefined || shape[0] === turns;
    assert(isOne, "each example has a turn of its own where examples are clipped");
    parts.set(name, [shape[0] / turns, ...shape.slice(1)]);
  }
  const names = [...parts.keys()];
  const sliced = names.map((name) => reshape(whole[name], [turns, ...(parts.get(name) as Shape)]));
  const turnInputs = (slices: readonly Tensor[]): Record<string, Tensor> => ({
    ...whole,
    ...Object.fromEntries(names.map((name, at) => [name, slices[at]])),
  });
  const layout = layoutOf(network, turnInputs, sliced);
  const { sites } = layout;
  if (sites > 0) sliced.push(input(offsetsName, "int32", [turns, sites]));
  const { states, outputs } = scan({ states: layout.zeros, slices: sliced }, (totals, slices) => {
    const offsets = sites > 0 ? slices[names.length] : undefined;
    const metrics = build(network, declared, turnInputs(slices), offsets);
    const gradients = turnGradients(metrics["loss"], parametersOf(declared), options);
    const { summed, stacked } = layout.arrange(gradients);
    const means = [...Object.values(metrics), ...statisticsOf(declared)].map((one) =>
      scale(one, 1 / turns),
    );
    return {
      states: totals.map((one, at) => accumulateAny(one, [...means, ...summed][at])),
      outputs: stacked,
    };
  });
  return layout.restore(states, outputs, turns);
}

/** Of a turn, divided by the number of turns. */
function turnGradients(
  loss: Tensor,
  parameters: readonly Tensor[],
  { turns, clipExamplesTo }: CompileOptions,
): readonly Gradient[] {
  const share = 1 / turns;
  if (clipExamplesTo === undefined) return pullback([loss], [scalar(share)], parameters);
  return clipExample(gradientsOf(loss, parameters), clipExamplesTo).map(({ dense, rows }) => ({
    dense: dense === undefined ? undefined : scale(dense, share),
    rows: rows.map((one) => ({ indices: one.indices, rows: scale(one.rows, share) })),
  }));
}

const accumulateAny = (total: Tensor, part: Tensor): Tensor =>
  total.shape.length === 0 ? add(total, part) : accumulate(total, part);

/** Where the loop keeps each gradient: summed in a state, or stacked as an output. */
interface Layout {
  readonly sites: number;
  /** First states: metrics, statistics, dense gradients, rows whose indices rest on shared inputs. */
  readonly zeros: readonly Tensor[];
  arrange(gradients: readonly Gradient[]): { summed: Tensor[]; stacked: Tensor[] };
  restore(states: readonly Tensor[], outputs: readonly Tensor[], turns: number): Step;
}

/** Found by building one turn for nothing. */
function layoutOf(
  network: Network,
  turnInputs: (slices: readonly Tensor[]) => Record<string, Tensor>,
  sliced: readonly Tensor[],
): Layout {
  const declared = emptyDeclarations();
  const inputs = turnInputs(
    sliced.map(({ type, shape }) => variable("part", { type, shape: shape.slice(1) })),
  );
  const metrics = build(network, declared, inputs, undefined);
  const trial = gradientsOf(metrics["loss"], parametersOf(declared));
  const isShared = ({ indices }: RowGradient): boolean =>
    leavesOf([indices], "variable").length + leavesOf([indices], "parameter").length === 0;
  const shared = trial.map(({ rows }) => rows.map(isShared));
  const names = Object.keys(metrics);
  const measured = statisticsOf(declared);
  const arrange: Layout["arrange"] = (gradients) => ({
    summed: [
      ...gradients.flatMap(({ dense }) => (dense === undefined ? [] : [dense])),
      ...gradients.flatMap(({ rows }, at) =>
        rows.filter((_, k) => shared[at][k]).map((one) => one.rows),
      ),
    ],
    stacked: gradients.flatMap(({ rows }, at) =>
      rows.filter((_, k) => !shared[at][k]).flatMap((one) => [one.rows, one.indices]),
    ),
  });
  return {
    sites: declared.dropout.length,
    zeros: [
      ...names.map(() => scalar(0)),
      ...[...measured, ...arrange(trial).summed].map(({ shape }) => filled(shape, 0)),
    ],
    arrange,
    restore: (states, outputs, turns) => restored(states, outputs, turns),
  };

  function restored(states: readonly Tensor[], outputs: readonly Tensor[], turns: number): Step {
    const found = Object.fromEntries(names.map((name, at) => [name, states[at]]));
    const statistics = measured.map((_, at) => states[names.length + at]);
    let state = names.length + measured.length;
    let output = 0;
    const dense = trial.map((one) => (one.dense === undefined ? undefined : states[state++]));
    const gradients = trial.map(({ rows }, at) => ({
      dense: dense[at],
      rows: rows.map((one, k) => {
        if (shared[at][k]) return { indices: one.indices, rows: states[state++] };
        const [rowsOut, indicesOut] = [outputs[output++], outputs[output++]];
        return {
          rows: reshape(rowsOut, [turns * one.rows.shape[0], ...one.rows.shape.slice(1)]),
          indices: reshape(indicesOut, [turns * sizeOf(one.indices.shape)]),
        };
      }),
    }));
    return { metrics: found, statistics, gradients };
  }
}
