import { assert } from "../assert.ts";

/**
 * What a list of shoppers by falling probability is worth: of the first tenth, how many did it, how
 * much more often than all, and which share of everybody who did it that is. The table behind a lift
 * chart (rate over the average) and a gain chart (share found). Source: Piatetsky-Shapiro & Masand 1999.
 * Cases that are equally probable are shared evenly between the parts they fall into, so that the order
 * of the rows says nothing.
 */
export interface LiftRow {
  /** Share of the cases from the top down to here. @unit 0..1 */
  readonly share: number;
  readonly cases: number;
  /** Of this part alone; parts of equally probable cases are split evenly. */
  readonly happened: number;
  readonly rate: number;
  /** Rate of this part over the rate of all; 0 when nothing happened at all. */
  readonly lift: number;
  /** Share of all that happened, from the top down to here. @unit 0..1 */
  readonly gain: number;
  /** Mean probability that was said in this part. @unit 0..1 */
  readonly said: number;
}

/**
 * O(n log n). Parts differ by one case at most; with fewer cases than parts there are as many parts as
 * cases. @shape labels [n] 0 or 1, probabilities [n] 0..1
 */
export function liftTable(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  parts: number,
): readonly LiftRow[] {
  assert(labels.length === probabilities.length, "every label has a probability");
  assert(Number.isInteger(parts) && parts >= 1, "there is at least one part");
  const n = labels.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => (probabilities[j] as number) - (probabilities[i] as number),
  );
  const evened = evenedLabels(order, labels, probabilities);
  const count = Math.min(parts, n);
  const all = evened.reduce((sum, label) => sum + label, 0);
  const rows: LiftRow[] = [];
  let found = 0;
  for (let part = 0; part < count; part++) {
    const from = Math.round((part * n) / count);
    const to = Math.round(((part + 1) * n) / count);
    let [happened, said] = [0, 0];
    for (let at = from; at < to; at++) {
      happened += evened[at] as number;
      said += probabilities[order[at] as number] as number;
    }
    found += happened;
    const cases = to - from;
    const rate = happened / cases;
    const lift = all === 0 ? 0 : rate / (all / n);
    const gain = all === 0 ? 0 : found / all;
    rows.push({ share: to / n, cases, happened, rate, lift, gain, said: said / cases });
  }
  return rows;
}

/** Labels in order, those of equal probabilities replaced by their mean. */
function evenedLabels(
  order: Int32Array,
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): Float64Array {
  const evened = new Float64Array(order.length);
  for (let from = 0; from < order.length; ) {
    const p = probabilities[order[from] as number];
    let to = from;
    let sum = 0;
    for (; to < order.length && probabilities[order[to] as number] === p; to++) {
      sum += labels[order[to] as number] as number;
    }
    evened.fill(sum / (to - from), from, to);
    from = to;
  }
  return evened;
}
