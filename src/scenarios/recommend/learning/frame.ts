import type { Csr } from "../../../algorithms/csr.ts";
import { countColumns, offsetsOf } from "../../../algorithms/csr.ts";
import type { History, Sequences } from "../../../algorithms/sequences.ts";
import type { PriceBands } from "../../../features/item-text.ts";

/**
 * What recommend learns from, and the three ways it reads it: persons (everything somebody did, one
 * row each), sessions (what belongs to one stay) and baskets (what was bought at once). No person id
 * is in here: rows are numbers without names, and nothing that is fitted keeps them.
 */
export interface RecommendFrame {
  readonly shop: string;
  /** Nothing at or after this moment is in the frame. @unit epoch ms */
  readonly asOf: number;
  /** Token to item group. */
  readonly groups: readonly string[];
  readonly sequences: Sequences;
  /** Per place: session number, unique across persons. @shape [n] */
  readonly sessions: Int32Array;
  /** Per place: basket number, -1 where nothing was bought. @shape [n] */
  readonly baskets: Int32Array;
  /** What each group says of itself. @shape rows = groups, columns = features */
  readonly bags: Csr;
  /** Names of the columns of `bags`, so that a group that comes later can be described alike. */
  readonly features: readonly string[];
  readonly prices: PriceBands;
}

/** The frame as the sources read it. */
export interface Learnable {
  readonly asOf: number;
  /** Rows are persons; an action on the same group as the one before is one action with it. */
  readonly persons: Sequences;
  /** Rows are sessions, or persons where sessions are too short to say anything. */
  readonly sessions: Sequences;
  /** Rows are baskets, or sessions where hardly any basket has two groups. */
  readonly baskets: Sequences;
  /** Rows are persons, places are what they bought. */
  readonly bought: Sequences;
  readonly bags: Csr;
}

/** A session with fewer actions than this on the mean says nothing of what goes with what. */
const SESSION_MEAN_LEAST = 1.5;
/** Baskets of two groups or more that make co-purchase worth counting. */
const BASKETS_LEAST = 50;

/** What stands at the places `keep` names, as the sources read it. O(n log n). */
export function learnableOf(
  frame: RecommendFrame,
  supportMin: number,
  keep: (place: number) => boolean,
): Learnable {
  const { sequences, sessions, baskets, asOf, bags } = frame;
  const support = countColumns(sequences.tokens, sequences.vocabulary);
  const kept = (place: number): boolean =>
    keep(place) && (support[sequences.tokens[place] ?? 0] ?? 0) >= supportMin;
  const rowOf = rowOfPlaces(sequences);
  const persons = regrouped(sequences, rowOf, kept);
  const bySession = regrouped(sequences, sessions, kept);
  const byBasket = regrouped(sequences, baskets, (place) => baskets[place] !== -1 && kept(place));
  const bought = regrouped(sequences, rowOf, (place) => baskets[place] !== -1 && kept(place));
  const stays = meanLength(bySession) < SESSION_MEAN_LEAST ? persons : bySession;
  const bundles = multiples(byBasket) < BASKETS_LEAST ? stays : byBasket;
  return { asOf, persons, sessions: stays, baskets: bundles, bought, bags };
}

/** @shape result [n]: the row of each place */
export function rowOfPlaces(sequences: Sequences): Int32Array {
  const rowOf = new Int32Array(sequences.tokens.length);
  for (let row = 0; row < sequences.rows; row++) {
    rowOf.fill(row, sequences.offsets[row], sequences.offsets[row + 1]);
  }
  return rowOf;
}

/**
 * The kept places under new rows, numbered by `labels` (0 or more); order within a row stays. A
 * place that repeats the token before it in its row is merged into that one: the later time, the
 * greater weight. O(n + rows). @shape labels [n]
 */
export function regrouped(
  sequences: Sequences,
  labels: Int32Array,
  kept: (place: number) => boolean,
): Sequences {
  const { tokens, times, weights, vocabulary } = sequences;
  const rows = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const last = new Int32Array(rows).fill(-1);
  const first: number[] = [];
  const head = new Int32Array(tokens.length).fill(-1);
  const counts = new Int32Array(rows);
  for (let place = 0; place < tokens.length; place++) {
    if (!kept(place)) continue;
    const row = labels[place] as number;
    const before = last[row] as number;
    if (before >= 0 && tokens[before] === tokens[place]) {
      head[place] = before;
      continue;
    }
    last[row] = place;
    head[place] = place;
    counts[row] = (counts[row] as number) + 1;
    first.push(place);
  }
  const offsets = offsetsOf(counts);
  const next = offsets.slice(0, rows);
  const n = first.length;
  const made = {
    tokens: new Int32Array(n),
    times: new Float64Array(n),
    weights: new Float32Array(n),
  };
  const at = new Int32Array(tokens.length);
  for (let place = 0; place < tokens.length; place++) {
    const source = head[place] as number;
    if (source < 0) continue;
    const row = labels[place] as number;
    if (source === place) {
      at[place] = next[row] as number;
      next[row] = (next[row] as number) + 1;
    }
    const to = at[source] as number;
    made.tokens[to] = tokens[place] as number;
    made.times[to] = times[place] as number;
    made.weights[to] = Math.max(made.weights[to] as number, weights[place] as number);
  }
  return { rows, vocabulary, offsets, ...made };
}

