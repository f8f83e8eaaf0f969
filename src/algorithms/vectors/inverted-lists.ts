import { assert } from "../../assert.ts";
import type { Matmul } from "../../tensor/matmul.ts";
import type { Random } from "../../tensor/random.ts";
import {
  type ItemTable,
  openItemTable,
  type TablePrecision,
} from "../../tensor/serve/item-table.ts";
import { nothingMasked, type TopK, topKInto, topKOfRunsInto } from "../top-k.ts";
import { gatherCentres, nearestCentres } from "./k-means.ts";

/**
 * The rows of a large table that have the largest products with a state, without a look at all of them.
 * Idea: rows are gathered around centres; a state is multiplied by the centres first, and then by the rows
 * of the most promising lists alone, until a share of all rows was seen. What is missed that way depends on
 * the table: whoever fits lists measures it. Sources: Sivic & Zisserman 2003; Jegou, Douze & Schmid 2011.
 * Left out: graphs of neighbours, which are searched a little faster and take minutes to build, anew for
 * every version, and as much memory again. When not: below some 20,000 rows all of them are seen as soon.
 */
export interface InvertedLists {
  readonly width: number;
  /** @shape [lists, width] */
  readonly centres: Float32Array<ArrayBuffer>;
  /** The list of each row. @shape [rows] */
  readonly listOf: Int32Array<ArrayBuffer>;
  /** Of the rows, how many a search looks at, at least. @unit 0..1 */
  readonly share: number;
}

const ROUNDS = 8;
/** Rows for each list that its centre is found on. */
const SAMPLED = 64;

/**
 * As many lists as twice the root of the rows. O(rows^1.5 width); the same seed gives the same lists.
 * @shape values [rows, width]
 */
export async function fitInvertedLists(
  values: Float32Array,
  width: number,
  random: Random,
  matmul: Matmul,
): Promise<Omit<InvertedLists, "share">> {
  const rows = values.length / width;
  assert(Number.isInteger(rows) && rows > 0, "the values fill a table that has rows");
  const lists = Math.min(rows, Math.ceil(2 * Math.sqrt(rows)));
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  random.shuffle(order);
  const sample = new Float32Array(Math.min(rows, SAMPLED * lists) * width);
  for (let at = 0; at < sample.length / width; at++) {
    const from = order[at] * width;
    sample.set(values.subarray(from, from + width), at * width);
  }
  const centres = await gatherCentres(sample, lists, { width, rounds: ROUNDS }, matmul);
  const { places } = await nearestCentres(values, centres, width, matmul);
  return { width, centres, listOf: places as Int32Array<ArrayBuffer> };
}

/** A table in service, searched by its lists where it has them. For one thread. */
export interface SearchedTable {
  /** out[row] = <row, state>. O(rows width). @shape state [width], out [rows] */
  scoreInto(state: Float32Array, out: Float32Array): void;
  /** The rows with the largest products among those looked at; how many. @shape state [width] */
  bestInto(state: Float32Array, top: TopK): number;
  /** <row, state> of these. O(asked width). @shape state [width], result [asked] */
  scoresOf(state: Float32Array, asked: Int32Array): Float32Array;
}

export interface SearchedOptions {
  readonly rows: number;
  readonly width: number;
  readonly precision: TablePrecision;
  /** @unit bytes */
  readonly bytesMost: number;
  /** Absent where every search looks at all rows. */
  readonly lists?: InvertedLists | undefined;
}

/**
 * The values are copied, list by list. O(rows width). @shape values [rows, width], all finite
 * @throws problem `limit-reached` where the table takes more than `bytesMost`
 */
export function openSearchedTable(values: Float32Array, options: SearchedOptions): SearchedTable {
  const { rows, lists } = options;
  if (lists !== undefined) return openListed(values, options, lists);
  const table = openItemTable(values, options);
  const scores = new Float32Array(rows);
  return {
    scoreInto: table.scoreInto,
    bestInto(state, top) {
      table.scoreInto(state, scores);
      return topKInto(top, scores, nothingMasked);
    },
    scoresOf: scoresOfRows(table, (row) => row),
  };
}

