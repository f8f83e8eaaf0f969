import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { type ItemTableOptions, openItemTable, type TablePrecision } from "./item-table.ts";

const drawn = (name: string, length: number): Float32Array => {
  const random = createRandom(3).split(name);
  return Float32Array.from({ length }, () => random.normal());
};

const optionsOf = (rows: number, width: number, precision: TablePrecision): ItemTableOptions => ({
  ...{ rows, width, precision, bytesMost: 2 ** 24 },
});

/** In double precision. */
function products(values: ArrayLike<number>, state: ArrayLike<number>): number[] {
  const width = state.length;
  return Array.from({ length: values.length / width }, (_, row) => {
    let sum = 0;
    for (let at = 0; at < width; at++) sum += values[row * width + at] * state[at];
    return sum;
  });
}

function scoresOf(values: Float32Array, state: Float32Array, precision: TablePrecision): number[] {
  const out = new Float32Array(values.length / state.length).fill(7);
  const table = openItemTable(values, optionsOf(out.length, state.length, precision));
  table.scoreInto(state, out);
  table.release();
  return [...out];
}

const farthest = (found: readonly number[], wanted: readonly number[]): number =>
  Math.max(...wanted.map((value, at) => Math.abs(value - found[at])));

/** Sizes on both sides of what a turn of a kernel takes, and the smallest. */
const sizes = [
  [1, 1],
  [3, 4],
  [4, 5],
  [5, 16],
  [9, 17],
  [64, 64],
  [2, 1200],
] as const;

