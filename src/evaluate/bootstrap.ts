import { assert } from "../assert.ts";
import { createRandom, type Random } from "../tensor/random.ts";

/**
 * How sure a mean is, and whether two methods differ. Idea: draw the cases again with replacement
 * many times and look at how the means scatter; all series are drawn with the same cases, so
 * differences stay paired. Significance by flipping the signs of the paired differences at random:
 * if the methods were alike, each sign would be a coin. Sources: Efron 1979; Good 2005; Smucker,
 * Allan & Carterette 2007 (which test for retrieval metrics).
 * Left out: BCa correction (series of hundreds of cases or more hardly move), correction for many
 * comparisons (reports state how many were made). Not for fewer than about 30 cases.
 */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Resamples; 0 gives intervals of no width. */
  readonly rounds: number;
  /** Share of resampled means between low and high, 0..1 exclusive. */
  readonly confidence: number;
  readonly seed: number;
}

/**
 * Percentile intervals of the means of several series over the same n cases.
 * O(rounds * (n + non-zero values)). @shape series [count][n]
 */
export function bootstrapMeans(
  series: readonly Float64Array[],
  options: BootstrapOptions,
): readonly Interval[] {
  const run = startBootstrap(series, options);
  for (let round = 0; round < options.rounds; round++) run.draw();
  return run.intervals();
}

export interface Bootstrap {
  /** One more resample; the caller may pause between draws. */
  draw(): void;
  intervals(): readonly Interval[];
}

/** The same, one draw at a time: for callers that must not hold the event loop. */
export function startBootstrap(
  series: readonly Float64Array[],
  options: BootstrapOptions,
): Bootstrap {
  const n = series[0]?.length ?? 0;
  assert(options.confidence > 0 && options.confidence < 1, "confidence lies inside 0..1");
  for (const values of series) assert(values.length === n, "all series have the same cases");
  const random = createRandom(options.seed).split("bootstrap");
  const sparse = series.map(sparseOf);
  const means = series.map(() => new Float64Array(options.rounds));
  const counts = new Int32Array(n);
  let drawn = 0;
  return {
    draw() {
      assert(drawn < options.rounds, "no more draws than rounds");
      resampleInto(counts, random);
      for (let s = 0; s < sparse.length; s++) {
        (means[s] as Float64Array)[drawn] = weightedMean(sparse[s] as Sparse, counts);
      }
      drawn++;
    },
    intervals: () => series.map((values, s) => interval(values, means[s], options.confidence)),
  };
}

/**
 * Two-sided sign-flip test of mean(a - b) = 0; (1 + as far or farther) / (1 + rounds), so it is
 * never 0. O(rounds * non-zero differences). @shape a [n], b [n]
 */
export function signFlipTest(
  a: Float64Array,
  b: Float64Array,
  options: Pick<BootstrapOptions, "rounds" | "seed">,
): number {
  const { values } = sparseOf(differences(a, b));
  const observed = Math.abs(sum(values));
  const random = createRandom(options.seed).split("sign-flip");
  // Rounding must not turn an exact tie with the observed sum into "nearer".
  const bar = observed - 1e-9 * Math.max(1, observed);
  let asFar = 0;
  for (let round = 0; round < options.rounds; round++) {
    if (Math.abs(flippedSum(values, random)) >= bar) asFar++;
  }
  return (1 + asFar) / (1 + options.rounds);
}

/** Case by case. O(n). @shape a [n], b [n], result [n] */
export function differences(a: Float64Array, b: Float64Array): Float64Array {
  assert(a.length === b.length, "paired series have the same cases");
  return a.map((value, i) => value - (b[i] as number));
}

interface Sparse {
  readonly n: number;
  readonly places: Int32Array;
  readonly values: Float64Array;
}

/** Most cases of a ranking metric are 0: only the others need to be summed again. */
function sparseOf(series: Float64Array): Sparse {
  const places = Int32Array.from(series.keys()).filter((i) => series[i] !== 0);
  return {
    n: series.length,
    places,
    values: Float64Array.from(places, (i) => series[i] as number),
  };
}

function resampleInto(counts: Int32Array, random: Random): void {
  counts.fill(0);
  for (let i = 0; i < counts.length; i++) {
    const drawn = random.int(counts.length);
    counts[drawn] = (counts[drawn] as number) + 1;
  }
}

function weightedMean({ n, places, values }: Sparse, counts: Int32Array): number {
  let total = 0;
  for (let i = 0; i < places.length; i++) {
    total += (counts[places[i] as number] as number) * (values[i] as number);
  }
  return n === 0 ? 0 : total / n;
}

function interval(values: Float64Array, means: Float64Array | undefined, confidence: number) {
  const mean = values.length === 0 ? 0 : sum(values) / values.length;
  if (means === undefined || means.length === 0) return { mean, low: mean, high: mean };
  const sorted = means.slice().sort();
  const tail = (1 - confidence) / 2;
  return { mean, low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/** The value below which a share of the sorted values lies, linear between neighbours. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (at - below) * (high - low);
}

/** The sum with a fair random sign on each value; one draw gives 32 signs. */
function flippedSum(values: Float64Array, random: Random): number {
  let total = 0;
  let bits = 0;
  for (let i = 0; i < values.length; i++) {
    if ((i & 31) === 0) bits = random.int(2 ** 32) | 0;
    total += (bits & 1) === 0 ? (values[i] as number) : -(values[i] as number);
    bits >>>= 1;
  }
  return total;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] as number;
  return total;
}
