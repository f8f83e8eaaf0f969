import { describe, expect, test } from "vitest";
import { addRepeatInto, explainRepeat, fitRepeat } from "./repeat.ts";
import { historyFrom, sequencesOf } from "./sequences.ts";

const never = Number.POSITIVE_INFINITY;
const plain = { power: 0, halfLifeMs: never, propensityPower: 0, shrink: 0 };
// Row 0: baskets {0, 1}, {0, 0}, {0}; row 1: {0, 1}; row 2: {1}, {1}.
const rows = {
  ...sequencesOf(
    [
      [0, 1, 0, 0, 0],
      [0, 1],
      [1, 1],
    ],
    3,
  ),
  times: Float64Array.of(1, 1, 2, 2, 3, 5, 5, 1, 9),
};
const history = (tokens: number[], times: number[]) => ({
  ...historyFrom(tokens, 20),
  times: Float64Array.from(times),
});

function scores(params: typeof plain, tokens: number[], times: number[]): number[] {
  const out = new Float32Array(3);
  addRepeatInto(fitRepeat(rows, params), history(tokens, times), out);
  return [...out].map((x) => Number(x.toFixed(5)));
}

describe("buy again", () => {
  test("plain: how often it was taken", () => {
    expect(scores(plain, [0, 1, 0], [1, 1, 2])).toEqual([2, 1, 0]);
    expect(scores(plain, [], [])).toEqual([0, 0, 0]);
  });

  test("recent baskets count more; places of one moment are one basket", () => {
    const params = { ...plain, power: 1 };
    // Baskets back: {0, 1} two, {0} one, {2} none.
    expect(scores(params, [0, 1, 0, 2], [1, 1, 2, 3])).toEqual([0.83333, 0.33333, 1]);
  });

  test("a place counts half after its half-life", () => {
    expect(scores({ ...plain, halfLifeMs: 10 }, [0, 1], [10, 20])).toEqual([0.5, 1, 0]);
  });

  test("propensity is the share of rows that took it in two baskets", () => {
    const model = fitRepeat(rows, { ...plain, propensityPower: 1 });
    // 0: rows 0 and 1 hold it, row 0 again. 1: three rows hold it, row 2 again. 2: nobody.
    expect([...model.propensity].map((x) => Number(x.toFixed(4)))).toEqual([0.5, 0.3333, 0]);
    // Mean: 2 repeats of 5; shrink 5 for token 0: (1 + 5 * 0.4) / (2 + 5).
    const shrunk = fitRepeat(rows, { ...plain, propensityPower: 1, shrink: 5 });
    expect(shrunk.propensity[0]).toBeCloseTo(3 / 7, 6);
    expect(shrunk.propensity[2]).toBeCloseTo(0.4, 6);
  });

  test("the parts of an explanation sum to the score", () => {
    const params = { power: 0.7, halfLifeMs: 9, propensityPower: 0.5, shrink: 2 };
    const model = fitRepeat(rows, params);
    const asked = history([0, 1, 0, 2, 0], [1, 1, 2, 3, 3]);
    const out = new Float32Array(3);
    addRepeatInto(model, asked, out);
    for (let token = 0; token < 3; token++) {
      const sum = explainRepeat(model, asked, token).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(out[token], 6);
    }
  });
});
