import { assert } from "../assert.ts";

/**
 * The one source of chance. Idea: a small fast generator (xoshiro128**, 128 bits of state, period
 * 2^128 - 1) whose state is filled from a key by a mixing function, and keys that are derived from
 * names: `createRandom(7).split("shoppers")` is the same stream however much was drawn elsewhere,
 * so a new draw in one part never changes another part.
 * Sources: Blackman & Vigna 2021 (xoshiro128**); Steele, Lea & Flood 2014 (splitmix, splitting);
 * Marsaglia & Tsang 2000 (gamma); Hörmann 1993 (Poisson, PTRS); Jöhnk 1964 (beta).
 * Left out: jump functions (names do that job), a ziggurat (the polar method is fast enough).
 * Not for secrets: whoever sees a few draws can compute the rest.
 */
export interface Random {
  /** Uniform on [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform on 0 .. n - 1 without bias. @unit n 1 .. 2^32 */
  int(n: number): number;
  /** Standard normal: mean 0, variance 1. */
  normal(): number;
  /** Exponential with mean 1 / rate. @unit rate > 0 */
  exponential(rate: number): number;
  /** Poisson count. @unit mean >= 0, at most 1e9 */
  poisson(mean: number): number;
  /** Gamma with mean shape * scale. @unit shape > 0, scale > 0 */
  gamma(shape: number, scale: number): number;
  /** Beta on [0, 1] with mean a / (a + b). @unit a > 0, b > 0 */
  beta(a: number, b: number): number;
  /** True with probability p. @unit p 0..1 */
  bernoulli(p: number): boolean;
  /** One of the values, each as likely. */
  pick<T>(values: readonly T[]): T;
  /**
   * An index drawn in proportion to the weights whose running sums are given; an index of weight 0
   * is never drawn. O(log n). @shape cumulative [n], not decreasing, last > 0
   */
  weighted(cumulative: Float64Array): number;
  /** Permutes in place, each order as likely (Fisher-Yates). O(n). @shape values [n] */
  shuffle(values: Int32Array): void;
  /** An independent stream that depends on the seed and the names alone, not on draws made. */
  split(name: string): Random;
}

/** The stream of a seed. Different numbers give different streams. @unit seed any finite number */
export function createRandom(seed: number): Random {
  assert(Number.isFinite(seed), "a seed is a finite number");
  const words = new Uint32Array(new Float64Array([seed + 0]).buffer);
  return randomOf(mixKey(words[0], words[1], 0x6a09e667, 0xbb67ae85));
}

/**
 * One step of xoshiro128**: returns 32 bits, advances the state. O(1).
 * @shape state [4], not all zero
 */
export function xoshiro128(state: Uint32Array): number {
  const s1 = state[1];
  const scrambled = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
  state[2] ^= state[0];
  state[3] ^= s1;
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= s1 << 9;
  state[3] = rotate(state[3], 11);
  return scrambled;
}

function randomOf(key: Uint32Array): Random {
  const state = key.slice();
  let spare = Number.NaN;
  const bits = (): number => xoshiro128(state);
  const uniform = (): number => (bits() >>> 5) * 2 ** -27 + (bits() >>> 6) * 2 ** -53;
  const normal = (): number => {
    if (!Number.isNaN(spare)) {
      const kept = spare;
      spare = Number.NaN;
      return kept;
    }
    const pair = polar(uniform);
    spare = pair.second;
    return pair.first;
  };
  const random: Random = {
    uniform,
    int: (n) => below(n, bits),
    normal,
    exponential: (rate) => exponential(rate, uniform),
    poisson: (mean) => poisson(mean, uniform),
    gamma: (shape, scale) => gamma(shape, scale, random),
    beta: (a, b) => beta(a, b, random),
    bernoulli: (p) => uniform() < p,
    pick: (values) => values[below(values.length, bits)],
    weighted: (cumulative) => weighted(cumulative, uniform()),
    shuffle: (values) => shuffle(values, bits),
    split: (name) => randomOf(splitKey(key, name)),
  };
  return random;
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** Murmur3's last step: every bit of x reaches every bit of the result. */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Four words stirred until each depends on all: four rounds, each word fed by its neighbour. */
function mixKey(a: number, b: number, c: number, d: number): Uint32Array {
  const key = new Uint32Array([a, b, c, d]);
  for (let round = 0; round < 16; round++) {
    const at = round & 3;
    key[at] = mix((key[at] ^ rotate(key[(at + 3) & 3], 15)) + Math.imul(round + 1, 0x9e3779b9));
  }
  if (key[0] === 0 && key[1] === 0 && key[2] === 0 && key[3] === 0) key[0] = 1;
  return key;
}

/** The key of a named child: the parent's key absorbs the name, one UTF-16 unit at a time. */
function splitKey(parent: Uint32Array, name: string): Uint32Array {
  let a = parent[0] ^ name.length;
  let b = parent[1];
  let c = parent[2];
  let d = parent[3] ^ 0x243f6a88;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x239b961b) ^ rotate(b, 19);
    b = Math.imul(b ^ unit, 0xab0e9789) ^ rotate(c, 17);
    c = Math.imul(c ^ unit, 0x38b34ae5) ^ rotate(d, 15);
    d = Math.imul(d ^ unit, 0xa1e38b93) ^ rotate(a, 13);
  }
  return mixKey(a, b, c, d);
}

