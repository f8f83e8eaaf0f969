import { describe, expect, test } from "vitest";
import { judge, judgeSegments } from "./segments.ts";

const options = { bins: 10, casesLeast: 4 };

describe("probabilities by segment", () => {
  // Half and half on the whole; the old are said too little, the new too much.
  test("right on the whole and wrong about each", () => {
    const labels = [1, 1, 1, 1, 0, 0, 0, 0];
    const said = new Float64Array(8).fill(0.5);
    const names = labels.map((label) => (label === 1 ? "old" : "new"));
    const { overall, segments } = judgeSegments(labels, said, names, options);
    expect(overall).toMatchObject({ cases: 8, rate: 0.5, said: 0.5, brier: 0.25 });
    expect(segments["old"]).toMatchObject({ cases: 4, rate: 1, ece: 0.5 });
    expect(segments["new"]).toMatchObject({ cases: 4, rate: 0, ece: 0.5 });
    expect(overall.logLoss).toBeCloseTo(Math.log(2), 9);
  });

  test("a segment that is too small is not judged, nor is nothing", () => {
    const { overall, segments } = judgeSegments(
      [1, 0, 1],
      [0.5, 0.5, 0.5],
      ["a", "a", "b"],
      options,
    );
    expect(segments).toEqual({});
    expect(overall.cases).toBe(3);
    expect(judge([], [], options)).toMatchObject({ cases: 0, rate: 0, ece: 0, auc: 0.5 });
  });

  // Two bins of four: said .1 and .9, happened .25 and .75; the gap is .15 in each.
  test("as many bins as there are cases for", () => {
    const labels = [0, 0, 0, 1, 1, 1, 1, 0];
    const said = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9];
    expect(judge(labels, said, options).ece).toBeCloseTo(0.15, 9);
  });
});
