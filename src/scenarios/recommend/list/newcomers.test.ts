import { describe, expect, test } from "vitest";
import { addLikenessInto, indexNewcomers, learnedWeights } from "./newcomers.ts";
import { overlap } from "./overlap.ts";

describe("newcomers", () => {
  const newcomers = indexNewcomers([["red", "lamp"], ["red", "chair"], ["desk"]], [5, 9, 7]);

  test("the newest is the freshest", () => {
    expect([...newcomers.freshness]).toEqual([1 / 3, 1, 2 / 3].map(Math.fround));
  });

  test("likeness is the cosine of bags weighted by rarity", () => {
    const out = new Float32Array(3);
    addLikenessInto(newcomers, new Set(["lamp"]), 1, out);
    // "red" is held by two of three, "lamp" by one: ln 2.5 and ln 4.
    const [red, lamp] = [Math.log(2.5), Math.log(4)];
    expect(out[0]).toBeCloseTo(lamp / Math.hypot(red, lamp), 6);
    expect([...out.subarray(1)]).toEqual([0, 0]);
    addLikenessInto(newcomers, new Set(["unheard"]), 1, out);
    expect(out[2]).toBe(0);
  });

  test("what a model has learned takes the place of rarity", () => {
    const learned = learnedWeights(["red", "lamp", "desk"], Float32Array.of(0, 2, 1));
    const weighed = indexNewcomers(
      [["red", "lamp"], ["red", "chair"], ["desk"]],
      [5, 9, 7],
      learned,
    );
    const out = new Float32Array(3);
    addLikenessInto(weighed, new Set(["red", "lamp", "desk"]), 1, out);
    expect([...out]).toEqual([2 / Math.sqrt(5), 0, 1 / Math.sqrt(5)].map(Math.fround));
    out.fill(0);
    addLikenessInto(weighed, new Set(["red"]), 1, out); // "red" tells nothing
    expect([...out]).toEqual([0, 0, 0]);
    addLikenessInto(weighed, new Set(["chair"]), 1, out); // which the model has not met
    expect([...out]).toEqual([0, 0, 0]);
    expect(learnedWeights(["red"], Float32Array.of(0))).toBeUndefined();
  });

  test("there may be none", () => {
    expect(indexNewcomers([], []).count).toBe(0);
  });
});

describe("likeness by features", () => {
  test("overlap is shared over all", () => {
    expect(overlap(new Set(["a", "b"]), new Set(["b", "c", "d"]))).toBe(0.25);
    expect(overlap(new Set(), new Set())).toBe(0);
  });
});
