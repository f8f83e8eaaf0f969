import { expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { openArena } from "./arena.ts";

test("projections add up as their formula says, at an offset, over a run of entries", () => {
  const width = 16;
  const { floats, integers, kernels } = openArena({
    ...{ bytes: 4_096, bytesMost: 1e6, purpose: "a test", remedy: "less" },
  });
  const random = createRandom(1).split("vectors");
  const drawn = (length: number): Float32Array => floats(length).map(() => random.normal());
  const table = floats(9 * width);
  table.set(drawn(9 * width));
  const x = floats(3 * width);
  x.set(drawn(3 * width));
  const out = floats(3 * width).fill(0.5);
  const columns = integers(5);
  columns.set([8, 0, 3, 3, 1]);
  const values = floats(5);
  values.set([9, 2, -1, 0.5, 9]);
  const at = 4 * width;
  const entries = [columns.byteOffset + 4, values.byteOffset + 4] as const;
  const [left, right] = [x.byteOffset + at, out.byteOffset + at];
  kernels.project(...entries, 3, table.byteOffset, width, left, right, 1, -1);
  const expected = new Float64Array(3 * width).fill(0.5);
  for (const [column, value] of [
    [0, 2],
    [3, -1],
    [3, 0.5],
  ] as const) {
    const row = table.subarray(column * width, (column + 1) * width);
    const dot = row.reduce((sum, one, i) => sum + one * (x[width + i] as number), 0);
    row.forEach((one, i) => {
      expected[width + i] = (expected[width + i] as number) + value * (1 - dot) * one;
    });
  }
  const errors = expected.map((value, i) => Math.abs(value - (out[i] as number)));
  expect(Math.max(...errors)).toBeLessThan(1e-5);
});
