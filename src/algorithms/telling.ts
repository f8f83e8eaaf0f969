import type { Csr } from "./csr.ts";
import { countColumns } from "./csr.ts";
import type { Sequences } from "./sequences.ts";

/**
 * How much a feature tells of which tokens go together: the logarithm of how many times as often as by
 * chance two that stand near each other in a history share it. Idea: pointwise mutual information in
 * place of rarity, so that a rare word nobody chooses by weighs nothing. A feature of which little was
 * seen is taken to be like others as seldom touched (shrinkage to a pooled estimate).
 * Source: Church & Hanks 1990 (mutual information of words), James & Stein 1961 (shrinkage).
 * Left out: how often a feature stands in a bag; negative weights (what drives tokens apart).
 * Not for logs without histories: every weight is then 0.
 */
export interface TellingParams {
  /** Places after a token that are near it. */
  readonly window: number;
  /** Pairs by chance that weigh as much as the pool does. @unit pairs */
  readonly evidence: number;
}

/** Chosen on one draw of held-out items of amazon-beauty. */
export const defaultTelling: TellingParams = { window: 3, evidence: 0.1 };

/**
 * O(actions window features of a bag).
 * @shape bags rows = vocabulary, columns = feature ids; result [features] @unit result natural log, 0 or more
 */
export function tellingWeights(
  bags: Csr,
  sequences: Sequences,
  { window, evidence }: TellingParams,
): Float32Array {
  const { shared, pairs } = sharedByNeighbours(bags, sequences, window);
  const touched = touchedOf(bags, sequences);
  const chance = touched.byChance.map((share) => pairs * share);
  const pool = pooled(shared, chance, touched.actions);
  return Float32Array.from(shared, (count, feature) => {
    const usual = pool[poolOf(touched.actions[feature])];
    const lift = (count + evidence * usual) / (chance[feature] + evidence);
    return Math.max(0, Math.log(lift));
  });
}

/** Of pairs of different tokens near each other, how many share a feature. @shape shared [features] */
function sharedByNeighbours(bags: Csr, { offsets, tokens, rows }: Sequences, window: number) {
  const shared = new Float64Array(bags.width);
  /** The place whose token was last found to have a feature. */
  const holder = new Int32Array(bags.width).fill(-1);
  let pairs = 0;
  const lookFrom = (place: number, end: number): void => {
    for (const feature of bagOf(bags, tokens[place])) holder[feature] = place;
    for (let next = place + 1; next < Math.min(end, place + 1 + window); next++) {
      if (tokens[next] === tokens[place]) continue;
      pairs++;
      for (const feature of bagOf(bags, tokens[next])) {
        if (holder[feature] === place) shared[feature]++;
      }
    }
  };
  for (let row = 0; row < rows; row++) {
    for (let place = offsets[row]; place < offsets[row + 1]; place++) {
      lookFrom(place, offsets[row + 1]);
    }
  }
  return { shared, pairs };
}

const bagOf = ({ columns, offsets }: Csr, row: number): Int32Array =>
  columns.subarray(offsets[row], offsets[row + 1]);

/**
 * Actions on tokens that have a feature, and the share of pairs of two different tokens, drawn by how often
 * they are touched, that have it both. @shape both [features]
 */
function touchedOf(bags: Csr, { tokens, vocabulary }: Sequences) {
  const counts = countColumns(tokens, vocabulary);
  const actions = new Float64Array(bags.width);
  const squares = new Float64Array(bags.width);
  for (let token = 0; token < vocabulary; token++) {
    for (let at = bags.offsets[token]; at < bags.offsets[token + 1]; at++) {
      actions[bags.columns[at]] += counts[token];
      squares[bags.columns[at]] += counts[token] ** 2;
    }
  }
  const all = Math.max(1, tokens.length) ** 2;
  const byChance = actions.map((sum, feature) => Math.max(0, sum ** 2 - squares[feature]) / all);
  return { actions, byChance };
}

/** Features touched up to twice as often are one pool. */
const poolOf = (actions: number): number => Math.floor(Math.log2(1 + actions));

/** How many times as often as by chance, of all features of a pool together; 1 where nothing is known. */
function pooled(shared: Float64Array, chance: Float64Array, actions: Float64Array): Float64Array {
  const [found, expected] = [new Float64Array(64), new Float64Array(64)];
  shared.forEach((count, feature) => {
    found[poolOf(actions[feature])] += count;
    expected[poolOf(actions[feature])] += chance[feature];
  });
  return found.map((count, pool) => (expected[pool] > 0 ? count / expected[pool] : 1));
}
