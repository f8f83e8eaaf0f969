import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { openVectorKernel } from "./vector-kernel.ts";

describe("the vector kernel", () => {
  test("adds projections as its formula says, at an offset, over a run of entries", () => {
    const width = 16;
    const kernel = openVectorKernel(4 * 2000);
    const random = createRandom(1).split("vectors");
    const table = new Float32Array(9 * width);
    const inside = kernel.floats(9 * width);
    for (let i = 0; i < table.length; i++) table[i] = random.normal();
    inside.set(table);
    const x = kernel.floats(3 * width);
    const out = kernel.floats(3 * width);
    for (let i = 0; i < x.length; i++) x[i] = random.normal();
    out.fill(0.5);
    const columns = kernel.integers(5);
    const values = kernel.floats(5);
    columns.set([8, 0, 3, 3, 1]);
    values.set([9, 2, -1, 0.5, 9]);
    const run = { columns, values, from: 1, to: 4, table: inside, width, constant: 1, slope: -1 };
    kernel.addProjections(out, width, x, run);
    const expected = new Float64Array(3 * width).fill(0.5);
    for (const [column, value] of [
      [0, 2],
      [3, -1],
      [3, 0.5],
    ]) {
      let dot = 0;
      for (let i = 0; i < width; i++) dot += x[width + i] * table[column * width + i];
      for (let i = 0; i < width; i++) {
        expected[width + i] += value * (1 - dot) * table[column * width + i];
      }
    }
    const errors = expected.map((value, at) => Math.abs(value - out[at]));
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  });

  test("multiplies every row of a table, whole numbers by hand", () => {
    const kernel = openVectorKernel(4 * 100);
    const table = kernel.floats(3 * 16);
    const x = kernel.floats(16);
    const out = kernel.floats(3).fill(9);
    for (let i = 0; i < x.length; i++) x[i] = i;
    table.fill(1, 16, 32);
    table[47] = 2;
    kernel.multiplyRows(out, table, x);
    expect([...out]).toEqual([0, 120, 30]);
    kernel.multiplyRows(out.subarray(0, 0), table.subarray(0, 0), x);
    expect([...out]).toEqual([0, 120, 30]);
    expect(() => kernel.multiplyRows(out, table.subarray(16), x)).toThrow("row for every result");
  });

  test("no entries change nothing", () => {
    const kernel = openVectorKernel(1000);
    const out = kernel.floats(8).fill(3);
    const columns = kernel.integers(1);
    const values = kernel.floats(1);
    const run = { columns, values, from: 0, to: 0, table: kernel.floats(8), width: 8 };
    kernel.addProjections(out, 0, out, { ...run, constant: 1, slope: 1 });
    expect([...out]).toEqual(new Array(8).fill(3));
  });

  test("arrays do not overlap, start as zeros, and run out with a clear word", () => {
    const kernel = openVectorKernel(100);
    const first = kernel.floats(3).fill(1);
    const second = kernel.integers(3);
    expect([...second]).toEqual([0, 0, 0]);
    second.fill(7);
    expect([...first]).toEqual([1, 1, 1]);
    expect(() => kernel.floats(1e6)).toThrow("enough room");
    expect(() => openVectorKernel(2 ** 33)).toThrow("4 GB");
  });
});
