import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Sequences } from "../algorithms/sequences.ts";
import { type Cases, historyOfCase, targetsOfCase } from "./cases.ts";
import {
  cutRows,
  foldOfRows,
  globalTime,
  kFold,
  lastDaysSessions,
  leaveOneOut,
  selectPlaces,
} from "./splits.ts";

type Action = readonly [token: number, time: number];

function sequencesOf(rows: readonly (readonly Action[])[], vocabulary = 10): Sequences {
  const offsets = [0];
  for (const row of rows) offsets.push((offsets.at(-1) as number) + row.length);
  const actions = rows.flat();
  return {
    rows: rows.length,
    vocabulary,
    offsets: Int32Array.from(offsets),
    tokens: Int32Array.from(actions, ([token]) => token),
    times: Float64Array.from(actions, ([, time]) => time),
    weights: new Float32Array(actions.length).fill(1),
  };
}

const rowsOf = ({ rows, offsets, tokens }: Sequences): number[][] =>
  Array.from({ length: rows }, (_, row) => [...tokens.subarray(offsets[row], offsets[row + 1])]);

const asked = (cases: Cases): unknown[] =>
  Array.from({ length: cases.count }, (_, at) => ({
    row: cases.rows[at],
    history: [...historyOfCase(cases, at).tokens],
    now: cases.now[at],
    targets: [...targetsOfCase(cases, at)],
  }));

const three = sequencesOf([
  [
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 40],
  ],
  [
    [5, 15],
    [6, 25],
  ],
  [
    [7, 5],
    [7, 35],
    [8, 35],
  ],
]);

describe("leave one out", () => {
  const split = leaveOneOut(three);

  test("asks for the last action given all before it, of rows of three or more", () => {
    expect(asked(split.test)).toEqual([
      { row: 0, history: [1, 2, 3], now: 40, targets: [4] },
      { row: 2, history: [7, 7], now: 35, targets: [8] },
    ]);
    expect(asked(split.validation)).toEqual([
      { row: 0, history: [1, 2], now: 30, targets: [3] },
      { row: 2, history: [7], now: 35, targets: [7] },
    ]);
  });

  test("learns from the rest, and from short rows whole", () => {
    expect(rowsOf(split.train)).toEqual([[1, 2], [5, 6], [7]]);
    expect(rowsOf(split.trainAndValidation)).toEqual([
      [1, 2, 3],
      [5, 6],
      [7, 7],
    ]);
  });

  test("histories share the memory of the sequences", () => {
    expect(historyOfCase(split.test, 0).tokens.buffer).toBe(three.tokens.buffer);
  });
});

describe("global time", () => {
  const options = { validationAt: 20, testAt: 30, until: 36, minHistory: 1 } as const;

  test("asks for the next action of those who have a history", () => {
    const split = globalTime(three, { ...options, targets: "next" });
    expect(asked(split.test)).toEqual([
      { row: 0, history: [1, 2], now: 30, targets: [3] },
      { row: 2, history: [7], now: 30, targets: [7] },
    ]);
    expect(asked(split.validation)).toEqual([
      { row: 0, history: [1], now: 20, targets: [2] },
      { row: 1, history: [5], now: 20, targets: [6] },
    ]);
    expect(rowsOf(split.train)).toEqual([[1], [5], [7]]);
    expect(rowsOf(split.trainAndValidation)).toEqual([[1, 2], [5, 6], [7]]);
  });

  test("or for everything until the end of the window, each token once", () => {
    const { test: cases } = globalTime(three, { ...options, targets: "all" });
    expect(asked(cases)).toContainEqual({ row: 2, history: [7], now: 30, targets: [7, 8] });
    expect(asked(cases)).toContainEqual({ row: 0, history: [1, 2], now: 30, targets: [3] });
  });

  test("asks newcomers only when told to", () => {
    const newcomer = sequencesOf([[[1, 50]]]);
    const late = { validationAt: 0, testAt: 40, until: 60, targets: "next" } as const;
    expect(globalTime(newcomer, { ...late, minHistory: 1 }).test.count).toBe(0);
    expect(asked(globalTime(newcomer, { ...late, minHistory: 0 }).test)).toEqual([
      { row: 0, history: [], now: 40, targets: [1] },
    ]);
  });
});

describe("sessions of the last days", () => {
  const day = 86_400_000;
  const sessions = sequencesOf([
    [
      [1, 0],
      [2, 1],
    ],
    [
      [2, 6 * day],
      [3, 6 * day + 1],
    ],
    [
      [1, 8 * day],
      [9, 9 * day],
      [2, 9.5 * day],
      [3, 10 * day],
    ],
    [
      [9, 10 * day],
      [1, 10 * day],
    ],
  ]);
  const split = lastDaysSessions(sessions, { testDays: 2, validationDays: 3 });

  test("a session belongs where its last action lies", () => {
    expect(rowsOf(split.trainAndValidation)).toEqual([[1, 2], [2, 3], [], []]);
    expect(rowsOf(split.train)).toEqual([[1, 2], [], [], []]);
  });

  test("every next known action is asked for; 9 is unknown, so the last session has no question", () => {
    expect(asked(split.test)).toEqual([
      { row: 2, history: [1], now: 9.5 * day, targets: [2] },
      { row: 2, history: [1, 2], now: 10 * day, targets: [3] },
    ]);
    // 3 was not met before the validation days.
    expect(split.validation.count).toBe(0);
  });
});

