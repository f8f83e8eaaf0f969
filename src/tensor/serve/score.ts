import { assert } from "../../assert.ts";
import type { Network } from "../graph/network.ts";
import { add, where } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { topK } from "../graph/primitives/lookup.ts";
import { filled, type Tensor } from "../graph/tensor.ts";
import { zeros } from "../layers/initialisers.ts";

/**
 * The best rows of a table for each vector, exactly: all products, a mask, the k largest. Of equal
 * scores the lower row comes first. O(batch rows width). Beyond some 50,000 rows of width 64 an index
 * of neighbours is faster, and not exact.
 */
export interface TopScores {
  /** From the best down. @shape [batch, k] */
  readonly ids: Tensor;
  readonly scores: Tensor;
}

/** What a masked row scores: below all others, and yet a number. */
const never = -1e30;

/**
 * @shape users [batch, width], table [rows, width], mask stretched to [batch, rows]: reals are added
 * to the scores, booleans say which rows may be given
 */
export function topScores(
  users: Tensor,
  table: Tensor,
  k: number,
  mask: Tensor | undefined,
): TopScores {
  const products = matmul(users, table, { transposeB: true });
  const { values, places } = topK(masked(products, mask), k);
  return { ids: places, scores: values };
}

function masked(scores: Tensor, mask: Tensor | undefined): Tensor {
  if (mask === undefined) return scores;
  if (mask.type === "bool") return where(mask, scores, filled([], never));
  assert(mask.type === "float32", "a mask is of reals or booleans");
  return add(scores, mask);
}

export interface ScoringOptions {
  readonly rows: number;
  readonly width: number;
  readonly k: number;
  /** "add" and "allow" take an input "mask" of reals or booleans, [batch, rows]. */
  readonly mask: "none" | "add" | "allow";
}

/** `topScores` as a network: input "users", parameter "table", results "ids" and "scores". */
export function scoringNetwork({ rows, width, k, mask }: ScoringOptions): Network {
  const users = { type: "float32", shape: [1, width] } as const;
  const type = mask === "allow" ? "bool" : "float32";
  return {
    inputs: mask === "none" ? { users } : { users, mask: { type, shape: [1, rows] } },
    build: (scope, inputs) => ({
      ...topScores(
        inputs["users"],
        scope.parameter("table", [rows, width], zeros),
        k,
        mask === "none" ? undefined : inputs["mask"],
      ),
    }),
  };
}
