import { afterAll, describe, expect, test } from "vitest";
import { openMatmul, type ProductForm } from "./matmul.ts";
import { createRandom } from "./random.ts";

const matmul = openMatmul({ threads: 2 });
afterAll(() => matmul.close());

/** The definition, in float64. */
function reference(c: Float32Array, a: Float32Array, b: Float32Array, form: ProductForm) {
  const { m, n, k, transposeA, transposeB, alpha, beta } = form;
  return Float64Array.from({ length: m * n }, (_, at) => {
    const row = Math.floor(at / n);
    const column = at % n;
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const left = a[transposeA ? i * m + row : row * k + i];
      const right = b[transposeB ? column * k + i : i * n + column];
      sum += left * right;
    }
    return alpha * sum + beta * c[at];
  });
}

const random = createRandom(11).split("matrices");
const filled = (length: number) => Float32Array.from({ length }, () => random.normal());

describe("matrix products", () => {
  test("a known product", async () => {
    const c = new Float32Array(4);
    const form = { m: 2, n: 2, k: 2, transposeA: false, transposeB: false } as const;
    const a = Float32Array.of(1, 2, 3, 4);
    const b = Float32Array.of(5, 6, 7, 8);
    await matmul.multiplyInto(c, a, b, { ...form, alpha: 1, beta: 0 });
    expect([...c]).toEqual([19, 22, 43, 50]);
    await matmul.multiplyInto(c, a, b, { ...form, transposeA: true, alpha: 1, beta: 0 });
    expect([...c]).toEqual([26, 30, 38, 44]);
  });

  test("every form agrees with the definition, in the caller's memory, also in part of it", async () => {
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        for (const [alpha, beta] of [
          [1, 0],
          [-1, 1],
        ] as const) {
          const form = { m: 17, n: 33, k: 9, transposeA, transposeB, alpha, beta };
          const memory = filled(5 + 17 * 33);
          const c = memory.subarray(5);
          const a = filled(17 * 9);
          const b = filled(9 * 33);
          const before = memory.slice(0, 5);
          const expected = reference(c, a, b, form);
          await matmul.multiplyInto(c, a, b, form);
          expect(memory.slice(0, 5)).toEqual(before);
          // Nine products of values near 1: float32 keeps six digits.
          const errors = expected.map((value, at) => Math.abs(c[at] - value));
          expect(Math.max(...errors)).toBeLessThan(1e-5);
        }
      }
    }
  });

  test("the same numbers twice, and no matter for rows 0", async () => {
    const form = { m: 40, n: 300, k: 70, transposeA: false, transposeB: false } as const;
    const a = filled(40 * 70);
    const b = filled(70 * 300);
    const first = new Float32Array(40 * 300);
    const second = new Float32Array(40 * 300);
    await matmul.multiplyInto(first, a, b, { ...form, alpha: 1, beta: 0 });
    await matmul.multiplyInto(second, a, b, { ...form, alpha: 1, beta: 0 });
    expect(first).toEqual(second);
    const empty = new Float32Array(0);
    await matmul.multiplyInto(empty, empty, b, { ...form, m: 0, alpha: 1, beta: 0 });
    expect(empty.length).toBe(0);
  });

  test("sizes that do not fit are refused", async () => {
    const form = { m: 2, n: 2, k: 2, transposeA: false, transposeB: false } as const;
    const four = new Float32Array(4);
    await expect(
      matmul.multiplyInto(four, new Float32Array(5), four, { ...form, alpha: 1, beta: 0 }),
    ).rejects.toThrow("a has m k values");
    expect(() => openMatmul({ threads: 0 })).toThrow("threads");
  });
});
