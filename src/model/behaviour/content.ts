import { type Csr, countColumns } from "../../algorithms/csr.ts";
import { assert } from "../../assert.ts";

/**
 * What items say of themselves, ready to be looked up: of each its rarest features, so that a vector of
 * the item is their weighted sum. A feature weighs as it is rare (log N / n, as BM25 smooths it) and the
 * weights of an item have length 1, so that long texts are not louder. Beside it stands the evidence: the
 * more events an item has, the more its own vector counts. Sources: Robertson & Zaragoza 2009 (rarity);
 * the gate is that of Netflix's foundation model 2025, as a fixed share n / (n + k).
 * Left out: vectors of text and pictures from elsewhere; the order of words.
 */
export interface Content {
  readonly items: number;
  /** Places for features of an item. */
  readonly most: number;
  /** 0 where there is none. @shape [items, most] */
  readonly features: Int32Array;
  /** 0 where there is none. @shape [items, most] */
  readonly weights: Float32Array;
  /** How much of its own vector an item is given. @unit share 0..1 @shape [items] */
  readonly gates: Float32Array;
}

/** How content is read; goes with the model, as what comes later is read alike. */
export interface ContentShape {
  /** Features there are: columns of the bags. */
  readonly features: number;
  /** The rarest of an item, so many at most. */
  readonly featuresMost: number;
  /** Events at which an item is half its own vector. @unit events > 0 */
  readonly eventsHalf: number;
  /** Share of items that a step of training takes for new, so that features learn to stand alone. @unit 0..1 */
  readonly hiddenShare: number;
}

/**
 * log(1 + (N - n + 1/2) / (n + 1/2)) for a feature that n of N items have; 0 where it is that of one item
 * alone, as it then says nothing of others. O(entries + features). @shape result [features]
 */
export function rarityOf(bags: Csr): Float32Array {
  const holders = countColumns(bags.columns, bags.width);
  return Float32Array.from(holders, (held) =>
    held < 2 ? 0 : Math.log(1 + (bags.rows - held + 0.5) / (held + 0.5)),
  );
}

/**
 * The features of items by their rarity; how often one is repeated does not matter. A feature beyond those
 * the rarities are of is left out. O(entries log entries of an item).
 * @shape bags rows = items, columns = features, rarity [features], gates [items]
 */
export function contentOf(
  bags: Csr,
  rarity: Float32Array,
  gates: Float32Array,
  { featuresMost }: ContentShape,
): Content {
  assert(gates.length === bags.rows, "every item has a gate");
  const [items, most] = [bags.rows, featuresMost];
  const features = new Int32Array(items * most);
  const weights = new Float32Array(items * most);
  for (let item = 0; item < items; item++) {
    const [from, to] = [bags.offsets[item] as number, bags.offsets[item + 1] as number];
    const known = bags.columns.subarray(from, to).filter((feature) => (rarity[feature] ?? 0) > 0);
    const rarest = known.sort((a, b) => (rarity[b] as number) - (rarity[a] as number) || a - b);
    const kept = rarest.subarray(0, most);
    const length = Math.sqrt(kept.reduce((sum, one) => sum + (rarity[one] as number) ** 2, 0));
    kept.forEach((feature, at) => {
      features[item * most + at] = feature;
      weights[item * most + at] = (rarity[feature] as number) / length;
    });
  }
  return { items, most, features, weights, gates };
}

/** n / (n + half): nothing of its own without events, all of it with many. @shape counts [items] */
export function gatesOf(counts: Int32Array, eventsHalf: number): Float32Array {
  assert(eventsHalf > 0, "evidence grows from nothing");
  return Float32Array.from(counts, (count) => count / (count + eventsHalf));
}

/**
 * Vectors of items: the weighted sum of their features' and, by their gate, their own. O(items most width).
 * @shape table [features, width], own [items, width] or undefined for none, result [items, width]
 */
export function composeItems(
  { items, most, features, weights, gates }: Content,
  table: Float32Array,
  own: Float32Array | undefined,
  width: number,
): Float32Array {
  const out = new Float32Array(items * width);
  for (let item = 0; item < items; item++) {
    const start = item * width;
    for (let place = item * most; place < (item + 1) * most; place++) {
      const weight = weights[place] as number;
      if (weight === 0) continue;
      const from = (features[place] as number) * width;
      for (let i = 0; i < width; i++) {
        out[start + i] = (out[start + i] as number) + weight * (table[from + i] as number);
      }
    }
    if (own === undefined) continue;
    const gate = gates[item] as number;
    for (let i = start; i < start + width; i++) {
      out[i] = (out[i] as number) + gate * (own[i] as number);
    }
  }
  return out;
}
