import { assert } from "../../assert.ts";
import type { InputSpec, Network, Scope } from "../graph/network.ts";
import { concat, pad, reshape } from "../graph/primitives/arrange.ts";
import { attention } from "../graph/primitives/attention.ts";
import type { Shape } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { asBias, seesEarlier } from "../layers/visibility.ts";

/**
 * A causal network that is run one place at a time: keys and values of earlier places come from a cache
 * instead of being computed again, so a new event costs O(width (width + places)), not that times the
 * places. Idea: the network is written once and asks `attend` for its attention; over a whole sequence
 * that is causal attention, in a step it is attention to the cache and to the place itself.
 * Left out: biases between places (a relative bias needs the distance of each row of the cache). When
 * not: networks in which a place sees later ones.
 */
export type Attend = (layer: string, head: HeadInputs) => Tensor;

/** @shape query, key [batch, heads, places, width], value [batch, heads, places, values] */
export interface HeadInputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** Factor of the products, commonly 1 / sqrt(width). */
  readonly alpha: number;
}

export type BuildCausal = (
  scope: Scope,
  inputs: Readonly<Record<string, Tensor>>,
  attend: Attend,
) => Readonly<Record<string, Tensor>>;

/** Inputs and results of a causal network have the places as their second axis: [batch, places, ...]. */
export interface CausalNetwork {
  /** Shapes of one place: [1, 1, ...]. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly build: BuildCausal;
}

/** Of the cache of one layer. */
export interface CacheSpec {
  readonly heads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
}

/** The network over all places of a sequence at once, as it is trained. */
export const wholeNetwork = ({ inputs, build }: CausalNetwork, places: number): Network => ({
  inputs: mapInputs(inputs, ([batch, , ...rest]) => [batch, places, ...rest]),
  build: (scope, given) => build(scope, given, attendCausally(asBias(seesEarlier(places)))),
});

const attendCausally =
  (bias: Tensor): Attend =>
  (_, { query, key, value, alpha }) =>
    attention(query, key, value, bias, alpha);

const mapInputs = (
  inputs: Readonly<Record<string, InputSpec>>,
  shapeOf: (shape: Shape) => Shape,
): Record<string, InputSpec> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, { ...spec, shape: shapeOf(spec.shape) }]),
  );

/** Names of what a step takes and gives beside the network's own. */
export const presentName = "cache.present";
export const cacheName = (part: "keys" | "values", layer: string): string =>
  `cache.${part}.${layer}`;
export const rowName = (part: "keys" | "values", layer: string): string => `row.${part}.${layer}`;

/**
 * One step: takes the caches [batch, heads, capacity, width] and which of their rows are there
 * [batch, capacity] as 1 or 0, gives the new row of each [batch, heads, 1, width] for the caller to
 * write where it likes; the order of rows does not matter.
 */
export function stepNetwork(
  network: CausalNetwork,
  layers: Readonly<Record<string, CacheSpec>>,
  capacity: number,
): Network {
  const caches: Record<string, InputSpec> = {
    [presentName]: { type: "float32", shape: [1, capacity] },
  };
  for (const [layer, { heads, keyWidth, valueWidth }] of Object.entries(layers)) {
    const of = (width: number): InputSpec => ({
      type: "float32",
      shape: [1, heads, capacity, width],
    });
    caches[cacheName("keys", layer)] = of(keyWidth);
    caches[cacheName("values", layer)] = of(valueWidth);
  }
  return {
    inputs: { ...network.inputs, ...caches },
    build: (scope, inputs) => {
      const rows: Record<string, Tensor> = {};
      const results = network.build(scope, inputs, attendCached(inputs, capacity, rows));
      for (const layer of Object.keys(layers)) {
        assert(rowName("keys", layer) in rows, `the network attends in layer ${layer}`);
      }
      return { ...results, ...rows };
    },
  };
}

function attendCached(
  inputs: Readonly<Record<string, Tensor>>,
  capacity: number,
  rows: Record<string, Tensor>,
): Attend {
  const present = inputs[presentName];
  const cached = asBias(reshape(present, [present.shape[0], 1, 1, capacity]));
  // A place always sees itself: 0 before the others, as its own row comes first.
  const bias = pad(cached, 3, 1, 0);
  return (layer, { query, key, value, alpha }) => {
    const keys = inputs[cacheName("keys", layer)];
    const values = inputs[cacheName("values", layer)];
    assert(keys !== undefined && values !== undefined, `layer ${layer} has a cache`);
    assert(!(rowName("keys", layer) in rows), `layer ${layer} attends once`);
    rows[rowName("keys", layer)] = key;
    rows[rowName("values", layer)] = value;
    return attention(query, concat([key, keys], 2), concat([value, values], 2), bias, alpha);
  };
}
