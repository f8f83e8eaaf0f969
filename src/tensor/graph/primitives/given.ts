import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { applyOne, type Cotangent, type Tensor } from "../tensor.ts";

/** What the cotangent of the value is of each of `wrt`. */
export type Slopes = (
  g: Tensor,
  wrt: readonly Tensor[],
  saved: readonly Tensor[],
) => readonly (Cotangent | readonly Cotangent[])[];

export interface KnownSlopes {
  readonly value: Tensor;
  readonly wrt: readonly Tensor[];
  /** Whatever else the slopes are made of; computed only if they are asked for. */
  readonly saved: readonly Tensor[];
  /** Makes tensors of its arguments and constants alone, as a loop may move it. */
  readonly slopes: Slopes;
}

/** A value with a derivative that is known in closed form, cheaper than the one rules would find. */
export interface Given {
  readonly count: number;
  readonly slopes: Slopes;
}

export interface GivenAttributes {
  given: Given;
}

export const givens: PrimitiveTable<GivenAttributes> = {
  given: {
    name: "given",
    shape: ([value]) => [value],
    reads: ([value]) => [value],
    lower: (_, { names: [value] }) => [value],
    derive: ({ attributes: { count, slopes }, inputs, gradients: [g] }) => {
      const [wrt, saved] = [inputs.slice(1, count + 1), inputs.slice(count + 1)];
      const answers = slopes(g as Tensor, wrt, saved);
      assert(answers.length === count, "there is a slope for each that the value moves with");
      return [undefined, ...answers, ...saved.map(() => undefined)];
    },
  },
};

/** `value`, of which the derivative along each of `wrt` is what `slopes` says. */
export const withSlopes = ({ value, wrt, saved, slopes }: KnownSlopes): Tensor =>
  applyOne(givens.given, [value, ...wrt, ...saved], { count: wrt.length, slopes });
