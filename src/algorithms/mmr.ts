import { assert } from "../assert.ts";

/**
 * A list that does not repeat itself: take the best candidate, then each time the one that is best
 * after a discount for being like what is already taken, while no group gets more places than its
 * cap. Source: Carbonell & Goldstein 1998 (maximal marginal relevance).
 * Left out: determinantal processes (a better optimum at cubic cost). Caps are hard: if they leave
 * too few candidates the list is short.
 */
export interface DiversityRequest {
  /** Relevance of each candidate, on a scale of about 0..1. @shape [n] */
  readonly scores: Float32Array;
  /** Likeness of two candidates by their positions. @unit 0..1 */
  readonly similarity: (a: number, b: number) => number;
  /** 1 = by score alone, 0 = by difference alone. @unit 0..1 */
  readonly lambda: number;
  /** Places in the list. */
  readonly size: number;
  readonly caps: readonly GroupCap[];
  /** So many candidates at the start are taken before all others, in their order. */
  readonly first?: number;
}

export interface GroupCap {
  /** Group of each candidate, -1 for none. @shape [n] */
  readonly groups: Int32Array;
  readonly limit: number;
}

/**
 * Positions of the chosen candidates, in order; equal values go to the lower position.
 * O(n size) calls of similarity, at most n * size. @shape result [size or fewer]
 */
export function diversify(request: DiversityRequest): Int32Array {
  const { scores, similarity, lambda, size, caps, first = 0 } = request;
  assert(lambda >= 0 && lambda <= 1, "lambda lies between 0 and 1");
  for (const cap of caps) assert(cap.limit > 0, "a cap leaves at least one place");
  const n = scores.length;
  const likeness = new Float64Array(n);
  const taken = new Uint8Array(n);
  const used = caps.map(() => new Map<number, number>());
  const chosen: number[] = [];
  while (chosen.length < size) {
    const given = taken.subarray(0, first).indexOf(0);
    const best = given >= 0 ? given : bestLeft(scores, likeness, taken, lambda);
    if (best < 0) break;
    taken[best] = 1;
    chosen.push(best);
    closeGroups(caps, used, taken, best);
    if (lambda === 1) continue;
    for (let i = 0; i < n; i++) {
      if (taken[i] === 0) likeness[i] = Math.max(likeness[i], similarity(i, best));
    }
  }
  return Int32Array.from(chosen);
}

function bestLeft(
  scores: Float32Array,
  likeness: Float64Array,
  taken: Uint8Array,
  lambda: number,
): number {
  let best = -1;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) {
    if (taken[i] !== 0) continue;
    const value = lambda * scores[i] - (1 - lambda) * likeness[i];
    if (value > bestValue) {
      bestValue = value;
      best = i;
    }
  }
  return best;
}

/** Counts the choice in its groups; a full group takes its other candidates out. */
function closeGroups(
  caps: readonly GroupCap[],
  used: readonly Map<number, number>[],
  taken: Uint8Array,
  choice: number,
): void {
  caps.forEach(({ groups, limit }, at) => {
    const group = groups[choice];
    if (group < 0) return;
    const count = (used[at].get(group) ?? 0) + 1;
    used[at].set(group, count);
    if (count < limit) return;
    for (let i = 0; i < groups.length; i++) if (groups[i] === group) taken[i] = 1;
  });
}
