import { describe, expect, test } from "vitest";
import { colourBins, colourHistogramInto } from "./colour-histogram.ts";

/** A square of one colour, or of two side by side. */
function picture(side: number, left: readonly number[], right = left): Uint8Array {
  const rgb = new Uint8Array(side * side * 3);
  for (let at = 0; at < rgb.length; at++) {
    const x = Math.floor(at / 3) % side;
    rgb[at] = (x < side / 2 ? left : right)[at % 3] ?? 0;
  }
  return rgb;
}
function histogram(rgb: Uint8Array, side: number): Float32Array {
  const out = new Float32Array(colourBins).fill(9);
  colourHistogramInto(out, rgb, side);
  return out;
}
const product = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, one, at) => sum + one * (b[at] ?? 0), 0);
/** Of lightness l, red i and yellow j. */
const bin = (l: number, i: number, j: number): number => (l * 7 + i) * 7 + j;

describe("a histogram of colours", () => {
  test("of black has one bin, of white another, both without a tint", () => {
    const black = histogram(picture(4, [0, 0, 0]), 4);
    expect(black[bin(0, 3, 3)]).toBeCloseTo(1, 5);
    // White is L* = 100; what is left of a tint comes from the four digits of the matrix of sRGB.
    const white = histogram(picture(4, [255, 255, 255]), 4);
    expect((white[bin(4, 3, 3)] ?? 0) ** 2).toBeGreaterThan(0.98);
  });

  test("of middle grey is shared by the lightnesses around it", () => {
    // sRGB 119 is L* = 50.03: bin 2 of 0..4, nearly all of it.
    const grey = histogram(picture(4, [119, 119, 119]), 4);
    expect((grey[bin(2, 3, 3)] ?? 0) ** 2).toBeGreaterThan(0.98);
    // sRGB 90 is L* = 38.2: 1.53 of 0..4.
    const darker = histogram(picture(4, [90, 90, 90]), 4);
    expect((darker[bin(1, 3, 3)] ?? 0) ** 2).toBeCloseTo(0.47, 1);
    expect((darker[bin(2, 3, 3)] ?? 0) ** 2).toBeCloseTo(0.53, 1);
  });

  test("tells red (a* = 80, b* = 67) from green (a* = -86, b* = 83)", () => {
    // Bent: 0.5 + 0.7 80 / 110 = 1.009, the last bin; 0.5 + 0.7 67.2 / 97.2 = 0.984, 5.90 of 0..6.
    const red = histogram(picture(4, [255, 0, 0]), 4);
    const share = (red[bin(2, 6, 6)] ?? 0) ** 2 + (red[bin(3, 6, 6)] ?? 0) ** 2;
    expect(share).toBeGreaterThan(0.88);
    const green = histogram(picture(4, [0, 255, 0]), 4);
    expect(product(red, green)).toBe(0);
    expect(product(red, red)).toBeCloseTo(1, 5);
  });

  test("does not tell a picture from its mirror image, and counts the middle most", () => {
    const one = histogram(picture(8, [255, 0, 0], [0, 0, 255]), 8);
    const mirrored = histogram(picture(8, [0, 0, 255], [255, 0, 0]), 8);
    expect(product(one, mirrored)).toBeCloseTo(1, 5);
    const rim = picture(8, [0, 0, 0]);
    for (let y = 2; y < 6; y++)
      for (let x = 2; x < 6; x++) rim.fill(255, 3 * (8 * y + x), 3 * (8 * y + x) + 3);
    // A quarter of the pixels; of the bell, erf(1 / sqrt 2)^2 / erf(sqrt 2)^2 = 0.51.
    expect((histogram(rim, 8)[bin(4, 3, 3)] ?? 0) ** 2).toBeCloseTo(0.51, 1);
  });

  test("of one pixel is that of its colour, and of no square is refused", () => {
    const [one, many] = [1, 5].map((side) => histogram(picture(side, [30, 60, 90]), side));
    // Sums of 25 in single precision.
    one?.forEach((share, at) => {
      expect(share).toBeCloseTo(many?.[at] ?? 0, 5);
    });
    expect(() => histogram(new Uint8Array(7), 2)).toThrow("a square of pixels");
  });
});
