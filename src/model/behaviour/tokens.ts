import { type InputSpec, inputOf, type Scope } from "../../tensor/graph/network.ts";
import { add, scale } from "../../tensor/graph/primitives/elementwise.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import type { Tensor } from "../../tensor/graph/tensor.ts";
import { timeBias } from "../../tensor/layers/attention-bias.ts";
import { zeros } from "../../tensor/layers/initialisers.ts";
import {
  biasesByTime,
  type ContextShape,
  noContext,
  tellsGaps,
  tellsStrengths,
} from "./context.ts";
import type { ItemTable } from "./item-table.ts";

/**
 * The vector of a token: its item's, and a learned one each for how long after the action before it came
 * and how strong it was, summed. These begin at zero, so that a network without use for them stays what
 * it is without. Parameters: gap [buckets, width], strength [strengths, width].
 */
export interface TokenShape {
  readonly width: number;
  readonly length: number;
  readonly heads: number;
  /** What is told of an action beside its item; undefined tells nothing. */
  readonly context?: ContextShape | undefined;
}

type Inputs = Readonly<Record<string, Tensor>>;

/** @shape inputs tokens, gaps, strengths [rows, length], result [rows, length, width] */
export function tokenVectors(
  scope: Scope,
  { width, context = noContext }: TokenShape,
  table: Pick<ItemTable, "rows">,
  inputs: Inputs,
): Tensor {
  const of = (name: string): Tensor => inputOf(inputs, name);
  let sum = scale(table.rows(of("tokens")), Math.sqrt(width));
  if (tellsGaps(context)) {
    const vectors = scope.parameter("gap", [context.gapBuckets, width], zeros);
    sum = add(sum, gatherRows(vectors, of("gaps")));
  }
  if (tellsStrengths(context)) {
    const vectors = scope.parameter("strength", [context.strengths.length, width], zeros);
    sum = add(sum, gatherRows(vectors, of("strengths")));
  }
  return sum;
}

/**
 * What the time between two actions adds to the attention of a block; undefined where it adds nothing.
 * @shape input between [rows, length, length], result [rows, heads, length, length]
 */
export const attentionByTime = (
  scope: Scope,
  { heads, context = noContext }: TokenShape,
  inputs: Inputs,
): Tensor | undefined =>
  biasesByTime(context)
    ? timeBias(scope, inputOf(inputs, "between"), { buckets: context.biasBuckets, heads })
    : undefined;

/** Inputs that the context asks for, of so many rows. */
export function contextSpecs(
  { length, context = noContext }: TokenShape,
  rows: number,
): Readonly<Record<string, InputSpec>> {
  const place: InputSpec = { type: "int32", shape: [rows, length] };
  const pair: InputSpec = { type: "int32", shape: [rows, length, length] };
  return {
    ...(tellsGaps(context) ? { gaps: place } : {}),
    ...(tellsStrengths(context) ? { strengths: place } : {}),
    ...(biasesByTime(context) ? { between: pair } : {}),
  };
}
