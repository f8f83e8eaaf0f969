import { describe, expect, test } from "vitest";
import { fitContentKnn } from "./content-knn.ts";
import { entryOf } from "./csr.ts";
import { addNeighboursInto, evenAttention, explainNeighbours } from "./neighbours.ts";
import { historyFrom } from "./sequences.ts";
import { bagsOf } from "./text.ts";

const params = { maxShare: 1, keep: 10, attention: evenAttention };
const { bags } = bagsOf([
  ["red", "dress"],
  ["red", "dress"],
  ["blue", "dress"],
  ["red", "shoe"],
  ["lamp"],
  [],
]);

describe("content kNN", () => {
  test("equal bags have cosine 1, disjoint ones 0, an empty one has no neighbours", () => {
    const { neighbours } = fitContentKnn(bags, params);
    expect(entryOf(neighbours, 0, 1)).toBeCloseTo(1, 6);
    expect(entryOf(neighbours, 0, 4)).toBe(0);
    expect(entryOf(neighbours, 0, 0)).toBe(0);
    expect(neighbours.offsets[6] - neighbours.offsets[5]).toBe(0);
  });

  test("a cosine by hand", () => {
    // In bags of equal length and single words the weights are proportional to rarity. "red" and
    // "dress" are in 3 of 6 bags: ln(1 + 3.5 / 3.5); "blue" in 1: ln(1 + 5.5 / 1.5).
    const common = Math.log(2);
    const rare = Math.log(1 + 5.5 / 1.5);
    const expected = common ** 2 / Math.sqrt(2 * common ** 2 * (common ** 2 + rare ** 2));
    const { neighbours } = fitContentKnn(bags, params);
    expect(entryOf(neighbours, 0, 2)).toBeCloseTo(expected, 6);
    expect(entryOf(neighbours, 2, 0)).toBeCloseTo(expected, 6);
  });

  test("weights that were learned take the place of rarity", () => {
    // Of red, dress, blue, shoe, lamp.
    const { neighbours } = fitContentKnn(bags, params, Float32Array.of(3, 0, 1, 4, 1));
    expect(entryOf(neighbours, 0, 2)).toBe(0);
    expect(entryOf(neighbours, 0, 1)).toBeCloseTo(1, 6);
    expect(entryOf(neighbours, 0, 3)).toBeCloseTo(9 / (3 * 5), 6);
  });

  test("features of too many bags are left out; only the best neighbours are kept", () => {
    const { neighbours } = fitContentKnn(bags, { ...params, maxShare: 0.4 });
    expect(entryOf(neighbours, 0, 3)).toBe(0);
    const one = fitContentKnn(bags, { ...params, keep: 1 }).neighbours;
    expect([...one.columns.subarray(0, 1)]).toEqual([1]);
    expect(one.offsets[1]).toBe(1);
  });

  test("the parts of an explanation sum to the score", () => {
    const { neighbours, attention } = fitContentKnn(bags, params);
    const history = historyFrom([0, 4, 3], 5);
    const out = new Float32Array(6);
    addNeighboursInto(neighbours, attention, history, out);
    for (let token = 0; token < 6; token++) {
      const parts = explainNeighbours(neighbours, attention, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 6);
    }
  });
});
