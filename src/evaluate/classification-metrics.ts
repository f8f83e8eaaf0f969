import { assert } from "../assert.ts";

/**
 * How good probabilities of yes or no are: do they order rightly (AUC), are they right in size
 * (log loss, Brier, calibration error), and what do they decide (accuracy, precision, recall, F1).
 * Sources: Fawcett 2006 (AUC by ranks); Brier 1950; Naeini, Cooper & Hauskrecht 2015 (ECE).
 * Left out: several classes. Labels are 0 or 1, probabilities 0..1.
 */

/**
 * Area under the ROC curve: the chance that a random 1 is scored above a random 0, ties counting
 * half. 0.5 when only one class is present. O(n log n). @shape labels [n], scores [n]
 */
export function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  checkPairs(labels, scores);
  const order = ascending(scores);
  let positives = 0;
  let rankSum = 0;
  for (let from = 0; from < order.length; ) {
    const to = endOfTie(order, scores, from);
    const averageRank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (labels[order[i] as number] !== 1) continue;
      positives++;
      rankSum += averageRank;
    }
    from = to;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return 0.5;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/**
 * Mean negative log-likelihood, in nats; probabilities are kept `clip` away from 0 and 1 so that
 * one wrong certainty does not make it infinite. O(n). @shape labels [n], probabilities [n]
 */
export function logLoss(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  clip: number,
): number {
  checkPairs(labels, probabilities);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const p = Math.min(Math.max(probabilities[i] as number, clip), 1 - clip);
    sum -= labels[i] === 1 ? Math.log(p) : Math.log1p(-p);
  }
  return labels.length === 0 ? 0 : sum / labels.length;
}

/** Mean squared error of the probabilities, 0..1. O(n). @shape labels [n], probabilities [n] */
export function brier(labels: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  checkPairs(labels, probabilities);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    sum += ((probabilities[i] as number) - (labels[i] as number)) ** 2;
  }
  return labels.length === 0 ? 0 : sum / labels.length;
}

export interface Decisions {
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/**
 * What deciding "yes" at or above the threshold gets right. A share whose denominator is 0 is 0.
 * O(n). @shape labels [n], probabilities [n]
 */
export function decisionsAt(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  threshold: number,
): Decisions {
  checkPairs(labels, probabilities);
  const cells = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const said = (probabilities[i] as number) >= threshold ? 1 : 0;
    const cell = 2 * said + (labels[i] as number);
    cells[cell] = (cells[cell] as number) + 1;
  }
  const [trueNegatives, falseNegatives, falsePositives, truePositives] = cells as [
    number,
    number,
    number,
    number,
  ];
  return {
    accuracy: share(truePositives + trueNegatives, labels.length),
    precision: share(truePositives, truePositives + falsePositives),
    recall: share(truePositives, truePositives + falseNegatives),
    f1: share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
  };
}

/** How bins are cut: into equal steps of probability, or into equal numbers of cases. */
export type Binning = "equal-width" | "equal-mass";

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly cases: number;
  /** Mean probability said, 0..1. */
  readonly said: number;
  /** Share that came true, 0..1. */
  readonly happened: number;
}

/**
 * The reliability diagram; empty bins are left out. Equal width: bin b holds (b / bins,
 * (b + 1) / bins], 0 falling into the first. Equal mass: the cases by rising probability (then
 * place), cut into bins whose sizes differ by one at most. O(n log n). @shape labels [n], probabilities [n]
 */
export function reliability(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins: number,
  binning: Binning,
): readonly ReliabilityBin[] {
  checkPairs(labels, probabilities);
  assert(Number.isInteger(bins) && bins >= 1, "there is at least one bin");
  const sums = { cases: zeros(bins), said: zeros(bins), happened: zeros(bins) };
  const order = binning === "equal-mass" ? ascending(probabilities) : undefined;
  for (let i = 0; i < labels.length; i++) {
    const at = order === undefined ? i : (order[i] as number);
    const p = probabilities[at] as number;
    const bin = order === undefined ? widthBin(p, bins) : Math.floor((i * bins) / labels.length);
    sums.cases[bin] = (sums.cases[bin] as number) + 1;
    sums.said[bin] = (sums.said[bin] as number) + p;
    sums.happened[bin] = (sums.happened[bin] as number) + (labels[at] as number);
  }
  return [...sums.cases].flatMap((cases, bin) =>
    cases === 0
      ? []
      : [
          {
            cases,
            said: (sums.said[bin] as number) / cases,
            happened: (sums.happened[bin] as number) / cases,
          },
        ],
  );
}

/**
 * Expected calibration error, 0..1: the gap between said and happened, averaged over the bins by
 * their number of cases. O(n log n). @shape labels [n], probabilities [n]
 */
export function calibrationError(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins: number,
  binning: Binning,
): number {
  let sum = 0;
  for (const bin of reliability(labels, probabilities, bins, binning)) {
    sum += bin.cases * Math.abs(bin.said - bin.happened);
  }
  return labels.length === 0 ? 0 : sum / labels.length;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const zeros = (n: number): Float64Array => new Float64Array(n);

const widthBin = (p: number, bins: number): number => Math.max(0, Math.ceil(p * bins) - 1);

/** Places by rising value; equal values stay in order of place. */
function ascending(values: ArrayLike<number>): Int32Array {
  const order = Int32Array.from({ length: values.length }, (_, i) => i);
  return order.sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
}

function endOfTie(order: Int32Array, scores: ArrayLike<number>, from: number): number {
  let to = from + 1;
  while (to < order.length && scores[order[to] as number] === scores[order[from] as number]) to++;
  return to;
}

function checkPairs(labels: ArrayLike<number>, scores: ArrayLike<number>): void {
  assert(labels.length === scores.length, "every label has a score");
  for (let i = 0; i < labels.length; i++) {
    assert(labels[i] === 0 || labels[i] === 1, "a label is 0 or 1");
    assert(Number.isFinite(scores[i]), "a score is finite");
  }
}
