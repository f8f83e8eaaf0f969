import type { History } from "../../algorithms/sequences.ts";
import { assert } from "../../assert.ts";
import { gapBucket } from "../../tensor/layers/attention-bias.ts";

/**
 * What else is known of an action than its item: how long after the one before it came, how strong it was
 * (a view, a cart, a purchase), and how much time lies between any two. Times fall into buckets that
 * double, from a second on; strengths are those the model was told of, the nearest taken. Source: Zhai et
 * al. 2024 (time between actions as a bias of attention).
 * Left out: the time that passed until the question, as training asks when the next action came, and
 * service right after the last.
 */
export interface ContextShape {
  /** Buckets of the time since the action before; 0 tells no times. */
  readonly gapBuckets: number;
  /** Strengths of actions, rising; one or none tells none. */
  readonly strengths: readonly number[];
  /** Buckets of the time between any two actions of a history, a bias of attention; 0 for none. */
  readonly biasBuckets: number;
}

export const noContext: ContextShape = { gapBuckets: 0, strengths: [], biasBuckets: 0 };

/** A history with its moments and strengths, or its tokens alone. */
export type Told = Int32Array | Pick<History, "tokens" | "times" | "weights">;

export const tokensOf = (told: Told): Int32Array =>
  told instanceof Int32Array ? told : told.tokens;

export const tellsGaps = ({ gapBuckets }: ContextShape): boolean => gapBuckets > 0;
export const tellsStrengths = ({ strengths }: ContextShape): boolean => strengths.length > 1;
export const biasesByTime = ({ biasBuckets }: ContextShape): boolean => biasBuckets > 0;

/** Whether tokens alone are too little. */
export const needsMore = (context: ContextShape): boolean =>
  tellsGaps(context) || tellsStrengths(context) || biasesByTime(context);

const SECOND_MS = 1_000;

/** Of the time from one moment to a later one; moments that run backwards lie together. */
export const bucketBetween = (earlier: number, later: number, buckets: number): number =>
  gapBucket(Math.max(0, later - earlier) / SECOND_MS, buckets);

/** The place of the nearest strength; of two as near, the weaker. O(strengths). */
export function strengthBucket(strengths: readonly number[], weight: number): number {
  let nearest = 0;
  for (let at = 1; at < strengths.length; at++) {
    const [found, best] = [strengths[at] as number, strengths[nearest] as number];
    if (Math.abs(found - weight) < Math.abs(best - weight)) nearest = at;
  }
  return nearest;
}

/**
 * The distinct strengths, rising: of more than `most`, those that part the actions evenly.
 * O(n log n). @shape weights [n]
 */
export function strengthsOf(weights: Float32Array, most: number): readonly number[] {
  assert(most > 0, "there is room for a strength");
  const distinct = [...new Set(weights)].sort((a, b) => a - b);
  if (distinct.length <= most) return distinct;
  const sorted = weights.slice().sort();
  const parted = Array.from(
    { length: most },
    (_, at) => sorted[Math.floor(((at + 0.5) * sorted.length) / most)] as number,
  );
  return [...new Set(parted)];
}

/** Rows of places, as packing and service lay them out. */
export interface PlacesOfRows {
  readonly rows: number;
  readonly length: number;
  /** Number of the history within its row, from 1; 0 is padding. @shape [rows, length] */
  readonly segments: Int32Array;
  /** When each happened. @unit epoch ms @shape [rows, length] */
  readonly times: Float64Array;
  /** How strong each was. @shape [rows, length] */
  readonly strengths: Float32Array;
}

/** What the network is given beside tokens, by the names of its inputs. */
export interface ContextInputs {
  /** 0 for the first of a window, else 1 + bucket. @shape [rows, length] */
  readonly gaps?: Int32Array;
  /** @shape [rows, length] */
  readonly strengths?: Int32Array;
  /** Bucket of the time from the second place to the first; 0 across histories. @shape [rows, length, length] */
  readonly between?: Int32Array;
}

/** O(rows length^2) with a bias by time, else O(rows length). */
export function contextInputs(context: ContextShape, places: PlacesOfRows): ContextInputs {
  return {
    ...(tellsGaps(context) ? { gaps: gapsOf(context, places) } : {}),
    ...(tellsStrengths(context)
      ? {
          strengths: Int32Array.from(places.strengths, (weight) =>
            strengthBucket(context.strengths, weight),
          ),
        }
      : {}),
    ...(biasesByTime(context) ? { between: betweenOf(context, places) } : {}),
  };
}

function gapsOf({ gapBuckets }: ContextShape, places: PlacesOfRows): Int32Array {
  const { length, segments, times } = places;
  return Int32Array.from(segments, (segment, at) => {
    const isFirst = at % length === 0 || segments[at - 1] !== segment;
    if (isFirst || segment === 0) return 0;
    return 1 + bucketBetween(times[at - 1] as number, times[at] as number, gapBuckets - 1);
  });
}

function betweenOf({ biasBuckets }: ContextShape, places: PlacesOfRows): Int32Array {
  const { rows, length, segments, times } = places;
  const out = new Int32Array(rows * length * length);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    for (let late = start; late < start + length; late++) {
      const to = late * length - start;
      for (let early = late - 1; early >= start; early--) {
        if (segments[early] !== segments[late] || segments[late] === 0) break;
        const [from, until] = [times[early] as number, times[late] as number];
        out[to + early] = bucketBetween(from, until, biasBuckets);
      }
    }
  }
  return out;
}
