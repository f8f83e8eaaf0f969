import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EventInput } from "../collect/event.ts";
import { openTimeline, type Process, type Timeline } from "./timeline.ts";

function* beat(timeline: Timeline, session: string, every: number, times: number): Process {
  for (let i = 0; i < times; i++) {
    timeline.emit({ name: "page_view", at: timeline.now, session });
    yield every;
  }
}

const told = (batches: Iterable<EventInput[]>): string[] =>
  [...batches].flat().map((event) => `${event.session}@${event.at}`);

describe("timeline", () => {
  test("merges its processes by time, ties in the order they went to sleep", () => {
    const timeline = openTimeline(100);
    timeline.schedule(100, beat(timeline, "a", 10, 3));
    timeline.schedule(105, beat(timeline, "b", 5, 3));
    // At 110 b, which slept since 105, comes after a, which slept since 100.
    expect(told(timeline.run(1000, 10))).toEqual([
      "a@100",
      "b@105",
      "a@110",
      "b@110",
      "b@115",
      "a@120",
    ]);
  });

  test("stops before the end and keeps who is asleep", () => {
    const timeline = openTimeline(0);
    timeline.schedule(0, beat(timeline, "a", 10, 5));
    expect(told(timeline.run(20, 10))).toEqual(["a@0", "a@10"]);
    expect(timeline.asleep).toBe(1);
    expect(told(timeline.run(21, 10))).toEqual(["a@20"]);
  });

  test("hands out batches of about the size asked for", () => {
    const timeline = openTimeline(0);
    timeline.schedule(0, beat(timeline, "a", 1, 10));
    expect([...timeline.run(100, 4)].map((batch) => batch.length)).toEqual([4, 4, 2]);
  });

  test("refuses the past", () => {
    const timeline = openTimeline(50);
    expect(() => timeline.schedule(49, beat(timeline, "a", 1, 1))).toThrow("in the past");
  });

  test("wakes any set of sleepers in order", () => {
    const moments = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 60 });
    fc.assert(
      fc.property(moments, (starts) => {
        const timeline = openTimeline(0);
        starts.forEach((at, i) => {
          timeline.schedule(at, beat(timeline, String(i), 1, 1));
        });
        const sorted = starts.map((at, i) => ({ at, i })).sort((x, y) => x.at - y.at || x.i - y.i);
        expect(told(timeline.run(2000, 7))).toEqual(sorted.map(({ at, i }) => `${i}@${at}`));
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});