describe("a table of vectors", () => {
  test.each<TablePrecision>(["float32", "int8"])("multiplies by hand: %s", (precision) => {
    // Rows whose largest value is 127 and a state of whole numbers up to 32,767 are kept as they are.
    const values = Float32Array.of(127, 0, -3, 1, -127, 2, 0, 0, 0, 5, 127, 1, 127, 127, -127);
    const state = Float32Array.of(32_767, -2, 10);
    expect(scoresOf(values, state, precision)).toEqual(
      [127 * 32_767 - 30, 32_767 + 254 + 20, 0, 5 * 32_767 - 254 + 10, 127 * 32_755].map(
        Math.fround,
      ),
    );
  });

  test.each<TablePrecision>(["float32", "int8"])("scores runs alone: %s", (precision) => {
    const [values, state] = [drawn("values", 23 * 5), drawn("state", 5)];
    const table = openItemTable(values, optionsOf(23, 5, precision));
    const whole = new Float32Array(23);
    table.scoreInto(state, whole);
    const out = new Float32Array(23).fill(7);
    table.scoreRunsInto(state, Int32Array.of(4, 6, 20, 23, 0, 4), 2, out);
    const wanted = Array.from(whole, (score, row) =>
      [4, 5, 20, 21, 22].includes(row) ? score : 7,
    );
    expect([...out]).toEqual(wanted);
  });

  test.each(["float32", "int8"] as const)("scores named rows to the same bit: %s", (precision) => {
    for (const [rows, width] of [[2_300, 64] as const, ...sizes]) {
      const [values, state] = [drawn("values", rows * width), drawn("state", width)];
      const table = openItemTable(values, optionsOf(rows, width, precision));
      const whole = new Float32Array(rows);
      table.scoreInto(state, whole);
      const backwards = Int32Array.from({ length: rows }, (_, at) => rows - 1 - at);
      const out = new Float32Array(rows);
      table.scoreSomeInto(state, backwards, out);
      expect(out).toEqual(whole.reverse());
      expect(() => table.scoreSomeInto(state, Int32Array.of(rows), new Float32Array(1))).toThrow(
        "a row that is asked for is of the table",
      );
    }
  });

  test.each(sizes)("of float32 is the product: %i rows of %i", (rows, width) => {
    const [values, state] = [drawn("values", rows * width), drawn("state", width)];
    const found = scoresOf(values, state, "float32");
    // Single precision, on sums of about the root of the width.
    expect(farthest(found, products(values, state))).toBeLessThan(2e-6 * Math.sqrt(width));
  });

  test.each(sizes)("of int8 is the product of the rounded rows: %i rows of %i", (rows, width) => {
    const [values, state] = [drawn("values", rows * width), drawn("state", width)];
    const kept = values.slice();
    for (let row = 0; row < rows; row++) {
      const own = kept.subarray(row * width, (row + 1) * width);
      const scale = Math.fround(Math.max(...own.map(Math.abs)) / 127);
      for (let at = 0; at < width; at++) own[at] = Math.round(own[at] / scale) * scale;
    }
    // What is left is the rounding of the state to 1 of 14,000 at the least, in every column.
    const most = (2 * Math.max(...values.map(Math.abs)) * width) / 14_000;
    const gap = farthest(scoresOf(values, state, "int8"), products(kept, state));
    expect(gap).toBeLessThan(Math.min(most, 4e-4 * Math.sqrt(width)));
  });

  test("sums of the widest rows of the largest numbers stay whole numbers of 32 bits", () => {
    const values = new Float32Array(4 * 4096).fill(1).fill(-1, 4096, 8192);
    const found = scoresOf(values, new Float32Array(4096).fill(1), "int8");
    expect(found).toEqual([4096, -4096, 4096, 4096]);
  });

  test("a row or a state of zeros scores 0, and what is kept is told", () => {
    const values = new Float32Array(6).fill(2, 3);
    expect(scoresOf(values, Float32Array.of(1, 2, 3), "int8")).toEqual([0, 12]);
    expect(scoresOf(values, new Float32Array(3), "int8")).toEqual([0, 0]);
    const drawnValues = drawn("values", 640);
    const errors = (["int8", "float32"] as const).map(
      (precision) => openItemTable(drawnValues, optionsOf(10, 64, precision)).relativeError,
    );
    expect(errors[0]).toBeGreaterThan(0.003);
    expect(errors[0]).toBeLessThan(0.008);
    expect(errors[1]).toBe(0);
  });

  test("rows of 8 bits take little more than a quarter of the memory", () => {
    const values = drawn("values", 1000 * 64);
    const [floats, bytes] = (["float32", "int8"] as const).map(
      (precision) => openItemTable(values, optionsOf(1000, 64, precision)).bytes,
    );
    const named = 2 * 4 * 1024; // rows of one turn, and their scores
    expect(floats).toBe(4 * (64_000 + 64) + 4032 + named); // the scores of 1,000 rows, to 64 bytes
    expect(bytes).toBe(64_000 + 128 + 2 * 4032 + named);
  });

  test.each<TablePrecision>(["float32", "int8"])(
    "refuses what it cannot score: %s",
    (precision) => {
      const options = optionsOf(2, 2, precision);
      const open = (...values: number[]) => openItemTable(Float32Array.from(values), options);
      expect(() => open(1, 2, 3)).toThrow("the values fill the table");
      expect(() => open(1, 2, 3, Number.NaN)).toThrow("finite");
      expect(() => openItemTable(new Float32Array(), { ...options, rows: 0 })).toThrow("has rows");
      expect(() => openItemTable(drawn("values", 4), { ...options, bytesMost: 8 })).toThrow(
        "a table of vectors needs 9 KiB of memory and may take 1 KiB: fewer rows",
      );
      const table = open(1, 2, 3, 4);
      const out = new Float32Array(2);
      expect(() => table.scoreInto(new Float32Array(3), out)).toThrow("as wide as the table");
      expect(() => table.scoreInto(new Float32Array(2), new Float32Array(3))).toThrow("every row");
      expect(() => table.scoreInto(Float32Array.of(1, Number.NaN), out)).toThrow("finite");
      expect(() => table.scoreInto(Float32Array.of(1, -1 / 0), out)).toThrow("finite");
      table.release();
      table.release();
      expect(() => table.scoreInto(new Float32Array(2), out)).toThrow("before it is released");
    },
  );
});
