import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import { parseConfig } from "../../config.ts";
import type { EventLog } from "../../storage/event-log.ts";
import type { Records } from "../../storage/records.ts";
import type { Collect, Expired } from "../collect.ts";
import { memoryLog, memoryRecords } from "../conformance/memory-storage.ts";
import type { Event } from "../event.ts";
import { listQuarantined, QUARANTINE, quarantine } from "../files/quarantine.ts";
import type { Quarantined } from "../importing.ts";
import { openCollect } from "../open-collect.ts";
import { readEvent } from "../stored-event.ts";

const DAY_MS = 86_400_000;
const NOW = 1_750_000_000_000;
const SHOP = "tea";
let log: EventLog;
let records: Records;
let collect: Collect;
let expired: Expired[];

const open = (): Promise<Collect> =>
  openCollect({ log, records, clock: fixedClock(NOW), config: parseConfig({}).collect });
const ago = (days: number, more: object): object => ({
  name: "item_view",
  items: [{ item: "oolong" }],
  at: NOW - days * DAY_MS,
  ...more,
});
const control = (signal: AbortSignal = new AbortController().signal) => ({
  signal,
  progress: () => undefined,
});
const kept = async (): Promise<Event[]> => {
  const events: Event[] = [];
  for await (const rows of log.read(SHOP, { after: 0, batch: 100 })) {
    events.push(...rows.map(readEvent));
  }
  return events;
};
const daysOf = (events: readonly Event[]): number[] =>
  events.map(({ at }) => (NOW - at) / DAY_MS).sort((a, b) => a - b);

beforeEach(async () => {
  log = memoryLog();
  records = memoryRecords();
  collect = await open();
  expired = [];
  collect.listen({ derives: "a table", expired: (_shop, gone) => void expired.push(gone) });
  await collect.events(SHOP, [
    ago(1, { shopper: "ada" }),
    ago(40, { shopper: "ada" }),
    ago(400, { shopper: "ada" }),
    ago(1, { anonymous: "cookie" }),
    ago(40, { anonymous: "cookie" }),
    ago(400, { anonymous: "cookie" }),
    // Joined to a known shopper, so what it did is a shopper's.
    ago(40, { anonymous: "ben-phone" }),
  ]);
  await collect.merge(SHOP, "ben-phone", "ben");
});

