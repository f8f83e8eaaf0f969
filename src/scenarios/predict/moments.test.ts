import { describe, expect, test } from "vitest";
import { type EventName, eventNames } from "../../collect/event.ts";
import type { Timelines } from "../../features/timelines.ts";
import { createRandom } from "../../tensor/random.ts";
import { COUNTED, countedNames, countStretch } from "./counted.ts";
import { chanceHeads, LEAVE, nextActions } from "./heads.ts";
import { drawMoments, MORE, outcomesOf, unfinishedOf } from "./moments.ts";
import { type PredictParams, predictParamsSchema } from "./schema.ts";
import { segmentOf } from "./segments.ts";
import { CALIBRATE, JUDGE, judgedApart, LEARN, placesOf, sliceMoments } from "./slices.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;
const START = 1_700_000_000_000;

/** Events as [days after the start, name, paid]; a day's events are a session, a minute apart. */
function timeline(
  deeds: readonly (readonly [day: number, name: EventName, paid?: number])[],
  days: number,
): Timelines {
  const times = deeds.map(([day], at) => START + day * DAY + at * MINUTE);
  const n = deeds.length;
  return {
    shop: "corner",
    asOf: START + days * DAY,
    persons: ["ann"],
    groups: ["thing"],
    offsets: Int32Array.of(0, n),
    times: Float64Array.from(times),
    names: Uint8Array.from(deeds, ([, name]) => eventNames.indexOf(name)),
    surfaces: new Uint8Array(n),
    tokens: new Int32Array(n),
    sessions: Int32Array.from(deeds, ([day]) => day),
    pieces: new Float64Array(n).fill(1),
    priceMinor: new Float64Array(n).fill(100),
    paidMinor: Float64Array.from(deeds, ([, , paid = 0]) => paid),
    currency: "EUR",
  };
}

/** Ann looks on day 0, looks and buys on day 5, reviews on day 30. */
const ann = timeline(
  [
    [0, "item_view"],
    [5, "item_view"],
    [5, "purchase", 300],
    [30, "review"],
  ],
  60,
);
const at = (end: number, now: number, visit: 0 | 1) => ({
  count: 1,
  rows: Int32Array.of(0),
  ends: Int32Array.of(end),
  nows: Float64Array.of(now),
  visits: Uint8Array.of(visit),
});

describe("what came of a moment", () => {
  const heads = chanceHeads(20);
  const known = (moment: ReturnType<typeof at>) => {
    const { happened, known: isKnown, next, paidMinor } = outcomesOf(ann, moment, heads, 30);
    const words = heads.map(({ name }, head) => [name, isKnown[head] ? happened[head] : "?"]);
    return { ...Object.fromEntries(words), next: next[0], paid: paidMinor[0] };
  };

  test("on a day of the calendar: within each head's time, and no session", () => {
    expect(known(at(0, START + 1 * DAY, 0))).toEqual({
      purchase_session: "?",
      purchase_7d: 1,
      purchase_30d: 1,
      churn: 0,
      view_7d: 1,
      review_30d: 1,
      click_session: "?",
      return_1d: 0,
      return_7d: 1,
      return_30d: 1,
      next: -1,
      paid: 300,
    });
  });

  test("of silence: nobody heard of for twenty days is gone", () => {
    expect(known(at(2, START + 8 * DAY, 0))).toMatchObject({
      churn: 1,
      purchase_7d: 0,
      return_7d: 0,
    });
    expect(known(at(2, START + 15 * DAY, 0))).toMatchObject({ churn: 0, review_30d: 1 });
  });

  test("in a visit: what the session still brings, and what is next in it", () => {
    const purchase = nextActions.indexOf("purchase");
    const first = ann.times[1] as number;
    expect(known(at(1, first, 1))).toMatchObject({ purchase_session: 1, next: purchase });
    const last = ann.times[2] as number;
    expect(known(at(2, last, 1))).toMatchObject({ purchase_session: 0, next: LEAVE });
  });

  test("what is not over: how long ago it was asked, and what has come since", () => {
    const asked = [START + 41 * DAY, START + 20 * DAY, START + 41 * DAY].map((now, moment) => ({
      ...{ row: 0, now, end: [3, 2, 3][moment] as number, visit: [0, 0, 1][moment] as number },
    }));
    const moments = {
      count: 3,
      rows: new Int32Array(3),
      ends: Int32Array.from(asked, ({ end }) => end),
      nows: Float64Array.from(asked, ({ now }) => now),
      visits: Uint8Array.from(asked, ({ visit }) => visit),
    };
    const [session, , purchase, churn] = heads.map((head) => unfinishedOf(ann, moments, head));
    expect(session).toBeNull();
    expect([...(churn?.ages ?? [])]).toEqual([19, 40, 19]);
    // Of silence for twenty days the first is open, the second over, the third of a visit.
    expect([...(churn?.open ?? [])]).toEqual([0]);
    expect(churn).toMatchObject({ days: 20, isSilence: true });
    const review = (ann.times[3] as number) - (START + 20 * DAY);
    expect([...(churn?.waits ?? [])]).toEqual([Infinity, review / DAY, Infinity]);
    expect([...(purchase?.waits ?? [])]).toEqual([Infinity, Infinity, Infinity]);
    expect(purchase).toMatchObject({ days: 30, isSilence: false });
  });

  test("beyond the end of the log nothing is known, and a session that may go on neither", () => {
    expect(known(at(3, START + 40 * DAY, 0))).toMatchObject({
      purchase_30d: "?",
      purchase_7d: 0,
      churn: 1,
      paid: Number.NaN,
    });
    const open = { ...ann, asOf: (ann.times[3] as number) + 10 * MINUTE };
    const { known: isKnown, next } = outcomesOf(open, at(3, ann.times[3] as number, 1), heads, 30);
    expect([isKnown[0], next[0]]).toEqual([0, -1]);
  });
});

