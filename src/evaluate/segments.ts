import { assert } from "../assert.ts";
import { auc, brier, calibrationError, logLoss } from "./classification-metrics.ts";

/**
 * How good probabilities are, overall and for each segment: a model that is right on the whole can be
 * wrong about everyone who came last week. Bins hold equally many cases, so that an error is not an
 * average over empty ones; small segments have fewer bins, and the smallest are not judged, because the
 * error of a bin of k cases that is due to chance alone is about 0.4 / sqrt(k).
 */
export interface Judgement {
  readonly cases: number;
  /** Share that came true, 0..1. */
  readonly rate: number;
  /** Mean probability said, 0..1. */
  readonly said: number;
  readonly auc: number;
  readonly logLoss: number;
  readonly brier: number;
  /** Expected calibration error, 0..1. */
  readonly ece: number;
}

export interface SegmentJudgement {
  readonly overall: Judgement;
  /** By name of the segment; those with fewer cases than `casesLeast` are left out. */
  readonly segments: Readonly<Record<string, Judgement>>;
}

export interface JudgingOptions {
  readonly bins: number;
  /** Cases of a bin, so far as there are enough; also the least size of a segment. */
  readonly casesLeast: number;
}

const CLIP = 1e-6;

/** O(n log n). @shape labels [n] 0 or 1, probabilities [n] 0..1 */
export function judge(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { bins, casesLeast }: JudgingOptions,
): Judgement {
  const cases = labels.length;
  const mean = (values: ArrayLike<number>): number => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] as number;
    return cases === 0 ? 0 : sum / cases;
  };
  const fitting = Math.max(1, Math.min(bins, Math.floor(cases / casesLeast)));
  return {
    cases,
    rate: mean(labels),
    said: mean(probabilities),
    auc: auc(labels, probabilities),
    logLoss: logLoss(labels, probabilities, CLIP),
    brier: brier(labels, probabilities),
    ece: calibrationError(labels, probabilities, fitting, "equal-mass"),
  };
}

/** O(n log n). @shape labels, probabilities [n]; segments [n]: the name of each case's segment */
export function judgeSegments(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  segments: readonly string[],
  options: JudgingOptions,
): SegmentJudgement {
  assert(segments.length === labels.length, "every case is of a segment");
  const places = new Map<string, number[]>();
  segments.forEach((name, at) => {
    const known = places.get(name);
    if (known === undefined) places.set(name, [at]);
    else known.push(at);
  });
  const judged: [string, Judgement][] = [];
  for (const [name, own] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (own.length < options.casesLeast) continue;
    const pick = (values: ArrayLike<number>): Float64Array =>
      Float64Array.from(own, (at) => values[at] as number);
    judged.push([name, judge(pick(labels), pick(probabilities), options)]);
  }
  return {
    overall: judge(labels, probabilities, options),
    segments: Object.fromEntries(judged),
  };
}
