import { countColumns, offsetsOf } from "../algorithms/csr.ts";
import type { Sequences } from "../algorithms/sequences.ts";
import { assert } from "../assert.ts";
import { problem } from "../errors.ts";
import { createRandom } from "../tensor/random.ts";
import { type Cases, collectCases } from "./cases.ts";

/**
 * Ways to hide the future from a method and then ask it. Every split gives sequences to learn from
 * and cases: histories that end before a moment, and what came after. Histories share the memory
 * of the sequences they are cut from; only what is learned from is copied, once.
 * Sources: Kang & McAuley 2018 (leave-one-out); Hidasi et al. 2016 (last days' sessions); Liang et
 * al. 2018 (rows held out). Left out: leave-one-basket-out (see baskets.ts).
 * Leave-one-out lets a method learn from others' later actions: use `globalTime` for decisions.
 */
/** What was hidden how, in words for the protocol line of a report. */
export interface Split {
  readonly protocol: string;
  /** To learn from while choosing settings; knows neither validation nor test targets. */
  readonly train: Sequences;
  /** To learn from before the test: `train` and what validation asked for. */
  readonly trainAndValidation: Sequences;
  readonly validation: Cases;
  readonly test: Cases;
}

/**
 * The last action of each row is the test, the last but one the validation; rows of fewer than
 * three actions are learned from and not asked about. A test history includes the validation
 * target. O(n). The classical protocol of sequence models; not free of others' future.
 */
export function leaveOneOut(sequences: Sequences): Split {
  const test = collectCases(sequences);
  const validation = collectCases(sequences);
  const asked = (row: number): number => (lengthOf(sequences, row) >= 3 ? 1 : 0);
  for (let row = 0; row < sequences.rows; row++) {
    if (asked(row) === 0) continue;
    const end = sequences.offsets[row + 1] as number;
    validation.addNext(row, startOf(sequences, row), end - 2);
    test.addNext(row, startOf(sequences, row), end - 1);
  }
  return {
    protocol: "leave-one-out (last action of each row is the test, last but one the validation)",
    train: cutRows(sequences, (row) => endOf(sequences, row) - 2 * asked(row)),
    trainAndValidation: cutRows(sequences, (row) => endOf(sequences, row) - asked(row)),
    validation: validation.done(),
    test: test.done(),
  };
}

export interface GlobalTimeOptions {
  /** @unit epoch ms */
  readonly validationAt: number;
  /** @unit epoch ms */
  readonly testAt: number;
  /** Test targets lie before this. @unit epoch ms */
  readonly until: number;
  /** The first action after the moment, or every distinct token until the next moment. */
  readonly targets: "next" | "all";
  /** Rows with fewer actions before the moment are not asked about; 0 asks newcomers too. */
  readonly minHistory: number;
}

/**
 * One moment for everybody: what came before is known, what came after is asked. Tokens are the
 * whole vocabulary, also those nobody had touched by then. O(n). No leak of the future: the
 * headline protocol.
 */
export function globalTime(sequences: Sequences, options: GlobalTimeOptions): Split {
  const { validationAt, testAt, until } = options;
  assert(validationAt <= testAt && testAt <= until, "validation, test and until follow in time");
  return {
    protocol:
      `global time (validation from ${iso(validationAt)}, test from ${iso(testAt)} ` +
      `to ${iso(until)}, targets: ${options.targets}, history >= ${options.minHistory})`,
    train: cutRows(sequences, (row) => placeAt(sequences, row, validationAt)),
    trainAndValidation: cutRows(sequences, (row) => placeAt(sequences, row, testAt)),
    validation: casesAt(sequences, validationAt, testAt, options),
    test: casesAt(sequences, testAt, until, options),
  };
}

/** Every row asked at one moment about what it did from then to `until`. O(n). */
export function casesAt(
  sequences: Sequences,
  at: number,
  until: number,
  options: Pick<GlobalTimeOptions, "targets" | "minHistory">,
): Cases {
  const list = collectCases(sequences);
  for (let row = 0; row < sequences.rows; row++) {
    const start = startOf(sequences, row);
    const cut = placeAt(sequences, row, at);
    const end = placeAt(sequences, row, until);
    if (cut - start < options.minHistory || end === cut) continue;
    const last = options.targets === "next" ? cut + 1 : end;
    list.add(row, start, cut, at, distinct(sequences.tokens.subarray(cut, last)));
  }
  return list.done();
}

