import { assert } from "../../assert.ts";
import type { Initialiser, Scope } from "../graph/network.ts";
import { concat, reshape, slice, split, transpose } from "../graph/primitives/arrange.ts";
import { add, multiply, scale, sigmoid, subtract, tanh } from "../graph/primitives/elementwise.ts";
import { affine } from "../graph/primitives/linear.ts";
import { scan } from "../graph/scan.ts";
import { isFree } from "../graph/shape.ts";
import { filled, type Tensor } from "../graph/tensor.ts";
import { gateWise, glorot, orthogonal, zeros } from "./initialisers.ts";
import { linear } from "./linear.ts";

/**
 * Recurrent layers, with the gates in PyTorch's order, side by side. What the inputs give to all gates is
 * one product for the whole sequence; only the product with the state goes step by step, as a loop of the
 * graph or unrolled into it. The loop keeps states alone and computes the rest again on the way back; the
 * unrolled form keeps all, which is faster for short sequences and makes a large graph for long ones.
 * Sources: Hochreiter & Schmidhuber 1997; Gers et al. 2000; Cho et al. 2014.
 */
export interface RecurrentOptions {
  /** Width of the state. */
  readonly hidden: number;
  readonly unroll: boolean;
}

/** What a state is multiplied by for its gates. @shape weight [hidden, gates hidden], bias */
export interface CellWeights {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** One step: the next state from what the input gives to the gates. */
type Cell = (gates: Tensor, state: readonly Tensor[], weights: CellWeights) => readonly Tensor[];

const column = (x: Tensor, at: number, width: number): Tensor =>
  slice(x, 1, at * width, (at + 1) * width);

/**
 * r, z, n = reset, update, new: n = tanh(a_n + r (h U_n + c_n)), next = (1 - z) n + z h.
 * @shape gates [batch, 3 hidden], hidden [batch, hidden]
 */
export function gruCell(gates: Tensor, hidden: Tensor, { weight, bias }: CellWeights): Tensor {
  const width = hidden.shape[1];
  const own = affine(hidden, weight, bias);
  const both = sigmoid(add(slice(gates, 1, 0, 2 * width), slice(own, 1, 0, 2 * width)));
  const reset = column(both, 0, width);
  const keep = column(both, 1, width);
  const fresh = tanh(add(column(gates, 2, width), multiply(reset, column(own, 2, width))));
  return add(fresh, multiply(keep, subtract(hidden, fresh)));
}

export interface LstmState {
  /** What the layer shows. @shape [batch, hidden] */
  readonly hidden: Tensor;
  /** What it remembers. @shape [batch, hidden] */
  readonly cell: Tensor;
}

/**
 * i, f, g, o = input, forget, new, output: cell = f cell + i tanh(g), hidden = o tanh(cell).
 * @shape gates [batch, 4 hidden]
 */
export function lstmCell(
  gates: Tensor,
  { hidden, cell }: LstmState,
  { weight, bias }: CellWeights,
): LstmState {
  const width = hidden.shape[1];
  const all = add(gates, affine(hidden, weight, bias));
  const [both, fresh, shown] = split(all, 1, [2 * width, width, width]);
  const [take, keep] = split(sigmoid(both), 1, [width, width]);
  const next = add(multiply(keep, cell), multiply(take, tanh(fresh)));
  return { hidden: multiply(sigmoid(shown), tanh(next)), cell: next };
}

export interface GruStates {
  /** After every step. @shape [batch, length, hidden] */
  readonly states: Tensor;
  /** After the last. @shape [batch, hidden] */
  readonly last: Tensor;
}

/**
 * Gated recurrent unit from a state of zeros. Parameters: input.weight [in, 3 hidden], input.bias,
 * hidden.weight [hidden, 3 hidden], hidden.bias. @shape x [batch, length, in]
 */
export function gru(scope: Scope, x: Tensor, options: RecurrentOptions): GruStates {
  const step: Cell = (gates, [hidden], weights) => [gruCell(gates, hidden, weights)];
  const { states, last } = recur(scope, x, options, { gates: 3, states: 1, step, bias: zeros });
  return { states, last: last[0] };
}

export interface LstmStates {
  /** What is shown after every step. @shape [batch, length, hidden] */
  readonly states: Tensor;
  readonly last: LstmState;
}

/**
 * Long short-term memory from a state of zeros; begins by forgetting little (Jozefowicz et al. 2015).
 * Parameters: input.weight [in, 4 hidden], input.bias, hidden.weight [hidden, 4 hidden], hidden.bias.
 * @shape x [batch, length, in]
 */
export function lstm(scope: Scope, x: Tensor, options: RecurrentOptions): LstmStates {
  const step: Cell = (gates, [hidden, cell], weights) => {
    const next = lstmCell(gates, { hidden, cell }, weights);
    return [next.hidden, next.cell];
  };
  const kind: Kind = { gates: 4, states: 2, step, bias: forgetsLittle };
  const { states, last } = recur(scope, x, options, kind);
  return { states, last: { hidden: last[0], cell: last[1] } };
}

/** 1 for the second of four gates. */
const forgetsLittle: Initialiser = ([size]) => new Float32Array(size).fill(1, size / 4, size / 2);

interface Kind {
  readonly gates: number;
  readonly states: number;
  readonly step: Cell;
  /** Of the inputs. */
  readonly bias: Initialiser;
}

interface Recurred {
  readonly states: Tensor;
  readonly last: readonly Tensor[];
}

function recur(scope: Scope, x: Tensor, options: RecurrentOptions, kind: Kind): Recurred {
  const { hidden, unroll } = options;
  const [batch, length] = x.shape;
  assert(length > 0, "a sequence has a step");
  const width = kind.gates * hidden;
  const input = scope.child("input");
  input.parameter("bias", [width], kind.bias);
  const gates = linear(input, x, { width, initial: gateWise(kind.gates, glorot) });
  const own = scope.child("hidden");
  const weights = {
    weight: own.parameter("weight", [hidden, width], gateWise(kind.gates, orthogonal)),
    bias: own.parameter("bias", [width], zeros),
  };
  const steps = transpose(gates, [1, 0, 2]);
  const start = new Array<Tensor>(kind.states).fill(zerosLike(steps, batch, hidden));
  const form = unroll ? unrolled : looped;
  const { states, last } = form(steps, start, (part, state) => kind.step(part, state, weights));
  return { states: transpose(states, [1, 0, 2]), last };
}

type Step = (gates: Tensor, state: readonly Tensor[]) => readonly Tensor[];

function looped(steps: Tensor, start: readonly Tensor[], step: Step): Recurred {
  const { states, outputs } = scan({ states: start, slices: [steps] }, (state, [part]) => {
    const next = step(part, state);
    return { states: next, outputs: [next[0]] };
  });
  return { states: outputs[0], last: states };
}

function unrolled(steps: Tensor, start: readonly Tensor[], step: Step): Recurred {
  const [length, batch, width] = steps.shape;
  let state = start;
  const shown: Tensor[] = [];
  for (let at = 0; at < length; at++) {
    state = step(reshape(slice(steps, 0, at, at + 1), [batch, width]), state);
    shown.push(reshape(state[0], [1, ...state[0].shape]));
  }
  return { states: concat(shown, 0), last: state };
}

/** Zeros; of a batch whose size is not known yet, they are made of what is. */
function zerosLike(steps: Tensor, batch: number, hidden: number): Tensor {
  const shape = [batch, hidden];
  if (!isFree(shape)) return filled(shape, 0);
  return scale(reshape(slice(slice(steps, 0, 0, 1), 2, 0, hidden), shape), 0);
}
