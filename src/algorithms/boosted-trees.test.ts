import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { type BoostingParams, boostedScore, fitBoostedTrees } from "./boosted-trees.ts";
import { binned, MISSING_BIN } from "./boosted-trees-bins.ts";

/** Rows made by arithmetic, so that another program makes the same. */
const rows = 200;
const x = Float64Array.from({ length: rows * 3 }, (_, at) => {
  const [i, c] = [Math.floor(at / 3), at % 3];
  return ((i * 37 + c * 11 + i * i * (c + 3)) % 101) / 10;
});
const column = (i: number, c: number): number => x[3 * i + c] as number;
const noise = (i: number): number => ((i * 7919) % 17) / 5;
const labels = Float64Array.from({ length: rows }, (_, i) =>
  column(i, 0) * 0.6 + (column(i, 1) - 5) ** 2 * 0.3 - column(i, 2) * 0.2 + noise(i) > 5 ? 1 : 0,
);
const holed = x.map((value, at) =>
  at % 3 === 1 && Math.floor(at / 3) % 7 === 3 ? Number.NaN : value,
);
const plain: BoostingParams = {
  loss: "logistic",
  treesMost: 20,
  learningRate: 0.1,
  depthMost: 3,
  ridge: 1,
  curvatureLeast: 1e-3,
  binsMost: 254,
  rowShare: 1,
  columnShare: 1,
  patience: 20,
};
const random = createRandom(1);
const scores = (model: ReturnType<typeof fitBoostedTrees>, of: Float64Array): number[] =>
  Array.from({ length: of.length / model.columns }, (_, row) => boostedScore(model, of, row));

describe("boosted trees", () => {
  // scikit-learn 1.9.1, HistGradientBoostingClassifier(learning_rate=.1, max_iter=20, max_depth=3,
  // max_leaf_nodes=None, min_samples_leaf=1, l2_regularization=1); it sums in float32.
  test("logistic: the log-odds of scikit-learn, holes in a column included", () => {
    const model = fitBoostedTrees({ x: holed, targets: labels }, undefined, 3, plain, random);
    const known = [0.532791, -1.722911, 2.430095, -0.66906, 2.506562, 1.762466, 0.617, -1.854268];
    expect(scores(model, holed).slice(0, 8)).toEqual(known.map((v) => expect.closeTo(v, 4)));
  });

  // The same program's regressor: learning_rate=.2, max_iter=15, max_depth=2, l2_regularization=.5.
  test("squared: the amounts of scikit-learn", () => {
    const targets = Float64Array.from(
      { length: rows },
      (_, i) => column(i, 0) * 2 + Math.abs(column(i, 1) - 5) + noise(i),
    );
    const params = { ...plain, loss: "squared", treesMost: 15, learningRate: 0.2, depthMost: 2 };
    const model = fitBoostedTrees(
      { x, targets },
      undefined,
      3,
      { ...(params as BoostingParams), ridge: 0.5 },
      random,
    );
    const known = [5.96725, 10.396841, 22.829867, 10.396841, 21.898164, 15.802573, 10.167583];
    expect(scores(model, x).slice(0, 7)).toEqual(known.map((v) => expect.closeTo(v, 4)));
  });

  // One tree of one split, ridge 0: 0, 0 | 6, 6 around a mean of 3, half the way each.
  test("one split by hand", () => {
    const line = Float64Array.from([1, 2, 3, 4]);
    const params: BoostingParams = {
      ...plain,
      loss: "squared",
      treesMost: 1,
      learningRate: 0.5,
      depthMost: 1,
      ridge: 0,
    };
    const given = { x: line, targets: [0, 0, 6, 6] };
    const model = fitBoostedTrees(given, undefined, 1, params, random);
    expect(model.start).toBe(3);
    expect([...model.threshold]).toEqual([2.5, 0, 0]);
    expect(scores(model, line)).toEqual([1.5, 1.5, 4.5, 4.5]);
  });

  test("rows to judge by stop it, and the best number of trees is kept", () => {
    const learn = { x: x.subarray(0, 300), targets: labels.subarray(0, 100) };
    const judge = { x: x.subarray(300), targets: labels.subarray(100) };
    const params = { ...plain, treesMost: 400, learningRate: 0.3, patience: 15 };
    const stopped = fitBoostedTrees(learn, judge, 3, params, random);
    const kept = stopped.starts.length - 1;
    expect(kept).toBeGreaterThan(3);
    expect(kept).toBeLessThan(200);
    const loss = (treesMost: number): number => {
      const all = fitBoostedTrees(learn, undefined, 3, { ...params, treesMost }, random);
      return scores(all, judge.x).reduce(
        (sum, z, i) => sum + Math.log1p(Math.exp(z)) - z * (judge.targets[i] as number),
        0,
      );
    };
    expect(loss(kept)).toBeLessThan(loss(kept - 1));
    expect(loss(kept)).toBeLessThan(loss(kept + 15));
  });

  test("the same seed draws the same rows and columns, another one others", () => {
    const params = { ...plain, rowShare: 0.6, columnShare: 0.7 };
    const grown = (seed: number) =>
      fitBoostedTrees({ x, targets: labels }, undefined, 3, params, createRandom(seed));
    expect(grown(3)).toEqual(grown(3));
    expect(grown(4)).not.toEqual(grown(3));
  });

  test("a label that never differs is said, and no tree divides it", () => {
    const model = fitBoostedTrees(
      { x, targets: new Float64Array(rows) },
      undefined,
      3,
      plain,
      random,
    );
    expect(Math.max(...scores(model, x))).toBeLessThan(-5);
  });
});

describe("bins", () => {
  test("few values have a bin each, holes the last", () => {
    const table = binned([3, Number.NaN, 1, 3, 2], 5, 1, 254);
    expect([...(table.edges[0] as Float64Array)]).toEqual([1.5, 2.5]);
    expect([...(table.bins[0] as Uint8Array)]).toEqual([2, MISSING_BIN, 0, 2, 1]);
  });

  test("a value that many rows share has a bin alone, the others share the rest evenly", () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i < 800 ? 0 : i));
    const [edges, bins] = [binned(values, 1000, 1, 10)].flatMap((table) => [
      table.edges[0],
      table.bins[0],
    ]) as [Float64Array, Uint8Array];
    expect(edges[0]).toBe(400);
    const counts = new Map<number, number>();
    for (const bin of bins) counts.set(bin, (counts.get(bin) ?? 0) + 1);
    expect(counts.get(0)).toBe(800);
    expect(counts.size).toBeLessThanOrEqual(10);
    expect(Math.max(...[...counts].filter(([bin]) => bin > 0).map(([, n]) => n))).toBe(100);
  });
});
