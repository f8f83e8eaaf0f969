import { type Csr, countColumns, transpose } from "../../../algorithms/csr.ts";
import { bagsOf } from "../../../algorithms/text.ts";

/**
 * Groups that no fitted model knows: new since the last training, or all of them before the first.
 * They are known by what they say of themselves, and by their age. Idea: an index from features to
 * the newcomers that have them; the likeness to an item is one walk along the item's features.
 * Cosine of bags, weighted by what the model has learned that each feature tells; before the first
 * model by rarity.
 */
export interface Newcomers {
  readonly count: number;
  /** Feature to its row in `holders`. */
  readonly features: ReadonlyMap<string, number>;
  readonly weightOf: WeightOf;
  /** Feature by newcomer, weights such that each newcomer has length 1. */
  readonly holders: Csr;
  /** 1 for the newest, towards 0 for the oldest. @shape [count] */
  readonly freshness: Float32Array;
  /** The newest, newest first. */
  readonly freshest: Int32Array;
}

/** A feature of more newcomers than this tells hardly any of them apart, and takes long to walk. */
const HELD_MOST = 2_000;
const FRESHEST_MOST = 1_000;

/** How much a feature weighs. @unit result 0 or more */
export type WeightOf = (feature: string) => number;

/**
 * What the model has not met tells nothing yet. Undefined where nothing does.
 * @shape telling [features]
 */
export function learnedWeights(
  features: readonly string[],
  telling: Float32Array,
): WeightOf | undefined {
  const weights = new Map(features.map((feature, at) => [feature, telling[at] as number]));
  return telling.some((weight) => weight > 0) ? (feature) => weights.get(feature) ?? 0 : undefined;
}

/**
 * O(features). @shape words [count], createdAt [count] @unit createdAt epoch ms
 * @param learned absent where no model has learned any
 */
export function indexNewcomers(
  words: readonly (readonly string[])[],
  createdAt: readonly number[],
  learned?: WeightOf,
): Newcomers {
  const { bags, features } = bagsOf(words);
  const holders = countColumns(bags.columns, bags.width);
  const columnOf = new Map(features.map((feature, column) => [feature, column]));
  const rarity: WeightOf = (feature) => {
    const column = columnOf.get(feature);
    return Math.log(1 + bags.rows / (column === undefined ? 1 : (holders[column] as number)));
  };
  const weightOf = learned ?? rarity;
  const weights = Float32Array.from(features, weightOf);
  const values = new Float32Array(bags.values.length);
  for (let row = 0; row < bags.rows; row++) {
    const [from, to] = [bags.offsets[row] as number, bags.offsets[row + 1] as number];
    let squares = 0;
    for (let at = from; at < to; at++)
      squares += (weights[bags.columns[at] as number] as number) ** 2;
    for (let at = from; at < to; at++) {
      values[at] = (weights[bags.columns[at] as number] as number) / Math.sqrt(squares || 1);
    }
  }
  const { freshness, freshest } = freshnessOf(createdAt);
  return {
    count: words.length,
    features: new Map(
      [...columnOf].filter(([, column]) => (holders[column] as number) <= HELD_MOST),
    ),
    weightOf,
    holders: transpose({ ...bags, values }),
    freshness,
    freshest,
  };
}

/** By rank of age, so that one very old group does not make all others alike. O(n log n). */
function freshnessOf(createdAt: readonly number[]): Pick<Newcomers, "freshness" | "freshest"> {
  const n = createdAt.length;
  const order = Int32Array.from({ length: n }, (_, at) => at);
  order.sort((a, b) => (createdAt[a] as number) - (createdAt[b] as number) || b - a);
  const freshness = new Float32Array(n);
  order.forEach((at, rank) => {
    freshness[at] = (rank + 1) / n;
  });
  return { freshness, freshest: order.slice(-FRESHEST_MOST).reverse() };
}

/**
 * out += weight times the likeness of each newcomer to an item with these features.
 * O(features HELD_MOST). @shape out [count]
 */
export function addLikenessInto(
  newcomers: Newcomers,
  words: ReadonlySet<string>,
  weight: number,
  out: Float32Array,
): void {
  const { features, weightOf, holders } = newcomers;
  const { offsets, columns, values } = holders;
  let squares = 0;
  for (const word of words) squares += weightOf(word) ** 2;
  if (squares === 0) return;
  for (const word of words) {
    const row = features.get(word);
    if (row === undefined) continue;
    const scale = (weight * weightOf(word)) / Math.sqrt(squares);
    for (let at = offsets[row] as number; at < (offsets[row + 1] as number); at++) {
      const column = columns[at] as number;
      out[column] = (out[column] as number) + scale * (values[at] as number);
    }
  }
}
