import { describe, expect, test } from "vitest";
import { entryOf } from "./csr.ts";
import { defaultLift, fitLift } from "./lift.ts";
import { addNeighboursInto, evenAttention, explainNeighbours } from "./neighbours.ts";
import { historyFrom, sequencesOf } from "./sequences.ts";

// Ten baskets. 0 and 1 together four times; 2 and 3 once, only with each other; 4 in all but one.
const baskets = sequencesOf(
  [[0, 1, 4], [0, 1, 4], [0, 1, 4, 4], [0, 1, 4], [0, 4], [2, 3], [4], [4], [4], [4]],
  5,
);

describe("lift", () => {
  test("evidence times the logarithm of lift, by hand", () => {
    const { companions } = fitLift(baskets, { shrink: 2, minCount: 1, keep: 5 });
    // n_01 = 4, n_0 = 5, n_1 = 4: lift 4 * 10 / 20 = 2.
    expect(entryOf(companions, 0, 1)).toBeCloseTo((4 / 6) * Math.log(2), 6);
    // n_23 = 1, n_2 = n_3 = 1: lift 10, but seen once.
    expect(entryOf(companions, 2, 3)).toBeCloseTo((1 / 3) * Math.log(10), 6);
    // n_04 = 5, n_0 = 5, n_4 = 9: lift 10/9; a repeat inside a basket counts once.
    expect(entryOf(companions, 0, 4)).toBeCloseTo((5 / 7) * Math.log(10 / 9), 6);
  });

  test("rare pairs are dropped, what chance explains is dropped, the best are kept", () => {
    const twice = fitLift(baskets, { shrink: 2, minCount: 2, keep: 1 });
    expect(entryOf(twice.companions, 2, 3)).toBe(0);
    expect(entryOf(twice.companions, 0, 1)).toBeGreaterThan(0);
    expect(entryOf(twice.companions, 0, 4)).toBe(0);
    expect(entryOf(fitLift(baskets, defaultLift).companions, 0, 1)).toBeCloseTo(
      (4 / 9) * Math.log(2),
      6,
    );
    // Everything together with everything: lift 1, nothing to say.
    const same = fitLift(
      sequencesOf(
        [
          [0, 1],
          [0, 1],
        ],
        2,
      ),
      { shrink: 0, minCount: 1, keep: 5 },
    );
    expect(same.companions.columns.length).toBe(0);
  });

  test("the parts of an explanation sum to the score", () => {
    const { companions } = fitLift(baskets, { shrink: 2, minCount: 1, keep: 5 });
    const history = historyFrom([0, 4, 2], 5);
    const out = new Float32Array(5);
    addNeighboursInto(companions, evenAttention, history, out);
    for (let token = 0; token < 5; token++) {
      const parts = explainNeighbours(companions, evenAttention, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 6);
    }
    expect(out[1]).toBeGreaterThan(0);
  });
});
