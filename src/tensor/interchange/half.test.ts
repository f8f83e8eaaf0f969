import { describe, expect, test } from "vitest";
import { createRandom } from "../random.ts";
import { fromBfloat16Into, fromFloat16Into, toBfloat16Into, toFloat16Into } from "./half.ts";

const float16 = (...values: readonly number[]): string[] => written(toFloat16Into, values);
const bfloat16 = (...values: readonly number[]): string[] => written(toBfloat16Into, values);
function written(into: typeof toFloat16Into, values: readonly number[]): string[] {
  const out = new Uint16Array(values.length);
  into(out, Float32Array.from(values));
  return [...out].map((bits) => bits.toString(16).padStart(4, "0"));
}
function read(into: typeof fromFloat16Into, halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  into(out, halves);
  return out;
}
const everyHalf = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

/** The value of a pattern of float16. */
function definition(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const share = (bits & 0x3ff) / 1024;
  const size = exponent === 0 ? share * 2 ** -14 : (1 + share) * 2 ** (exponent - 15);
  const special = share === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  return (exponent === 31 ? special : size) * (bits < 0x8000 ? 1 : -1);
}

describe("float16", () => {
  test("known values", () => {
    expect(float16(0, -0, 1, -2, 65504, 1 / 3, 0.1)).toEqual([
      "0000",
      "8000",
      "3c00",
      "c000",
      "7bff",
      "3555",
      "2e66",
    ]);
    expect(float16(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN)).toEqual([
      "7c00",
      "fc00",
      "7e00",
    ]);
  });

  test("the smallest values, and ties to even everywhere", () => {
    expect(float16(2 ** -14, 2 ** -14 - 2 ** -24, 2 ** -24)).toEqual(["0400", "03ff", "0001"]);
    // Half of the smallest is a tie with zero, a little more is not.
    expect(float16(2 ** -25, 2 ** -25 * 1.001, 3 * 2 ** -25, 2 ** -26)).toEqual([
      "0000",
      "0001",
      "0002",
      "0000",
    ]);
    // The spacing at 2048 is 2: 2049 lies in the middle below even 2048, 2051 below even 2052.
    expect(float16(2049, 2051, 2049.01)).toEqual(["6800", "6802", "6801"]);
    // 65,520 is the middle of the largest value and infinity.
    expect(float16(65519.9, 65520, 1e10, -1e10)).toEqual(["7bff", "7c00", "7c00", "fc00"]);
    expect(float16(2 ** -14 - 2 ** -26)).toEqual(["0400"]);
  });

  test("each of the 65,536 patterns comes back, and is what the definition says", () => {
    const values = read(fromFloat16Into, everyHalf);
    const back = new Uint16Array(65_536);
    toFloat16Into(back, values);
    expect(back).toEqual(everyHalf);
    const wrong = values.filter((value, bits) => !Object.is(value, definition(bits)));
    expect([...wrong]).toEqual([]);
  });

  test("random values go to the nearest", () => {
    const random = createRandom(5);
    const values = Float32Array.from(
      { length: 20_000 },
      () => random.normal() * 2 ** (random.int(44) - 28),
    );
    const halves = new Uint16Array(values.length);
    toFloat16Into(halves, values);
    const near = read(fromFloat16Into, halves);
    const below = read(
      fromFloat16Into,
      halves.map((bits) => bits - 1),
    );
    const above = read(
      fromFloat16Into,
      halves.map((bits) => bits + 1),
    );
    const wrong = values.filter((value, at) => {
      const distance = Math.abs(near[at] - value);
      const inside = Math.abs(value) < 65_504 && (halves[at] & 0x7fff) > 0;
      const beside = Math.min(Math.abs(below[at] - value), Math.abs(above[at] - value));
      return inside && distance > beside;
    });
    expect([...wrong]).toEqual([]);
  });
});

describe("bfloat16", () => {
  test("known values, ties to even, overflow", () => {
    expect(bfloat16(1, -0, 3.140625, 1 / 3)).toEqual(["3f80", "8000", "4049", "3eab"]);
    // The spacing at 256 is 2.
    expect(bfloat16(257, 259, 257.01)).toEqual(["4380", "4382", "4381"]);
    expect(bfloat16(3.4e38, Number.POSITIVE_INFINITY, Number.NaN, 2 ** -133)).toEqual([
      "7f80",
      "7f80",
      "7fc0",
      "0001",
    ]);
    const low = new Float32Array(Uint32Array.of(0xff800001).buffer);
    const out = new Uint16Array(1);
    toBfloat16Into(out, low);
    expect(out[0].toString(16)).toBe("ffc0");
  });

  test("each of the 65,536 patterns comes back", () => {
    const back = new Uint16Array(65_536);
    toBfloat16Into(back, read(fromBfloat16Into, everyHalf));
    expect(back).toEqual(everyHalf);
  });
});
