import { assert } from "../../assert.ts";
import type { Matmul } from "../../tensor/matmul.ts";

/**
 * Points gathered around centres: each centre is the mean of the points that are nearest to it, found by
 * turns. Idea: of |x - c|^2 only <x, c> - |c|^2 / 2 tells centres apart, so the nearest of all centres
 * are one product of matrices. A centre that lost its points goes to the point that is worst off.
 * Source: Lloyd 1982. Left out: k-means++, as a few rounds more reach the same from drawn points;
 * an end by convergence, so that the cost is known before.
 */
export interface Gathering {
  readonly width: number;
  readonly rounds: number;
}

/** The nearest centre of each point, and how far it is. */
export interface Nearest {
  /** @shape [points] */
  readonly places: Int32Array;
  /** Squared. @shape [points] */
  readonly distances: Float32Array;
}

/** Products in memory at once. */
const PRODUCTS_MOST = 1 << 20;

/**
 * Begins at the first points, which stand in drawn order. O(rounds points centres width).
 * @shape points [n, width], result [count, width]
 */
export async function gatherCentres(
  points: Float32Array,
  count: number,
  { width, rounds }: Gathering,
  matmul: Matmul,
): Promise<Float32Array<ArrayBuffer>> {
  assert(count > 0 && points.length >= count * width, "there are as many points as centres");
  const centres = points.slice(0, count * width);
  for (let round = 0; round < rounds; round++) {
    const { places, distances } = await nearestCentres(points, centres, width, matmul);
    const counts = meansInto(centres, points, places, width);
    for (let centre = 0; centre < count; centre++) {
      if (counts[centre] > 0) continue;
      const from = takeFarthest(distances) * width;
      centres.set(points.subarray(from, from + width), centre * width);
    }
  }
  return centres;
}

/** Of centres as near, the first. O(points centres width). @shape points [n, width], centres [count, width] */
export async function nearestCentres(
  points: Float32Array,
  centres: Float32Array,
  width: number,
  matmul: Matmul,
): Promise<Nearest> {
  const count = centres.length / width;
  const total = points.length / width;
  const halves = new Float32Array(count);
  for (let centre = 0; centre < count; centre++)
    halves[centre] = halfSquare(centres, centre, width);
  const nearest = { places: new Int32Array(total), distances: new Float32Array(total) };
  const atOnce = Math.max(1, Math.floor(PRODUCTS_MOST / count));
  const products = new Float32Array(Math.min(atOnce, total) * count);
  const form = { n: count, k: width, transposeA: false, transposeB: true } as const;
  for (let from = 0; from < total; from += atOnce) {
    const m = Math.min(atOnce, total - from);
    const part = points.subarray(from * width, (from + m) * width);
    const out = products.subarray(0, m * count);
    await matmul.multiplyInto(out, part, centres, { ...form, m, alpha: 1, beta: 0 });
    for (let at = 0; at < m; at++)
      chooseInto(nearest, from + at, out.subarray(at * count, (at + 1) * count), halves);
    for (let at = 0; at < m; at++) {
      const gap = halfSquare(part, at, width) - nearest.distances[from + at];
      nearest.distances[from + at] = Math.max(0, 2 * gap);
    }
  }
  return nearest;
}

const halfSquare = (values: Float32Array, row: number, width: number): number => {
  let sum = 0;
  for (let i = row * width; i < (row + 1) * width; i++) sum += values[i] * values[i];
  return sum / 2;
};

/** Leaves <x, c> - |c|^2 / 2 of the chosen in `distances`. @shape products, halves [centres] */
function chooseInto(
  { places, distances }: Nearest,
  point: number,
  products: Float32Array,
  halves: Float32Array,
): void {
  let most = Number.NEGATIVE_INFINITY;
  let place = 0;
  for (let centre = 0; centre < halves.length; centre++) {
    const nearness = products[centre] - halves[centre];
    if (nearness > most) {
      most = nearness;
      place = centre;
    }
  }
  places[point] = place;
  distances[point] = most;
}

/** Each centre as the mean of its points, of which it gives the counts. @shape result [centres] */
function meansInto(
  centres: Float32Array,
  points: Float32Array,
  places: Int32Array,
  width: number,
): Int32Array {
  const sums = new Float64Array(centres.length);
  const counts = new Int32Array(centres.length / width);
  for (let point = 0; point < places.length; point++) {
    const place = places[point];
    counts[place]++;
    for (let i = 0; i < width; i++) sums[place * width + i] += points[point * width + i];
  }
  for (let at = 0; at < sums.length; at++) {
    centres[at] = sums[at] / Math.max(1, counts[Math.floor(at / width)]);
  }
  return counts;
}

/** Each point is taken once. */
function takeFarthest(distances: Float32Array): number {
  let farthest = 0;
  for (let at = 1; at < distances.length; at++) {
    if (distances[at] > distances[farthest]) farthest = at;
  }
  distances[farthest] = 0;
  return farthest;
}
