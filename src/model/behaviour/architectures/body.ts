import type { Scope } from "../../../tensor/graph/network.ts";
import type { Tensor } from "../../../tensor/graph/tensor.ts";

/**
 * The part of the behaviour model that may be exchanged: what turns the vectors of a row's actions into
 * what each place makes of its past. Everything before it (tokens, packing, the item table) and after
 * it (the norm, the loss, the ranking) is the same for all, so that their numbers can be compared.
 * A body keeps two promises: a place sees itself and what came before it, never what comes after; and
 * it sees its own history alone, though several lie packed side by side in its row.
 * @shape x [rows, length, width], result as x
 */
export type Body = (scope: Scope, x: Tensor, shape: BodyShape, around: Around) => Tensor;

/** What is known of the places beside their vectors. */
export interface Around {
  /** Number of the history within its row. @shape [rows, length] of int32 */
  readonly segments: Tensor;
  /**
   * What the time between two actions adds to the attention of a block, whose scope is given; undefined
   * where the model is not told of it. Bodies without attention are never told.
   * @shape result [rows, heads, length, length]
   */
  timeBias(block: Scope): Tensor | undefined;
}

/** Sizes that bodies share; one that has no use for a size says so. */
export interface BodyShape {
  /** Numbers in a vector. */
  readonly width: number;
  /** Layers of the body one upon the other. */
  readonly blocks: number;
  readonly heads: number;
  /** Places in a row, the longest history looked back on. */
  readonly length: number;
  /** Width of what is hidden inside a block: feed-forward part, recurrent state, filters. */
  readonly hidden: number;
  /** @unit rate 0..1 */
  readonly dropout: number;
  /** A learned vector for each place, or, where there is attention, a learned number for each distance. */
  readonly positions: "learned" | "relative";
}
