import { assert } from "../../assert.ts";
import type { Scope } from "../graph/network.ts";
import { concat, reshape } from "../graph/primitives/arrange.ts";
import { softplus } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import type { Tensor } from "../graph/tensor.ts";
import { zeros } from "./initialisers.ts";
import { seesEarlier } from "./visibility.ts";

/**
 * Cuts between grades that stay in their order whatever is learned: the first is free, each further one
 * lies a softplus above. Parameters: first [1], gaps [grades - 2]. @shape result [grades - 1]
 */
export function ordinalCuts(scope: Scope, grades: number): Tensor {
  assert(grades >= 2, "there are two grades or more");
  const first = scope.parameter("first", [1], zeros);
  if (grades === 2) return first;
  const gaps = softplus(scope.parameter("gaps", [grades - 2], zeros));
  const steps = reshape(concat([first, gaps], 0), [grades - 1, 1]);
  return reshape(matmul(seesEarlier(grades - 1), steps), [grades - 1]);
}
