import { describe, expect, test } from "vitest";
import type { EpochMs } from "../../../schema.ts";
import type { SegmentForecasts } from "../predict.ts";
import { keepCounts } from "./kept-counts.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Counts that end when they are told to, at a time that the test sets. */
function setUp() {
  const time = { now: 1_000_000 };
  const begun: ((failure?: Error) => void)[] = [];
  const clock = (): EpochMs => time.now as EpochMs;
  const kept = keepCounts(clock, () => {
    const asOf = clock();
    return new Promise<SegmentForecasts>((resolve, reject) => {
      const model = `count ${begun.length + 1}`;
      begun.push((failure) => (failure ? reject(failure) : resolve({ segments: [], model, asOf })));
    });
  });
  const counted = async (): Promise<SegmentForecasts> => {
    const asked = kept.of("tea");
    begun.at(-1)?.();
    return await asked;
  };
  return { time, begun, kept, counted };
}

describe("what is counted over everybody", () => {
  test("is counted once for all who ask at the same time", async () => {
    const { begun, kept } = setUp();
    const both = Promise.all([kept.of("tea"), kept.of("tea")]);
    expect(begun).toHaveLength(1);
    begun[0]?.();
    expect((await both).map(({ model }) => model)).toEqual(["count 1", "count 1"]);
  });

  test("is told again for a minute, then at once while it is counted anew", async () => {
    const { time, begun, kept, counted } = setUp();
    await counted();
    time.now += MINUTE_MS - 1;
    expect((await kept.of("tea")).model).toBe("count 1");
    expect(begun).toHaveLength(1);
    time.now += 1;
    expect((await kept.of("tea")).model).toBe("count 1");
    expect((await kept.of("tea")).model).toBe("count 1");
    expect(begun).toHaveLength(2);
    begun[1]?.();
    await expect.poll(() => kept.of("tea")).toMatchObject({ model: "count 2", asOf: time.now });
  });

  test("is waited for when it was counted an hour ago", async () => {
    const { time, begun, counted } = setUp();
    await counted();
    time.now += HOUR_MS;
    expect((await counted()).model).toBe("count 2");
    expect(begun).toHaveLength(2);
  });

  test("is counted anew for another model, even while the one before is counted", async () => {
    const { begun, kept, counted } = setUp();
    await counted();
    kept.forget("tea");
    const before = kept.of("tea");
    kept.forget("tea");
    const after = kept.of("tea");
    begun[2]?.();
    begun[1]?.();
    expect((await before).model).toBe("count 2");
    expect((await after).model).toBe("count 3");
    expect((await kept.of("tea")).model).toBe("count 3");
  });

  test("is not told any more after it could not be renewed", async () => {
    const { time, begun, kept, counted } = setUp();
    await counted();
    time.now += 2 * MINUTE_MS;
    await kept.of("tea");
    begun[1]?.(new Error("the disk is gone"));
    await new Promise((done) => setImmediate(done));
    const asked = kept.of("tea");
    begun[2]?.(new Error("still gone"));
    await expect(asked).rejects.toThrow("still gone");
    expect((await counted()).model).toBe("count 4");
  });
});