describe("k folds", () => {
  test("every row is held out once, folds differ by one at most, a seed gives the same folds", () => {
    const folds = foldOfRows(11, 3, 42);
    const sizes = [0, 1, 2].map((fold) => folds.filter((of) => of === fold).length);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([3, 4, 4]);
    expect(foldOfRows(11, 3, 42)).toEqual(folds);
    expect(foldOfRows(11, 3, 43)).not.toEqual(folds);
  });

  test("learns from no action of a held-out row", () => {
    const heldOut: number[] = [];
    for (const { train, test: cases } of kFold(three, 3, 1)) {
      for (const row of cases.rows) {
        heldOut.push(row);
        expect(rowsOf(train)[row]).toEqual([]);
        expect(train.tokens.length).toBe(9 - (rowsOf(three)[row] as number[]).length);
      }
    }
    expect(heldOut.toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
  });
});

describe("parts of sequences", () => {
  test("rows may be cut and places selected", () => {
    expect(rowsOf(cutRows(three, (row) => (three.offsets[row] as number) + 1))).toEqual([
      [1],
      [5],
      [7],
    ]);
    const even = selectPlaces(three, (_, place) => (three.tokens[place] as number) % 2 === 0);
    expect(rowsOf(even)).toEqual([[2, 4], [6], [8]]);
    expect([...even.times]).toEqual([20, 40, 25, 35]);
  });
});

/** Rows of actions whose token tells the time, so that a leak shows by its number. */
const past = fc
  .array(fc.array(fc.integer({ min: 0, max: 99 }), { maxLength: 12 }), { maxLength: 8 })
  .map((rows) =>
    sequencesOf(
      rows.map((times) => times.toSorted((a, b) => a - b).map((time): Action => [time, time])),
      100,
    ),
  );
const seeded = { seed: 17, numRuns: 200 };

describe("nothing leaks from the future", () => {
  test("global time: all that is learned or known lies before the moment, all targets after", () => {
    fc.assert(
      fc.property(
        past,
        fc.nat(99),
        fc.nat(99),
        fc.constantFrom("next", "all"),
        (all, a, b, targets) => {
          const [validationAt, testAt] = a < b ? [a, b] : [b, a];
          const options = { validationAt, testAt, until: 100, targets, minHistory: 0 } as const;
          const split = globalTime(all, options);
          expect(Math.max(-1, ...split.train.tokens)).toBeLessThan(validationAt);
          expect(Math.max(-1, ...split.trainAndValidation.tokens)).toBeLessThan(testAt);
          for (let at = 0; at < split.test.count; at++) {
            expect(Math.max(-1, ...historyOfCase(split.test, at).tokens)).toBeLessThan(testAt);
            expect(Math.min(...targetsOfCase(split.test, at))).toBeGreaterThanOrEqual(testAt);
          }
          for (let at = 0; at < split.validation.count; at++) {
            expect(Math.max(...targetsOfCase(split.validation, at))).toBeLessThan(testAt);
          }
        },
      ),
      seeded,
    );
  });

  test("leave one out: what a case is asked for is neither in its history nor learned", () => {
    fc.assert(
      fc.property(past, (all) => {
        const unique = selectPlaces(all, (_, place) => all.tokens[place] !== all.tokens[place - 1]);
        const split = leaveOneOut(unique);
        for (let at = 0; at < split.test.count; at++) {
          const row = split.test.rows[at] as number;
          const [target] = targetsOfCase(split.test, at);
          expect(historyOfCase(split.test, at).tokens).not.toContain(target);
          expect(rowsOf(split.trainAndValidation)[row]).not.toContain(target);
          expect(rowsOf(split.train)[row]).toEqual(rowsOf(unique)[row]?.slice(0, -2));
        }
      }),
      seeded,
    );
  });

  test("changing what lies after the moment changes nothing that is learned or known", () => {
    fc.assert(
      fc.property(past, fc.nat(99), (all, testAt) => {
        const options = {
          validationAt: 0,
          testAt,
          until: 100,
          targets: "next",
          minHistory: 0,
        } as const;
        const tokens = all.tokens.map((token, i) =>
          (all.times[i] as number) < testAt ? token : 0,
        );
        const changed = globalTime({ ...all, tokens }, options);
        const plain = globalTime(all, options);
        expect(changed.trainAndValidation).toEqual(plain.trainAndValidation);
        for (let at = 0; at < plain.test.count; at++) {
          expect(historyOfCase(changed.test, at)).toEqual(historyOfCase(plain.test, at));
        }
      }),
      seeded,
    );
  });

  test("sessions: nothing learned is as late as the first test session's end", () => {
    fc.assert(
      fc.property(past, (all) => {
        const days = { ...all, times: all.times.map((time) => time * 86_400_000) };
        const split = lastDaysSessions(days, { testDays: 20, validationDays: 10 });
        const end = Math.max(0, ...days.times);
        for (const time of split.trainAndValidation.times) {
          expect(time).toBeLessThan(end - 20 * 86_400_000);
        }
        for (let at = 0; at < split.test.count; at++) {
          const { times, now } = historyOfCase(split.test, at);
          expect(Math.max(...times)).toBeLessThanOrEqual(now);
        }
      }),
      seeded,
    );
  });
});
