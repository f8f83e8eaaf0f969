/** Shared features over all features of both (Jaccard), 0..1. O(features). */
export function overlap<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): number {
  let shared = 0;
  for (const word of a.size < b.size ? a : b) if ((a.size < b.size ? b : a).has(word)) shared++;
  const all = a.size + b.size - shared;
  return all === 0 ? 0 : shared / all;
}