describe("what is counted", () => {
  const scale = { orderMedianMinor: 300, priceMedianMinor: 100, sessionGapMinutes: 30 };
  const counts = (from: number, to: number, now: number): Record<string, number> => {
    const row = countStretch(ann, { from, to, now }, scale);
    return Object.fromEntries(countedNames.map((name, c) => [name, Math.expm1(row[c] as number)]));
  };

  test("by hand, ten days after the purchase", () => {
    const found = counts(0, 3, (ann.times[2] as number) + 10 * DAY);
    expect(found).toMatchObject({
      days_since_last: expect.closeTo(10, 6),
      orders: expect.closeTo(1, 9),
      events: expect.closeTo(3, 9),
      sessions: expect.closeTo(2, 9),
      views: expect.closeTo(2, 9),
      spent: expect.closeTo(1, 9),
      events_7d: 0,
      orders_30d: expect.closeTo(1, 9),
      session_open: 0,
      session_events: 0,
    });
    expect(countStretch(ann, { from: 0, to: 3, now: ann.asOf }, scale)).toHaveLength(COUNTED);
  });

  test("of the open session alone, and never of what lies behind the stretch", () => {
    const now = ann.times[1] as number;
    expect(counts(0, 2, now)).toMatchObject({ session_events: expect.closeTo(1, 9), orders: 0 });
    const later = { ...ann, names: ann.names.map((name, place) => (place < 2 ? name : 0)) };
    const stretch = { from: 0, to: 2, now };
    expect(countStretch(later, stretch, scale)).toEqual(countStretch(ann, stretch, scale));
  });

  test("segments by silence and orders", () => {
    const of = (to: number, days: number) =>
      segmentOf(ann, { from: 0, to, now: (ann.times[Math.max(0, to - 1)] as number) + days * DAY });
    expect([of(0, 1), of(1, 1), of(1, 20), of(3, 1)]).toEqual([
      "unknown",
      "newcomer",
      "looker",
      "first_buyer",
    ]);
    expect([of(3, 60), of(3, 200)]).toEqual(["slipping", "gone"]);
  });
});

describe("moments and their slices", () => {
  const many = timeline(
    Array.from({ length: 50 }, (_, day) => [day, "item_view"] as const),
    60,
  );
  const params = predictParamsSchema.parse({ calendarMoments: 20 }) as PredictParams;
  const moments = drawMoments(many, params, createRandom(1));

  test("every moment follows its last event, and visits stand at theirs", () => {
    for (let m = 0; m < moments.count; m++) {
      const [end, now] = [moments.ends[m] as number, moments.nows[m] as number];
      expect(many.times[end]).toBeLessThanOrEqual(now);
      expect(many.times[end + 1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(now);
    }
    expect(moments.visits.filter((visit) => visit !== 0)).toHaveLength(params.visitMomentsMost);
  });

  test("heads of days learn from eight moments of a person's visits, those of the session from all", () => {
    const few = drawMoments(many, { ...params, visitMomentsMost: 8 }, createRandom(1));
    const known = (all: typeof moments) => new Uint8Array(all.count).fill(1);
    const asked = (all: typeof moments, ofVisits: boolean) => {
      const { codes } = sliceMoments(all, { known: known(all), ofVisits, days: 0 });
      return [...codes.keys()]
        .filter((m) => codes[m] !== 0 && (ofVisits || all.visits[m] !== 0))
        .map((m) => all.ends[m]);
    };
    expect(asked(moments, true)).toHaveLength(24);
    expect(asked(moments, false)).toEqual(asked(few, false));
    expect(asked(few, true)).toHaveLength(8);
    expect(new Set(asked(moments, true))).toEqual(
      new Set([...asked(moments, true), ...asked(few, true)]),
    );
    // What is more has the room that is left.
    const room = { ...params, momentsMost: few.count + 5 };
    const kept = drawMoments(many, room, createRandom(1));
    expect(kept.visits.filter((visit) => visit === MORE)).toHaveLength(5);
    expect(kept.ends.slice(0, few.count)).toEqual(few.ends);
  });

  test("what is learned from came true before anything that judges was asked", () => {
    const known = new Uint8Array(moments.count).fill(1);
    const slices = sliceMoments(moments, { known, ofVisits: false, days: 5 });
    const times = (slice: number) =>
      Array.from(placesOf(slices, slice), (m) => moments.nows[m] as number);
    expect(slices.isApart).toBe(true);
    expect(Math.max(...times(LEARN)) + 5 * DAY).toBeLessThanOrEqual(Math.min(...times(2)));
    expect(Math.max(...times(3))).toBeLessThan(Math.min(...times(JUDGE)));
    const far = sliceMoments(moments, { known, ofVisits: false, days: 50 });
    expect(far.isApart).toBe(false);
  });

  test("what is judged was calibrated by what came true before, as far as half is left", () => {
    const known = new Uint8Array(moments.count).fill(1);
    const sliced = (days: number) => sliceMoments(moments, { known, ofVisits: false, days });
    const slices = sliced(3);
    const { places, isApart } = judgedApart(slices);
    const judgeAt = Math.min(...Array.from(placesOf(slices, JUDGE), (m) => moments.nows[m] ?? 0));
    const latest = Math.max(...Array.from(places, (m) => moments.nows[m] ?? 0));
    expect(isApart).toBe(true);
    expect(places.length).toBeLessThan(placesOf(slices, CALIBRATE).length);
    expect(latest + 3 * DAY).toBeLessThanOrEqual(judgeAt);
    const far = sliced(30);
    expect(judgedApart(far)).toEqual({ places: placesOf(far, CALIBRATE), isApart: false });
  });
});
