import { assert } from "../../assert.ts";

/**
 * The lowest point of a smooth function of a few numbers, without derivatives: a simplex of n + 1 points
 * is reflected, stretched and drawn in until its corners agree, then begun anew around the best of them,
 * because a simplex can grow flat far from the ground. Source: Nelder & Mead 1965; restarts as Press et
 * al. 2007, section 10.5. Not for more than about ten numbers, nor for functions with many valleys.
 */
export interface DescentOptions {
  /** First step along each axis. */
  readonly step: number;
  /** Ends when the corners' values differ relatively by less. */
  readonly tolerance: number;
  readonly callsMost: number;
}

export interface Lowest {
  /** @shape point [n] */
  readonly point: Float64Array;
  readonly value: number;
  readonly calls: number;
}

const RESTARTS_MOST = 12;

/** O(calls). Where the function is no number, it counts as infinitely high. @shape start [n] */
export function simplexDescent(
  start: Float64Array,
  value: (point: Float64Array) => number,
  options: DescentOptions,
): Lowest {
  assert(start.length > 0, "there is a number to move");
  let calls = 0;
  const counted = (point: Float64Array): number => {
    calls++;
    const found = value(point);
    return Number.isNaN(found) ? Number.POSITIVE_INFINITY : found;
  };
  let best: Corner = { point: start.slice(), value: counted(start) };
  for (let round = 0; round < RESTARTS_MOST && calls < options.callsMost; round++) {
    const before = best.value;
    best = descend(best, counted, options, () => calls < options.callsMost);
    if (before - best.value <= options.tolerance * (1 + Math.abs(before)) && round > 0) break;
  }
  return { ...best, calls };
}

interface Corner {
  readonly point: Float64Array;
  readonly value: number;
}

function descend(
  start: Corner,
  value: (point: Float64Array) => number,
  { step, tolerance }: DescentOptions,
  mayGoOn: () => boolean,
): Corner {
  const n = start.point.length;
  const at = (point: Float64Array): Corner => ({ point, value: value(point) });
  const corners = [start];
  for (let axis = 0; axis < n; axis++) {
    const point = start.point.slice();
    point[axis] += step;
    corners.push(at(point));
  }
  while (mayGoOn()) {
    corners.sort((a, b) => a.value - b.value);
    const [low, high] = [corners[0], corners[n]];
    if (high.value - low.value <= tolerance * (1 + Math.abs(low.value))) break;
    const better = betterThanHighest(corners, at);
    if (better !== undefined) {
      corners[n] = better;
      continue;
    }
    for (let i = 1; i <= n; i++) corners[i] = at(along(low.point, corners[i].point, 0.5));
  }
  return corners.reduce((low, corner) => (corner.value < low.value ? corner : low));
}

/** The highest corner reflected, stretched or drawn in; undefined where none of it is lower. */
function betterThanHighest(
  corners: readonly Corner[],
  at: (point: Float64Array) => Corner,
): Corner | undefined {
  const n = corners.length - 1;
  const [low, high] = [corners[0], corners[n]];
  const middle = middleOf(corners.slice(0, n));
  const reflected = at(along(middle, high.point, -1));
  if (reflected.value < low.value) {
    const stretched = at(along(middle, high.point, -2));
    return stretched.value < reflected.value ? stretched : reflected;
  }
  if (reflected.value < corners[n - 1].value) return reflected;
  const isOutside = reflected.value < high.value;
  const drawnIn = at(along(middle, high.point, isOutside ? -0.5 : 0.5));
  return drawnIn.value < Math.min(reflected.value, high.value) ? drawnIn : undefined;
}

/** from + share (to - from). */
const along = (from: Float64Array, to: Float64Array, share: number): Float64Array =>
  from.map((value, axis) => value + share * (to[axis] - value));

const middleOf = (corners: readonly Corner[]): Float64Array =>
  corners[0].point.map(
    (_, axis) => corners.reduce((sum, { point }) => sum + point[axis], 0) / corners.length,
  );
