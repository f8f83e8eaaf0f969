import type { Shape } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";

/** A use of a primitive, of any shapes. */
export interface PrimitiveCase {
  readonly says: string;
  /** Arguments that move. */
  readonly moving: readonly Shape[];
  /** Arguments that do not: whole numbers below `below`. */
  readonly whole?: readonly { readonly shape: Shape; readonly below: number }[];
  /** Where the moving ones lie: about 0 unless said. */
  readonly range?: "positive" | "apart";
  readonly build: (
    moving: readonly Tensor[],
    whole: readonly Tensor[],
  ) => Tensor | readonly Tensor[];
  /** Sizes that the runtime has no kernel for, and why. */
  readonly declined?: string;
}

export const caseOf = (
  says: string,
  moving: readonly Shape[],
  build: PrimitiveCase["build"],
  more: Partial<PrimitiveCase> = {},
): PrimitiveCase => ({ says, moving, build, ...more });
