import { describe, expect, test } from "vitest";
import type { Sequences } from "../../../algorithms/sequences.ts";
import {
  collapsedFrame,
  collapsedHistory,
  cutFrame,
  historyBefore,
  type RecommendFrame,
  regrouped,
} from "./frame.ts";

/** Two persons: a a b c, then b b. */
const sequences: Sequences = {
  rows: 2,
  vocabulary: 3,
  offsets: new Int32Array([0, 4, 6]),
  tokens: new Int32Array([0, 0, 1, 2, 1, 1]),
  times: new Float64Array([10, 20, 30, 40, 15, 25]),
  weights: new Float32Array([1, 3, 1, 5, 2, 1]),
};
const frame: RecommendFrame = {
  shop: "x",
  asOf: 100,
  groups: ["a", "b", "c"],
  sequences,
  sessions: new Int32Array([0, 0, 1, 1, 2, 3]),
  baskets: new Int32Array([-1, -1, -1, 0, -1, -1]),
  bags: {
    rows: 3,
    width: 0,
    offsets: new Int32Array(4),
    columns: new Int32Array(0),
    values: new Float32Array(0),
  },
  features: [],
  prices: {},
};
const rowsOf = ({ offsets, tokens }: Sequences): number[][] =>
  Array.from({ length: offsets.length - 1 }, (_, row) => [
    ...tokens.subarray(offsets[row], offsets[row + 1]),
  ]);

describe("the frame", () => {
  test("regrouped, a repeat in a row is one place: the later time, the greater weight", () => {
    const persons = regrouped(sequences, new Int32Array([0, 0, 0, 0, 1, 1]), () => true);
    expect(rowsOf(persons)).toEqual([[0, 1, 2], [1]]);
    expect([...persons.times]).toEqual([20, 30, 40, 25]);
    expect([...persons.weights]).toEqual([3, 1, 5, 2]);
  });

  test("regrouped under other rows, what is left out ends no repeat", () => {
    const sessions = regrouped(sequences, frame.sessions, (place) => place !== 2);
    expect(rowsOf(sessions)).toEqual([[0], [2], [1], [1]]);
    const skipping = regrouped(sequences, new Int32Array(6), (place) => place < 2 || place > 3);
    expect(rowsOf(skipping)).toEqual([[0, 1]]);
  });

  test("cut, it keeps rows, and sessions and orders beside their places", () => {
    const cut = cutFrame(frame, 30, (place) => (sequences.times[place] ?? 0) < 30);
    expect(rowsOf(cut.sequences)).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect([...cut.sessions]).toEqual([0, 0, 2, 3]);
    expect([...cut.baskets]).toEqual([-1, -1, -1, -1]);
    expect(cut.asOf).toBe(30);
  });

  test("collapsed, the last of a run stands, and a run ends with its person", () => {
    const collapsed = collapsedFrame(frame);
    expect(rowsOf(collapsed.sequences)).toEqual([[0, 1, 2], [1]]);
    expect([...collapsed.sequences.times]).toEqual([20, 30, 40, 25]);
    expect([...collapsed.sequences.weights]).toEqual([3, 1, 5, 2]);
    expect([...frame.sequences.weights]).toEqual([1, 3, 1, 5, 2, 1]);
  });

  test("a history is collapsed as rows are", () => {
    const whole = { ...sequences, now: 50 };
    const { tokens, times, weights } = collapsedHistory(whole);
    expect([...tokens]).toEqual([0, 1, 2, 1]);
    expect([...times]).toEqual([20, 30, 40, 25]);
    expect([...weights]).toEqual([3, 1, 5, 2]);
  });

  test("before a moment is before, not at it", () => {
    expect([...historyBefore(sequences, 0, 30).tokens]).toEqual([0, 0]);
    expect([...historyBefore(sequences, 0, 30.5).tokens]).toEqual([0, 0, 1]);
    expect(historyBefore(sequences, 1, 0).tokens).toHaveLength(0);
  });
});
