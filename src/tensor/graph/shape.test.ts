import { describe, expect, test } from "vitest";
import {
  axisOf,
  broadcast,
  freeBatch,
  isFree,
  reduced,
  sameShape,
  shapeText,
  sizeOf,
  stridesOf,
  withLength,
} from "./shape.ts";

describe("sizes", () => {
  test("are products, and a scalar is one value", () => {
    expect(sizeOf([2, 3, 4])).toBe(24);
    expect(sizeOf([])).toBe(1);
    expect(Math.abs(sizeOf([5, 0, 2]))).toBe(0);
  });

  test("of a free axis are as many times the batch", () => {
    expect(sizeOf([freeBatch, 3, 4])).toBe(-12);
    expect(sizeOf([-5, 2])).toBe(-10);
    expect(isFree([-5, 2])).toBe(true);
    expect(isFree([5, 0])).toBe(false);
  });

  test("are free along one axis at most", () => {
    expect(() => sizeOf([-1, 2, -3])).toThrow("one axis at most is free");
  });

  test("are written with the batch where they are free", () => {
    expect(shapeText([2, -3, 4])).toBe("[2, 3 batch, 4]");
    expect(shapeText([])).toBe("[]");
  });
});

describe("broadcast", () => {
  test.each([
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[3], [2, 3], [2, 3]],
    [[2, 1], [3], [2, 3]],
    [
      [4, 1, 1],
      [2, 1],
      [4, 2, 1],
    ],
    [[], [5], [5]],
    [[], [], []],
    [[1], [0], [0]],
    [
      [0, 2],
      [1, 2],
      [0, 2],
    ],
    [[-1, 3], [3], [-1, 3]],
    [
      [-2, 1],
      [1, 4],
      [-2, 4],
    ],
    [
      [-2, 1],
      [-2, 4],
      [-2, 4],
    ],
  ])("stretches %j and %j to %j, either way round", (a, b, wanted) => {
    expect(broadcast(a, b)).toEqual(wanted);
    expect(broadcast(b, a)).toEqual(wanted);
  });

  test.each([
    [[2], [3]],
    [[2, 3], [2]],
    [[0], [2]],
    [[-1], [-2]],
    [[-1], [4]],
  ])("refuses %j and %j, either way round", (a, b) => {
    expect(() => broadcast(a, b)).toThrow("stretch to one another");
    expect(() => broadcast(b, a)).toThrow("stretch to one another");
  });

  test("names both shapes where it refuses", () => {
    expect(() => broadcast([-1, 2], [3])).toThrow("shapes [1 batch, 2] and [3]");
  });
});

describe("axes", () => {
  test("count from the front, or from the end when negative", () => {
    expect([0, 1, 2, -1, -3].map((axis) => axisOf([5, 6, 7], axis))).toEqual([0, 1, 2, 2, 0]);
  });

  test.each([[3], [-4]])("axis %i of three is refused", (axis) => {
    expect(() => axisOf([5, -1, 7], axis)).toThrow(`axis ${axis} exists in [5, 1 batch, 7]`);
  });

  test("a scalar has none", () => {
    expect(() => axisOf([], 0)).toThrow("axis 0 exists in []");
    expect(() => axisOf([], -1)).toThrow("axis -1 exists in []");
  });

  test("summed over stay with length 1, or go", () => {
    expect(reduced([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
    expect(reduced([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reduced([-2, 3], [1], true)).toEqual([-2, 1]);
    expect(reduced([2, 3], [0, 1], false)).toEqual([]);
    expect(reduced([2, 3], [], false)).toEqual([2, 3]);
  });

  test("take another length alone", () => {
    expect(withLength([2, 3, 4], 1, 9)).toEqual([2, 9, 4]);
  });

  test("have strides of what lies behind them", () => {
    expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
    expect(stridesOf([-1, 3, 4])).toEqual([12, 4, 1]);
    expect(stridesOf([7])).toEqual([1]);
    expect(stridesOf([])).toEqual([]);
  });
});

test("shapes are the same only with the same axes in the same order", () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([2], [2, 1])).toBe(false);
  expect(sameShape([2, 1], [2])).toBe(false);
  expect(sameShape([-1], [1])).toBe(false);
});
