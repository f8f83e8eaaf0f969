import { assert } from "../../assert.ts";
import { expand, reshape, sum } from "./primitives/arrange.ts";
import { add } from "./primitives/elementwise.ts";
import { sumRows } from "./primitives/linear.ts";
import { scatterRows } from "./primitives/lookup.ts";
import { type Shape, sameShape, sizeOf } from "./shape.ts";
import {
  type Call,
  type Cotangent,
  callsOf,
  isRows,
  mustHave,
  type RowGradient,
  scalar,
  type Tensor,
} from "./tensor.ts";

/**
 * Reverse-mode differentiation while the graph is built: calls are visited from the last to the
 * first, each rule turns what is known of its results into what is known of its inputs. The cost
 * of a gradient is a small multiple of the cost of the function, whatever the number of inputs.
 * Source: Linnainmaa 1970; Griewank & Walther 2008.
 */
export interface Gradient {
  /** As the tensor's shape; undefined when only rows, or nothing, reach it. */
  readonly dense: Tensor | undefined;
  /** To be added to the rows of a table. */
  readonly rows: readonly RowGradient[];
}

/** Gradients of a sum of scalars. @shape result as wrt */
export const gradientsOf = (loss: Tensor, wrt: readonly Tensor[]): readonly Gradient[] => {
  mustHave(loss, [], "what is differentiated");
  return pullback([loss], [scalar(1)], wrt);
};

/** Adds up what reaches a tensor. */
interface Collected {
  dense: Tensor | undefined;
  readonly rows: RowGradient[];
}

/** What the cotangents of some results are of other tensors; undefined is zero. */
export function pullback(
  results: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
): readonly Gradient[] {
  const calls = callsOf(results);
  const moving = movingTensors(calls, wrt);
  const collected = new Map<Tensor, Collected>();
  const collect = (tensor: Tensor, cotangent: Cotangent): void => {
    if (cotangent === undefined || !moving.has(tensor)) return;
    let sums = collected.get(tensor);
    if (sums === undefined) {
      sums = { dense: undefined, rows: [] };
      collected.set(tensor, sums);
    }
    if (isRows(cotangent)) sums.rows.push(cotangent);
    else {
      const fitted = unstretched(cotangent, tensor.shape);
      sums.dense = sums.dense === undefined ? fitted : add(sums.dense, fitted);
    }
  };
  results.forEach((result, at) => {
    collect(result, cotangents[at]);
  });
  for (const call of calls.reverse()) visit(call, moving, collected, collect);
  return wrt.map((tensor) => collected.get(tensor) ?? { dense: undefined, rows: [] });
}

/** Those that move when one of `wrt` does. */
function movingTensors(calls: readonly Call[], wrt: readonly Tensor[]): Set<Tensor> {
  const moving = new Set(wrt);
  for (const { inputs, outputs, primitive } of calls) {
    if (primitive.derive === "none" || !inputs.some((one) => moving.has(one))) continue;
    for (const one of outputs) moving.add(one);
  }
  return moving;
}

function visit(
  call: Call,
  moving: ReadonlySet<Tensor>,
  collected: ReadonlyMap<Tensor, Collected>,
  collect: (tensor: Tensor, cotangent: Cotangent) => void,
): void {
  const { attributes, inputs, outputs, primitive } = call;
  if (primitive.derive === "none" || !inputs.some((one) => moving.has(one))) return;
  const gradients = outputs.map((one) => denseOf(one, collected.get(one)));
  if (gradients.every((one) => one === undefined)) return;
  const needs = inputs.map((one) => moving.has(one));
  const cotangents = primitive.derive({ attributes, inputs, outputs, gradients, needs });
  assert(cotangents.length === inputs.length, `${primitive.name} answers for every input`);
  cotangents.forEach((answer, at) => {
    const several = Array.isArray(answer) ? answer : [answer as Cotangent];
    for (const one of several) collect(inputs[at], one);
  });
}

/** Rows that reach a computed table are added into zeros; only leaves keep them as rows. */
export function denseOf(tensor: Tensor, sums: Gradient | undefined): Tensor | undefined {
  if (sums === undefined) return undefined;
  let total = sums.dense;
  for (const rows of sums.rows) {
    const dense = scatterRows(rows, tensor.shape);
    total = total === undefined ? dense : add(total, dense);
  }
  return total;
}

/**
 * A gradient of a stretched tensor is summed over what it was stretched along; one that is the same
 * along an axis may have length 1 there, and is stretched.
 */
export function unstretched(gradient: Tensor, shape: Shape): Tensor {
  const missing = Math.max(0, shape.length - gradient.shape.length);
  const from = [...new Array<number>(missing).fill(1), ...gradient.shape];
  if (sameShape(from, shape)) return reshape(gradient, shape);
  const lead = from.length - shape.length;
  const axes = from.flatMap((length, axis) =>
    axis < lead || (shape[axis - lead] === 1 && length !== 1) ? [axis] : [],
  );
  return expand(summed(reshape(gradient, from), axes, from.slice(lead)), shape);
}

/** Summed over axes; those that lead are gone, the others have length 1 in `kept`. */
function summed(x: Tensor, axes: readonly number[], kept: Shape): Tensor {
  const shape = kept.map((length, axis) =>
    axes.includes(axis + x.shape.length - kept.length) ? 1 : length,
  );
  const isLead = axes.length > 0 && axes.length === x.shape.length - kept.length;
  const columns = sizeOf(kept);
  if (!isLead || columns === 0) return reshape(sum(x, axes, true), shape);
  return reshape(sumRows(reshape(x, [sizeOf(x.shape) / columns, columns])), shape);
}
