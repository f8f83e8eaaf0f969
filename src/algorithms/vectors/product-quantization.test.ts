import { afterAll, describe, expect, test } from "vitest";
import { openMatmul } from "../../tensor/matmul.ts";
import { createRandom } from "../../tensor/random.ts";
import {
  codeScratch,
  decodeRowInto,
  fitProductCodes,
  type ProductCodes,
  scoreCodesInto,
} from "./product-quantization.ts";

const matmul = openMatmul({ threads: 1 });
afterAll(() => matmul.close());

const drawn = (length: number): Float32Array => {
  const random = createRandom(5);
  return Float32Array.from({ length }, () => random.normal());
};
const coded = (
  values: Float32Array,
  [rows, width, parts]: readonly [number, number, number],
  seed = 1,
) =>
  fitProductCodes(
    values,
    { rows, width, parts, rounds: 12, sampleMost: 100_000 },
    createRandom(seed),
    matmul,
  );

function decoded(codes: ProductCodes): Float32Array {
  const out = new Float32Array(codes.rows * codes.width);
  for (let row = 0; row < codes.rows; row++) decodeRowInto(codes, row, out, row * codes.width);
  return out;
}

function relativeError(values: Float32Array, codes: ProductCodes): number {
  const kept = decoded(codes);
  const gap = values.reduce((sum, value, at) => sum + (value - kept[at]) ** 2, 0);
  return Math.sqrt(gap / values.reduce((sum, value) => sum + value ** 2, 0));
}

describe("rows as codes", () => {
  test("of no more different parts than there are centres are kept as they are", async () => {
    // Two corners on the left, two on the right: four rows of two parts.
    const corners = [1, 2, 10, 20, 1, 2, 30, 40, 5, 6, 10, 20, 5, 6, 30, 40];
    const values = Float32Array.from([...corners, ...corners]);
    const codes = await coded(values, [8, 4, 2]);
    expect([...decoded(codes)]).toEqual([...values]);
    expect(codes.codes.length).toBe(8 * 2);
  });

  test("a row far from all others is a centre of its own", async () => {
    const values = new Float32Array(400 * 2).map((_, at) => (at % 2 === 0 ? at % 7 : at % 5));
    values.set([900, -900], 2 * 333);
    const codes = await coded(values, [400, 2, 1]);
    expect([...decoded(codes).subarray(666, 668)]).toEqual([900, -900]);
  });

  test("more parts lose less, and more rounds do", async () => {
    const values = drawn(1_500 * 16);
    const errors: number[] = [];
    for (const parts of [2, 4, 8]) {
      errors.push(relativeError(values, await coded(values, [1_500, 16, parts])));
    }
    expect(errors[0]).toBeGreaterThan(errors[1]);
    expect(errors[1]).toBeGreaterThan(errors[2]);
    // 256 centres on two normal numbers: Zador's bound for the plane is about 2.2 / 256 of their variance.
    expect(errors[2]).toBeLessThan(0.12);
    const how = { rows: 1_500, width: 16, parts: 8, sampleMost: 2_000 };
    const first = await fitProductCodes(values, { ...how, rounds: 0 }, createRandom(1), matmul);
    expect(relativeError(values, first)).toBeGreaterThan(1.05 * errors[2]);
  });

  test("score as what they say does", async () => {
    const values = drawn(300 * 12);
    const codes = await coded(values, [300, 12, 3]);
    const kept = decoded(codes);
    const state = drawn(400 * 12).subarray(4_000, 4_012);
    const out = new Float32Array(300);
    scoreCodesInto(codes, state, codeScratch(codes), out);
    for (let row = 0; row < 300; row++) {
      let sum = 0;
      for (let i = 0; i < 12; i++) sum += kept[row * 12 + i] * state[i];
      // Sums of twelve in single precision.
      expect(Math.abs(out[row] - sum)).toBeLessThan(1e-5);
    }
  });

  test("are the same by the same seed, and others by another", async () => {
    const values = drawn(600 * 4);
    const first = await coded(values, [600, 4, 2]);
    expect(await coded(values, [600, 4, 2])).toEqual(first);
    expect(await coded(values, [600, 4, 2], 2)).not.toEqual(first);
  });

  test("of a sample are found for all rows", async () => {
    const values = drawn(3_000 * 4);
    const how = { rows: 3_000, width: 4, parts: 2, rounds: 8 };
    const sampled = await fitProductCodes(
      values,
      { ...how, sampleMost: 600 },
      createRandom(1),
      matmul,
    );
    expect(new Set(sampled.codes.subarray(5_000)).size).toBeGreaterThan(200);
    expect(relativeError(values, sampled)).toBeLessThan(0.2);
  });

  test("refuse what is no table", async () => {
    await expect(coded(drawn(7), [2, 4, 2])).rejects.toThrow("fill a table");
    await expect(coded(drawn(8), [2, 4, 3])).rejects.toThrow("3 parts divide a width of 4");
    await expect(coded(Float32Array.of(1, Number.NaN), [1, 2, 1])).rejects.toThrow("finite");
  });
});
