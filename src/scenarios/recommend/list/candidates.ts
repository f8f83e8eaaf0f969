import { createTopK, nothingMasked, topKInto } from "../../../algorithms/top-k.ts";
import type { Answer } from "../learning/source.ts";
import type { Shelf } from "./shelf.ts";

/**
 * Of a large catalogue, the groups that a list is chosen from. Idea: what stands high in a blend
 * stands high with one of its sources, so the best few hundred of each are enough, with those that
 * fill a list nobody speaks for and those that are tried; all that is done for one group (gates,
 * scales, rules) is then done for a few thousand. Where too few of them may be shown, the whole
 * shelf is looked at. Sources: the candidate stage of two-stage recommenders (Covington et al. 2016).
 */
export interface Candidates {
  /** Rising. */
  readonly tokens: Int32Array;
  /** Nothing that may be shown is missing. */
  readonly complete: boolean;
}

/** What the sources say to one request: good until the next one is heard. */
export interface Heard {
  /** In the order of the voices. */
  readonly answers: readonly Answer[];
  /** How near the groups that are newer than the model are. @shape [newcomers] */
  readonly likeness: Float32Array;
}

export interface Wanted {
  /** Best taken of each source. */
  readonly depth: number;
  /** Whoever is asked about in particular. */
  readonly also: readonly number[];
  /** Places may be given to items that are little known. */
  readonly explores: boolean;
}

/** Shelves up to this size are always looked at as a whole. */
export const WHOLE_MOST = 2_000;
/** Best of each source at least, and candidates that may be shown: fewer, and the gates may have chosen. */
export const DEPTH_LEAST = 150;
export const ADMITTED_LEAST = 200;

export const wholeShelf = ({ groups }: Shelf): Candidates => ({
  tokens: Int32Array.from({ length: groups.length }, (_, token) => token),
  complete: true,
});

/** These and no others, whatever may be shown. */
export const completeOf = (tokens: readonly number[]): Candidates => ({
  tokens: Int32Array.from(new Set(tokens)).sort(),
  complete: true,
});

/** O(sources of what they look at + candidates log candidates). */
export function candidatesOf(shelf: Shelf, heard: Heard, wanted: Wanted): Candidates {
  const top = createTopK(Math.min(wanted.depth, shelf.groups.length));
  const best = (found: number): Int32Array => top.indexes.slice(0, found);
  const { known, newcomers, mostKnown, leastKnown } = shelf;
  const near = topKInto(top, heard.likeness, nothingMasked);
  const others = [...best(near), ...newcomers.freshest.subarray(0, wanted.depth)];
  const named = [
    ...heard.answers.map((answer) => best(answer.bestInto(top))),
    Int32Array.from(others, (at) => known + at),
    mostKnown.subarray(0, wanted.depth),
    ...(wanted.explores ? [leastKnown] : []),
    Int32Array.from(wanted.also),
  ];
  return { tokens: risingOf(named), complete: false };
}

/** Each number once. */
function risingOf(runs: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(runs.reduce((sum, run) => sum + run.length, 0));
  let end = 0;
  for (const run of runs) {
    all.set(run, end);
    end += run.length;
  }
  all.sort();
  let count = 0;
  for (let at = 0; at < all.length; at++) {
    if (at === 0 || all[at] !== all[at - 1]) all[count++] = all[at] as number;
  }
  return all.subarray(0, count);
}

/** Of rising numbers. O(log n). */
export function countBelow(tokens: Int32Array, limit: number): number {
  let [from, to] = [0, tokens.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((tokens[middle] as number) < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Where a token stands among candidates; undefined when it is none. O(log candidates). */
export function placeOf({ tokens }: Candidates, token: number): number | undefined {
  const at = countBelow(tokens, token);
  return tokens[at] === token ? at : undefined;
}
