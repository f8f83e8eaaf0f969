import type { Unfinished } from "../../algorithms/pace.ts";
import type { Timelines } from "../../features/timelines.ts";
import type { Random } from "../../tensor/random.ts";
import { SESSION_GAP_MINUTES } from "./gather.ts";
import { type ChanceHead, LEAVE, nextOf } from "./heads.ts";
import type { PredictParams } from "./schema.ts";

/**
 * Moments of the past at which the question is asked of a timeline, and what came of each. Two kinds:
 * moments of the calendar, spread evenly over the log and moved by lot for each person, as a shop asks
 * about everybody on some day; and moments of a visit, right after an event, as a page asks.
 */
export interface AskedMoments {
  readonly count: number;
  /** @shape each [count] */
  readonly rows: Int32Array;
  /** Place of the last event before the moment. */
  readonly ends: Int32Array;
  /** @unit epoch ms */
  readonly nows: Float64Array;
  /** `VISIT` for a moment of a visit, `MORE` for one that heads of the session alone are asked at. */
  readonly visits: Uint8Array;
}

export const VISIT = 1;
export const MORE = 2;
/** Moments of visits of one person that heads of days learn from. */
const VISITS_OF_DAYS = 8;

const DAY_MS = 86_400_000;
const GAP_MS = SESSION_GAP_MINUTES * 60_000;

/** O(persons moments log places). */
export function drawMoments(
  timelines: Timelines,
  params: PredictParams,
  random: Random,
): AskedMoments {
  const { times, offsets, asOf } = timelines;
  const first = times.reduce((least, at) => Math.min(least, at), asOf);
  const step = (asOf - first) / params.calendarMoments;
  const found: Found[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    const own = random.split(`person ${row}`);
    for (let at = 1; at <= params.calendarMoments; at++) {
      const now = Math.floor(asOf - (at - own.uniform()) * step);
      const end = lastBefore(times, from, to, now);
      if (end >= from) found.push([row, end, now, 0]);
    }
    const visits = drawVisits(from, to, params.visitMomentsMost, own.split("visits"));
    for (const [end, visit] of visits) found.push([row, end, times[end] as number, visit]);
  }
  const kept = keptOf(found, params.momentsMost, random);
  return {
    count: kept.length,
    rows: Int32Array.from(kept, ([row]) => row),
    ends: Int32Array.from(kept, ([, end]) => end),
    nows: Float64Array.from(kept, ([, , now]) => now),
    visits: Uint8Array.from(kept, ([, , , visit]) => visit),
  };
}

/** One row, asked about at a moment. */
export interface AskedRow {
  readonly row: number;
  /** @unit epoch ms */
  readonly now: number;
}

/**
 * Moments that somebody asks about, of the calendar; nothing is kept of a row that had no event yet, and
 * `places` says which of the asked each kept one is. O(asked log places).
 */
export function momentsOf(
  { times, offsets }: Timelines,
  asked: readonly AskedRow[],
): { readonly moments: AskedMoments; readonly places: readonly number[] } {
  const ends = asked.map(({ row, now }) =>
    lastBefore(times, offsets[row] as number, offsets[row + 1] as number, now),
  );
  const places = [...asked.keys()].filter(
    (at) => (ends[at] as number) >= (offsets[(asked[at] as AskedRow).row] as number),
  );
  const kept = places.map((at) => asked[at] as AskedRow);
  return {
    places,
    moments: {
      count: places.length,
      rows: Int32Array.from(kept, ({ row }) => row),
      ends: Int32Array.from(places, (at) => ends[at] as number),
      nows: Float64Array.from(kept, ({ now }) => now),
      visits: new Uint8Array(places.length),
    },
  };
}

/** The last place from .. to - 1 whose time lies before the moment; from - 1 where none does. */
function lastBefore(times: Float64Array, from: number, to: number, now: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < now) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Who comes often is asked about in more of the visits, but heads of days are not made theirs by it. */
function drawVisits(
  from: number,
  to: number,
  most: number,
  random: Random,
): readonly (readonly [end: number, visit: number])[] {
  const all = Int32Array.from({ length: to - from }, (_, at) => from + at);
  if (all.length > Math.min(most, VISITS_OF_DAYS)) random.shuffle(all);
  return Array.from(
    all.subarray(0, most),
    (end, at) => [end, at < VISITS_OF_DAYS ? VISIT : MORE] as const,
  ).sort(([a], [b]) => a - b);
}

type Found = readonly [row: number, end: number, now: number, visit: number];

/** Moments that heads of the session alone are asked at have the room that is left. */
function keptOf(all: readonly Found[], most: number, random: Random): readonly Found[] {
  const first = drawn(
    all.filter(([, , , visit]) => visit !== MORE),
    most,
    random.split("kept"),
  );
  const more = all.filter(([, , , visit]) => visit === MORE);
  return [...first, ...drawn(more, most - first.length, random.split("more"))];
}

function drawn<T>(all: readonly T[], most: number, random: Random): readonly T[] {
  if (all.length <= most) return all;
  const order = Int32Array.from({ length: all.length }, (_, at) => at);
  random.shuffle(order);
  return Array.from(order.subarray(0, most).sort(), (at) => all[at] as T);
}

