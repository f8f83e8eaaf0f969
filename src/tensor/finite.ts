/**
 * Whether all are finite: what every entry of numbers asks first. A loop, as `every` with a callback walks a
 * table of millions several times as long. O(n). @shape values [n]
 */
export function areFinite(values: Float32Array): boolean {
  for (let at = 0; at < values.length; at++) {
    // Also false for what is not a number.
    if (!(Math.abs(values[at]) < Number.POSITIVE_INFINITY)) return false;
  }
  return true;
}
