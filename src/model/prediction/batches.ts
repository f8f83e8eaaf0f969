import type { Random } from "../../tensor/random.ts";
import type { Batch } from "../../tensor/train/trainer.ts";
import { type PackedRows, packSequences } from "../behaviour/packing.ts";
import type { EventTokens } from "./lexicon.ts";
import type { Moments } from "./moments.ts";
import { eventInputs, type PredictionShape, type StepSize } from "./network.ts";

/**
 * An epoch as steps: timelines packed into rows, and the moments asked about after the events that lie
 * in them. Every event is read once an epoch, whatever number of moments follow it. A step has room for
 * so many moments; where more fall into its rows, some are left out by lot, others in another epoch.
 */
export interface Epoch {
  readonly steps: number;
  readonly paddingShare: number;
  /** Step from 0. */
  batch(step: number): { readonly values: Batch; readonly moments: number };
}

export interface History {
  readonly tokens: EventTokens;
  /** @shape [rows + 1] */
  readonly offsets: Int32Array;
}

const OPEN_ROWS = 64;
/** No head is weighed up by more than this for being seldom known. */
const WEIGHT_MOST = 20;

/** Moments of a step, with room for uneven rows. O(moments). */
export function momentsOfStep(moments: Moments, length: number, rows: number): number {
  // A timeline is read as far as its last moment: at least one event for each of its moments' places.
  const places = new Set(moments.ends).size;
  const perRow = (moments.count / Math.max(1, places)) * length;
  return Math.ceil(Math.min(moments.count, perRow * rows)) + 8;
}

/** O(events + moments). */
export function epochOf(
  history: History,
  moments: Moments,
  shape: PredictionShape,
  size: StepSize,
  random: Random,
): Epoch {
  const packed = packedHistory(history, moments, shape.length, random.split("rows"));
  const asked = momentsByRow(moments, packed.at, shape.length, packed.rows.rows, random);
  const weights = headWeights(moments, shape.chances);
  return {
    steps: Math.ceil(packed.rows.rows / size.rows),
    paddingShare: packed.rows.paddingShare,
    batch: (step) => {
      const first = step * size.rows;
      const chosen = asked(first, Math.min(packed.rows.rows, first + size.rows)).slice(
        0,
        size.moments,
      );
      const events = eventValues(history.tokens, packed, first, size.rows, shape);
      const at = Int32Array.from({ length: size.moments }, (_, row) => {
        const moment = chosen[row];
        if (moment === undefined) return 0;
        return (packed.at[moments.ends[moment] as number] as number) - first * shape.length;
      });
      const values = momentValues(moments, chosen, weights, shape, size);
      return { values: { ...events, ...values, at }, moments: chosen.length };
    },
  };
}

interface Packed {
  readonly rows: PackedRows;
  /** Event of each place, -1 at padding. @shape [rows, length] */
  readonly events: Int32Array;
  /** Place of each event, counted through all rows. @shape [events] */
  readonly at: Int32Array;
}

/**
 * What lies behind a timeline's last moment is not read. Packing leaves the last action of a history out,
 * as it asks nothing: so one is added behind each.
 */
function packedHistory(
  { tokens, offsets }: History,
  { ends }: Moments,
  length: number,
  random: Random,
): Packed {
  const rows = offsets.length - 1;
  const events = tokens.items.length;
  const asked = new Uint8Array(events);
  for (const end of ends) asked[end] = 1;
  const extended = new Int32Array(rows + 1);
  const owners: number[] = [];
  for (let row = 0; row < rows; row++) {
    const from = offsets[row] as number;
    let to = offsets[row + 1] as number;
    while (to > from && asked[to - 1] === 0) to--;
    for (let event = from; event < to; event++) owners.push(event);
    owners.push(-1);
    extended[row + 1] = owners.length;
  }
  const sequences = {
    rows,
    vocabulary: 1,
    offsets: extended,
    tokens: new Int32Array(owners.length),
    times: new Float64Array(0),
    weights: new Float32Array(0),
  };
  const packed = packSequences(sequences, { length, openRows: OPEN_ROWS }, random);
  const found = packed.places.map((place) => (place < 0 ? -1 : (owners[place] as number)));
  const at = new Int32Array(events);
  found.forEach((event, place) => {
    if (event >= 0) at[event] = place;
  });
  return { rows: packed, events: found, at };
}

