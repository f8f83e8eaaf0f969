import type { Sequences } from "../../algorithms/sequences.ts";
import { assert } from "../../assert.ts";
import type { Random } from "../../tensor/random.ts";

/**
 * Histories laid end to end in rows of one length, so that almost no place is padding: a row holds
 * several histories side by side, told apart by their segment, and attention does not cross from one
 * to the next. Every place but a history's last asks what comes next. Source: packing of Krell et
 * al. 2021; all positions at once as Kang & McAuley 2018.
 * A history longer than a row is cut into windows, counted from its end.
 */
export interface PackedRows {
  readonly rows: number;
  readonly length: number;
  /** Token at each place; 0 at padding. @shape [rows, length] */
  readonly tokens: Int32Array;
  /** Token that follows; 0 where none does. @shape [rows, length] */
  readonly targets: Int32Array;
  /** Number of the history within its row, from 1; 0 is padding. @shape [rows, length] */
  readonly segments: Int32Array;
  /** Place within its history's window, from 0. @shape [rows, length] */
  readonly positions: Int32Array;
  /** Index of the action in the sequences; -1 at padding. @shape [rows, length] */
  readonly places: Int32Array;
  /** Places that ask what follows. */
  readonly questions: number;
  /** Share of places that hold nothing. @unit 0..1 */
  readonly paddingShare: number;
}

export interface PackingOptions {
  /** Places in a row; the longest history one can look back on. */
  readonly length: number;
  /** Rows kept open to find room in: more pack tighter and take longer. */
  readonly openRows: number;
}

/** A stretch of a history: the actions from .. to - 1, of which the last is a target alone. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * In an order drawn at random, each epoch another. Histories of one action teach nothing and are left
 * out. O(actions + histories openRows).
 */
export function packSequences(
  sequences: Sequences,
  options: PackingOptions,
  random: Random,
): PackedRows {
  const { length } = options;
  assert(length > 0 && options.openRows > 0, "rows have places, and one of them is open");
  const stretches = stretchesOf(sequences, length);
  const order = Int32Array.from(stretches, (_, at) => at);
  random.shuffle(order);
  const bins = fitted(stretches, order, options);
  const rows = bins.length;
  const packed = {
    tokens: new Int32Array(rows * length),
    targets: new Int32Array(rows * length),
    segments: new Int32Array(rows * length),
    positions: new Int32Array(rows * length),
    places: new Int32Array(rows * length).fill(-1),
  };
  let questions = 0;
  bins.forEach((bin, row) => {
    let at = row * length;
    bin.forEach(({ from, to }, segment) => {
      for (let place = from; place < to - 1; place++, at++) {
        packed.tokens[at] = sequences.tokens[place] as number;
        packed.targets[at] = sequences.tokens[place + 1] as number;
        packed.segments[at] = segment + 1;
        packed.positions[at] = place - from;
        packed.places[at] = place;
        questions++;
      }
    });
  });
  const paddingShare = rows === 0 ? 0 : 1 - questions / (rows * length);
  return { rows, length, ...packed, questions, paddingShare };
}

/** Windows of at most `length` questions, from the end of each history to its beginning. */
function stretchesOf({ rows, offsets }: Sequences, length: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let row = 0; row < rows; row++) {
    const first = offsets[row] as number;
    for (let to = offsets[row + 1] as number; to - first > 1; to -= length) {
      stretches.push({ from: Math.max(first, to - 1 - length), to });
    }
  }
  return stretches;
}

/** First fit among the rows that are open; the fullest is closed when there are too many. */
function fitted(
  stretches: readonly Stretch[],
  order: Int32Array,
  { length, openRows }: PackingOptions,
): Stretch[][] {
  const bins: Stretch[][] = [];
  let open: { readonly bin: Stretch[]; room: number }[] = [];
  for (const at of order) {
    const stretch = stretches[at] as Stretch;
    const need = stretch.to - stretch.from - 1;
    let found = open.find(({ room }) => room >= need);
    if (found === undefined) {
      found = { bin: [], room: length };
      bins.push(found.bin);
      open.push(found);
    }
    found.bin.push(stretch);
    found.room -= need;
    open = open.filter(({ room }) => room > 0);
    if (open.length > openRows) open.sort((a, b) => b.room - a.room).pop();
  }
  return bins;
}
