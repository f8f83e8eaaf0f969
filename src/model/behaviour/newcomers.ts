import type { Csr } from "../../algorithms/csr.ts";
import { assert } from "../../assert.ts";
import { composeItems, contentOf } from "./content.ts";
import type { NetworkShape } from "./network.ts";

/** A model as it serves: what `fitBehaviour` gives. */
export interface Served {
  readonly shape: NetworkShape;
  readonly parameters: ReadonlyMap<string, Float32Array>;
}

/**
 * Vectors of items that came after the model, of their features alone. O(entries width).
 * @shape bags rows = newcomers, columns = features, the model's own first; result [newcomers, width]
 */
export function newcomerVectors({ shape, parameters }: Served, bags: Csr): Float32Array {
  const { width, content } = shape;
  const [table, rarity] = [parameters.get("features"), parameters.get("rarity")];
  assert(content !== undefined, "the model reads what items say of themselves");
  assert(table !== undefined && rarity !== undefined, "the model has vectors of features");
  const told = contentOf(bags, rarity, new Float32Array(bags.rows), content);
  return composeItems(told, table, undefined, width);
}

/**
 * The same model with newcomers as its last tokens: ranked like any other item, and read in a history like
 * any other, without training. O((vocabulary + newcomers) width).
 * @shape bags as for `newcomerVectors`
 */
export function withNewcomers(served: Served, bags: Csr): Served {
  const { shape, parameters } = served;
  const known = parameters.get("items");
  assert(known !== undefined, "the model has an item table");
  const later = newcomerVectors(served, bags);
  const items = new Float32Array(known.length + later.length);
  items.set(known);
  items.set(later, known.length);
  return {
    shape: { ...shape, vocabulary: shape.vocabulary + bags.rows },
    parameters: new Map([...parameters, ["items", items]]),
  };
}
