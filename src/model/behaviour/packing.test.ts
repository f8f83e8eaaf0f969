import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../algorithms/sequences.ts";
import { createRandom } from "../../tensor/random.ts";
import { packSequences } from "./packing.ts";

const pack = (lists: readonly (readonly number[])[], length: number, seed = 1) =>
  packSequences(sequencesOf(lists, 10), { length, openRows: 8 }, createRandom(seed));

describe("packing", () => {
  test("two short histories share a row, told apart by their segments", () => {
    const packed = pack(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      4,
    );
    expect(packed.rows).toBe(1);
    expect([...packed.segments]).toEqual([1, 1, 2, 2]);
    expect([...packed.positions]).toEqual([0, 1, 0, 1]);
    const firstIsFirst = packed.tokens[0] === 1;
    expect([...packed.tokens]).toEqual(firstIsFirst ? [1, 2, 4, 5] : [4, 5, 1, 2]);
    expect([...packed.targets]).toEqual(firstIsFirst ? [2, 3, 5, 6] : [5, 6, 2, 3]);
    expect(packed.paddingShare).toBe(0);
  });

  test("a long history is cut into windows from its end, each action a target once", () => {
    const packed = pack([[1, 2, 3, 4, 5, 6]], 3);
    expect([...packed.targets].filter((token) => token > 0).sort((a, b) => a - b)).toEqual([
      2, 3, 4, 5, 6,
    ]);
    const rows = [0, 1].map((row) => [...packed.tokens.subarray(3 * row, 3 * row + 3)]);
    expect(rows).toContainEqual([3, 4, 5]);
    expect(rows).toContainEqual([1, 2, 0]);
  });

  test("histories of one action, and none at all, make no rows", () => {
    expect(pack([[1], []], 4).rows).toBe(0);
    expect(pack([], 4).paddingShare).toBe(0);
  });

  test("many short histories leave almost no padding", () => {
    const lists = Array.from({ length: 2_000 }, (_, at) =>
      Array.from({ length: 3 + (at % 11) }, (_, place) => (at + place) % 10),
    );
    expect(pack(lists, 50).paddingShare).toBeLessThan(0.02);
  });

  test("every next action is asked once, within its own history", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 12 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 7 }),
        (lists, length) => {
          const sequences = sequencesOf(lists, 10);
          const packed = packSequences(sequences, { length, openRows: 3 }, createRandom(3));
          const asked = [...packed.places].filter((place) => place >= 0).sort((a, b) => a - b);
          const expected = lists.flatMap((list, row) =>
            list.slice(1).map((_, at) => (sequences.offsets[row] as number) + at),
          );
          expect(asked).toEqual(expected);
          packed.places.forEach((place, at) => {
            expect(packed.tokens[at]).toBe(place < 0 ? 0 : sequences.tokens[place]);
            expect(packed.targets[at]).toBe(place < 0 ? 0 : sequences.tokens[place + 1]);
          });
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });

  test("the same seed packs the same, another otherwise", () => {
    const lists = Array.from({ length: 50 }, (_, at) => [at % 10, (at + 1) % 10, (at + 2) % 10]);
    expect(pack(lists, 10, 1)).toEqual(pack(lists, 10, 1));
    expect(pack(lists, 10, 2)).not.toEqual(pack(lists, 10, 1));
  });
});
