import { describe, expect, test } from "vitest";
import {
  bucketBetween,
  type ContextShape,
  contextInputs,
  noContext,
  strengthBucket,
  strengthsOf,
} from "./context.ts";

const SECOND = 1_000;
const DAY = 86_400_000;

/** Two histories in one row, the second a day between its actions, and padding. */
const places = {
  rows: 1,
  length: 6,
  segments: Int32Array.of(1, 1, 1, 2, 2, 0),
  times: Float64Array.of(0, 7 * SECOND, 8 * SECOND, 5 * DAY, 6 * DAY, 0),
  strengths: Float32Array.of(1, 1, 5, 1, 3, 0),
};
const context: ContextShape = { gapBuckets: 24, strengths: [1, 3, 5], biasBuckets: 24 };

describe("the context of an action", () => {
  test("is the time since the one before it, in buckets that double", () => {
    const { gaps } = contextInputs(context, places);
    // 7 s: log2 8 = 3; 1 s: log2 2 = 1; a day: log2 86,401 = 16.4; 1 more, as 0 is for the first
    expect([...(gaps ?? [])]).toEqual([0, 4, 2, 0, 17, 0]);
    expect(bucketBetween(0, 1e15, 24)).toBe(23);
    expect(bucketBetween(DAY, 0, 24)).toBe(0);
  });

  test("is the time between any two of one history, and nothing across", () => {
    const { between } = contextInputs(context, places);
    const rows = Array.from({ length: 6 }, (_, row) => [
      ...(between ?? []).slice(6 * row, 6 * row + 6),
    ]);
    expect(rows).toEqual([
      [0, 0, 0, 0, 0, 0],
      [3, 0, 0, 0, 0, 0],
      [3, 1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 16, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  test("is the nearest of the strengths that were learned", () => {
    const { strengths } = contextInputs(context, places);
    expect([...(strengths ?? [])]).toEqual([0, 0, 2, 0, 1, 0]);
    expect(strengthBucket([1, 3, 5], 4)).toBe(1);
    expect(strengthBucket([1, 3, 5], 100)).toBe(2);
  });

  test("is left out where the model does not read it", () => {
    expect(contextInputs(noContext, places)).toEqual({});
    expect(contextInputs({ ...noContext, strengths: [1] }, places)).toEqual({});
  });

  test("strengths are the distinct ones, of very many some that part them evenly", () => {
    expect(strengthsOf(Float32Array.of(5, 1, 1, 3), 8)).toEqual([1, 3, 5]);
    const many = Float32Array.from({ length: 100 }, (_, at) => at);
    expect(strengthsOf(many, 4)).toEqual([12, 37, 62, 87]);
  });
});
