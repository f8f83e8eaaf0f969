import { assert } from "../../assert.ts";

/**
 * Reals of 16 bits and back. Idea: rounding to nearest, ties to even, is an addition to the bits
 * of the wider number: half of the lowest bit that stays, less one if that bit is even. What is
 * carried over moves the exponent as it should, up to infinity.
 * Sources: IEEE 754-2008 (float16); the truncated float32 known as bfloat16.
 * A NaN keeps its sign and the upper bits of its payload. Left out: other ways to round, float8.
 */

/**
 * Rounds to float16: 11 bits of precision, 6e-8 to 65,504, subnormals kept. O(n).
 * @shape out [n], values [n]
 */
export function toFloat16Into(out: Uint16Array, values: Float32Array): void {
  assert(out.length === values.length, "as many halves as values");
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) out[i] = float16Of(bits[i]);
}

/** Exact. O(n). @shape out [n], halves [n] */
export function fromFloat16Into(out: Float32Array, halves: Uint16Array): void {
  assert(out.length === halves.length, "as many values as halves");
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = bitsOfFloat16(halves[i]);
}

/**
 * Rounds to bfloat16: 8 bits of precision, the range of float32. O(n).
 * @shape out [n], values [n]
 */
export function toBfloat16Into(out: Uint16Array, values: Float32Array): void {
  assert(out.length === values.length, "as many halves as values");
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i];
    const upper = x >>> 16;
    const unordered = (x & 0x7fffffff) > 0x7f800000;
    // A NaN whose payload lies in the lower half alone would become infinity.
    if (unordered) out[i] = (upper & 0x7f) === 0 ? upper | 0x40 : upper;
    else out[i] = (x + 0x7fff + (upper & 1)) >>> 16;
  }
}

/** Exact. O(n). @shape out [n], halves [n] */
export function fromBfloat16Into(out: Float32Array, halves: Uint16Array): void {
  assert(out.length === halves.length, "as many values as halves");
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i] << 16;
}

const INFINITE = 0x7f800000;
const OVERFLOW = 0x47800000; // 2^16
const SMALLEST_NORMAL = 0x38800000; // 2^-14
const BIAS_DIFFERENCE = 0x38000000; // of the exponents: 127 - 15

function float16Of(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const size = x & 0x7fffffff;
  if (size > INFINITE) {
    const payload = (size >>> 13) & 0x3ff;
    return sign | 0x7c00 | (payload === 0 ? 0x200 : payload);
  }
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size >= SMALLEST_NORMAL) {
    return sign | ((size - BIAS_DIFFERENCE + 0xfff + ((size >>> 13) & 1)) >>> 13);
  }
  // The unit of subnormals is 2^-24; below half of it all is zero.
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const mantissa = (size & 0x7fffff) | 0x800000;
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift);
}

function bitsOfFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return sign | INFINITE | (mantissa << 13);
  if (exponent > 0) return sign | (((exponent + 112) << 23) | (mantissa << 13));
  if (mantissa === 0) return sign;
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}
