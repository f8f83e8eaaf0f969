import { offsetsOf } from "../../../algorithms/csr.ts";
import type { Sequences } from "../../../algorithms/sequences.ts";
import { assert } from "../../../assert.ts";
import { createRandom, type Random } from "../../../tensor/random.ts";
import { type Content, composeItems } from "../content.ts";
import type { NetworkShape } from "../network.ts";

/**
 * Learning on from a model that serves, where learning everything anew would cost hours: the network
 * begins with that model's weights, and learns what happened since together with a sample of what it knew
 * already, without which it would forget it. An item that was known begins as the very vector it had,
 * whatever its words, its evidence or its number are by now; a new one begins as what it says of itself, or,
 * where items are read by their ids alone, among those that hardly anybody has touched.
 * Sources: Ratcliff 1990 (forgetting); Rolnick et al. 2019 (replay of the old beside the new).
 * Left out: the optimiser's moments (they warm up again); elastic weights.
 * Not for: another shape, and after somebody was erased: the weights would carry on what they taught.
 */
export interface FitStart {
  readonly shape: NetworkShape;
  /** As they served. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Of each item the token it had; -1 for one that came since. @shape [vocabulary] */
  readonly tokenOf: Int32Array;
  /** Of each feature the number it had; -1 for one that came since. @shape [features] */
  readonly featureOf: Int32Array;
  /** Events of each item in the whole past, of which a training that goes on reads a part. @shape [vocabulary] */
  readonly counts: Int32Array;
}

/** Places of names in a former list; -1 where they are not in it. O(names). @shape result [now] */
export function placesIn(then: readonly string[], now: readonly string[]): Int32Array {
  const placeOf = new Map(then.map((name, place) => [name, place]));
  return Int32Array.from(now, (name) => placeOf.get(name) ?? -1);
}

/**
 * What a network begins with: all that the start knows, and the fresh values for the rest.
 * O((vocabulary + features) width). @shape fresh: by name, as the network in training declares them
 */
export function startValues(
  { shape: { width }, parameters, tokenOf, featureOf, counts }: FitStart,
  fresh: ReadonlyMap<string, Float32Array>,
  content: Content | undefined,
): ReadonlyMap<string, Float32Array> {
  const items = parameters.get("items");
  assert(items !== undefined, "a model that serves has an item table");
  const values = new Map(fresh);
  for (const name of fresh.keys()) {
    const known = parameters.get(name);
    if (known === undefined || TABLES.includes(name)) continue;
    assert(known.length === fresh.get(name)?.length, "the network has the shape of the start");
    values.set(name, known);
  }
  const table = (name: string): Float32Array => fresh.get(name) as Float32Array;
  if (content === undefined) {
    const known = moved(items, tokenOf, table("items"), width);
    values.set("items", withNewcomers(known, { tokenOf, counts, width }));
    return values;
  }
  const known = parameters.get("features");
  assert(known !== undefined, "a model that reads content has vectors of features");
  const features = moved(known, featureOf, table("features"), width);
  values.set("features", features);
  values.set("own", ownOf(items, tokenOf, { content, features, fresh: table("own"), width }));
  return values;
}

/** Parameters whose rows are items or features. */
const TABLES: readonly string[] = ["items", "own", "features"];

/** Rows under their new numbers. @shape from [then, width], placeOf [now], fresh [now, width] */
function moved(
  from: Float32Array,
  placeOf: Int32Array,
  fresh: Float32Array,
  width: number,
): Float32Array {
  const out = fresh.slice();
  placeOf.forEach((place, at) => {
    if (place >= 0) out.set(from.subarray(place * width, (place + 1) * width), at * width);
  });
  return out;
}

interface Known {
  readonly tokenOf: Int32Array;
  readonly counts: Int32Array;
  readonly width: number;
}

/**
 * Newcomers of whom nothing is said begin where items lie that hardly anybody has touched, but for their
 * own chance: at the middle of nowhere they would stand before most of what was learned to be unlikely.
 * @shape items [now, width], changed
 */
