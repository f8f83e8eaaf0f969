import { type AskedMoments, MORE } from "./moments.ts";

/**
 * Past and future of a head: voices learn from its earliest moments, training is stopped by the next, one
 * is chosen by the next and its calibration fitted to them, and the last alone judge. What is learned from must
 * have come true before the first moment of the next slice, else the same purchase would be seen on both
 * sides; where the log is too short for that, it is said.
 */
export const LEARN = 1;
export const STOP = 2;
export const CALIBRATE = 3;
export const JUDGE = 4;

export interface Slices {
  /** Slice of each moment, 0 where it is not used. @shape [moments] */
  readonly codes: Uint8Array;
  /** False where outcomes of what is learned from reach into the next slice. */
  readonly isApart: boolean;
  /**
   * 1 where a moment calibrates and its outcome reaches into the time that judges: who is judged there is
   * calibrated without it, where enough are left. @shape [moments]
   */
  readonly reaching: Uint8Array;
}

export interface Asking {
  /** 1 where it is known what came of the moment. @shape [moments] */
  readonly known: Uint8Array;
  /** Asked in visits alone; else judged at moments of the calendar, and learned from both. */
  readonly ofVisits: boolean;
  /** How far it looks ahead. @unit days */
  readonly days: number;
}

const LEARN_SHARE = 0.55;
const STOP_SHARE = 0.7;
const CALIBRATE_SHARE = 0.85;
/** Shares of the moments that each slice holds, where none are left out. @unit 0..1 */
export const sliceShares: Readonly<
  Record<"learnShare" | "stopShare" | "calibrateShare" | "judgeShare", number>
> = {
  learnShare: LEARN_SHARE,
  stopShare: rounded(STOP_SHARE - LEARN_SHARE),
  calibrateShare: rounded(CALIBRATE_SHARE - STOP_SHARE),
  judgeShare: rounded(1 - CALIBRATE_SHARE),
};
const DAY_MS = 86_400_000;
/** Below this share of what there was, outcomes that reach over are kept. */
const KEPT_LEAST = 0.5;

/** O(moments log moments). */
export function sliceMoments(moments: AskedMoments, asking: Asking): Slices {
  const { known, ofVisits, days } = asking;
  const own = (at: number): boolean => known[at] === 1 && (moments.visits[at] === 0) !== ofVisits;
  const times = moments.nows.filter((_, at) => own(at)).sort();
  const cut = (share: number): number =>
    times[Math.floor(share * times.length)] ?? Number.POSITIVE_INFINITY;
  const [stopAt, calibrateAt, judgeAt] = [cut(LEARN_SHARE), cut(STOP_SHARE), cut(CALIBRATE_SHARE)];
  const codes = Uint8Array.from({ length: moments.count }, (_, at) => {
    const now = moments.nows[at] as number;
    if (known[at] === 0 || moments.visits[at] === (ofVisits ? 0 : MORE)) return 0;
    if (now < stopAt) return LEARN;
    return own(at) ? sliceOf(now, calibrateAt, judgeAt) : 0;
  });
  const reaches = (at: number, moment: number): boolean =>
    (moments.nows[at] as number) + days * DAY_MS > moment;
  const reaching = codes.map((code, at) => (code === CALIBRATE && reaches(at, judgeAt) ? 1 : 0));
  return { ...keptApart(codes, (at) => reaches(at, stopAt)), reaching };
}

/** What is learned from and reaches into the next slice is left out, if there is enough without it. */
function keptApart(codes: Uint8Array, reaches: (at: number) => boolean): Omit<Slices, "reaching"> {
  const apart = codes.map((code, at) => (code === LEARN && reaches(at) ? 0 : code));
  const count = (all: Uint8Array): number => all.filter((code) => code === LEARN).length;
  const isApart = count(apart) >= KEPT_LEAST * count(codes);
  return { codes: isApart ? apart : codes, isApart };
}

function sliceOf(now: number, calibrateAt: number, judgeAt: number): number {
  if (now >= judgeAt) return JUDGE;
  return now >= calibrateAt ? CALIBRATE : STOP;
}

/** Moments that calibrate what is judged: those alone whose outcome was known by then, if half are. */
export function judgedApart(slices: Slices): { places: Int32Array; isApart: boolean } {
  const all = placesOf(slices, CALIBRATE);
  const places = all.filter((at) => slices.reaching[at] === 0);
  const isApart = places.length >= KEPT_LEAST * all.length;
  return { places: isApart ? places : all, isApart };
}

/** Places of a slice. @shape result [places] */
export function placesOf({ codes }: Slices, slice: number): Int32Array {
  const found: number[] = [];
  codes.forEach((code, at) => {
    if (code === slice) found.push(at);
  });
  return Int32Array.from(found);
}

/** To whole percents, so that 0.7 - 0.55 is 0.15. */
function rounded(share: number): number {
  return Math.round(100 * share) / 100;
}
