import { describe, expect, test } from "vitest";
import { memoryRecords } from "../../collect/conformance/memory-storage.ts";
import { nextTry } from "./courier.ts";
import { afterTry, type KeptDelivery, openDeliveries } from "./deliveries.ts";
import type { Attempt } from "./webhook.ts";

const HOUR_MS = 3_600_000;
const taken: Attempt = { at: 1, durationMs: 2, status: 204, answer: "", error: null };
const refused: Attempt = { ...taken, status: 500, error: "answered 500" };
const delivery = (number: number, more: Partial<KeptDelivery> = {}): KeptDelivery => ({
  ...{ id: `wh.${String(number).padStart(12, "0")}`, webhook: "wh", kind: "rules.changed" },
  ...{ createdAt: 0, state: "waiting", attempts: 0, nextAt: 0, last: null, body: "{}" },
  ...{ giveUpAt: 24 * HOUR_MS },
  ...more,
});

describe("when a delivery is tried again", () => {
  test("after a pause that is four times as long each time, a fifth more or less", () => {
    for (let attempts = 0; attempts < 6; attempts++) {
      const pause = 5_000 * 4 ** attempts;
      const at = nextTry({ attempts, giveUpAt: Number.MAX_SAFE_INTEGER }, refused, 0, 5_000) ?? 0;
      expect(at).toBeGreaterThanOrEqual(0.8 * pause);
      expect(at).toBeLessThanOrEqual(1.2 * pause);
    }
  });

  test("never later than 7.2 h on, and not once its day has passed", () => {
    const late = { attempts: 20, giveUpAt: Number.MAX_SAFE_INTEGER };
    expect(nextTry(late, refused, 0, 5_000)).toBeLessThanOrEqual(7.2 * HOUR_MS);
    expect(nextTry(delivery(1), refused, 24 * HOUR_MS, 5_000)).toBeNull();
  });

  test("not at all when it was taken or its address is gone", () => {
    expect(nextTry(delivery(1), taken, 0, 5_000)).toBeNull();
    expect(nextTry(delivery(1), { ...refused, status: 410 }, 0, 5_000)).toBeNull();
  });

  test("draws its pauses apart", () => {
    const drawn = Array.from({ length: 20 }, () => nextTry(delivery(1), refused, 0, 5_000));
    expect(new Set(drawn).size).toBeGreaterThan(10);
  });
});

describe("what is kept of deliveries", () => {
  test("the newest that have ended, and all that wait", async () => {
    const records = memoryRecords();
    const deliveries = await openDeliveries(records, 2);
    const made = Array.from({ length: 5 }, (_, nth) => delivery(nth + 1));
    await deliveries.add(made, []);
    for (const one of made.slice(0, 4)) await deliveries.settle(afterTry(one, taken, null));
    const ids = (await deliveries.list("wh", 10)).map(({ id }) => Number(id.slice(3)));
    expect(ids).toEqual([5, 4, 3]);
    expect([...deliveries.waiting()].map(({ id }) => id)).toEqual([made[4]?.id]);
    const again = await openDeliveries(records, 2);
    expect([...again.waiting()]).toEqual([made[4]]);
    expect(await again.list("wh", 10, made[4]?.id)).toHaveLength(2);
  });

  test("what was given up, until it is sent again or gone; no test that failed", async () => {
    const records = memoryRecords();
    const deliveries = await openDeliveries(records, 2);
    const made = [1, 2, 3, 4].map((nth) => delivery(nth));
    const failedTest = delivery(5, { kind: "test" });
    await deliveries.add([...made, failedTest], []);
    for (const one of [made[0], failedTest, made[1]]) {
      await deliveries.settle(afterTry(one as KeptDelivery, refused, null));
    }
    const parked = { id: made[1]?.id, at: refused.at };
    // The first has gone: two are kept.
    expect(deliveries.parkedOf("wh")).toEqual([parked]);
    expect((await openDeliveries(records, 2)).parkedOf("wh")).toEqual([parked]);
    await deliveries.settle({ ...(made[1] as KeptDelivery), state: "waiting", nextAt: 0 });
    expect(deliveries.parkedOf("wh")).toEqual([]);
  });
});