function withNewcomers(items: Float32Array, { tokenOf, counts, width }: Known): Float32Array {
  const middle = new Float64Array(width);
  let weights = 0;
  tokenOf.forEach((token, item) => {
    if (token < 0) return;
    const weight = 1 / (1 + (counts[item] as number)) ** 2;
    weights += weight;
    for (let i = 0; i < width; i++) {
      middle[i] = (middle[i] as number) + weight * (items[item * width + i] as number);
    }
  });
  tokenOf.forEach((token, item) => {
    if (token >= 0 || weights === 0) return;
    for (let i = 0; i < width; i++) {
      const at = item * width + i;
      items[at] = (items[at] as number) + (middle[i] as number) / weights;
    }
  });
  return items;
}

interface Composed {
  readonly content: Content;
  /** @shape [features, width] */
  readonly features: Float32Array;
  /** @shape [items, width] */
  readonly fresh: Float32Array;
  readonly width: number;
}

/** What with their features makes items the vectors they had. @shape result [items, width] */
function ownOf(
  items: Float32Array,
  tokenOf: Int32Array,
  { content, features, fresh, width }: Composed,
): Float32Array {
  const told = composeItems(content, features, undefined, width);
  const own = fresh.slice();
  tokenOf.forEach((token, item) => {
    const gate = content.gates[item] as number;
    if (token < 0 || gate === 0) return;
    for (let i = 0; i < width; i++) {
      const at = item * width + i;
      own[at] = ((items[token * width + i] as number) - (told[at] as number)) / gate;
    }
  });
  return own;
}

export interface ReplayOptions {
  /** What happened from here on is new. @unit epoch ms */
  readonly since: number;
  /** Of what is learned from, what is older. @unit share 0..1 */
  readonly replayShare: number;
  /** Actions the network looks back on. */
  readonly length: number;
  readonly seed: number;
}

/** What a training that goes on learns from. */
export interface Replay {
  readonly sequences: Sequences;
  /** Actions that are asked for: of since, and older. */
  readonly fresh: number;
  readonly older: number;
}

/** A stretch of a row: the actions from .. to - 1. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Of everybody who did something since, that and as much before it as the network looks back on; then
 * stretches of others' pasts, drawn by the seed, until the share is reached or there are no more.
 * O(actions).
 */
export function withReplay(sequences: Sequences, options: ReplayOptions): Replay {
  const { since, replayShare, length, seed } = options;
  assert(replayShare >= 0 && replayShare < 1, "something new is learned from");
  const { rows, offsets, times } = sequences;
  const stretches: Stretch[] = [];
  const others: number[] = [];
  let [fresh, older] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const [start, to] = [offsets[row] as number, offsets[row + 1] as number];
    let first = to;
    while (first > start && (times[first - 1] as number) >= since) first--;
    if (first === to) {
      if (to - start > 1) others.push(row);
      continue;
    }
    const from = Math.max(start, first - length);
    stretches.push({ from, to });
    fresh += to - Math.max(first, from + 1);
    older += Math.max(0, first - from - 1);
  }
  const wanted = (fresh * replayShare) / (1 - replayShare);
  const random = createRandom(seed).split("replay");
  const order = Int32Array.from(others);
  random.shuffle(order);
  for (const row of order) {
    if (older >= wanted) break;
    const stretch = drawn(sequences, row, length, random);
    stretches.push(stretch);
    older += stretch.to - stretch.from - 1;
  }
  return { sequences: cut(sequences, stretches), fresh, older };
}

/** A stretch that asks for `length` actions, or the whole row. */
function drawn({ offsets }: Sequences, row: number, length: number, random: Random): Stretch {
  const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
  const spare = Math.max(0, end - start - length - 1);
  const from = start + random.int(spare + 1);
  return { from, to: Math.min(end, from + length + 1) };
}

/** The stretches as rows of their own. O(actions of the stretches). */
function cut({ vocabulary, tokens, times, weights }: Sequences, stretches: readonly Stretch[]) {
  const offsets = offsetsOf(Int32Array.from(stretches, ({ from, to }) => to - from));
  const n = offsets[stretches.length] as number;
  const out = {
    tokens: new Int32Array(n),
    times: new Float64Array(n),
    weights: new Float32Array(n),
  };
  stretches.forEach(({ from, to }, row) => {
    const at = offsets[row] as number;
    out.tokens.set(tokens.subarray(from, to), at);
    out.times.set(times.subarray(from, to), at);
    out.weights.set(weights.subarray(from, to), at);
  });
  return { rows: stretches.length, vocabulary, offsets, ...out };
}
