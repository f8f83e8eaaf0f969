import { assert } from "../../assert.ts";
import type { Scope } from "../graph/network.ts";
import { reshape, transpose } from "../graph/primitives/arrange.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { constant, type Tensor } from "../graph/tensor.ts";
import { normal } from "./initialisers.ts";

/**
 * Learned numbers added to attention scores: by how far apart two places are, and by how much time lies
 * between them. Sources: Raffel et al. 2020 (buckets), Zhai et al. 2024 (time).
 */
export interface BiasOptions {
  /** A number for each head, or one for all. */
  readonly heads: number | "shared";
}

const initial = normal(0.02);

/**
 * One number for each distance back: entry d for what lies d places earlier, the last for all further;
 * what lies ahead has entry 0 and is to be hidden. Parameter: position [distances] or
 * [distances, heads]. @shape result [length, length] or [1, heads, length, length]
 */
export function positionBias(
  scope: Scope,
  length: number,
  { distances, heads }: BiasOptions & { readonly distances: number },
): Tensor {
  const behind = new Int32Array(length * length);
  for (let row = 0; row < length; row++) {
    for (let column = 0; column < length; column++) {
      behind[row * length + column] = Math.min(Math.max(0, row - column), distances - 1);
    }
  }
  return biasOf(scope, "position", constant(behind, [length, length]), distances, heads);
}

/**
 * One number for each bucket of the time between two places. Parameter: time [buckets] or
 * [buckets, heads]. @shape gaps [batch, length, length] of int32, see `gapBucket`, result
 * [batch, 1 or heads, length, length]
 */
export const timeBias = (
  scope: Scope,
  gaps: Tensor,
  { buckets, heads }: BiasOptions & { readonly buckets: number },
): Tensor => biasOf(scope, "time", gaps, buckets, heads);

function biasOf(
  scope: Scope,
  name: string,
  places: Tensor,
  entries: number,
  heads: number | "shared",
): Tensor {
  const { shape } = places;
  if (heads === "shared") {
    const found = gatherRows(scope.parameter(name, [entries], initial), places);
    return shape.length === 2 ? found : reshape(found, [shape[0], 1, shape[1], shape[2]]);
  }
  const found = gatherRows(scope.parameter(name, [entries, heads], initial), places);
  const [batch, rows, columns] = shape.length === 2 ? [1, ...shape] : shape;
  return transpose(reshape(found, [batch, rows, columns, heads]), [0, 3, 1, 2]);
}

/**
 * The bucket of a time between two events: 0 below one unit, then one for each doubling, the last for
 * all longer. @unit gap in units >= 0, result 0..buckets - 1
 */
export function gapBucket(gap: number, buckets: number): number {
  assert(gap >= 0, "time does not run backwards");
  return Math.min(buckets - 1, Math.floor(Math.log2(1 + gap)));
}
