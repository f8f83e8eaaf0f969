import { describe, expect, test } from "vitest";
import { createRandom } from "../../tensor/random.ts";
import { gradientBins, gradientScratch, orientedGradientsInto } from "./oriented-gradients.ts";

const grey = (side: number, of: (x: number, y: number) => number): Uint8Array =>
  Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return of(pixel % side, Math.floor(pixel / side));
  });
function gradients(rgb: Uint8Array, side: number): Float32Array {
  const out = new Float32Array(gradientBins).fill(9);
  orientedGradientsInto(out, rgb, side, gradientScratch());
  return out;
}
/** Of each of the twelve ways, over all cells. */
const ways = (out: Float32Array): number[] =>
  Array.from({ length: 12 }, (_, way) =>
    out.reduce((sum, one, at) => sum + (at % 12 === way ? one * one : 0), 0),
  );
const product = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, one, at) => sum + one * (b[at] ?? 0), 0);

describe("oriented gradients", () => {
  test("of an even picture are nothing", () => {
    expect(
      gradients(
        grey(16, () => 77),
        16,
      ).every((one) => one === 0),
    ).toBe(true);
  });

  test("point from dark to light: right is way 0, down is 3, left is 6, up is 9", () => {
    const step = (dark: boolean): number => (dark ? 20 : 230);
    const found = [
      gradients(
        grey(64, (x) => step(x < 32)),
        64,
      ),
      gradients(
        grey(64, (_, y) => step(y < 32)),
        64,
      ),
      gradients(
        grey(64, (x) => step(x >= 32)),
        64,
      ),
      gradients(
        grey(64, (_, y) => step(y >= 32)),
        64,
      ),
    ].map((out) => ways(out).map((one) => Math.round(100 * one)));
    expect(found.map((one) => one.indexOf(100))).toEqual([0, 3, 6, 9]);
  });

  test("of a slope of 45 degrees lie between way 1 (30) and way 2 (60), half in each", () => {
    const out = ways(
      gradients(
        grey(64, (x, y) => Math.round(255 * ((x + y) / 126) ** 2)),
        64,
      ),
    );
    // Square roots make the square a plane, but for levels that are whole numbers.
    expect(out[1]).toBeCloseTo(0.5, 1);
    expect(out[2]).toBeCloseTo(0.5, 1);
  });

  test("stand where the edge stands", () => {
    // An edge at 3/4 of the height lies between the third and fourth row of cells.
    const out = gradients(
      grey(64, (_, y) => (y < 48 ? 0 : 255)),
      64,
    );
    const rows = [0, 1, 2, 3].map((row) =>
      out.subarray(48 * row, 48 * (row + 1)).reduce((sum, one) => sum + one * one, 0),
    );
    expect(rows[0]).toBe(0);
    expect(rows[1]).toBe(0);
    expect(rows[2]).toBeCloseTo(0.5, 1);
    expect(rows[3]).toBeCloseTo(0.5, 1);
  });

  test("of the mirror image are the mirrored ones", () => {
    const random = createRandom(3);
    const blocks = Uint8Array.from({ length: 8 * 8 }, () => 255 * random.uniform());
    const noise = Uint8Array.from(
      { length: 64 * 64 },
      (_, at) => blocks[8 * (at >> 9) + ((at & 63) >> 3)] ?? 0,
    );
    const one = gradients(
      grey(64, (x, y) => noise[64 * y + x] ?? 0),
      64,
    );
    const other = gradients(
      grey(64, (x, y) => noise[64 * y + 63 - x] ?? 0),
      64,
    );
    const mirrored = one.map((_, at) => {
      const [cell, way] = [Math.floor(at / 12), at % 12];
      const beside = 4 * Math.floor(cell / 4) + 3 - (cell % 4);
      return one[12 * beside + ((18 - way) % 12)] ?? 0;
    });
    expect(product(mirrored, other)).toBeCloseTo(1, 4);
    expect(product(one, other)).toBeLessThan(0.98);
  });

  test("do not depend on the strength of the light, and hardly on the size", () => {
    const shape = (side: number, light: number): Uint8Array =>
      grey(side, (x, y) => (Math.hypot(x - side / 2, y - side / 2) < side / 3 ? light : 0));
    const usual = gradients(shape(64, 200), 64);
    expect(product(usual, gradients(shape(64, 60), 64))).toBeGreaterThan(0.999);
    expect(product(usual, gradients(shape(128, 200), 128))).toBeGreaterThan(0.98);
    const square = grey(64, (x, y) =>
      Math.max(Math.abs(x - 32), Math.abs(y - 32)) < 20 ? 200 : 0,
    );
    expect(product(usual, gradients(square, 64))).toBeLessThan(0.95);
  });

  test("of tiny pictures are finite, of length 1 or 0", () => {
    expect(
      gradients(
        grey(1, () => 200),
        1,
      ).every((one) => one === 0),
    ).toBe(true);
    const two = gradients(
      grey(2, (x) => 255 * x),
      2,
    );
    expect(product(two, two)).toBeCloseTo(1, 5);
    expect(() => gradients(new Uint8Array(12), 3)).toThrow("a square of pixels");
  });
});