/** Rows of a list lie together, from a multiple of 4 on; what fills up the last four is nobody's. */
function openListed(
  values: Float32Array,
  { rows, width, precision, bytesMost }: SearchedOptions,
  lists: InvertedLists,
): SearchedTable {
  assert(lists.listOf.length === rows && lists.width === width, "the lists are of this table");
  const { starts, sizes, rowAt, placeOf } = placed(lists);
  const ordered = new Float32Array(rowAt.length * width);
  for (let row = 0; row < rows; row++) {
    ordered.set(values.subarray(row * width, (row + 1) * width), placeOf[row] * width);
  }
  const table = openItemTable(ordered, { rows: rowAt.length, width, precision, bytesMost });
  const centres = openItemTable(lists.centres, {
    ...{ rows: sizes.length, width, precision: "float32", bytesMost },
  });
  const nearness = new Float32Array(sizes.length);
  const order = new Int32Array(sizes.length);
  const runs = new Int32Array(2 * sizes.length);
  const byPlace = new Float32Array(rowAt.length);
  /** Fills the runs with the nearest lists, best first, up to the share of the rows; how many. */
  const gather = (): number => {
    heapByScore(order, nearness);
    let count = 0;
    for (let found = 0; found < lists.share * rows && count < sizes.length; count++) {
      const list = popBest(order, sizes.length - count, nearness);
      runs[2 * count] = starts[list];
      runs[2 * count + 1] = starts[list] + sizes[list];
      found += sizes[list];
    }
    return count;
  };
  return {
    scoreInto(state, out) {
      table.scoreInto(state, byPlace);
      for (let row = 0; row < rows; row++) out[row] = byPlace[placeOf[row]];
    },
    bestInto(state, top) {
      centres.scoreInto(state, nearness);
      const count = gather();
      table.scoreRunsInto(state, runs, count, byPlace);
      return topKOfRunsInto(top, byPlace, rowAt, runs, count);
    },
    scoresOf: scoresOfRows(table, (row) => placeOf[row]),
  };
}

/** All places as a heap whose root has the largest score. O(n). @shape both [n] */
function heapByScore(order: Int32Array, scores: Float32Array): void {
  for (let at = 0; at < order.length; at++) order[at] = at;
  for (let at = (order.length >> 1) - 1; at >= 0; at--) sink(order, at, order.length, scores);
}

/** Takes the root out of a heap of `size`. O(log n). */
function popBest(order: Int32Array, size: number, scores: Float32Array): number {
  const best = order[0];
  order[0] = order[size - 1];
  sink(order, 0, size - 1, scores);
  return best;
}

/** Of equal scores the lower place goes first, so that order is a matter of the scores alone. */
function sink(order: Int32Array, from: number, size: number, scores: Float32Array): void {
  const place = order[from];
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && isBefore(order[child + 1], order[child], scores)) child++;
    if (!isBefore(order[child], place, scores)) break;
    order[at] = order[child];
    at = child;
  }
  order[at] = place;
}

const isBefore = (one: number, other: number, scores: Float32Array): boolean =>
  scores[one] > scores[other] || (scores[one] === scores[other] && one < other);

function scoresOfRows(
  table: ItemTable,
  placeOf: (row: number) => number,
): SearchedTable["scoresOf"] {
  return (state, asked) => {
    const places = new Int32Array(asked.length);
    for (let at = 0; at < asked.length; at++) places[at] = placeOf(asked[at]);
    const found = new Float32Array(asked.length);
    table.scoreSomeInto(state, places, found);
    return found;
  };
}

interface Placed {
  /** First place and rows of each list. @shape [lists] */
  readonly starts: Int32Array;
  readonly sizes: Int32Array;
  /** The row at a place, -1 where there is none. @shape [places] */
  readonly rowAt: Int32Array;
  /** @shape [rows] */
  readonly placeOf: Int32Array;
}

function placed({ width, centres, listOf }: InvertedLists): Placed {
  const sizes = new Int32Array(centres.length / width);
  for (let row = 0; row < listOf.length; row++) sizes[listOf[row]]++;
  const starts = new Int32Array(sizes.length);
  let places = 0;
  for (let list = 0; list < sizes.length; list++) {
    starts[list] = places;
    places += 4 * Math.ceil(sizes[list] / 4);
  }
  const next = starts.slice();
  const rowAt = new Int32Array(places).fill(-1);
  const placeOf = new Int32Array(listOf.length);
  for (let row = 0; row < listOf.length; row++) {
    const place = next[listOf[row]]++;
    placeOf[row] = place;
    rowAt[place] = row;
  }
  return { starts, sizes, rowAt, placeOf };
}
