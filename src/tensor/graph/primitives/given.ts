import { assert } from "../../../assert.ts";
import type { PrimitiveTable } from "../primitive.ts";
import { apply, type Cotangent, type Tensor } from "../tensor.ts";

type Answers = readonly (Cotangent | readonly Cotangent[])[];

/** What the cotangent of the value is of each of `wrt`. */
export type Slopes = (g: Tensor, wrt: readonly Tensor[], saved: readonly Tensor[]) => Answers;

/** The same of several values; a cotangent that is undefined is zero. */
export type SlopesOfAll = (
  g: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
  saved: readonly Tensor[],
) => Answers;

export interface KnownSlopes {
  readonly value: Tensor;
  readonly wrt: readonly Tensor[];
  /** Whatever else the slopes are made of; computed only if they are asked for. */
  readonly saved: readonly Tensor[];
  /** Makes tensors of its arguments and constants alone, as a loop may move it. */
  readonly slopes: Slopes;
}

export interface KnownSlopesOfAll extends Omit<KnownSlopes, "value" | "slopes"> {
  readonly values: readonly Tensor[];
  readonly slopes: SlopesOfAll;
}

/** Values with a derivative that is known in closed form, cheaper than the one rules would find. */
export interface Given {
  readonly values: number;
  readonly count: number;
  readonly slopes: SlopesOfAll;
}

export interface GivenAttributes {
  given: Given;
}

export const givens: PrimitiveTable<GivenAttributes> = {
  given: {
    name: "given",
    shape: (inputs, { values }) => inputs.slice(0, values),
    reads: (inputs, { values }) => inputs.slice(0, values),
    lower: (_, { names, attributes: { values } }) => names.slice(0, values),
    derive: ({ attributes: { values, count, slopes }, inputs, gradients }) => {
      const [wrt, saved] = [inputs.slice(values, values + count), inputs.slice(values + count)];
      const answers = slopes(gradients, wrt, saved);
      assert(answers.length === count, "there is a slope for each that the values move with");
      const none = (): undefined => undefined;
      return [...inputs.slice(0, values).map(none), ...answers, ...saved.map(none)];
    },
  },
};

/** `values`, of which the derivatives along each of `wrt` are what `slopes` says. */
export const withSlopesOfAll = (known: KnownSlopesOfAll): readonly Tensor[] =>
  apply(givens.given, [...known.values, ...known.wrt, ...known.saved], {
    values: known.values.length,
    count: known.wrt.length,
    slopes: known.slopes,
  });

/** `value`, of which the derivative along each of `wrt` is what `slopes` says. */
export const withSlopes = ({ value, slopes, ...rest }: KnownSlopes): Tensor =>
  withSlopesOfAll({
    values: [value],
    ...rest,
    slopes: ([g], wrt, saved) => slopes(g as Tensor, wrt, saved),
  })[0];