/** The moments after events of rows from .. to - 1, in an order drawn for the epoch. */
function momentsByRow(
  moments: Moments,
  at: Int32Array,
  length: number,
  rows: number,
  random: Random,
): (from: number, to: number) => number[] {
  const order = Int32Array.from({ length: moments.count }, (_, moment) => moment);
  random.split("moments").shuffle(order);
  const lists: number[][] = Array.from({ length: rows }, () => []);
  for (const moment of order) {
    const row = Math.floor((at[moments.ends[moment] as number] as number) / length);
    lists[row]?.push(moment);
  }
  return (from, to) => {
    const all = lists.slice(from, to).flat();
    const mixed = Int32Array.from(all);
    random.split(`step ${from}`).shuffle(mixed);
    return [...mixed];
  };
}

interface HeadWeights {
  readonly chances: Float64Array;
  readonly next: number;
  readonly values: number;
}

/** What is known of few moments weighs more in each. */
function headWeights({ count, known, next, values }: Moments, chances: number): HeadWeights {
  const counts = new Float64Array(chances);
  let [nexts, amounts] = [0, 0];
  for (let moment = 0; moment < count; moment++) {
    for (let head = 0; head < chances; head++) {
      counts[head] = (counts[head] as number) + (known[moment * chances + head] as number);
    }
    if ((next[moment] as number) >= 0) nexts++;
    if (!Number.isNaN(values[moment])) amounts++;
  }
  const weight = (n: number): number => Math.min(WEIGHT_MOST, count / Math.max(1, n));
  return { chances: counts.map(weight), next: weight(nexts), values: weight(amounts) };
}

function eventValues(
  tokens: EventTokens,
  { rows, events }: Packed,
  first: number,
  count: number,
  shape: PredictionShape,
): Batch {
  const { length } = shape;
  const [start, end] = [first * length, Math.min(rows.rows, first + count) * length];
  const cut = (column: Int32Array): Int32Array => {
    const part = new Int32Array(count * length);
    for (let place = start; place < end; place++) {
      const event = events[place] as number;
      if (event >= 0) part[place - start] = column[event] as number;
    }
    return part;
  };
  const segments = new Int32Array(count * length);
  segments.set(rows.segments.subarray(start, end));
  return {
    ...Object.fromEntries(eventInputs(shape).map((name) => [name, cut(tokens[name])])),
    segments,
  };
}

/** Rows beyond the chosen weigh nothing; those there are weigh so much that the mean is theirs. */
function momentValues(
  moments: Moments,
  chosen: readonly number[],
  heads: HeadWeights,
  { chances, counted }: PredictionShape,
  { moments: rows }: StepSize,
): Batch {
  const full = rows / Math.max(1, chosen.length);
  const values = {
    counted: new Float32Array(rows * counted),
    labels: new Float32Array(rows * chances),
    weights: new Float32Array(rows * chances),
    next: new Int32Array(rows),
    nextWeights: new Float32Array(rows),
    values: new Float32Array(rows),
    valueWeights: new Float32Array(rows),
  };
  chosen.forEach((moment, row) => {
    const from = moment * counted;
    values.counted.set(moments.counted.subarray(from, from + counted), row * counted);
    for (let head = 0; head < chances; head++) {
      const at = moment * chances + head;
      const weight = (heads.chances[head] as number) * (moments.known[at] as number);
      values.labels[row * chances + head] = moments.happened[at] as number;
      values.weights[row * chances + head] = full * weight;
    }
    const next = moments.next[moment] as number;
    values.next[row] = Math.max(0, next);
    values.nextWeights[row] = next < 0 ? 0 : full * heads.next;
    const value = moments.values[moment] as number;
    values.values[row] = Number.isNaN(value) ? 0 : value;
    values.valueWeights[row] = Number.isNaN(value) ? 0 : full * heads.values;
  });
  return values;
}
