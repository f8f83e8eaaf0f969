import { assert } from "../../assert.ts";
import type { Initialiser, Scope } from "../graph/network.ts";
import { concat, reshape, slice, transpose } from "../graph/primitives/arrange.ts";
import { add, multiply, scale, sigmoid, subtract, tanh } from "../graph/primitives/elementwise.ts";
import { affine } from "../graph/primitives/linear.ts";
import { scan } from "../graph/scan.ts";
import { isFree } from "../graph/shape.ts";
import { filled, type Tensor } from "../graph/tensor.ts";
import { gateWise, glorot, orthogonal, zeros } from "./initialisers.ts";
import { type LstmStates, lstmCell, lstmLoop } from "./lstm-loop.ts";

/**
 * Recurrent layers, with the gates in PyTorch's order, side by side. What the inputs give to all gates is
 * one product for the whole sequence; only the product with the state goes step by step, as a loop of the
 * graph or unrolled into it. The loop of a GRU keeps states alone and computes the rest again on the way
 * back, that of an LSTM keeps its gates (lstm-loop.ts); the unrolled form keeps all and makes a large graph
 * for long sequences.
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
export function gru(scope: Scope, x: Tensor, { hidden, unroll }: RecurrentOptions): GruStates {
  const { input, own } = askWeights(scope, x, hidden, { gates: 3, bias: zeros });
  const steps = stepsOf(x, input);
  const step: Step = (gates, [state]) => [gruCell(gates, state, own)];
  const { states, last } = (unroll ? unrolled : looped)(steps, [zerosLike(steps, hidden)], step);
  return { states: transpose(states, [1, 0, 2]), last: last[0] };
}

/**
 * Long short-term memory from a state of zeros; begins by forgetting little (Jozefowicz et al. 2015).
 * Parameters: input.weight [in, 4 hidden], input.bias, hidden.weight [hidden, 4 hidden], hidden.bias.
 * @shape x [batch, length, in], result states [batch, length, hidden]
 */
export function lstm(scope: Scope, x: Tensor, { hidden, unroll }: RecurrentOptions): LstmStates {
  const { input, own } = askWeights(scope, x, hidden, { gates: 4, bias: forgetsLittle });
  // Both biases are added to the same gates, so they may be added to each other first.
  const steps = stepsOf(x, { weight: input.weight, bias: add(input.bias, own.bias) });
  const start = zerosLike(steps, hidden);
  if (!unroll) {
    const { states, last } = lstmLoop(steps, { hidden: start, cell: start }, own.weight);
    return { states: transpose(states, [1, 0, 2]), last };
  }
  const step: Step = (gates, [state, cell]) => {
    const next = lstmCell(gates, { hidden: state, cell }, own.weight);
    return [next.hidden, next.cell];
  };
  const { states, last } = unrolled(steps, [start, start], step);
  return { states: transpose(states, [1, 0, 2]), last: { hidden: last[0], cell: last[1] } };
}

/** 1 for the second of four gates. */
const forgetsLittle: Initialiser = ([size]) => new Float32Array(size).fill(1, size / 4, size / 2);

interface Kind {
  readonly gates: number;
  /** Of the inputs. */
  readonly bias: Initialiser;
}

function askWeights(scope: Scope, x: Tensor, hidden: number, { gates, bias }: Kind) {
  const width = gates * hidden;
  const ask = (part: string, into: number, initial: Initialiser, first: Initialiser) => ({
    weight: scope.child(part).parameter("weight", [into, width], gateWise(gates, initial)),
    bias: scope.child(part).parameter("bias", [width], first),
  });
  return {
    input: ask("input", x.shape[2], glorot, bias),
    own: ask("hidden", hidden, orthogonal, zeros),
  };
}

/** What the inputs give to the gates of every step, first step first. @shape [length, batch, width] */
function stepsOf(x: Tensor, { weight, bias }: CellWeights): Tensor {
  const [batch, length, into] = x.shape;
  assert(length > 0, "a sequence has a step");
  const rows = reshape(transpose(x, [1, 0, 2]), [length * batch, into]);
  return reshape(affine(rows, weight, bias), [length, batch, weight.shape[1]]);
}

interface Recurred {
  readonly states: Tensor;
  readonly last: readonly Tensor[];
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
function zerosLike(steps: Tensor, hidden: number): Tensor {
  const shape = [steps.shape[1], hidden];
  if (!isFree(shape)) return filled(shape, 0);
  return scale(reshape(slice(slice(steps, 0, 0, 1), 2, 0, hidden), shape), 0);
}
