import type { PrimitiveAttributes, PrimitiveName } from "../graph/primitives/table.ts";
import { sizeOf, stridesOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";

/** What a rule of the reference sees, and how it finds its way in a tensor. */
export type Values = Float64Array;

/** Values of leaves by their names; of variables by themselves. */
export type Leaves = ReadonlyMap<string | Tensor, Values>;

export interface Evaluation<A> {
  readonly attributes: A;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly values: readonly Values[];
  /** For bodies of loops. */
  readonly evaluate: (results: readonly Tensor[], leaves: Leaves) => readonly Values[];
}

export type Rule<A> = { bivariant(call: Evaluation<A>): readonly Values[] }["bivariant"];
export type Rules<Names extends PrimitiveName> = {
  readonly [Name in Names]: Rule<PrimitiveAttributes[Name]>;
};

/** Calls `visit` with every place of a shape, in order, and its number. */
export function places(
  shape: readonly number[],
  visit: (place: readonly number[], at: number) => void,
): void {
  const place = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let at = 0; at < size; at++) {
    visit(place, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place[axis]++;
      if (place[axis] < shape[axis]) break;
      place[axis] = 0;
    }
  }
}

/** Where in a tensor of shape `own` a place of a stretched shape lies. */
export function stretchedAt(own: readonly number[], place: readonly number[]): number {
  const strides = stridesOf(own);
  const lead = place.length - own.length;
  return own.reduce(
    (sum, length, axis) => sum + (length === 1 ? 0 : place[lead + axis] * strides[axis]),
    0,
  );
}
