import { describe, expect, test } from "vitest";
import { fitPopularity } from "./popularity.ts";
import { sequencesOf } from "./sequences.ts";

describe("popularity", () => {
  test("plain counts with weights", () => {
    const rows = { ...sequencesOf([[0, 1, 1], [2]], 4), weights: Float32Array.of(1, 1, 3, 0.5) };
    const { scores } = fitPopularity(rows, { halfLifeMs: Number.POSITIVE_INFINITY, now: 10 });
    expect([...scores]).toEqual([1, 4, 0.5, 0]);
  });

  test("a place counts half for every half-life; the future counts as now", () => {
    const rows = { ...sequencesOf([[0, 0, 1]], 2), times: Float64Array.of(60, 80, 500) };
    const { scores } = fitPopularity(rows, { halfLifeMs: 20, now: 100 });
    expect([...scores]).toEqual([0.25 + 0.5, 1]);
  });
});
