import { assert } from "../assert.ts";

/**
 * How well amounts that were said order the amounts that came: the normalised Gini coefficient. Idea: go
 * down the cases by what was said and follow the share of the whole amount found so far; the area between
 * that curve and the diagonal, over the same area for the perfect order. 1 when every larger amount comes
 * first, 0 by chance, below 0 when the order is upside down. Cases of which the same was said share what
 * came evenly, so that the order of rows says nothing. Source: Wang, Liu & Miao 2019 (lifetime value).
 * Left out: whether the amounts are right in size, which their sum and error tell.
 */

/** O(n log n). 0 where all that came is alike. @shape values [n], 0 or more, said [n] @unit result -1..1 */
export function valueGini(values: ArrayLike<number>, said: ArrayLike<number>): number {
  assert(values.length === said.length, "something was said of every case");
  const best = areaOf(values, values);
  return best === 0 ? 0 : areaOf(values, said) / best;
}

/** Twice the area above the diagonal, times the whole amount: the diagonal itself is 0. */
function areaOf(values: ArrayLike<number>, said: ArrayLike<number>): number {
  const n = values.length;
  const order = Int32Array.from({ length: n }, (_, at) => at).sort(
    (a, b) => (said[b] as number) - (said[a] as number),
  );
  let area = 0;
  for (let from = 0; from < n; ) {
    let to = from;
    let sum = 0;
    const level = said[order[from] as number];
    while (to < n && said[order[to] as number] === level)
      sum += values[order[to++] as number] as number;
    // The middle of the run stands for each of its cases: n - from - to is n - 2 middle.
    area += sum * (n - from - to);
    from = to;
  }
  return area;
}
