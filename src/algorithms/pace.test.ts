import { describe, expect, test } from "vitest";
import { createRandom } from "../tensor/random.ts";
import { paced, paceOf, type Unfinished } from "./pace.ts";

const DAYS = 30;
const FINISHED = 4_000;
const EVENTS_BEFORE = 300;

/** Finished moments of an old rate, then as many open ones of every age at another. @unit rates 1/day */
function shopOf(before: number, now: number, isSilence: boolean): Unfinished {
  const random = createRandom(7);
  const places = Array.from({ length: 2 * FINISHED }, (_, at) => at);
  const isOpen = (at: number): boolean => at >= FINISHED;
  return {
    waits: Float64Array.from(places, (at) => random.exponential(isOpen(at) ? now : before)),
    ages: Float64Array.from(places, (at) =>
      isOpen(at) ? (DAYS * (at - FINISHED)) / FINISHED : DAYS + 1 + (at % 9),
    ),
    open: Int32Array.from(places.filter(isOpen)),
    days: DAYS,
    isSilence,
  };
}

const finished = Int32Array.from({ length: FINISHED }, (_, at) => at);
/** The chance of an event within the days, at a constant rate. */
const chanceAt = (rate: number): number => 1 - Math.exp(-rate * DAYS);

describe("the pace of what is not over", () => {
  test("is that of the events so far, with those before it", () => {
    const [before, now] = [0.01, 0.02];
    const shop = shopOf(before, now, false);
    const pace = paceOf(shop, finished, () => chanceAt(before));
    // Half of the days have passed on average: 4,000 x .01 x 15 = 600 were to come; now twice as many.
    // Likelihood of so many of so many, by hand: the pace at which came, and 300 more, is expected.
    expect(pace).toBeGreaterThan(1.5);
    expect(pace).toBeLessThan(1.75);
    const slow = paceOf(shopOf(before, 0.002, false), finished, () => chanceAt(before));
    expect(slow).toBeGreaterThan(0.4);
    expect(slow).toBeLessThan(0.55);
  });

  test("of rare events it is their number over the expected one, 300 added to both", () => {
    // All that came of the finished came by the fifteenth day: the whole hazard has passed.
    const [chance, open, events] = [1e-4, 1_000, 60];
    const places = Array.from({ length: 2 + open }, (_, at) => at);
    const shop = {
      ages: Float64Array.from(places, (at) => (at < 2 ? 40 : 15)),
      waits: Float64Array.from(places, (at) => (at === 0 || (at > 1 && at < 2 + events) ? 15 : 99)),
      open: Int32Array.from(places.slice(2)),
      ...{ days: DAYS, isSilence: false },
    };
    const pace = paceOf(shop, Int32Array.of(0, 1), () => chance);
    const expected = open * chance;
    expect(pace).toBeCloseTo((events + EVENTS_BEFORE) / (expected + EVENTS_BEFORE), 3);
  });

  test("what chance alone might make is no pace", () => {
    // Some 550 were to come: a fiftieth more is likelier by less than two nats, a quarter more is not chance.
    const at = (rate: number): number =>
      paceOf(shopOf(0.01, rate, false), finished, () => chanceAt(0.01));
    expect([at(0.01), at(0.0102)]).toEqual([1, 1]);
    expect(at(0.0125)).toBeGreaterThan(1.05);
  });

  test("silence is the same question the other way round", () => {
    const [before, now] = [0.01, 0.02];
    const event = paceOf(shopOf(before, now, false), finished, () => chanceAt(before));
    const silence = paceOf(shopOf(before, now, true), finished, () => 1 - chanceAt(before));
    expect(silence).toBeCloseTo(event, 9);
    const chance = chanceAt(before);
    expect(paced(chance, event, false) + paced(1 - chance, event, true)).toBeCloseTo(1, 12);
  });

  test("nothing open, or nothing that has ever come, says nothing", () => {
    const shop = shopOf(0.01, 0.02, false);
    expect(paceOf({ ...shop, open: new Int32Array() }, finished, () => 0.3)).toBeCloseTo(1, 9);
    const never = { ...shop, waits: shop.waits.map(() => Number.POSITIVE_INFINITY) };
    expect(paceOf(never, finished, () => 0.3)).toBeCloseTo(1, 9);
  });

  test("a chance at another pace: twice the hazard leaves the square of who was left", () => {
    expect(paced(0.5, 2, false)).toBeCloseTo(0.75, 12);
    expect(paced(0.5, 2, true)).toBeCloseTo(0.25, 12);
    expect([0, 0.2, 1].map((chance) => paced(chance, 1, false))).toEqual([0, 0.2, 1]);
    expect([paced(1, 3, false), paced(0, 3, false), paced(0, 0.5, true)]).toEqual([1, 0, 0]);
  });
});
