import type { Scope } from "../../tensor/graph/network.ts";
import { reshape } from "../../tensor/graph/primitives/arrange.ts";
import { add, multiply } from "../../tensor/graph/primitives/elementwise.ts";
import { gatherRows } from "../../tensor/graph/primitives/lookup.ts";
import { sizeOf } from "../../tensor/graph/shape.ts";
import { constant, type Tensor } from "../../tensor/graph/tensor.ts";
import { embeddingBag } from "../../tensor/layers/embedding.ts";
import { normal } from "../../tensor/layers/initialisers.ts";
import type { Content, ContentShape } from "./content.ts";

/**
 * The vectors of items, which are both what is read in a history and what it is compared with. Without
 * content they are one table. With it, training composes them of the features' table and the items' own,
 * row by row as they are asked for; service has the composed table under the same name, and knows no
 * difference. Parameters: items [vocabulary, width]; in training with content own [vocabulary, width] and
 * features [features, width] instead.
 */
export interface ItemTable {
  /** @shape tokens any, result [...tokens, width] */
  rows(tokens: Tensor): Tensor;
  /** @shape result [vocabulary, width] */
  whole(): Tensor;
}

export interface ItemTableShape {
  readonly vocabulary: number;
  readonly width: number;
  readonly content?: ContentShape | undefined;
}

const initial = normal(0.02);

export function itemTable(
  scope: Scope,
  shape: ItemTableShape,
  content: Content | undefined,
): ItemTable {
  const size = [shape.vocabulary, shape.width] as const;
  if (content === undefined || shape.content === undefined) {
    const table = scope.parameter("items", size, initial);
    return { rows: (tokens) => gatherRows(table, tokens), whole: () => table };
  }
  const { features, hiddenShare } = shape.content;
  const table = scope.parameter("features", [features, shape.width], initial);
  const own = scope.parameter("own", size, initial);
  const gates = scope.dropout(constant(content.gates, [content.items, 1]), hiddenShare);
  const places = [content.items, content.most] as const;
  const [said, weights] = [constant(content.features, places), constant(content.weights, places)];
  return {
    rows: (tokens) => {
      const flat = reshape(tokens, [sizeOf(tokens.shape)]);
      const told = embeddingBag(table, gatherRows(said, flat), gatherRows(weights, flat), "sum");
      const sum = add(told, multiply(gatherRows(own, flat), gatherRows(gates, flat)));
      return reshape(sum, [...tokens.shape, shape.width]);
    },
    whole: () => add(embeddingBag(table, said, weights, "sum"), multiply(own, gates)),
  };
}
