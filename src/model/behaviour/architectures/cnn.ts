import type { Scope } from "../../../tensor/graph/network.ts";
import { concat, pad, reshape, slice } from "../../../tensor/graph/primitives/arrange.ts";
import {
  add,
  cast,
  equal,
  maximum,
  multiply,
  relu,
} from "../../../tensor/graph/primitives/elementwise.ts";
import { matmul } from "../../../tensor/graph/primitives/linear.ts";
import type { Tensor } from "../../../tensor/graph/tensor.ts";
import { glorot, zeros } from "../../../tensor/layers/initialisers.ts";
import { linear } from "../../../tensor/layers/linear.ts";
import type { Body } from "./body.ts";

/**
 * Filters over the last few actions, taken as a picture of actions by numbers. Those across all numbers
 * look for patterns of 1, 2, .. actions in a row and tell the strongest; those along single numbers are
 * learned mixtures of the actions by their distance. Source: Tang & Wang 2018 (Caser). The picture of a
 * place is made of shifted copies of the row, with zeros for what lies in another history, so that every
 * place has one and all are learned from in one pass.
 * Left out: the vector of the shopper, skips of several actions. No use for `heads`, distances and
 * `blocks`; sees REACH actions, however long the history.
 * O(rows length width hidden REACH).
 * @shape x [rows, length, width], result as x
 */
export const cnn: Body = (scope, x, { width, length, hidden, dropout }, { segments }) => {
  const reach = Math.min(REACH, length);
  const shifts = shiftsOf(segments, reach);
  const across = patterns(scope, x, shifts, Math.ceil(hidden / reach));
  const along = mixtures(scope.child("mixtures"), x, shifts);
  const found = scope.dropout(concat([...across, along], 2), dropout);
  return relu(linear(scope.child("output"), found, { width }));
};

/** Actions in the picture, as the paper found enough. */
const REACH = 5;
/** Filters along single numbers, as in the paper. */
const MIXTURES = 4;

/** The row 0, 1, .. places later: what each place did so long before, zeros where it did nothing. */
type Shift = (x: Tensor) => Tensor;

function shiftsOf(segments: Tensor, reach: number): readonly Shift[] {
  const [rows = 0, length = 0] = segments.shape;
  return Array.from({ length: reach }, (_, back) => {
    const now = slice(segments, 1, back, length);
    const isOwn = cast(equal(now, slice(segments, 1, 0, length - back)), "float32");
    const factor = reshape(isOwn, [rows, length - back, 1]);
    return (x) => pad(multiply(slice(x, 1, 0, length - back), factor), 1, back, 0);
  });
}

/**
 * For 1, 2, .. actions in a row the strongest answer of each filter, wherever in the picture. What all
 * filters make of an action is one product; it is shifted afterwards, as shifts and zeros commute with it.
 * Parameters: filters.weight [width, columns], tall1.bias .. [filters].
 */
function patterns(scope: Scope, x: Tensor, shifts: readonly Shift[], filters: number): Tensor[] {
  const reach = shifts.length;
  const columns = (filters * reach * (reach + 1)) / 2;
  const made = linear(scope.child("filters"), x, { width: columns, hasBias: false });
  const pictures = shifts.map((shift) => shift(made));
  let column = 0;
  return shifts.map((_, at) => {
    const tall = at + 1;
    const first = column;
    column += tall * filters;
    const bias = scope.child(`tall${tall}`).parameter("bias", [filters], zeros);
    const answers = pictures.slice(0, reach - at).map((__, start) =>
      pictures
        .slice(start, start + tall)
        .map((one, row) => slice(one, 2, first + row * filters, first + (row + 1) * filters))
        .reduce(add),
    );
    return relu(add(answers.reduce(maximum), bias));
  });
}

/** Parameter: weight [REACH, MIXTURES]. @shape result [rows, length, width MIXTURES] */
function mixtures(scope: Scope, x: Tensor, shifts: readonly Shift[]): Tensor {
  const [rows = 0, length = 0, width = 0] = x.shape;
  const weight = scope.parameter("weight", [shifts.length, MIXTURES], glorot);
  const values = rows * length * width;
  const picture = concat(
    shifts.map((shift) => reshape(shift(x), [values, 1])),
    1,
  );
  return reshape(matmul(picture, weight), [rows, length, width * MIXTURES]);
}
