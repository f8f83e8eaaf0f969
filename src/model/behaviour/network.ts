import { assert } from "../../assert.ts";
import {
  frozenScope,
  type InputSpec,
  inputOf,
  type Network,
  type Scope,
} from "../../tensor/graph/network.ts";
import { reshape } from "../../tensor/graph/primitives/arrange.ts";
import { add, scale } from "../../tensor/graph/primitives/elementwise.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import type { Tensor } from "../../tensor/graph/tensor.ts";
import { normal } from "../../tensor/layers/initialisers.ts";
import { layerNorm } from "../../tensor/layers/norm.ts";
import { type ArchitectureName, architectures, attends } from "./architectures/architectures.ts";
import type { BodyShape } from "./architectures/body.ts";
import type { Content, ContentShape } from "./content.ts";
import { biasesByTime, type ContextShape, noContext } from "./context.ts";
import { type ItemTable, itemTable } from "./item-table.ts";
import { type Objective, objectiveLoss, type Questions, taughtLoss } from "./objective.ts";
import { attentionByTime, contextSpecs, tokenVectors } from "./tokens.ts";

/**
 * The behaviour model: a history as tokens, each place a guess of what comes next. All places of packed
 * histories are trained in one pass; the output layer is the item table itself; what lies between is a
 * causal Transformer, or another of architectures/. Sources: Kang & McAuley 2018 (causal, shared table),
 * Klenitskiy & Vasilev 2023 (softmax over many negatives is what made it strong).
 */
export interface NetworkShape extends BodyShape {
  readonly vocabulary: number;
  /** The Transformer unless another is named. */
  readonly architecture?: ArchitectureName;
  /** How items are read by what they say of themselves; undefined reads ids alone. */
  readonly content?: ContentShape | undefined;
  /** What is told of an action beside its item; undefined tells nothing. */
  readonly context?: ContextShape | undefined;
}

const initial = normal(0.02);

/** What the model makes of each place. @shape all inputs [rows, length], result [rows, length, width] */
function states(
  scope: Scope,
  shape: NetworkShape,
  table: Pick<ItemTable, "rows">,
  inputs: Readonly<Record<string, Tensor>>,
): Tensor {
  const { width, length, dropout, positions, architecture = "transformer" } = shape;
  const isHeard = attends(architecture) || !biasesByTime(shape.context ?? noContext);
  assert(isHeard, `a body of ${architecture} has no attention for time to bias`);
  const of = (name: string): Tensor => inputOf(inputs, name);
  const vectors = tokenVectors(scope, shape, table, inputs);
  const placed =
    positions === "learned"
      ? add(
          vectors,
          gatherRows(scope.parameter("places", [length, width], initial), of("positions")),
        )
      : vectors;
  const mixed = architectures[architecture](scope, scope.dropout(placed, dropout), shape, {
    segments: of("segments"),
    timeBias: (block) => attentionByTime(block, shape, inputs),
  });
  return layerNorm(scope.child("norm"), mixed);
}

/**
 * For training: inputs tokens, targets, segments, positions and weights (0 where nothing is asked, else
 * such that they add up to the number of places), of packed rows, what the context tells of them, and
 * the negatives if any. Content is what the items say of themselves, where the shape reads it.
 * @shape all [rows, length], between [rows, length, length], negatives [draws]
 */
export function trainingNetwork(
  shape: NetworkShape,
  objective: Objective,
  rows: number,
  content?: Content | undefined,
  teacher?: Teacher | undefined,
): Network {
  const { length, width, vocabulary } = shape;
  const { negatives } = objective;
  const place: InputSpec = { type: "int32", shape: [rows, length] };
  const inputs = {
    tokens: place,
    targets: place,
    segments: place,
    ...(shape.positions === "learned" ? { positions: place } : {}),
    ...contextSpecs(shape, rows),
    weights: { ...place, type: "float32" } as const,
  };
  const drawn = { type: "int32", shape: [Number(negatives)], isShared: true } as const;
  return {
    inputs: negatives === "all" ? inputs : { ...inputs, negatives: drawn },
    build: (scope, given) => {
      const table = itemTable(scope, shape, content);
      const all = states(scope, shape, table, given);
      const [part = 0] = all.shape;
      const places = part * length;
      const of = (name: string): Tensor => reshape(inputOf(given, name), [places]);
      const questions = {
        states: reshape(all, [places, width]),
        targets: of("targets"),
        weights: of("weights"),
        negatives: negatives === "all" ? undefined : inputOf(given, "negatives"),
      };
      const own = objectiveLoss(table, vocabulary, questions, objective);
      if (teacher === undefined) return { loss: own };
      const { share } = teacher;
      const taught = lossByTeacher(teacher, table, questions, given);
      return { loss: add(scale(own, 1 - share), scale(taught, share)) };
    },
  };
}

/** A larger model that has learned already, for a student to learn from what it says. */
export interface Teacher {
  /** Told as much as the student, of rows as long. */
  readonly shape: NetworkShape;
  /** As it serves. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly temperature: number;
  /** Of the loss; the rest is of what really came next. @unit 0..1 */
  readonly share: number;
}

/** Part of the loss, of the same questions; nothing of the teacher moves. */
function lossByTeacher(
  { shape, parameters, temperature }: Teacher,
  table: ItemTable,
  questions: Questions,
  given: Readonly<Record<string, Tensor>>,
): Tensor {
  const scope = frozenScope(parameters);
  const theirs = itemTable(scope, shape, undefined);
  const [places = 0] = questions.states.shape;
  const said = reshape(states(scope, shape, theirs, given), [places, shape.width]);
  const teacher = { table: theirs, states: said };
  return taughtLoss({ table, states: questions.states }, teacher, questions, temperature);
}

/** What stands for an item at a place of a history: its token, or its vector, where the table is elsewhere. */
export type ItemInput = "tokens" | "vectors";

/** Vectors are given in place of tokens. */
const noTable: Pick<ItemTable, "rows"> = { rows: (vectors) => vectors };

/**
 * For service: `states`, what the model makes of every place, or `state`, of those places alone that `last`
 * names, counted through all rows. Rows as in training; the item table is whole by then, whatever it was
 * made of.
 * @shape tokens, segments, positions [batch, length], vectors [batch, length, width], last [batch],
 * result states [batch, length, width], state [batch, width]
 */
export function stateNetwork(shape: NetworkShape, items: ItemInput = "tokens"): Network {
  const { length, width } = shape;
  const place: InputSpec = { type: "int32", shape: [1, length] };
  const vectors: InputSpec = { type: "float32", shape: [1, length, width] };
  return {
    inputs: {
      ...(items === "tokens" ? { tokens: place } : { vectors }),
      segments: place,
      ...(shape.positions === "learned" ? { positions: place } : {}),
      ...contextSpecs(shape, 1),
      last: { type: "int32", shape: [1] },
    },
    build: (scope, given) => {
      const isGiven = items === "vectors";
      const table = isGiven ? noTable : itemTable(scope, shape, undefined);
      const read = isGiven ? { ...given, tokens: inputOf(given, "vectors") } : given;
      const all = states(scope, shape, table, read);
      const [batch = 0] = all.shape;
      const flat = reshape(all, [batch * length, width]);
      return { states: all, state: gatherRows(flat, inputOf(given, "last")) };
    },
  };
}