/** A frame of the kept places, under the same rows, groups and numbers. O(n). */
export function cutFrame(
  frame: RecommendFrame,
  asOf: number,
  keep: (place: number) => boolean,
): RecommendFrame {
  const { rows, offsets, tokens, times, weights, vocabulary } = frame.sequences;
  const places = Int32Array.from(tokens.keys()).filter(keep);
  const rowOf = rowOfPlaces(frame.sequences);
  const counts = new Int32Array(rows);
  for (const place of places) {
    const row = rowOf[place] as number;
    counts[row] = (counts[row] as number) + 1;
  }
  return {
    ...frame,
    asOf,
    sequences: {
      rows,
      vocabulary,
      offsets: places.length === tokens.length ? offsets : offsetsOf(counts),
      tokens: picked(tokens, places),
      times: picked(times, places),
      weights: picked(weights, places),
    },
    sessions: picked(frame.sessions, places),
    baskets: picked(frame.baskets, places),
  };
}

function picked<T extends Int32Array | Float32Array | Float64Array>(
  from: T,
  places: Int32Array,
): T {
  const out = new (from.constructor as new (n: number) => T)(places.length);
  for (let at = 0; at < places.length; at++) out[at] = from[places[at] as number] as number;
  return out;
}

/**
 * The frame with repeats in a row made one: the last of them stands, with the greatest weight. So
 * that looking at a thing and then taking it is not a success of whoever guesses the same again.
 */
export function collapsedFrame(frame: RecommendFrame): RecommendFrame {
  const { sequences } = frame;
  const { tokens, weights } = sequences;
  const rowOf = rowOfPlaces(sequences);
  const alike = (place: number, next: number): boolean =>
    tokens[place] === tokens[next] && rowOf[place] === rowOf[next];
  const strongest = weights.slice();
  for (let place = 1; place < tokens.length; place++) {
    if (!alike(place - 1, place)) continue;
    strongest[place] = Math.max(strongest[place] as number, strongest[place - 1] as number);
  }
  const weighed = { ...frame, sequences: { ...sequences, weights: strongest } };
  return cutFrame(weighed, frame.asOf, (place) => !alike(place, place + 1));
}

/** The history with repeats in a row made one, as everything here learns it. O(n). */
export function collapsedHistory(history: History): History {
  const { tokens, times, weights, now } = history;
  const last = Int32Array.from(tokens.keys()).filter((at) => tokens[at] !== tokens[at + 1]);
  if (last.length === tokens.length) return history;
  const strongest = new Float32Array(last.length);
  let from = 0;
  last.forEach((end, at) => {
    strongest[at] = weights.subarray(from, end + 1).reduce((most, one) => Math.max(most, one), 0);
    from = end + 1;
  });
  return { tokens: picked(tokens, last), times: picked(times, last), weights: strongest, now };
}

/** Mean number of places of the rows that have any. */
function meanLength(sequences: Sequences): number {
  let filled = 0;
  for (let row = 0; row < sequences.rows; row++) {
    if ((sequences.offsets[row + 1] as number) > (sequences.offsets[row] as number)) filled++;
  }
  return filled === 0 ? 0 : sequences.tokens.length / filled;
}

/** Rows of two places or more. */
function multiples(sequences: Sequences): number {
  let count = 0;
  for (let row = 0; row < sequences.rows; row++) {
    if ((sequences.offsets[row + 1] as number) - (sequences.offsets[row] as number) >= 2) count++;
  }
  return count;
}

/** The places of a row before the moment, oldest first; shares memory. O(log n). */
export function historyBefore(sequences: Sequences, row: number, now: number): History {
  const from = sequences.offsets[row] as number;
  let low = from;
  let high = sequences.offsets[row + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences.times[middle] as number) < now) low = middle + 1;
    else high = middle;
  }
  return {
    tokens: sequences.tokens.subarray(from, low),
    times: sequences.times.subarray(from, low),
    weights: sequences.weights.subarray(from, low),
    now,
  };
}
