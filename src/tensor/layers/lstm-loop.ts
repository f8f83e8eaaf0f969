import { concat, reshape, split } from "../graph/primitives/arrange.ts";
import { add, multiply, sigmoid, subtract, tanh } from "../graph/primitives/elementwise.ts";
import { withSlopesOfAll } from "../graph/primitives/given.ts";
import { addProduct, matmul } from "../graph/primitives/linear.ts";
import { scan } from "../graph/scan.ts";
import { filled, type Tensor } from "../graph/tensor.ts";

/**
 * An LSTM over a whole sequence as a loop of the graph, with its derivative in closed form. A turn of a loop
 * is made of small steps that each cost more to begin than to do, so the way back does in its turns only
 * what rests on the turn before: with i, f, g, o the gates, t = tanh(cell) and dc the slope of the cell,
 *
 *     dc += dh o (1 - t^2),   da = (dc, dc, dc, dh) (g i (1 - i), c f (1 - f), i (1 - g^2), t o (1 - o))
 *
 * where all factors are made for the whole sequence at once, and so is the slope of the weights, one product
 * of all states with all da. The way there keeps the gates for it: seven nodes a turn, where rules find 45.
 * Source: Greff et al. 2017, appendix A. Left out: peepholes.
 */
export interface LstmState {
  /** What the layer shows. @shape [batch, hidden] */
  readonly hidden: Tensor;
  /** What it remembers. @shape [batch, hidden] */
  readonly cell: Tensor;
}

/** A step, with what its derivative is made of. */
interface Step extends LstmState {
  /** i and f side by side. @shape [batch, 2 hidden] */
  readonly both: Tensor;
  readonly fresh: Tensor;
  readonly shown: Tensor;
  readonly bent: Tensor;
}

/**
 * i, f, g, o = input, forget, new, output: cell = f cell + i tanh(g), hidden = o tanh(cell).
 * @shape gates [batch, 4 hidden], weight [hidden, 4 hidden]
 */
export const lstmCell = (gates: Tensor, state: LstmState, weight: Tensor): LstmState =>
  stepOf(gates, state, weight);

function stepOf(gates: Tensor, state: LstmState, weight: Tensor): Step {
  const width = state.hidden.shape[1];
  const all = addProduct(gates, state.hidden, weight);
  const [leftSide, middle, rightSide] = split(all, 1, [2 * width, width, width]);
  const [both, fresh, shown] = [sigmoid(leftSide), tanh(middle), sigmoid(rightSide)];
  const [take, keep] = split(both, 1, [width, width]);
  const cell = add(multiply(keep, state.cell), multiply(take, fresh));
  const bent = tanh(cell);
  return { both, fresh, shown, bent, cell, hidden: multiply(shown, bent) };
}

export interface LstmStates {
  /** What is shown after every step. */
  readonly states: Tensor;
  readonly last: LstmState;
}

/**
 * What the inputs and biases give to the gates, and the weights of the states; the first state is fixed.
 * O(length batch hidden^2).
 * @shape gates [length, batch, 4 hidden], weight [hidden, 4 hidden], result [length, batch, hidden]
 */
export function lstmLoop(gates: Tensor, start: LstmState, weight: Tensor): LstmStates {
  const { states, outputs } = scan(
    { states: [start.hidden, start.cell], slices: [gates] },
    ([hidden, cell], [part]) => {
      const next = stepOf(part, { hidden, cell }, weight);
      const { both, fresh, shown, bent } = next;
      return {
        states: [next.hidden, next.cell],
        outputs: [next.hidden, both, fresh, shown, bent, hidden, cell],
      };
    },
  );
  const [shownStates] = outputs;
  const [whole, hidden, cell] = withSlopesOfAll({
    values: [shownStates, ...states],
    wrt: [gates, weight],
    saved: outputs,
    slopes: slopesOfLoop,
  });
  return { states: whole, last: { hidden, cell } };
}

/** y - y x x or, of one x, y - y x. */
const without = (y: Tensor, x: Tensor, times: 1 | 2): Tensor => {
  const once = multiply(y, x);
  return subtract(y, times === 1 ? once : multiply(once, x));
};

/** Of the gates and the weight. @param saved as the loop gave them, each [length, batch, ...] */
function slopesOfLoop(
  [ofStates, ofHidden, ofCell]: readonly (Tensor | undefined)[],
  [, weight]: readonly Tensor[],
  [states, both, fresh, shown, bent, before, cells]: readonly Tensor[],
): readonly Tensor[] {
  const [length, batch, width] = before.shape;
  const [take, keep] = split(both, 2, [width, width]);
  const ofBoth = without(multiply(both, concat([fresh, cells], 2)), both, 1);
  const factors = concat([ofBoth, without(take, fresh, 2), without(states, shown, 1)], 2);
  const bend = without(shown, bent, 2);
  const zeros = filled([batch, width], 0);
  const read = [factors, bend, keep];
  const { outputs } = scan(
    {
      isReverse: true,
      states: [ofHidden ?? zeros, ofCell ?? zeros],
      slices: ofStates === undefined ? read : [...read, ofStates],
    },
    ([hidden, cell], [factor, bendNow, keepNow, ofState]) => {
      const dh = ofState === undefined ? hidden : add(hidden, ofState);
      const dc = add(cell, multiply(dh, bendNow));
      const da = multiply(concat([dc, dc, dc, dh], 1), factor);
      return {
        states: [matmul(da, weight, { transposeB: true }), multiply(dc, keepNow)],
        outputs: [da],
      };
    },
  );
  const [ofGates] = outputs;
  const rows = [length * batch, width];
  const flat = reshape(ofGates, [length * batch, 4 * width]);
  return [ofGates, matmul(reshape(before, rows), flat, { transposeA: true })];
}
