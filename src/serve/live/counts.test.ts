import { describe, expect, test } from "vitest";
import { MINUTES_SHOWN, openCounts } from "./counts.ts";

const MINUTE_MS = 60_000;
const START = 1_750_000_020_000;
const minute = (nth: number): number => (Math.floor(START / MINUTE_MS) + nth) * MINUTE_MS;

const told = (counts: ReturnType<typeof openCounts>, now: number): string[] =>
  counts
    .minutes("a", now)
    .filter(({ events, lists }) => events + lists > 0)
    .map(({ at, events, lists }) => `${(at - minute(0)) / MINUTE_MS}: ${events} ${lists}`);

describe("counts by minute", () => {
  test("stand in the minute they were made in, for each shop by itself", () => {
    const counts = openCounts();
    counts.addEvents("a", 3, 3, START);
    counts.addEvents("a", 4, 4, START + 1);
    counts.addEvents("b", 100, 100, START);
    counts.addList("a", START + MINUTE_MS);
    expect(told(counts, START + MINUTE_MS)).toEqual(["0: 7 0", "1: 0 1"]);
    expect([counts.total("a"), counts.total("b"), counts.total("c")]).toEqual([7, 100, 0]);
    counts.addEvents("a", 50, 1, START + MINUTE_MS);
    expect(told(counts, START + MINUTE_MS)).toEqual(["0: 7 0", "1: 1 1"]);
    expect(counts.total("a")).toBe(57);
  });

  test("leave after a quarter of an hour, the passing minute last, with none left out", () => {
    const counts = openCounts();
    counts.addEvents("a", 1, 1, START);
    counts.addEvents("a", 2, 2, START + 14 * MINUTE_MS);
    expect(told(counts, START + 14 * MINUTE_MS)).toEqual(["0: 1 0", "14: 2 0"]);
    const shown = counts.minutes("a", START + 15 * MINUTE_MS).map(({ at }) => at);
    expect(shown).toEqual(Array.from({ length: MINUTES_SHOWN }, (_, nth) => minute(nth + 1)));
    expect(told(counts, START + 15 * MINUTE_MS)).toEqual(["14: 2 0"]);
    expect(told(counts, START + 90 * MINUTE_MS)).toEqual([]);
  });

  test("outlast a clock that goes back a little, and begin anew when it is set far back", () => {
    const counts = openCounts();
    counts.addEvents("a", 1, 1, START);
    counts.addEvents("a", 2, 2, START - 2 * MINUTE_MS);
    expect(told(counts, START)).toEqual(["0: 3 0"]);
    counts.addEvents("a", 5, 5, START - 3_000 * MINUTE_MS);
    expect(told(counts, START - 3_000 * MINUTE_MS)).toEqual(["-3000: 5 0"]);
    expect(counts.total("a")).toBe(8);
  });
});