function below(n: number, bits: () => number): number {
  assert(Number.isInteger(n) && n >= 1 && n <= 2 ** 32, "n is a whole number from 1 to 2^32");
  const fair = 2 ** 32 - (2 ** 32 % n);
  let drawn = bits();
  while (drawn >= fair) drawn = bits();
  return drawn % n;
}

function polar(uniform: () => number): { first: number; second: number } {
  let x = 0;
  let y = 0;
  let square = 0;
  do {
    x = 2 * uniform() - 1;
    y = 2 * uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1 || square === 0);
  const factor = Math.sqrt((-2 * Math.log(square)) / square);
  return { first: x * factor, second: y * factor };
}

function exponential(rate: number, uniform: () => number): number {
  assert(rate > 0, "the rate is positive");
  return -Math.log1p(-uniform()) / rate;
}

function poisson(mean: number, uniform: () => number): number {
  assert(mean >= 0 && mean <= 1e9, "the mean is from 0 to 1e9");
  return mean < 10 ? poissonByProduct(mean, uniform) : poissonByRejection(mean, uniform);
}

/** Knuth: count uniforms until their product falls below e^-mean. O(mean). */
function poissonByProduct(mean: number, uniform: () => number): number {
  const floor = Math.exp(-mean);
  let product = uniform();
  let count = 0;
  while (product > floor) {
    product *= uniform();
    count++;
  }
  return count;
}

/** Hörmann's PTRS: transformed rejection with squeeze, O(1) for any mean from 10. */
function poissonByRejection(mean: number, uniform: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const fast = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= fast) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (left <= -mean + count * Math.log(mean) - logFactorial(count)) return count;
  }
}

/** ln k!: exact sums to 9, Stirling's series above (error below 1e-12). */
function logFactorial(k: number): number {
  if (k < 10) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5) - 1 / (1680 * x ** 7);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

function gamma(shape: number, scale: number, random: Random): number {
  assert(shape > 0, "the shape is positive");
  assert(scale > 0, "the scale is positive");
  if (shape >= 1) return gammaFromOne(shape, random) * scale;
  // 1 - u is on (0, 1]: a power of it is never 0 / 0.
  return gammaFromOne(shape + 1, random) * (1 - random.uniform()) ** (1 / shape) * scale;
}

/** Marsaglia & Tsang: a cubed normal, accepted 95 % of the time or more. Needs shape >= 1. */
function gammaFromOne(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.uniform();
    if (Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

function beta(a: number, b: number, random: Random): number {
  assert(a > 0, "a is positive");
  assert(b > 0, "b is positive");
  if (a <= 1 && b <= 1) return betaByJohnk(a, b, random);
  const x = gamma(a, 1, random);
  return x / (x + gamma(b, 1, random));
}

/** Jöhnk, in logarithms, so that tiny a and b do not underflow to 0 / 0. */
function betaByJohnk(a: number, b: number, random: Random): number {
  for (;;) {
    const x = Math.log(1 - random.uniform()) / a;
    const y = Math.log(1 - random.uniform()) / b;
    const top = Math.max(x, y);
    const logSum = top + Math.log(Math.exp(x - top) + Math.exp(y - top));
    if (logSum <= 0) return Math.exp(x - logSum);
  }
}

function weighted(cumulative: Float64Array, uniform: number): number {
  const total = cumulative[cumulative.length - 1];
  assert(total > 0 && total < Number.POSITIVE_INFINITY, "the weights have a positive, finite sum");
  const target = uniform * total;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulative[middle] > target) high = middle;
    else low = middle + 1;
  }
  // Rounding may have lifted the target to the total: step back over weights of 0.
  while (low > 0 && cumulative[low] === cumulative[low - 1]) low--;
  return low;
}

function shuffle(values: Int32Array, bits: () => number): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = below(i + 1, bits);
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
}
