import type { Timelines } from "../../features/timelines.ts";
import type { Random } from "../../tensor/random.ts";
import { COUNTED, type CountingScale, countStretch, type Stretch } from "./counted.ts";
import { type ChanceHead, chanceHeads } from "./heads.ts";
import { type AskedMoments, drawMoments, type Outcomes, outcomesOf } from "./moments.ts";
import type { PredictParams } from "./schema.ts";
import { judgedApart, LEARN, placesOf, type Slices, STOP, sliceMoments } from "./slices.ts";

/** All that voices learn from: moments drawn of the past, what was counted at each, what came of it. */
export interface Drawn {
  readonly frame: Timelines;
  readonly params: PredictParams;
  readonly heads: readonly ChanceHead[];
  readonly moments: AskedMoments;
  readonly outcomes: Outcomes;
  /** @shape [moments, COUNTED] */
  readonly counted: Float64Array;
  /** @unit median orders @shape [moments] */
  readonly values: Float64Array;
  /** One for each head, one for what is next, one for value. */
  readonly slices: readonly Slices[];
  readonly notes: string[];
}

export function drawFrom(
  frame: Timelines,
  params: PredictParams,
  scale: CountingScale,
  random: Random,
): Drawn {
  const heads = chanceHeads(params.churnDays);
  const moments = drawMoments(frame, params, random.split("moments"));
  const outcomes = outcomesOf(frame, moments, heads, params.valueDays);
  const counted = new Float64Array(moments.count * COUNTED);
  for (let at = 0; at < moments.count; at++) {
    counted.set(countStretch(frame, stretchAt(frame, moments, at), scale), at * COUNTED);
  }
  const median = scale.orderMedianMinor;
  const values = outcomes.paidMinor.map((paid) => (median > 0 ? paid / median : Number.NaN));
  const known = (column: number): Uint8Array =>
    Uint8Array.from(
      { length: moments.count },
      (_, at) => outcomes.known[at * heads.length + column] as number,
    );
  const slices = heads.map(({ days }, column) =>
    sliceMoments(moments, {
      known: known(column),
      ofVisits: days === null,
      days: days ?? 0,
    }),
  );
  const ofNext = Uint8Array.from(outcomes.next, (next) => (next >= 0 ? 1 : 0));
  const ofValue = Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1));
  slices.push(
    sliceMoments(moments, { known: ofNext, ofVisits: true, days: 0 }),
    sliceMoments(moments, { known: ofValue, ofVisits: false, days: params.valueDays }),
  );
  return { frame, params, heads, moments, outcomes, counted, values, slices, notes: [] };
}

/** What had happened by a moment. */
export const stretchAt = (frame: Timelines, moments: AskedMoments, at: number): Stretch => ({
  from: frame.offsets[moments.rows[at] as number] as number,
  to: (moments.ends[at] as number) + 1,
  now: moments.nows[at] as number,
});

/** Heads with enough to learn from and to judge by, as their numbers. */
export function keptHeads(drawn: Drawn): readonly number[] {
  const { heads, params, notes } = drawn;
  return heads.flatMap(({ name }, column) => {
    const slices = drawn.slices[column] as Slices;
    const why = unfit(drawn, column, params.casesLeast);
    if (why !== undefined) {
      notes.push(`${name}: left out, ${why}`);
      return [];
    }
    if (!slices.isApart) {
      notes.push(
        `${name}: the log is short, outcomes learned from reach into the time that judges`,
      );
    }
    if (!judgedApart(slices).isApart) {
      notes.push(
        `${name}: the log is short, calibration knew outcomes that judge it: its error may be larger`,
      );
    }
    return [column];
  });
}

/** A question that is fitted once, and the other heads that ask it. */
export interface Question {
  readonly head: number;
  readonly twins: { readonly head: number; readonly isOpposite: boolean }[];
}

/**
 * Heads whose outcomes are the same at every moment, or opposite at every one, ask one question: gone for
 * thirty days is not back within thirty; where a shop's log holds purchases alone, who is back has bought.
 * Fitted apart they would contradict one another. O(heads^2 moments).
 */
export function questionsIn(drawn: Drawn, kept: readonly number[]): readonly Question[] {
  const questions: Question[] = [];
  for (const head of kept) {
    const isTwin = questions.some((question) => {
      const likeness = likenessOf(drawn, question.head, head);
      if (likeness === undefined) return false;
      question.twins.push({ head, isOpposite: likeness === "opposite" });
      return true;
    });
    if (!isTwin) questions.push({ head, twins: [] });
  }
  return questions;
}

function likenessOf(
  { heads, moments, outcomes: { known, happened } }: Drawn,
  one: number,
  other: number,
): "same" | "opposite" | undefined {
  if (heads[one]?.days !== heads[other]?.days) return undefined;
  let [alike, cases] = [0, 0];
  for (let from = 0; from < moments.count * heads.length; from += heads.length) {
    if (known[from + one] !== known[from + other]) return undefined;
    if (known[from + one] === 0) continue;
    cases++;
    if (happened[from + one] === happened[from + other]) alike++;
    if (alike !== 0 && alike !== cases) return undefined;
  }
  return alike === 0 ? "opposite" : "same";
}

function unfit(drawn: Drawn, column: number, casesLeast: number): string | undefined {
  const { heads, outcomes } = drawn;
  const slices = drawn.slices[column] as Slices;
  const learn = placesOf(slices, LEARN);
  if (!isEnough(slices, casesLeast)) return `${learn.length} moments to learn from`;
  const yes = learn.filter((at) => outcomes.happened[at * heads.length + column] === 1).length;
  const rare = Math.min(yes, learn.length - yes);
  return rare < RARE_LEAST ? `it came true at ${yes} of ${learn.length} moments` : undefined;
}

/** Moments of each kind, true and not, that a head needs. */
const RARE_LEAST = 10;
const LATER_CASES_LEAST = 30;

export const isEnough = (slices: Slices, casesLeast: number): boolean =>
  placesOf(slices, LEARN).length >= casesLeast &&
  placesOf(slices, STOP).length >= LATER_CASES_LEAST;
