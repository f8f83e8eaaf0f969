import type { History, Sequences } from "../algorithms/sequences.ts";
import { assert } from "../assert.ts";

/** Questions put to a method: histories that end before a moment, and what came after. */
export interface Cases {
  /** What the histories are read from. */
  readonly sequences: Sequences;
  /** How many questions are asked. */
  readonly count: number;
  /** @shape rows [count]: the row that is asked about. */
  readonly rows: Int32Array;
  /** @shape starts [count], ends [count]: the history is the places starts .. ends - 1. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The moment of the question; nothing of the history is later. @unit epoch ms @shape [count] */
  readonly now: Float64Array;
  /** @shape targetOffsets [count + 1], targets [n]: what was right, each token once in a case. */
  readonly targetOffsets: Int32Array;
  readonly targets: Int32Array;
}

/** The history of a case; shares memory. O(1). */
export function historyOfCase(cases: Cases, at: number): History {
  assert(at >= 0 && at < cases.count, "the case exists");
  const from = cases.starts[at];
  const to = cases.ends[at];
  const { tokens, times, weights } = cases.sequences;
  return {
    tokens: tokens.subarray(from, to),
    times: times.subarray(from, to),
    weights: weights.subarray(from, to),
    now: cases.now[at] as number,
  };
}

/** The targets of a case; shares memory. O(1). */
export function targetsOfCase(cases: Cases, at: number): Int32Array {
  return cases.targets.subarray(cases.targetOffsets[at], cases.targetOffsets[at + 1]);
}

/** Gathers cases one by one; `done` packs them. */
export interface CaseCollector {
  /** Asks for the action at `place`, at the time of that action. */
  addNext(row: number, start: number, place: number): void;
  /** Asks at `now` for all the targets, given the places start .. end - 1. */
  add(row: number, start: number, end: number, now: number, targets: Int32Array): void;
  done(): Cases;
}

/** @see CaseCollector */
export function collectCases(sequences: Sequences): CaseCollector {
  const rows: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const moments: number[] = [];
  const targets: number[] = [];
  const targetOffsets: number[] = [0];
  const add: CaseCollector["add"] = (row, start, end, now, wanted) => {
    rows.push(row);
    starts.push(start);
    ends.push(end);
    moments.push(now);
    for (const target of wanted) targets.push(target);
    targetOffsets.push(targets.length);
  };
  return {
    addNext: (row, start, place) => {
      const moment = sequences.times[place] as number;
      add(row, start, place, moment, sequences.tokens.subarray(place, place + 1));
    },
    add,
    done: () => ({
      sequences,
      count: rows.length,
      rows: Int32Array.from(rows),
      starts: Int32Array.from(starts),
      ends: Int32Array.from(ends),
      now: Float64Array.from(moments),
      targetOffsets: Int32Array.from(targetOffsets),
      targets: Int32Array.from(targets),
    }),
  };
}
