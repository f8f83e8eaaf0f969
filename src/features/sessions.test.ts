import { describe, expect, test } from "vitest";
import type { Interactions } from "./interactions.ts";
import { sessionNumbers, sessionsOf } from "./sessions.ts";

const numbers = (
  places: readonly (readonly [person: number, at: number, code: number])[],
  gap: number,
): number[] => [
  ...sessionNumbers(
    {
      persons: Int32Array.from(places, ([person]) => person),
      times: Float64Array.from(places, ([, at]) => at),
      codes: Int32Array.from(places, ([, , code]) => code),
    },
    gap,
  ),
];

describe("sessions", () => {
  test("a pause of exactly the gap still belongs, a longer one does not", () => {
    expect(
      numbers(
        [
          [0, 0, -1],
          [0, 30, -1],
          [0, 61, -1],
        ],
        30,
      ),
    ).toEqual([0, 0, 1]);
  });

  test("an id holds its session together, whatever comes between", () => {
    expect(
      numbers(
        [
          [0, 0, 7],
          [0, 5, -1],
          [0, 99, 7],
          [0, 99, 8],
        ],
        30,
      ),
    ).toEqual([0, 1, 0, 2]);
  });

  test("persons never share a session, not even by the same id or the same minute", () => {
    expect(
      numbers(
        [
          [0, 0, 7],
          [1, 0, 7],
          [2, 0, -1],
          [3, 0, -1],
        ],
        30,
      ),
    ).toEqual([0, 1, 2, 3]);
  });

  test("become rows of their own, in order of their start, with the person they are of", () => {
    const interactions = {
      sequences: {
        rows: 2,
        vocabulary: 9,
        offsets: Int32Array.of(0, 4, 5),
        tokens: Int32Array.of(1, 2, 3, 4, 5),
        times: Float64Array.of(10, 20, 30, 40, 15),
        weights: Float32Array.of(1, 2, 3, 4, 5),
      },
      sessions: Int32Array.of(0, 1, 0, 1, 2),
    } as unknown as Interactions;
    const { sequences, persons } = sessionsOf(interactions);
    expect(sequences).toEqual({
      rows: 3,
      vocabulary: 9,
      offsets: Int32Array.of(0, 2, 4, 5),
      tokens: Int32Array.of(1, 3, 2, 4, 5),
      times: Float64Array.of(10, 30, 20, 40, 15),
      weights: Float32Array.of(1, 3, 2, 4, 5),
    });
    expect([...persons]).toEqual([0, 0, 1]);
  });
});
