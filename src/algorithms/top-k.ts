/**
 * The best k of many scores, best first; equal scores go to the lower index, so the answer never
 * depends on the order of a scan. Idea: a heap of k entries whose root is the worst kept.
 * O(n + k log k log(n / k)) on scores in random order. Left out: selection by partition, which
 * moves the whole array and is no faster for the k of a list.
 */
export interface TopK {
  readonly indexes: Int32Array;
  readonly scores: Float32Array;
}

/** Scratch for up to k results; reuse it. */
export const createTopK = (k: number): TopK => ({
  indexes: new Int32Array(k),
  scores: new Float32Array(k),
});

/** A mask that leaves everything in. */
export const nothingMasked: Uint8Array = new Uint8Array(0);

/**
 * Fills `out` with the best scores above -Infinity whose mask is 0; returns how many there are.
 * No allocation. @shape scores [n], mask [n] or [0] for none; k is the length of out
 */
export function topKInto(out: TopK, scores: Float32Array, mask: Uint8Array): number {
  const k = out.indexes.length;
  let kept = 0;
  if (k === 0) return 0;
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index];
    if (kept === k && !(score > out.scores[0])) continue;
    if (mask.length > 0 && mask[index] !== 0) continue;
    if (!(score > Number.NEGATIVE_INFINITY)) continue;
    if (kept < k) siftUp(out, kept++, index, score);
    else siftDown(out, kept, index, score);
  }
  sortBestFirst(out, kept);
  return kept;
}

/**
 * The same over a list of candidate indexes; `scores` is addressed by index. No allocation.
 * @shape scores [n], candidates [count or more]
 */
export function topKOfInto(
  out: TopK,
  scores: Float32Array | Float64Array,
  candidates: Int32Array,
  count: number,
): number {
  const k = out.indexes.length;
  let kept = 0;
  if (k === 0) return 0;
  for (let at = 0; at < count; at++) {
    const index = candidates[at];
    // As it will be stored, so that ties are the same on both sides.
    const score = Math.fround(scores[index]);
    if (kept < k) siftUp(out, kept++, index, score);
    else if (worse(out.scores[0], out.indexes[0], score, index)) siftDown(out, kept, index, score);
  }
  sortBestFirst(out, kept);
  return kept;
}

/**
 * The same where each score stands beside its index. No allocation.
 * @shape scores, indexes [count or more]
 */
export function topKBesideInto(
  out: TopK,
  scores: Float32Array,
  indexes: Int32Array,
  count: number,
): number {
  const kept = keepRun(out, 0, scores, indexes, 0, count);
  sortBestFirst(out, kept);
  return kept;
}

/**
 * The same over some runs of places alone. No allocation.
 * @shape scores, indexes [places], runs [count, 2]: where each begins and ends
 */
export function topKOfRunsInto(
  out: TopK,
  scores: Float32Array,
  indexes: Int32Array,
  runs: Int32Array,
  count: number,
): number {
  let kept = 0;
  for (let run = 0; run < count; run++) {
    kept = keepRun(out, kept, scores, indexes, runs[2 * run], runs[2 * run + 1]);
  }
  sortBestFirst(out, kept);
  return kept;
}

/** Takes what is better at the places `from` .. `to` - 1 into a heap of `kept`; how many it has then. */
function keepRun(
  out: TopK,
  kept: number,
  scores: Float32Array,
  indexes: Int32Array,
  from: number,
  to: number,
): number {
  const k = out.indexes.length;
  let size = kept;
  if (k === 0) return 0;
  for (let at = from; at < to; at++) {
    const score = scores[at];
    if (size === k && score < out.scores[0]) continue;
    const index = indexes[at];
    if (size < k) siftUp(out, size++, index, score);
    else if (worse(out.scores[0], out.indexes[0], score, index)) siftDown(out, k, index, score);
  }
  return size;
}

/** True if a is the worse of two entries: lower score, or as high with the higher index. */
function worse(scoreA: number, indexA: number, scoreB: number, indexB: number): boolean {
  return scoreA < scoreB || (scoreA === scoreB && indexA > indexB);
}

function siftUp(heap: TopK, at: number, index: number, score: number): void {
  let child = at;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!worse(score, index, heap.scores[parent], heap.indexes[parent])) break;
    heap.scores[child] = heap.scores[parent];
    heap.indexes[child] = heap.indexes[parent];
    child = parent;
  }
  heap.scores[child] = score;
  heap.indexes[child] = index;
}

/** Puts an entry in place of the root, within the first `size` entries. */
function siftDown(heap: TopK, size: number, index: number, score: number): void {
  const { scores, indexes } = heap;
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= size) break;
    const right = child + 1;
    if (right < size && worse(scores[right], indexes[right], scores[child], indexes[child])) {
      child = right;
    }
    if (!worse(scores[child], indexes[child], score, index)) break;
    scores[parent] = scores[child];
    indexes[parent] = indexes[child];
    parent = child;
  }
  scores[parent] = score;
  indexes[parent] = index;
}

/** Heap sort: the worst goes to the end, again and again. */
function sortBestFirst(heap: TopK, kept: number): void {
  for (let last = kept - 1; last > 0; last--) {
    const index = heap.indexes[last];
    const score = heap.scores[last];
    heap.indexes[last] = heap.indexes[0];
    heap.scores[last] = heap.scores[0];
    siftDown(heap, last, index, score);
  }
}
