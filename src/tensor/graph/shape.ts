import { assert } from "../../assert.ts";

/**
 * Sizes along the axes. A negative size is free: -k stands for k times the batch, which is known
 * only when the graph runs. Products and quotients of sizes then need no special case; one axis
 * at most may be free.
 */
export type Shape = readonly number[];

/** The size of a batch that is not known while the graph is built. */
export const freeBatch = -1;

/** Number of values; negative when a size is free. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  let free = 0;
  for (const length of shape) {
    if (length < 0) free++;
    size *= length;
  }
  assert(free <= 1, "one axis at most is free");
  return size;
}

export const isFree = (shape: Shape): boolean => shape.some((length) => length < 0);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);

export const shapeText = (shape: Shape): string =>
  `[${shape.map((length) => (length < 0 ? `${-length} batch` : length)).join(", ")}]`;

/** The shape of an elementwise result: axes are aligned at the end, a size of 1 is stretched. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left === 1) return right;
    assert(
      right === 1 || right === left,
      `shapes ${shapeText(a)} and ${shapeText(b)} stretch to one another`,
    );
    return left;
  });
}

/** The axis counted from the front; -1 is the last. */
export function axisOf(shape: Shape, axis: number): number {
  const found = axis < 0 ? axis + shape.length : axis;
  assert(found >= 0 && found < shape.length, `axis ${axis} exists in ${shapeText(shape)}`);
  return found;
}

/** The shape with one axis of another length. */
export const withLength = (shape: Shape, axis: number, length: number): Shape =>
  shape.map((old, at) => (at === axis ? length : old));

/** The same axes with those summed over of length 1 (`keep`) or gone. */
export const reduced = (shape: Shape, axes: readonly number[], keep: boolean): Shape =>
  keep
    ? shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
    : shape.filter((_, axis) => !axes.includes(axis));

/** Distance of neighbours along each axis, in values. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  }
  return strides;
}
