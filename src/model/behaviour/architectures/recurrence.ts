import type { Scope } from "../../../tensor/graph/network.ts";
import { pad, reshape, slice, transpose } from "../../../tensor/graph/primitives/arrange.ts";
import { add, cast, equal, multiply, scale } from "../../../tensor/graph/primitives/elementwise.ts";
import { scan } from "../../../tensor/graph/scan.ts";
import type { Tensor } from "../../../tensor/graph/tensor.ts";
import { gateWise, glorot, orthogonal, zeros } from "../../../tensor/layers/initialisers.ts";
import { linear } from "../../../tensor/layers/linear.ts";
import { lstmCell } from "../../../tensor/layers/lstm-loop.ts";
import { type CellWeights, gruCell } from "../../../tensor/layers/recurrent.ts";

/**
 * Recurrent layers over packed rows: the state is forgotten where another history begins. Idea: before
 * each step the state is multiplied by 1 where the history goes on and by 0 where it does not, so that
 * the first action of a history meets the same zeros wherever in a row it lies.
 * Sources: Hidasi et al. 2016 (states of sessions that end within a batch are reset); the cells are
 * those of tensor/layers/recurrent.ts.
 */
export type RecurrentLayer = (scope: Scope, x: Tensor, segments: Tensor, hidden: number) => Tensor;

/** One step: the next states, of which the first is shown. */
type Cell = (gates: Tensor, states: readonly Tensor[], weights: CellWeights) => readonly Tensor[];

/**
 * Parameters: input.weight [in, 3 hidden], input.bias, hidden.weight [hidden, 3 hidden], hidden.bias.
 * O(rows length hidden (in + hidden)), the part with the state step by step.
 * @shape x [rows, length, in], segments [rows, length], result [rows, length, hidden]
 */
export const segmentedGru: RecurrentLayer = (scope, x, segments, hidden) =>
  recur({ scope, x, segments, hidden }, { gates: 3, states: 1 }, (gates, [state], weights) => [
    gruCell(gates, state as Tensor, weights),
  ]);

/**
 * As `segmentedGru`, with four gates.
 * @shape x [rows, length, in], segments [rows, length], result [rows, length, hidden]
 */
export const segmentedLstm: RecurrentLayer = (scope, x, segments, hidden) =>
  recur(
    { scope, x, segments, hidden },
    { gates: 4, states: 2 },
    (gates, states, { weight, bias }) => {
      const [shown, kept] = states as readonly [Tensor, Tensor];
      const next = lstmCell(add(gates, bias), { hidden: shown, cell: kept }, weight);
      return [next.hidden, next.cell];
    },
  );

interface Rows {
  readonly scope: Scope;
  readonly x: Tensor;
  readonly segments: Tensor;
  readonly hidden: number;
}

function recur(
  { scope, x, segments, hidden }: Rows,
  { gates, states }: { readonly gates: number; readonly states: number },
  cell: Cell,
): Tensor {
  const width = gates * hidden;
  const given = linear(scope.child("input"), x, { width, initial: gateWise(gates, glorot) });
  const own = scope.child("hidden");
  const weights = {
    weight: own.parameter("weight", [hidden, width], gateWise(gates, orthogonal)),
    bias: own.parameter("bias", [width], zeros),
  };
  const steps = transpose(given, [1, 0, 2]);
  const start = new Array<Tensor>(states).fill(nothing(steps, hidden));
  const { outputs } = scan(
    { states: start, slices: [steps, goesOn(segments)] },
    (before, [part, goes]) => {
      const kept = before.map((state) => multiply(state, goes as Tensor));
      const next = cell(part as Tensor, kept, weights);
      return { states: next, outputs: next.slice(0, 1) };
    },
  );
  return transpose(outputs[0] as Tensor, [1, 0, 2]);
}

/** 1 where a place is of the same history as the one before it. @shape result [length, rows, 1] */
function goesOn(segments: Tensor): Tensor {
  const [rows = 0, length = 0] = segments.shape;
  const isSame = equal(slice(segments, 1, 1, length), slice(segments, 1, 0, length - 1));
  const goes = pad(cast(isSame, "float32"), 1, 1, 0);
  return reshape(transpose(goes, [1, 0]), [length, rows, 1]);
}

/** Zeros for as many rows as there are, known or not. @shape steps [length, rows, any], result [rows, hidden] */
function nothing(steps: Tensor, hidden: number): Tensor {
  const [, rows = 0] = steps.shape;
  return scale(reshape(slice(slice(steps, 0, 0, 1), 2, 0, hidden), [rows, hidden]), 0);
}
