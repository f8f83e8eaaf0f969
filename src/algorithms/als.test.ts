import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import {
  type AlsModel,
  type AlsParams,
  createAlsScratch,
  explainAls,
  fitAls,
  scoreAlsInto,
} from "./als.ts";
import { rowsByTokens } from "./csr.ts";
import { evenAttention } from "./neighbours.ts";
import { historyFrom, historyOf, sequencesOf } from "./sequences.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const params: AlsParams = {
  factors: 8,
  iterations: 10,
  unobserved: 0.1,
  regularisation: 0.02,
  frequencyPower: 1,
  steps: 3,
  attention: evenAttention,
};
/** Two groups that never share a token: 0..9 and 10..19. */
const random = createRandom(31).split("groups");
const lists = Array.from({ length: 80 }, (_, row) =>
  Array.from({ length: 5 }, () => (row % 2) * 10 + random.int(10)),
);
const rows = sequencesOf(lists, 20);
const factorise = (more: Partial<AlsParams> = {}) =>
  fitAls(rows, { ...params, ...more }, createRandom(1), matmul);

/** The vector of a history by elimination in float64: (G + penalty + sum h h') w = sum h. */
function exactScores(model: AlsModel, tokens: readonly number[]): Float64Array {
  const f = model.params.factors;
  const vector = (token: number) => model.tokens.subarray(token * f, (token + 1) * f);
  const penalty =
    params.regularisation * (tokens.length + params.unobserved * model.vocabulary) ** 1;
  const system = Array.from({ length: f }, (_, i) =>
    Array.from({ length: f + 1 }, (_, j) => {
      if (j === f) return tokens.reduce((sum, t) => sum + vector(t)[i], 0);
      const seen = tokens.reduce((sum, t) => sum + vector(t)[i] * vector(t)[j], 0);
      let all = 0;
      for (let t = 0; t < model.vocabulary; t++) all += vector(t)[i] * vector(t)[j];
      return seen + params.unobserved * all + (i === j ? penalty : 0);
    }),
  );
  const solution = eliminate(system);
  return Float64Array.from({ length: model.vocabulary }, (_, t) =>
    vector(t).reduce((sum, x, i) => sum + x * solution[i], 0),
  );
}

function eliminate(system: number[][]): number[] {
  const f = system.length;
  for (let k = 0; k < f; k++) {
    for (let i = 0; i < f; i++) {
      if (i === k) continue;
      const factor = system[i][k] / system[k][k];
      system[i] = system[i].map((x, j) => x - factor * system[k][j]);
    }
  }
  return system.map((row, i) => row[f] / row[i]);
}

/** What ALS minimises, for the row vectors that are best for the token vectors. */
function loss(model: AlsModel): number {
  let total = 0;
  const scratch = createAlsScratch(model);
  const out = new Float32Array(20);
  const f = params.factors;
  for (let row = 0; row < rows.rows; row++) {
    scoreAlsInto(model, scratch, historyOf(rows, row, 0), out);
    const seen = new Map<number, number>();
    for (const token of lists[row]) seen.set(token, (seen.get(token) ?? 0) + 1);
    for (const [token, weight] of seen) total += weight * (1 - out[token]) ** 2;
    for (const score of out) total += params.unobserved * score * score;
    const norm = scratch.solution.reduce((sum, x) => sum + x * x, 0);
    total += params.regularisation * (5 + params.unobserved * 20) * norm;
  }
  const columns = rowsByTokens(rows).columns;
  for (let token = 0; token < 20; token++) {
    const vector = model.tokens.subarray(token * f, (token + 1) * f);
    const held = columns.filter((column) => column === token).length;
    const norm = vector.reduce((sum, x) => sum + x * x, 0);
    total += params.regularisation * (held + params.unobserved * rows.rows) * norm;
  }
  return total;
}

describe("implicit ALS", () => {
  test("tokens of the own group score high, those of the other near 0", async () => {
    // A firm hand: eight factors are more than two groups need, and would learn the noise.
    const model = await factorise({ regularisation: 0.3 });
    const out = new Float32Array(20);
    scoreAlsInto(model, createAlsScratch(model), historyFrom([0, 3, 5, 7], 9), out);
    const own = out.subarray(0, 10);
    expect(Math.min(...own)).toBeGreaterThan(0.3);
    expect(Math.max(...out.subarray(10).map(Math.abs))).toBeLessThan(0.1);
  });

  test("folding a history in solves its equations", async () => {
    const model = await factorise({ iterations: 3 });
    const out = new Float32Array(20);
    scoreAlsInto(model, createAlsScratch(model), historyFrom([2, 4, 11], 9), out);
    const expected = exactScores(model, [2, 4, 11]);
    const errors = expected.map((value, token) => Math.abs(value - out[token]));
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  });

  test("each iteration lowers the loss, and conjugate steps reach what exact solves reach", async () => {
    const losses = [];
    for (const iterations of [1, 2, 4, 12]) losses.push(loss(await factorise({ iterations })));
    expect([...losses].sort((a, b) => b - a)).toEqual(losses);
    const exact = loss(await factorise({ iterations: 12, steps: 12 }));
    expect(losses[3] / exact).toBeLessThan(1.01);
  });

  test("the parts of an explanation sum to the score", async () => {
    const attention = { places: 3, power: 0.5, halfLifeMs: 4 };
    const model = await factorise({ attention });
    const scratch = createAlsScratch(model);
    const history = historyFrom([0, 14, 2, 2], 10);
    const out = new Float32Array(20);
    scoreAlsInto(model, scratch, history, out);
    for (let token = 0; token < 20; token++) {
      const parts = explainAls(model, scratch, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 4);
    }
  });

  test("a seed gives the same bytes; nothing to learn from gives zeros", async () => {
    expect(await factorise()).toEqual(await factorise());
    const empty = await fitAls(sequencesOf([], 3), params, createRandom(1), matmul);
    const out = new Float32Array(3).fill(7);
    scoreAlsInto(empty, createAlsScratch(empty), historyFrom([], 0), out);
    expect([...out]).toEqual([0, 0, 0]);
  });
});
