/**
 * Columns of numbers as bins: what a histogram is summed over. Edges lie between neighbouring values
 * that differ, at even shares of the rows where there are more values than bins.
 */
export interface Binned {
  readonly rows: number;
  readonly columns: number;
  /** Bin of each row, by column; `MISSING_BIN` for NaN. @shape bins [columns][rows] */
  readonly bins: readonly Uint8Array[];
  /** Rising; a value at or below edge b and above edge b - 1 is of bin b. @shape edges [columns][edges] */
  readonly edges: readonly Float64Array[];
}

export const MISSING_BIN = 255;

/** O(rows columns log rows). @shape x [rows, columns] row-major */
export function binned(
  x: ArrayLike<number>,
  rows: number,
  columns: number,
  binsMost: number,
): Binned {
  const edges: Float64Array[] = [];
  const bins: Uint8Array[] = [];
  const values = new Float64Array(rows);
  for (let c = 0; c < columns; c++) {
    for (let r = 0; r < rows; r++) values[r] = x[r * columns + c];
    const cut = edgesOf(values, Math.min(binsMost, MISSING_BIN - 1));
    edges.push(cut);
    bins.push(Uint8Array.from(values, (value) => binOf(cut, value)));
  }
  return { rows, columns, bins, edges };
}

function edgesOf(values: Float64Array, binsMost: number): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  const edges: number[] = [];
  if (distinct.length <= binsMost) {
    for (let i = 1; i < distinct.length; i++) edges.push((distinct[i - 1] + distinct[i]) / 2);
    return Float64Array.from(edges);
  }
  // A value that many rows share fills a bin alone.
  const full = sorted.length / binsMost;
  let filled = 0;
  for (let at = 0; at < sorted.length && edges.length < binsMost - 1; ) {
    const value = sorted[at];
    let to = at + 1;
    while (to < sorted.length && sorted[to] === value) to++;
    const isLarge = to - at >= full;
    if (filled > 0 && (filled >= full || isLarge)) {
      edges.push((sorted[at - 1] + value) / 2);
      filled = 0;
    }
    filled += to - at;
    at = to;
  }
  return Float64Array.from(edges);
}

function binOf(edges: Float64Array, value: number): number {
  if (Number.isNaN(value)) return MISSING_BIN;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= edges[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}
