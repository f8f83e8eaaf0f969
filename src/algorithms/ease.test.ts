import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../tensor/matmul.ts";
import { createRandom } from "../tensor/random.ts";
import { invertPlain } from "../tensor/spd.ts";
import { entryOf } from "./csr.ts";
import { fitEase } from "./ease.ts";
import { addNeighboursInto, evenAttention, explainNeighbours } from "./neighbours.ts";
import { historyFrom, sequencesOf } from "./sequences.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const random = createRandom(21).split("rows");
const vocabulary = 140;
const lists = Array.from({ length: 400 }, () => {
  const start = random.int(vocabulary);
  return Array.from({ length: 6 }, () => (start + random.int(12)) % vocabulary);
});
const rows = sequencesOf(lists, vocabulary);

/** X'X by its definition. @shape [vocabulary, vocabulary] */
function gramOf(rowLists: readonly (readonly number[])[]): Float32Array {
  const gram = new Float32Array(vocabulary * vocabulary);
  for (const list of rowLists) {
    for (const a of list) for (const b of list) gram[a * vocabulary + b]++;
  }
  return gram;
}

describe("EASE", () => {
  test("two tokens by hand", async () => {
    // G = [[2, 1], [1, 1]], l = 1: P = [[2, -1], [-1, 3]] / 5, B_01 = 1/3, B_10 = 1/2.
    const params = { regularisation: 1, keep: 2, attention: evenAttention };
    const { weights } = await fitEase(sequencesOf([[0, 1], [0]], 2), params, matmul);
    expect(entryOf(weights, 0, 1)).toBeCloseTo(1 / 3, 6);
    expect(entryOf(weights, 1, 0)).toBeCloseTo(1 / 2, 6);
    expect(entryOf(weights, 0, 0)).toBe(0);
  });

  test("equals the closed form in float64, and each column solves its ridge regression", async () => {
    const params = { regularisation: 5, keep: vocabulary, attention: evenAttention };
    const { weights } = await fitEase(rows, params, matmul);
    const gram = gramOf(lists);
    const inverse = gram.slice();
    for (let i = 0; i < vocabulary; i++) inverse[i * vocabulary + i] += 5;
    invertPlain(inverse, vocabulary);
    const errors = Array.from(gram, (_, at) => {
      const i = Math.floor(at / vocabulary);
      const j = at % vocabulary;
      const expected = i === j ? 0 : -inverse[at] / inverse[j * vocabulary + j];
      return Math.abs(entryOf(weights, i, j) - expected);
    });
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(2e-5);
    // Stationary: (G B - G)_ij + l B_ij = 0 off the diagonal, for target 3 and any i but 3.
    for (const i of [0, 1, 2, 50]) {
      let slope = 5 * entryOf(weights, i, 3) - gram[i * vocabulary + 3];
      for (let k = 0; k < vocabulary; k++) {
        slope += gram[i * vocabulary + k] * entryOf(weights, k, 3);
      }
      expect(Math.abs(slope)).toBeLessThan(1e-3);
    }
  });

  test("keeps the largest weights by size, best first", async () => {
    const full = await fitEase(
      rows,
      { regularisation: 5, keep: vocabulary, attention: evenAttention },
      matmul,
    );
    const cut = await fitEase(
      rows,
      { regularisation: 5, keep: 4, attention: evenAttention },
      matmul,
    );
    for (const token of [0, 77, 139]) {
      const from = full.weights.offsets[token];
      const row = full.weights.values.subarray(from, full.weights.offsets[token + 1]);
      const largest = [...row].sort((a, b) => Math.abs(b) - Math.abs(a)).slice(0, 4);
      expect([...cut.weights.values.subarray(token * 4, token * 4 + 4)]).toEqual(largest);
    }
  });

  test("the parts of an explanation sum to the score; same bytes twice", async () => {
    const attention = { places: 5, power: 1, halfLifeMs: Number.POSITIVE_INFINITY };
    const model = await fitEase(rows, { regularisation: 5, keep: 20, attention }, matmul);
    const history = historyFrom([1, 5, 9, 4, 4, 130], 9);
    const out = new Float32Array(vocabulary);
    addNeighboursInto(model.weights, model.attention, history, out);
    for (let token = 0; token < vocabulary; token++) {
      const parts = explainNeighbours(model.weights, model.attention, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 6);
    }
    expect(await fitEase(rows, { regularisation: 5, keep: 20, attention }, matmul)).toEqual(model);
  });
});