describe("rules of retention", () => {
  test("keep everything for ever where none are set", async () => {
    expect(collect.retention.rules(SHOP)).toEqual({
      ...{ shopperDays: null, anonymousDays: null },
      consent: { measure: true, personalise: true },
    });
    expect(await collect.retention.apply(SHOP, control())).toBeNull();
    expect(await kept()).toHaveLength(7);
  });

  test("are previewed without changing anything", async () => {
    const to = { shopperDays: 365, anonymousDays: 30 };
    expect(await collect.retention.preview(SHOP, to)).toEqual({
      at: NOW,
      shoppers: { events: 4, goes: 1, oldestAt: NOW - 400 * DAY_MS },
      anonymous: { events: 3, goes: 2, oldestAt: NOW - 400 * DAY_MS },
      quarantine: { events: 0, goes: 0, oldestAt: null },
    });
    expect(collect.retention.rules(SHOP).shopperDays).toBeNull();
    expect(await kept()).toHaveLength(7);
  });

  test("let go of what they say, tell who derived something, and certify it", async () => {
    await collect.retention.change(SHOP, { shopperDays: 365 });
    await collect.retention.change(SHOP, { anonymousDays: 30 });
    const certificate = await collect.retention.apply(SHOP, control());
    expect(daysOf(await kept())).toEqual([1, 1, 40, 40]);
    expect(certificate).toMatchObject({
      rules: { shopperDays: 365, anonymousDays: 30 },
      ...{ shopperEvents: 1, anonymousEvents: 2, persons: 2, complete: true },
      ...{ oldestAt: NOW - 400 * DAY_MS, newestAt: NOW - 40 * DAY_MS },
      derived: ["event log", "quarantine", "a table"],
    });
    expect(JSON.stringify(certificate)).not.toMatch(/ada|cookie/);
    expect(expired.flatMap(({ persons }) => persons).sort()).toEqual(["ada", "cookie"]);
    expect(expired.flatMap(({ places }) => places)).toHaveLength(3);
    expect(await collect.retention.certificates(SHOP, 10)).toEqual([certificate]);
    expect(collect.retention.appliedAt(SHOP)).toBe(NOW);
    expect(await collect.retention.apply(SHOP, control())).toBeNull();
  });

  test("let go of refused rows by the shorter rule, of those that may tell of a shopper", async () => {
    const refused = (id: string, days: number, more: Partial<Quarantined> = {}): Quarantined => ({
      ...{ id, source: "csv", part: "events", line: 1, reason: "no name", errors: [] },
      ...{ kind: "event", input: { who: id }, at: NOW - days * DAY_MS, ...more },
    });
    const entries = [
      refused("old", 31),
      refused("torn", 40, { kind: "line" }),
      refused("new", 29),
      refused("item", 400, { kind: "item" }),
    ];
    await quarantine(records, SHOP, entries, 100);
    // Refused again today, it is as old as it was; another line in its place is new.
    await quarantine(records, SHOP, [refused("old", 0)], 100);
    await quarantine(records, SHOP, [refused("torn", 0, { kind: "line", input: "b" })], 100);
    const { at: _, ...undated } = refused("undated", 0);
    await records.write(SHOP, [{ put: undated, kind: QUARANTINE, id: "undated" }]);
    await collect.retention.change(SHOP, { shopperDays: 365, anonymousDays: 30 });
    const left = async (): Promise<string[]> =>
      (await listQuarantined(records, SHOP, { limit: 10 })).rows.map(({ id }) => id);
    const preview = await collect.retention.preview(SHOP, {});
    const oldestAt = NOW - 31 * DAY_MS;
    expect(preview.quarantine).toEqual({ events: 4, goes: 1, oldestAt });
    expect(await left()).toHaveLength(5);
    expect(await collect.retention.apply(SHOP, control())).toMatchObject({ quarantined: 1 });
    expect(await left()).toEqual(["item", "new", "torn", "undated"]);
    const dated = await records.get<Quarantined>(SHOP, QUARANTINE, "undated");
    expect(dated?.value.at).toBe(NOW);
  });

  test("survive a restart, and are of one shop", async () => {
    await collect.retention.change(SHOP, { shopperDays: 30 });
    const again = await open();
    expect(again.retention.rules(SHOP).shopperDays).toBe(30);
    expect(again.retention.rules("coffee").shopperDays).toBeNull();
    expect(again.retention.shops()).toEqual([SHOP]);
  });

  test("that are stopped leave the rest, and say so", async () => {
    await collect.retention.change(SHOP, { shopperDays: 30, anonymousDays: 30 });
    const stop = new AbortController();
    stop.abort();
    await expect(collect.retention.apply(SHOP, control(stop.signal))).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(await kept()).toHaveLength(7);
    expect(collect.retention.appliedAt(SHOP)).toBeNull();
  });
});

describe("consent that nobody was asked for", () => {
  const newest = async (): Promise<Event | undefined> => (await kept()).at(-1);

  test("is what the shop's rule says, from then on", async () => {
    await collect.retention.change(SHOP, { consent: { measure: true, personalise: false } });
    await collect.events(SHOP, [ago(0, { shopper: "ada" })]);
    expect((await newest())?.context.consent).toEqual({ measure: true, personalise: false });
    expect((await kept())[0]?.context.consent).toBeUndefined();
    await collect.events("coffee", [ago(0, { shopper: "ada" })]);
    for await (const [row] of log.read("coffee", { after: 0, batch: 1 })) {
      expect(row && readEvent(row).context.consent).toBeUndefined();
    }
  });

  test("gives way to what a shopper said", async () => {
    await collect.retention.change(SHOP, { consent: { measure: false, personalise: false } });
    const consent = { measure: true, personalise: true };
    await collect.events(SHOP, [ago(0, { shopper: "ada", name: "consent", context: { consent } })]);
    await collect.events(SHOP, [ago(0, { shopper: "ada" })]);
    expect(await newest()).toMatchObject({ name: "item_view", context: { consent } });
    const { withheld } = await collect.events(SHOP, [ago(0, { shopper: "ben" })]);
    expect(withheld).toBe(1);
  });
});
