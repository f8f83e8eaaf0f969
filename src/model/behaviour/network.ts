import { type InputSpec, inputOf, type Network, type Scope } from "../../tensor/graph/network.ts";
import { reshape } from "../../tensor/graph/primitives/arrange.ts";
import { add, gelu } from "../../tensor/graph/primitives/elementwise.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import type { Tensor } from "../../tensor/graph/tensor.ts";
import { attentionBlock } from "../../tensor/layers/attention.ts";
import { positionBias } from "../../tensor/layers/attention-bias.ts";
import { normal } from "../../tensor/layers/initialisers.ts";
import { layerNorm } from "../../tensor/layers/norm.ts";
import { asBias, seesAll, seesEarlier, seesSegment } from "../../tensor/layers/visibility.ts";
import type { Content, ContentShape } from "./content.ts";
import type { ContextShape } from "./context.ts";
import { type ItemTable, itemTable } from "./item-table.ts";
import { type Objective, objectiveLoss } from "./objective.ts";
import { attentionByTime, contextSpecs, tokenVectors } from "./tokens.ts";

/**
 * The behaviour Transformer: a history as tokens, each place a guess of what comes next. Causal blocks,
 * normalised before each half; all places of packed histories are trained in one pass; the output
 * layer is the item table itself. Sources: Kang & McAuley 2018 (causal, shared table), Klenitskiy &
 * Vasilev 2023 (softmax over many negatives is what made it strong), Xiong et al. 2020 (pre-norm).
 */
export interface NetworkShape {
  readonly vocabulary: number;
  /** Numbers in a vector. */
  readonly width: number;
  readonly blocks: number;
  readonly heads: number;
  /** Places in a row, the longest history looked back on. */
  readonly length: number;
  /** Width of the feed-forward part. */
  readonly hidden: number;
  /** @unit rate 0..1 */
  readonly dropout: number;
  /** A learned vector for each place, or a learned number for each distance. */
  readonly positions: "learned" | "relative";
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
  table: ItemTable,
  inputs: Readonly<Record<string, Tensor>>,
): Tensor {
  const { width, blocks, heads, length, hidden, dropout, positions } = shape;
  const of = (name: string): Tensor => inputOf(inputs, name);
  const vectors = tokenVectors(scope, shape, table, inputs);
  const isLearned = positions === "learned";
  const placed = isLearned
    ? add(vectors, gatherRows(scope.parameter("places", [length, width], initial), of("positions")))
    : vectors;
  const hides = asBias(seesAll([seesEarlier(length), seesSegment(of("segments"))]));
  let x = scope.dropout(placed, dropout);
  for (let block = 0; block < blocks; block++) {
    const own = scope.child(`block${block}`);
    const distances = { distances: length, heads };
    const placed = isLearned ? hides : add(hides, positionBias(own, length, distances));
    const timed = attentionByTime(own, shape, inputs);
    const bias = timed === undefined ? placed : add(placed, timed);
    x = attentionBlock(own, x, { heads, bias, hidden, activation: gelu, dropout });
  }
  return layerNorm(scope.child("norm"), x);
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
      return { loss: objectiveLoss(table, vocabulary, questions, objective) };
    },
  };
}

/**
 * For service: `states`, what the model makes of every place, or `state`, of those places alone that `last`
 * names, counted through all rows. Rows as in training; the item table is whole by then, whatever it was
 * made of.
 * @shape tokens, segments, positions [batch, length], last [batch], result states [batch, length, width],
 * state [batch, width]
 */
export function stateNetwork(shape: NetworkShape): Network {
  const { length, width } = shape;
  const place: InputSpec = { type: "int32", shape: [1, length] };
  return {
    inputs: {
      tokens: place,
      segments: place,
      ...(shape.positions === "learned" ? { positions: place } : {}),
      ...contextSpecs(shape, 1),
      last: { type: "int32", shape: [1] },
    },
    build: (scope, given) => {
      const all = states(scope, shape, itemTable(scope, shape, undefined), given);
      const [batch = 0] = all.shape;
      const flat = reshape(all, [batch * length, width]);
      return { states: all, state: gatherRows(flat, inputOf(given, "last")) };
    },
  };
}
