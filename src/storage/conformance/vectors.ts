import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hit, Vectors } from "../vectors.ts";
import type { Open, Opened } from "./opened.ts";

/** A fixed sequence of numbers in (-1, 1): a linear congruence (Numerical Recipes, ranqd1). */
function numbers(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const names = (n: number): string[] => Array.from({ length: n }, (_, index) => `i${index}`);

function bruteForce(
  ids: readonly string[],
  matrix: Float32Array,
  query: Float32Array,
  k: number,
  mask?: Uint8Array,
): Hit[] {
  const hits = ids.map((id, row) => {
    let score = 0;
    for (const [i, value] of query.entries()) score += value * matrix[row * query.length + i];
    return { id, score, row };
  });
  return hits
    .filter(({ row }) => mask === undefined || mask[row] === 1)
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, k)
    .map(({ id, score }) => ({ id, score }));
}

/** What every vector table does; `rounding` is the largest error of a score that is allowed. */
export function vectorsConformance(engine: string, open: Open<Vectors>, rounding: number): void {
  describe(`vectors on ${engine}`, () => {
    let opened: Opened<Vectors>;
    let vectors: Vectors;
    beforeEach(async () => {
      opened = await open();
      vectors = opened.port;
    });
    afterEach(async () => await opened.close());

    test("a hand-worked case", async () => {
      // query (1, 2): rows (3, 0) → 3, (0, 2) → 4, (-1, -1) → -3, (1, 1) → 3
      const matrix = Float32Array.of(3, 0, 0, 2, -1, -1, 1, 1);
      await vectors.load("t", ["a", "b", "c", "d"], matrix, 2);
      expect(await vectors.search("t", Float32Array.of(1, 2), 3)).toEqual([
        { id: "b", score: 4 },
        { id: "a", score: 3 },
        { id: "d", score: 3 },
      ]);
    });

    test("nothing to find, nothing found", async () => {
      expect(await vectors.search("none", Float32Array.of(1), 3)).toEqual([]);
      expect(await vectors.size("none")).toBe(0);
      await vectors.load("t", [], new Float32Array(0), 3);
      expect(await vectors.search("t", new Float32Array(3), 5)).toEqual([]);
      await vectors.load("t", ["a"], Float32Array.of(1), 1);
      expect(await vectors.search("t", Float32Array.of(1), 0)).toEqual([]);
      expect(await vectors.search("t", Float32Array.of(1), 5, Uint8Array.of(0))).toEqual([]);
    });

    test.each([
      [1, 1, 1],
      [7, 3, 10],
      [500, 5, 10],
      [1000, 33, 1],
      [2000, 64, 2000],
    ])("%i rows of %i, best %i: the same as sorting every product", async (n, width, k) => {
      const matrix = numbers(n * width, 1);
      const query = numbers(width, 2);
      const mask = Uint8Array.from({ length: n }, (_, row) => (row % 3 === 0 ? 1 : 0));
      await vectors.load("t", names(n), matrix, width);
      for (const allowed of [undefined, mask]) {
        const found = await vectors.search("t", query, k, allowed);
        const wanted = bruteForce(names(n), matrix, query, k, allowed);
        expect(found.map((hit) => hit.id)).toEqual(wanted.map((hit) => hit.id));
        const errors = found.map((hit, index) => Math.abs(hit.score - wanted[index].score));
        expect(Math.max(...errors)).toBeLessThanOrEqual(rounding);
      }
    });

    test("ties go to the earlier row", async () => {
      await vectors.load("t", names(100), new Float32Array(100).fill(1), 1);
      const found = await vectors.search("t", Float32Array.of(2), 4);
      expect(found.map((hit) => hit.id)).toEqual(["i0", "i1", "i2", "i3"]);
    });

    test("loading replaces the table and keeps no hold of what was given", async () => {
      const matrix = Float32Array.of(1, 2);
      await vectors.load("t", ["a", "b"], matrix, 1);
      matrix.fill(9);
      expect(await vectors.search("t", Float32Array.of(1), 1)).toEqual([{ id: "b", score: 2 }]);
      await vectors.load("t", ["c"], Float32Array.of(5, 5), 2);
      expect(await vectors.size("t")).toBe(1);
      expect(await vectors.search("t", Float32Array.of(1, 1), 9)).toEqual([{ id: "c", score: 10 }]);
      await vectors.drop("t");
      expect(await vectors.size("t")).toBe(0);
    });

    test("a search that began before a load sees the old table whole", async () => {
      const n = 200_000;
      await vectors.load("t", names(n), new Float32Array(n * 32).fill(1), 32);
      const running = vectors.search("t", new Float32Array(32).fill(1), 2);
      await vectors.load("t", ["new"], new Float32Array(32), 32);
      expect((await running).map((hit) => hit.id)).toEqual(["i0", "i1"]);
    });

    test("what is not finite or not rectangular is refused", async () => {
      await expect(vectors.load("t", ["a"], Float32Array.of(Number.NaN), 1)).rejects.toThrow();
      await expect(vectors.load("t", ["a"], Float32Array.of(1, 2), 1)).rejects.toThrow();
      await vectors.load("t", ["a"], Float32Array.of(1), 1);
      await expect(vectors.search("t", Float32Array.of(1, 2), 1)).rejects.toThrow();
    });
  });
}
