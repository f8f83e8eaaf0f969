import { describe, expect, test } from "vitest";
import {
  addSuccessorsInto,
  explainMarkov,
  fitMarkov,
  type MarkovModel,
  plainMarkov,
} from "./markov.ts";
import { emptyHistory, type History, historyFrom, sequencesOf } from "./sequences.ts";

const rows = sequencesOf([[0, 1, 2], [0, 1], [0, 2], [3]], 4);
const scores = (params: Parameters<typeof fitMarkov>[1], tokens: number[]) => {
  const found = scoresOf(fitMarkov(rows, params), historyFrom(tokens, 100));
  return [...found].map((x) => Number(x.toFixed(6)));
};

/** What the successors say, and the share of popularity besides. */
function scoresOf(model: MarkovModel, history: History): Float32Array {
  const out = new Float32Array(model.popularity.length);
  const share = addSuccessorsInto(model, history, out);
  return out.map((score, token) => score + share * model.popularity[token]);
}

describe("the Markov chain", () => {
  test("plain: shares of direct successors of the last token alone", () => {
    // 0 is followed by 1, 1, 2.
    expect(scores(plainMarkov, [2, 0])).toEqual([0, 0.666667, 0.333333, 0]);
    expect(scores(plainMarkov, [1])).toEqual([0, 0, 1, 0]);
    expect(scores(plainMarkov, [3])).toEqual([0, 0, 0, 0]);
    expect(scores(plainMarkov, [])).toEqual([0, 0, 0, 0]);
  });

  test("lookback counts later successors by gap ^ -power", () => {
    // 0 -> 1 twice at gap 1; 0 -> 2 once at gap 1, once at gap 2 (1/2): 2 and 1.5 of 3.5.
    const params = { ...plainMarkov, lookback: 2, gapPower: 1 };
    expect(scores(params, [0])).toEqual([0, 0.571429, 0.428571, 0]);
  });

  test("smoothing gives popularity its share, all of it where nothing followed", () => {
    // Popularity of 0..3: 3, 2, 2, 1 of 8. Row 0 has 3 successors, so smoothing 1 gets 1/4.
    const params = { ...plainMarkov, smoothing: 1 };
    expect(scores(params, [0])).toEqual([0.09375, 0.5625, 0.3125, 0.03125]);
    expect(scores(params, [3])).toEqual([0.375, 0.25, 0.25, 0.125]);
  });

  test("several places vote, the further back the less", () => {
    const attention = { places: 2, power: 1, halfLifeMs: Number.POSITIVE_INFINITY };
    // 1 (last, weight 1) says 2; 0 (one back, weight 1/2) says 2/3 of 1 and 1/3 of 2.
    expect(scores({ ...plainMarkov, attention }, [3, 0, 1])).toEqual([0, 0.333333, 1.166667, 0]);
  });

  test("a place fades by half in its half-life", () => {
    const attention = { places: 2, power: 0, halfLifeMs: 1 };
    expect(scores({ ...plainMarkov, attention }, [0, 1])).toEqual([0, 0.333333, 1.166667, 0]);
  });

  test("the parts of an explanation sum to the score", () => {
    const attention = { places: 3, power: 0.7, halfLifeMs: 5 };
    const model = fitMarkov(rows, {
      ...plainMarkov,
      lookback: 2,
      gapPower: 1,
      smoothing: 2,
      attention,
    });
    const history = historyFrom([2, 0, 3, 1], 100);
    const out = scoresOf(model, history);
    for (let token = 0; token < 4; token++) {
      const parts = explainMarkov(model, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 5);
      expect(parts[0]).toBe(0);
    }
  });

  test("an empty log and an empty history score nothing", () => {
    const model = fitMarkov(sequencesOf([], 2), { ...plainMarkov, smoothing: 1 });
    expect([...scoresOf(model, emptyHistory(0))]).toEqual([0, 0]);
    expect([...scoresOf(model, historyFrom([1], 0))]).toEqual([0, 0]);
  });
});