/** What came of the moments. */
export interface Outcomes {
  /** 1 where it happened. @shape [count, heads] */
  readonly happened: Uint8Array;
  /** 1 where the log goes on long enough to know. @shape [count, heads] */
  readonly known: Uint8Array;
  /** What was next, see `nextActions`; -1 where no session was open, or it is not over. @shape [count] */
  readonly next: Int32Array;
  /** NaN where it is not known. @unit minor @shape [count] */
  readonly paidMinor: Float64Array;
}

/** One moment, and how far the log goes on after it. */
interface Aftermath {
  readonly end: number;
  /** @unit epoch ms */
  readonly now: number;
  /** The first place of the next timeline. */
  readonly after: number;
  /** Last place of the session, where the moment is of a visit and the session is over; else -1. */
  readonly sessionEnd: number;
}

/** O(moments places after them within the longest time). @unit valueDays days */
export function outcomesOf(
  timelines: Timelines,
  moments: AskedMoments,
  heads: readonly ChanceHead[],
  valueDays: number,
): Outcomes {
  const { count } = moments;
  const happened = new Uint8Array(count * heads.length);
  const known = new Uint8Array(count * heads.length);
  const next = new Int32Array(count).fill(-1);
  const paidMinor = new Float64Array(count).fill(Number.NaN);
  for (let moment = 0; moment < count; moment++) {
    const told = aftermathOf(timelines, moments, moment);
    const { end, sessionEnd } = told;
    heads.forEach((head, column) => {
      const to = reachOf(timelines, told, head.days);
      if (to === undefined) return;
      known[moment * heads.length + column] = 1;
      happened[moment * heads.length + column] = holds(timelines, head, end, to);
    });
    if (sessionEnd >= 0) next[moment] = nextIn(timelines, end, sessionEnd);
    const to = reachOf(timelines, told, valueDays);
    if (to !== undefined) paidMinor[moment] = paidBetween(timelines, end + 1, to);
  }
  return { happened, known, next, paidMinor };
}

/** Moments of the calendar whose time is not over, and what has come of each by then. O(moments places). */
export function unfinishedOf(
  timelines: Timelines,
  moments: AskedMoments,
  { days, event }: ChanceHead,
): Unfinished | null {
  if (days === null) return null;
  const { times, names, offsets, asOf } = timelines;
  const ages = moments.nows.map((now) => (asOf - now) / DAY_MS);
  const isIt = (place: number): boolean => typeof event === "string" || names[place] === event;
  const waits = moments.nows.map((now, moment) => {
    const after = offsets[(moments.rows[moment] as number) + 1] as number;
    let place = (moments.ends[moment] as number) + 1;
    while (place < after && !isIt(place)) place++;
    return place < after ? ((times[place] as number) - now) / DAY_MS : Number.POSITIVE_INFINITY;
  });
  const open = Int32Array.from(moments.nows.keys()).filter(
    (at) => moments.visits[at] === 0 && (ages[at] as number) < days,
  );
  return { waits, ages, open, days, isSilence: event === "none" };
}

const nextIn = ({ names }: Timelines, end: number, sessionEnd: number): number =>
  sessionEnd > end ? nextOf(names[end + 1] as number) : LEAVE;

function aftermathOf(timelines: Timelines, moments: AskedMoments, moment: number): Aftermath {
  const end = moments.ends[moment] as number;
  const after = timelines.offsets[(moments.rows[moment] as number) + 1] as number;
  const last = moments.visits[moment] !== 0 ? lastOfSession(timelines, end, after) : -1;
  const isOver = last >= 0 && (timelines.times[last] as number) + GAP_MS < timelines.asOf;
  return { end, now: moments.nows[moment] as number, after, sessionEnd: isOver ? last : -1 };
}

/** The first place behind the time of a head; undefined where nobody knows yet. @unit days */
function reachOf(
  timelines: Timelines,
  { end, now, after, sessionEnd }: Aftermath,
  days: number | null,
): number | undefined {
  if (days === null) return sessionEnd < 0 ? undefined : sessionEnd + 1;
  const until = now + days * DAY_MS;
  return until <= timelines.asOf ? endOf(timelines, end, after, until) : undefined;
}

function lastOfSession({ sessions }: Timelines, end: number, after: number): number {
  let last = end;
  while (last + 1 < after && sessions[last + 1] === sessions[end]) last++;
  return last;
}

/** The first place behind `end` that lies after the moment. */
function endOf({ times }: Timelines, end: number, after: number, until: number): number {
  let at = end + 1;
  while (at < after && (times[at] as number) <= until) at++;
  return at;
}

/** 1 where the head came true between the event `end` and the place `to`. */
function holds({ names }: Timelines, { event }: ChanceHead, end: number, to: number): 0 | 1 {
  const isSilent = to === end + 1;
  if (event === "none") return isSilent ? 1 : 0;
  if (event === "any") return isSilent ? 0 : 1;
  for (let at = end + 1; at < to; at++) if (names[at] === event) return 1;
  return 0;
}

function paidBetween({ paidMinor }: Timelines, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += paidMinor[at] as number;
  return sum;
}