export interface LastDaysOptions {
  readonly testDays: number;
  /** Days before the test days whose sessions are the validation. */
  readonly validationDays: number;
}

const DAY_MS = 86_400_000;

/**
 * Rows are sessions: those whose last action lies within the final days are the test, those of the
 * days before the validation. Within a session every action from the second is asked for, given
 * the ones before it; targets nobody met in training are not asked for, and sessions left with
 * fewer than two known tokens neither. O(n). @unit days
 */
export function lastDaysSessions(sessions: Sequences, options: LastDaysOptions): Split {
  const end = latest(sessions);
  const testAt = end - options.testDays * DAY_MS;
  const validationAt = testAt - options.validationDays * DAY_MS;
  const before = (row: number, at: number): boolean => lastTimeOf(sessions, row) < at;
  const keepBefore = (at: number) => (row: number) =>
    before(row, at) ? endOf(sessions, row) : startOf(sessions, row);
  const train = cutRows(sessions, keepBefore(validationAt));
  const trainAndValidation = cutRows(sessions, keepBefore(testAt));
  return {
    protocol:
      `sessions of the last ${options.testDays} days (validation: ${options.validationDays} days ` +
      "before), every next action, tokens unknown in training left out",
    train,
    trainAndValidation,
    validation: nextInSessions(
      sessions,
      (row) => !before(row, validationAt) && before(row, testAt),
      countColumns(train.tokens, train.vocabulary),
    ),
    test: nextInSessions(
      sessions,
      (row) => !before(row, testAt),
      countColumns(trainAndValidation.tokens, sessions.vocabulary),
    ),
  };
}

/** Every next action of the chosen rows among known tokens, in compacted copies of the rows. */
function nextInSessions(
  sessions: Sequences,
  chosen: (row: number) => boolean,
  known: Int32Array,
): Cases {
  const kept = selectPlaces(
    sessions,
    (row, place) => chosen(row) && (known[sessions.tokens[place] as number] as number) > 0,
  );
  const list = collectCases(kept);
  for (let row = 0; row < kept.rows; row++) {
    const start = startOf(kept, row);
    for (let place = start + 1; place < endOf(kept, row); place++) list.addNext(row, start, place);
  }
  return list.done();
}

export interface Fold {
  readonly protocol: string;
  /** The rows of all other folds, under their own numbers; held-out rows are empty. */
  readonly train: Sequences;
  /** The last action of each held-out row, given the rest of it. */
  readonly test: Cases;
}

/**
 * The fold of each row: 0 .. k - 1, sizes differing by at most one, drawn from the seed. Also for
 * rows of a table. O(rows). @shape result [rows]
 */
export function foldOfRows(rows: number, k: number, seed: number): Int32Array {
  assert(Number.isInteger(k) && k >= 2, "there are at least two folds");
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  createRandom(seed).split("folds").shuffle(order);
  const folds = new Int32Array(rows);
  for (let i = 0; i < rows; i++) folds[order[i] as number] = i % k;
  return folds;
}

/**
 * Rows in k folds, each held out once and asked for its last action: does the method serve rows
 * it has never met? Made when asked for, so that one fold is in memory at a time. O(n) a fold.
 */
export function* kFold(sequences: Sequences, k: number, seed: number): Generator<Fold> {
  const folds = foldOfRows(sequences.rows, k, seed);
  for (let fold = 0; fold < k; fold++) {
    const list = collectCases(sequences);
    for (let row = 0; row < sequences.rows; row++) {
      if (folds[row] !== fold || lengthOf(sequences, row) < 2) continue;
      list.addNext(row, startOf(sequences, row), endOf(sequences, row) - 1);
    }
    yield {
      protocol: `fold ${fold + 1} of ${k} by row (seed ${seed}), last action of each held-out row`,
      train: cutRows(sequences, (row) =>
        folds[row] === fold ? startOf(sequences, row) : endOf(sequences, row),
      ),
      test: list.done(),
    };
  }
}

