import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../../tensor/matmul.ts";
import { createRandom } from "../../tensor/random.ts";
import { gatherCentres, nearestCentres } from "./k-means.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const drawn = (length: number): Float32Array => {
  const random = createRandom(5);
  return Float32Array.from({ length }, () => random.normal());
};

describe("centres of points", () => {
  test("are the means of what is nearest to them, by hand", async () => {
    // On a line: 0 and 1 begin as centres. Round 1: {0} and {1, 9, 11}, means 0 and 7.
    // Round 2: {0, 1} and {9, 11}, means 0.5 and 10, which is where it stays.
    const line = Float32Array.of(0, 1, 9, 11);
    const rounds = (count: number) => gatherCentres(line, 2, { width: 1, rounds: count }, matmul);
    expect([...(await rounds(1))]).toEqual([0, 7]);
    expect([...(await rounds(2))]).toEqual([0.5, 10]);
    expect([...(await rounds(5))]).toEqual([0.5, 10]);
    const { places, distances } = await nearestCentres(line, await rounds(2), 1, matmul);
    expect([...places]).toEqual([0, 0, 1, 1]);
    expect([...distances]).toEqual([0.25, 0.25, 1, 1]);
  });

  test("without points go to the point that is worst off", async () => {
    // Two equal centres: the second never is the nearest, as of equals the first is.
    const line = Float32Array.of(3, 3, 4, 50);
    expect([...(await gatherCentres(line, 2, { width: 1, rounds: 1 }, matmul))]).toEqual([15, 50]);
    const settled = await gatherCentres(line, 2, { width: 1, rounds: 3 }, matmul);
    expect(settled[0]).toBeCloseTo(10 / 3, 5);
    expect(settled[1]).toBe(50);
  });

  test("nearest of many points are those found one by one", async () => {
    const [points, centres] = [drawn(3_000 * 6), drawn(20_000).subarray(18_500, 18_500 + 40 * 6)];
    const { places, distances } = await nearestCentres(points, centres, 6, matmul);
    for (let point = 0; point < 3_000; point++) {
      const gaps = Array.from({ length: 40 }, (_, centre) => {
        let sum = 0;
        for (let i = 0; i < 6; i++) sum += (points[point * 6 + i] - centres[centre * 6 + i]) ** 2;
        return sum;
      });
      // Sums of six in single precision, of values up to some 30.
      expect(gaps[places[point]]).toBeLessThan(Math.min(...gaps) + 1e-4);
      expect(Math.abs(distances[point] - gaps[places[point]])).toBeLessThan(1e-4);
    }
  });

  test("of fewer points than centres are refused", async () => {
    const many = gatherCentres(Float32Array.of(1, 2), 3, { width: 1, rounds: 1 }, matmul);
    await expect(many).rejects.toThrow("as many points as centres");
  });
});
