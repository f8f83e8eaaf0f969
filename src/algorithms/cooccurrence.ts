import { assert } from "../assert.ts";
import { type Csr, countColumns, offsetsOf } from "./csr.ts";
import type { Sequences } from "./sequences.ts";
import { createTopK, topKOfInto } from "./top-k.ts";

/**
 * Which tokens stand together in rows: for every token its strongest companions. Idea: walk the
 * places of one token through an index, add up what stands around each, keep the best k; one row
 * of the answer in memory at a time, never a matrix of vocabulary by vocabulary.
 * Source: Gustavson 1978 (sparse products by rows).
 * Left out: sampling of very long rows; with a window it is not needed, and without one the cost
 * is the sum of squared row lengths.
 */
export interface Pairing {
  /** Pairs further apart than this many places do not count; Infinity = the whole row. */
  readonly window: number;
  /** A pair g places apart counts g ^ -gapPower; 0 = the gap does not matter. @unit 0 or more */
  readonly gapPower: number;
  /** Factor of companions that come later in the row, and of those that come earlier. */
  readonly forward: number;
  readonly backward: number;
}

export interface PairNorm {
  /**
   * A sum of pairs s of tokens i, j becomes s / (left[i] right[j] + shrink).
   * @shape left [vocabulary], right [vocabulary]
   */
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly shrink: number;
}

/** Where each token stands: places of token t are places[offsets[t]] .. rising. */
interface PlaceIndex {
  readonly offsets: Int32Array;
  readonly places: Int32Array;
  /** @shape [n] row of each place */
  readonly rowOf: Int32Array;
}

/**
 * The `keep` best companions of each token, best first. O(sum over places of the places in the
 * window), memory O(vocabulary keep).
 * @shape values [n]: weight of each place; a pair counts the product
 */
export function companions(
  sequences: Sequences,
  values: Float32Array,
  pairing: Pairing,
  norm: PairNorm,
  keep: number,
): Csr {
  assert(keep > 0, "at least one companion is kept");
  const { vocabulary } = sequences;
  const index = indexPlaces(sequences);
  const gaps = gapWeights(sequences, pairing);
  const sums = new Float64Array(vocabulary);
  const touched = new Int32Array(vocabulary);
  const top = createTopK(Math.min(keep, vocabulary));
  const offsets = new Int32Array(vocabulary + 1);
  let columns = new Int32Array(1024);
  let kept = new Float32Array(1024);
  for (let token = 0; token < vocabulary; token++) {
    const count = sumPairs(sums, touched, sequences, values, pairing, index, gaps, token);
    normalise(sums, touched, count, norm, token);
    const found = topKOfInto(top, sums, touched, count);
    const at = offsets[token];
    if (at + found > columns.length) {
      columns = grown(columns, at + found);
      kept = grown(kept, at + found);
    }
    columns.set(top.indexes.subarray(0, found), at);
    kept.set(top.scores.subarray(0, found), at);
    offsets[token + 1] = at + found;
    for (let i = 0; i < count; i++) sums[touched[i]] = 0;
  }
  const used = offsets[vocabulary];
  const compact = { columns: columns.slice(0, used), values: kept.slice(0, used) };
  return { rows: vocabulary, width: vocabulary, offsets, ...compact };
}

function grown<T extends Int32Array | Float32Array>(array: T, needed: number): T {
  const larger = new (array.constructor as new (n: number) => T)(
    Math.max(needed, 2 * array.length),
  );
  larger.set(array);
  return larger;
}

function indexPlaces(sequences: Sequences): PlaceIndex {
  const { tokens, vocabulary, rows } = sequences;
  const offsets = offsetsOf(countColumns(tokens, vocabulary));
  const next = offsets.slice(0, vocabulary);
  const places = new Int32Array(tokens.length);
  const rowOf = new Int32Array(tokens.length);
  for (let place = 0; place < tokens.length; place++) places[next[tokens[place]]++] = place;
  for (let row = 0; row < rows; row++) {
    rowOf.fill(row, sequences.offsets[row], sequences.offsets[row + 1]);
  }
  return { offsets, places, rowOf };
}

/** @shape result [longest gap that counts + 1] */
function gapWeights(sequences: Sequences, pairing: Pairing): Float64Array {
  let longest = 0;
  for (let row = 0; row < sequences.rows; row++) {
    longest = Math.max(longest, sequences.offsets[row + 1] - sequences.offsets[row] - 1);
  }
  const reach = Math.max(0, Math.min(pairing.window, longest));
  return Float64Array.from({ length: reach + 1 }, (_, gap) =>
    gap === 0 ? 0 : gap ** -pairing.gapPower,
  );
}

/** Adds up what stands around all places of a token; returns how many companions there are. */
function sumPairs(
  sums: Float64Array,
  touched: Int32Array,
  sequences: Sequences,
  values: Float32Array,
  pairing: Pairing,
  index: PlaceIndex,
  gaps: Float64Array,
  token: number,
): number {
  const { offsets } = sequences;
  const reach = gaps.length - 1;
  let count = 0;
  for (let at = index.offsets[token]; at < index.offsets[token + 1]; at++) {
    const place = index.places[at];
    const row = index.rowOf[place];
    if (pairing.backward > 0) {
      const from = Math.max(offsets[row], place - reach);
      const factor = values[place] * pairing.backward;
      count = addSpan(
        sums,
        touched,
        count,
        sequences.tokens,
        values,
        gaps,
        place,
        from,
        place,
        factor,
      );
    }
    if (pairing.forward > 0) {
      const to = Math.min(offsets[row + 1], place + reach + 1);
      const factor = values[place] * pairing.forward;
      count = addSpan(
        sums,
        touched,
        count,
        sequences.tokens,
        values,
        gaps,
        place,
        place + 1,
        to,
        factor,
      );
    }
  }
  return count;
}

/** Adds the places from .. to - 1 on one side of `place`, a place of `token`, to the sums. */
function addSpan(
  sums: Float64Array,
  touched: Int32Array,
  already: number,
  tokens: Int32Array,
  values: Float32Array,
  gaps: Float64Array,
  place: number,
  from: number,
  to: number,
  factor: number,
): number {
  const token = tokens[place];
  let count = already;
  for (let other = from; other < to; other++) {
    const companion = tokens[other];
    const weight = factor * values[other] * gaps[other > place ? other - place : place - other];
    if (companion === token || weight === 0) continue;
    if (sums[companion] === 0) touched[count++] = companion;
    sums[companion] += weight;
  }
  return count;
}

function normalise(
  sums: Float64Array,
  touched: Int32Array,
  count: number,
  norm: PairNorm,
  token: number,
): void {
  const left = norm.left[token];
  for (let i = 0; i < count; i++) {
    const companion = touched[i];
    sums[companion] /= left * norm.right[companion] + norm.shrink;
  }
}