/**
 * The moments between k + 1 stretches with as many actions each, and the end: fold i learns what lies
 * before the i-th and is asked for what lies before the next. O(n log n).
 * @shape result [k + 1] @throws problem `too-little-data` where there is nothing to divide
 */
export function momentsOfFolds(times: Float64Array, k: number): Float64Array {
  assert(Number.isInteger(k) && k >= 1, "there is a fold");
  const sorted = times.slice().sort();
  const last = sorted.at(-1);
  if (last === undefined) {
    throw problem("too-little-data", "there are no actions to divide by time");
  }
  const cut = (part: number): number => sorted[Math.floor((part * sorted.length) / (k + 1))] ?? 0;
  return Float64Array.from({ length: k + 1 }, (_, at) => (at === k ? last + 1 : cut(at + 1)));
}

/** A copy in which row r keeps its places before `endOfRow(r)`. O(n). */
export function cutRows(sequences: Sequences, endOfRow: (row: number) => number): Sequences {
  const counts = new Int32Array(sequences.rows);
  for (let row = 0; row < sequences.rows; row++) {
    const length = endOfRow(row) - startOf(sequences, row);
    assert(length >= 0 && length <= lengthOf(sequences, row), "a row is cut inside itself");
    counts[row] = length;
  }
  const copy = emptyOf(sequences, offsetsOf(counts));
  for (let row = 0; row < sequences.rows; row++) {
    const from = startOf(sequences, row);
    const to = from + (counts[row] as number);
    const at = copy.offsets[row] as number;
    copy.tokens.set(sequences.tokens.subarray(from, to), at);
    copy.times.set(sequences.times.subarray(from, to), at);
    copy.weights.set(sequences.weights.subarray(from, to), at);
  }
  return copy;
}

/** A copy of the places that `keep` names, under the same rows. O(n). */
export function selectPlaces(
  sequences: Sequences,
  keep: (row: number, place: number) => boolean,
): Sequences {
  const { rows, tokens, times, weights } = sequences;
  const counts = new Int32Array(rows);
  const places = new Int32Array(tokens.length);
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    for (let place = startOf(sequences, row); place < endOf(sequences, row); place++) {
      if (!keep(row, place)) continue;
      places[kept++] = place;
      counts[row] = (counts[row] as number) + 1;
    }
  }
  const copy = emptyOf(sequences, offsetsOf(counts));
  for (let at = 0; at < kept; at++) {
    const place = places[at] as number;
    copy.tokens[at] = tokens[place] as number;
    copy.times[at] = times[place] as number;
    copy.weights[at] = weights[place] as number;
  }
  return copy;
}

function emptyOf(sequences: Sequences, offsets: Int32Array): Sequences {
  const { rows, vocabulary } = sequences;
  const n = offsets[rows] as number;
  const arrays = { tokens: new Int32Array(n), times: new Float64Array(n) };
  return { rows, vocabulary, offsets, ...arrays, weights: new Float32Array(n) };
}

const startOf = (sequences: Sequences, row: number): number => sequences.offsets[row] as number;
const endOf = (sequences: Sequences, row: number): number => sequences.offsets[row + 1] as number;
const lengthOf = (sequences: Sequences, row: number): number =>
  endOf(sequences, row) - startOf(sequences, row);

/** First place of the row at or after the moment. O(log n). */
function placeAt(sequences: Sequences, row: number, moment: number): number {
  let low = startOf(sequences, row);
  let high = endOf(sequences, row);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sequences.times[middle] as number) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Time of the last action; an empty row has none and lies before everything. */
const lastTimeOf = (sequences: Sequences, row: number): number =>
  lengthOf(sequences, row) === 0
    ? Number.NEGATIVE_INFINITY
    : (sequences.times[endOf(sequences, row) - 1] as number);

const latest = (sequences: Sequences): number =>
  sequences.times.reduce((most, time) => Math.max(most, time), 0);

const distinct = (tokens: Int32Array): Int32Array => Int32Array.from(new Set(tokens));

const iso = (moment: number): string => new Date(moment).toISOString().slice(0, 16);
