import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { entryOf } from "./csr.ts";
import { fitItemKnn, type ItemKnnParams, setPairing } from "./item-knn.ts";
import { addNeighboursInto, evenAttention, explainNeighbours } from "./neighbours.ts";
import { historyFrom, sequencesOf } from "./sequences.ts";

const plain: ItemKnnParams = {
  weighting: "cosine",
  pairing: setPairing,
  asymmetry: 0.5,
  shrink: 0,
  keep: 10,
  attention: evenAttention,
};
const rows = sequencesOf(
  [
    [0, 1, 2],
    [1, 0],
    [0, 3],
  ],
  4,
);
const entry = (params: ItemKnnParams, from: number, to: number) =>
  entryOf(fitItemKnn(rows, params).neighbours, from, to);

describe("item-kNN", () => {
  test("cosine by hand", () => {
    // 0 is in 3 rows, 1 in 2, both in 2: 2 / sqrt 6. 0 and 3: 1 / sqrt 3. 1 and 3 never meet.
    expect(entry(plain, 0, 1)).toBeCloseTo(2 / Math.sqrt(6), 6);
    expect(entry(plain, 1, 0)).toBeCloseTo(2 / Math.sqrt(6), 6);
    expect(entry(plain, 0, 3)).toBeCloseTo(1 / Math.sqrt(3), 6);
    expect(entry(plain, 1, 3)).toBe(0);
    expect(entry(plain, 0, 0)).toBe(0);
  });

  test("repeats in a row count as their sum, as in the matrix", () => {
    const repeated = sequencesOf([[0, 1, 0], [0]], 2);
    // Entries: row 0 has 0 twice and 1 once, row 1 has 0 once: 2 / (sqrt 5 * 1).
    const model = fitItemKnn(repeated, plain);
    expect(entryOf(model.neighbours, 0, 1)).toBeCloseTo(2 / Math.sqrt(5), 6);
  });

  test("asymmetry 1 divides by the token that asks alone; shrink adds below the fraction", () => {
    expect(entry({ ...plain, asymmetry: 1 }, 0, 1)).toBeCloseTo(2 / 3, 6);
    expect(entry({ ...plain, asymmetry: 1 }, 1, 0)).toBeCloseTo(1, 6);
    expect(entry({ ...plain, asymmetry: 1, shrink: 1 }, 0, 1)).toBeCloseTo(2 / 4, 6);
  });

  test("a forward pairing knows the order and the gap", () => {
    const pairing = { window: 2, gapPower: 1, forward: 1, backward: 0 };
    const params = { ...plain, pairing, asymmetry: 1 };
    // 0 before 1 once at gap 1, before 2 once at gap 2, before 3 once; 1 before 0 once.
    expect(entry(params, 0, 1)).toBeCloseTo(1 / 3, 6);
    expect(entry(params, 0, 2)).toBeCloseTo(1 / 2 / 3, 6);
    expect(entry(params, 1, 0)).toBeCloseTo(1 / 2, 6);
    expect(entry(params, 2, 0)).toBe(0);
    const narrow = { ...params, pairing: { ...pairing, window: 1 } };
    expect(entry(narrow, 0, 2)).toBe(0);
    const both = { ...params, pairing: { ...pairing, backward: 0.5 } };
    // 0 and 1: forward in row 0 (1), backward in row 1 (1/2).
    expect(entry(both, 0, 1)).toBeCloseTo(1.5 / 3, 6);
  });

  test("tf-idf lets a long row speak less than a short one", () => {
    const log = sequencesOf([[0, 1], [0, 2, 3, 4, 5], [6], [7]], 8);
    const model = fitItemKnn(log, { ...plain, weighting: "tfidf", asymmetry: 1 });
    // Rarity of the rows: ln(8/3) and ln(8/6); norm of token 0: the sum of both squares.
    const short = Math.log(8 / 3) ** 2;
    const long = Math.log(8 / 6) ** 2;
    expect(entryOf(model.neighbours, 0, 1)).toBeCloseTo(short / (short + long), 5);
    expect(entryOf(model.neighbours, 0, 2)).toBeCloseTo(long / (short + long), 5);
  });

  test("BM25 by hand", () => {
    const log = sequencesOf([[0, 1], [0, 2], [3]], 4);
    const model = fitItemKnn(log, { ...plain, weighting: "bm25" });
    // Mean length 5/4; token 0 has 2, token 1 has 1; rarity of both rows ln(4/3).
    const value = (length: number) => 2.2 / (1.2 * (0.25 + (0.75 * length) / 1.25) + 1);
    const expected = value(2) * value(1) * Math.log(4 / 3) ** 2;
    expect(entryOf(model.neighbours, 0, 1)).toBeCloseTo(expected, 6);
  });

  test("only the best are kept, best first, and the full table agrees with the definition", () => {
    const random = createRandom(4).split("rows");
    const lists = Array.from({ length: 60 }, () =>
      Array.from({ length: 1 + random.int(8) }, () => random.int(20)),
    );
    const log = sequencesOf(lists, 20);
    const full = fitItemKnn(log, { ...plain, keep: 20 }).neighbours;
    const cut = fitItemKnn(log, { ...plain, keep: 3 }).neighbours;
    const counts = lists.map((list) =>
      Array.from({ length: 20 }, (_, token) => list.filter((x) => x === token).length),
    );
    const dot = (a: number, b: number) => counts.reduce((sum, row) => sum + row[a] * row[b], 0);
    for (let a = 0; a < 20; a++) {
      for (let b = 0; b < 20; b++) {
        const cosine = a === b ? 0 : dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
        expect(entryOf(full, a, b)).toBeCloseTo(cosine, 5);
      }
      const kept = cut.values.subarray(cut.offsets[a], cut.offsets[a + 1]);
      expect([...kept]).toEqual([...full.values.subarray(full.offsets[a], full.offsets[a] + 3)]);
    }
  });

  test("the parts of an explanation sum to the score", () => {
    const attention = { places: 3, power: 1, halfLifeMs: 7 };
    const model = fitItemKnn(rows, { ...plain, attention });
    const history = historyFrom([3, 2, 0, 1], 50);
    const out = new Float32Array(4);
    addNeighboursInto(model.neighbours, attention, history, out);
    for (let token = 0; token < 4; token++) {
      const parts = explainNeighbours(model.neighbours, attention, history, token);
      expect(parts.reduce((a, b) => a + b)).toBeCloseTo(out[token], 6);
    }
  });

  test("no rows, one row of one token, equal rows: zeros, never NaN", () => {
    for (const lists of [[], [[0]], [[0, 0, 0]]]) {
      for (const weighting of ["cosine", "tfidf", "bm25"] as const) {
        const model = fitItemKnn(sequencesOf(lists, 2), { ...plain, weighting });
        const out = new Float32Array(2);
        addNeighboursInto(model.neighbours, model.attention, historyFrom([0], 0), out);
        expect([...out]).toEqual([0, 0]);
      }
    }
  });
});
