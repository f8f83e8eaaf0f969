import { describe, expect, test } from "vitest";
import { liftTable } from "./lift.ts";

describe("lift and gain", () => {
  // Ten cases, four of which happened: 2 of the best 2, 1 of the next 2, 1 of the last 2.
  test("by hand", () => {
    const labels = [0, 1, 1, 0, 1, 0, 0, 0, 0, 1];
    const said = [0.3, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.2, 0.1, 0.05];
    const rows = liftTable(labels, said, 5);
    expect(rows.map(({ happened }) => happened)).toEqual([2, 1, 0, 0, 1]);
    expect(rows.map(({ lift }) => lift)).toEqual([2.5, 1.25, 0, 0, 1.25]);
    expect(rows.map(({ gain }) => gain)).toEqual([0.5, 0.75, 0.75, 0.75, 1]);
    expect(rows.map(({ share }) => share)).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect(rows[0]).toMatchObject({ cases: 2, rate: 1, said: expect.closeTo(0.85, 9) });
  });

  test("cases that are equally probable are shared evenly, whatever their order", () => {
    const alike = new Float64Array(8).fill(0.5);
    const first = liftTable([1, 1, 0, 0, 0, 0, 0, 0], alike, 4);
    const last = liftTable([0, 0, 0, 0, 0, 0, 1, 1], alike, 4);
    expect(first).toEqual(last);
    expect(first.map(({ lift }) => lift)).toEqual([1, 1, 1, 1]);
  });

  test("fewer cases than parts, none, and nothing that happened", () => {
    expect(liftTable([1, 0], [0.2, 0.1], 10)).toHaveLength(2);
    expect(liftTable([], [], 10)).toEqual([]);
    expect(liftTable([0, 0], [0.2, 0.1], 2).map(({ lift, gain }) => [lift, gain])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
