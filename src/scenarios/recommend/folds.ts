import { type Cases, collectCases } from "../../features/cases.ts";
import { casesAt, foldOfRows, momentsOfFolds } from "../../features/splits.ts";
import { cutFrame, type RecommendFrame, rowOfPlaces } from "./learning/frame.ts";
import type { FoldOptions } from "./recommend.ts";

/** What is learned from, and what is asked of it. */
export interface FrameSplit {
  readonly train: RecommendFrame;
  /** Whose purchases until a case are known when it is asked. */
  readonly asked: RecommendFrame;
  readonly cases: Cases;
  readonly protocol: string;
  /** Rows of the cases are sessions, not persons. */
  readonly bySession: boolean;
  /** Whose blend is asked: for the next action, or for all that a later session brings. */
  readonly family: "next" | "session";
}

/**
 * The same measurement on several parts of the past. Shoppers in folds: are those served whom no model has
 * met? Stretches of time, each fold learning from all that lie before the one it is asked about: does what
 * was learned hold for what comes next? One fold is in memory at a time. O(n log n) a fold.
 */
export function* foldsOf(
  frame: RecommendFrame,
  { by, count }: FoldOptions,
  seed: number,
): Generator<FrameSplit> {
  yield* by === "time" ? timeFolds(frame, count) : shopperFolds(frame, count, seed);
}

function* shopperFolds(frame: RecommendFrame, count: number, seed: number): Generator<FrameSplit> {
  const { sequences } = frame;
  const { rows, offsets } = sequences;
  const folds = foldOfRows(rows, count, seed);
  const rowOf = rowOfPlaces(sequences);
  for (let fold = 0; fold < count; fold++) {
    const cases = collectCases(sequences);
    for (let row = 0; row < rows; row++) {
      const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
      if (folds[row] === fold && end - start >= 2) cases.addNext(row, start, end - 1);
    }
    yield {
      train: cutFrame(frame, frame.asOf, (place) => folds[rowOf[place] as number] !== fold),
      asked: frame,
      cases: cases.done(),
      protocol: `fold ${fold + 1} of ${count} by shopper (seed ${seed}), the last action of each`,
      bySession: false,
      family: "next",
    };
  }
}

function* timeFolds(frame: RecommendFrame, count: number): Generator<FrameSplit> {
  const { sequences } = frame;
  const moments = momentsOfFolds(sequences.times, count);
  for (let fold = 1; fold <= count; fold++) {
    const [from, until] = [moments[fold - 1] as number, moments[fold] as number];
    const [first, last] = [from, until].map((at) => new Date(at).toISOString().slice(0, 16));
    yield {
      train: cutFrame(frame, from, (place) => (sequences.times[place] as number) < from),
      asked: frame,
      cases: casesAt(sequences, from, until, { targets: "next", minHistory: 1 }),
      protocol: `fold ${fold} of ${count} by time: what came first from ${first} to ${last}`,
      bySession: false,
      family: "next",
    };
  }
}
