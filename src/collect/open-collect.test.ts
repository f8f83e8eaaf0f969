import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { parseConfig } from "../config.ts";
import type { EventLog } from "../storage/event-log.ts";
import type { Records } from "../storage/records.ts";
import type { Collect } from "./collect.ts";
import { memoryLog, memoryRecords } from "./conformance/memory-storage.ts";
import { subjectOf } from "./erase.ts";
import type { Event } from "./event.ts";
import { openCollect } from "./open-collect.ts";
import { readEvent } from "./stored-event.ts";

const NOW = 1_750_000_000_000;
const SHOP = "demo";
const config = parseConfig({}).collect;

let log: EventLog;
let records: Records;
let collect: Collect;

const open = (more: Partial<typeof config> = {}): Promise<Collect> =>
  openCollect({ log, records, clock: fixedClock(NOW), config: { ...config, ...more } });

beforeEach(async () => {
  log = memoryLog();
  records = memoryRecords();
  collect = await open();
});

async function stored(): Promise<{ person: string | null; event: Event }[]> {
  const rows: { person: string | null; event: Event }[] = [];
  for await (const batch of log.read(SHOP, { after: 0, batch: 100 })) {
    for (const row of batch) rows.push({ person: row.person, event: readEvent(row) });
  }
  return rows;
}
const persons = async (): Promise<(string | null)[]> => (await stored()).map((row) => row.person);
const view = (more: object): object => ({ name: "item_view", items: [{ item: "i1" }], ...more });

describe("a batch", () => {
  test("takes the good events and says what is wrong with the rest", async () => {
    const taken = await collect.events(SHOP, [
      view({ shopper: "s1" }),
      { name: "scroll" },
      view({ shopper: "s1", valueMinor: 1.5 }),
      view({ anonymous: "a1" }),
    ]);
    expect(taken).toMatchObject({ accepted: 2, duplicates: 0, withheld: 0 });
    expect(taken.rejected).toEqual([
      expect.objectContaining({
        index: 1,
        code: "invalid-event",
        errors: [expect.objectContaining({ pointer: "/name" })],
        remedy: "Correct the fields named in errors.",
      }),
      expect.objectContaining({ index: 2, code: "invalid-event" }),
    ]);
    expect(await persons()).toEqual(["s1", "a1"]);
  });

  test("is completed: id, moment, currency of amounts", async () => {
    await collect.events(SHOP, [
      view({ valueMinor: 5 }),
      { name: "purchase", items: [{ item: "i", unitPriceMinor: 1 }], currency: "JPY" },
      { name: "page_view" },
    ]);
    const events = (await stored()).map((row) => row.event);
    expect(events.map((event) => event.currency)).toEqual(["USD", "JPY", undefined]);
    for (const event of events) {
      expect(event).toMatchObject({ shop: SHOP, at: NOW, receivedAt: NOW });
      expect(event.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    }
    expect(new Set(events.map((event) => event.eventId)).size).toBe(3);
  });

  test("sent again changes nothing and is announced once", async () => {
    const heard: string[] = [];
    collect.listen({ events: (_, events) => heard.push(...events.map((one) => one.eventId)) });
    const eventId = "018f0000-0000-7000-8000-000000000001";
    const sent = [view({ eventId }), view({ eventId })];
    expect(await collect.events(SHOP, sent)).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await collect.events(SHOP, sent)).toMatchObject({ accepted: 0, duplicates: 2 });
    expect(heard).toEqual([eventId]);
  });

  test("from the future beyond the allowed skew is refused", async () => {
    const edge = NOW + config.clockSkewMs;
    const taken = await collect.events(SHOP, [view({ at: edge }), view({ at: edge + 1 })]);
    expect(taken.accepted).toBe(1);
    expect(taken.rejected[0]?.errors).toEqual([
      { pointer: "/at", detail: "300 s in the future; at is epoch milliseconds" },
    ]);
  });

  test("larger than the limit is a problem, as is one endless event", async () => {
    const many = Array.from({ length: config.eventsPerBatch + 1 }, () => view({}));
    await expect(collect.events(SHOP, many)).rejects.toMatchObject({ code: "too-large" });
    const taken = await collect.events(SHOP, [view({ note: "x".repeat(70_000) })]);
    expect(taken.rejected).toEqual([expect.objectContaining({ index: 0, code: "too-large" })]);
  });

  test("given in one turn is appended in the order given", async () => {
    await Promise.all(
      ["a", "b", "c"].map((shopper) =>
        collect.events(SHOP, [view({ shopper, anonymous: `x${shopper}` }), view({ shopper })]),
      ),
    );
    expect(await persons()).toEqual(["a", "a", "b", "b", "c", "c"]);
  });
});

describe("identity", () => {
  test("an event with both ids brings the anonymous past along", async () => {
    const merged: string[] = [];
    collect.listen({ merged: (_, from, to) => merged.push(`${from}>${to}`) });
    await collect.events(SHOP, [view({ anonymous: "a" }), view({ anonymous: "z" })]);
    await collect.events(SHOP, [{ name: "identify", shopper: "A", anonymous: "a" }]);
    await collect.events(SHOP, [view({ anonymous: "a" })]);
    expect(await persons()).toEqual(["A", "z", "A", "A"]);
    expect(merged).toEqual(["a>A"]);
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("A");
    expect(collect.personOf("other", { anonymous: "a" })).toBe("a");
    expect(collect.personOf(SHOP, {})).toBeNull();
  });

  test.each(["identify", "merge", "item_view"])(
    "%s sent by a browser does not make a known shopper somebody else's",
    async (name) => {
      await collect.events(SHOP, [view({ shopper: "ada" })]);
      const claiming = { ...view({ shopper: "eve", anonymous: "ada" }), name };
      for (const door of [collect, await open()]) {
        const taken = await door.events(SHOP, [claiming, view({ shopper: "ada" })]);
        expect(taken).toMatchObject({ accepted: 2, rejected: [] });
        expect(door.personOf(SHOP, { shopper: "ada" })).toBe("ada");
      }
      expect(await persons()).toEqual(["ada", "eve", "ada", "eve", "ada"]);
      expect(await collect.merge(SHOP, "ada", "eve")).toEqual({ person: "eve", events: 3 });
    },
  );

  test.each([1, 2])("nor one claimed before they first came (batches: %i)", async (batches) => {
    const merged: string[] = [];
    collect.listen({ merged: (_, from, to) => merged.push(`${from}>${to}`) });
    const sent = [{ name: "identify", shopper: "eve", anonymous: "ada" }, view({ shopper: "ada" })];
    if (batches === 1) await collect.events(SHOP, sent);
    else for (const one of sent) await collect.events(SHOP, [one]);
    expect(await persons()).toEqual(["eve", "ada"]);
    expect(merged).toEqual(batches === 1 ? [] : ["ada>eve"]);
    for (const door of [collect, await open()]) {
      expect(door.personOf(SHOP, { shopper: "ada" })).toBe("ada");
    }
  });

  test.each(["merge", "identify, then merge"])("but a %s at the API stays", async (how) => {
    const identify = { name: "identify", shopper: "A", anonymous: "old" };
    if (how !== "merge") await collect.events(SHOP, [identify]);
    await collect.merge(SHOP, "old", "A");
    await collect.events(SHOP, [view({ shopper: "old" })]);
    for (const door of [collect, await open()]) {
      expect(door.personOf(SHOP, { shopper: "old" })).toBe("A");
    }
  });

  test("nor somebody who is known by the ids merged into theirs", async () => {
    await collect.merge(SHOP, "a", "ada");
    const claiming = { name: "identify", shopper: "eve", anonymous: "ada" };
    await collect.events(SHOP, [claiming]);
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("ada");
  });

  test("a shopper whom storage did not take is known after the next batch", async () => {
    const { write } = records;
    records.write = () => Promise.reject(new Error("disk full"));
    await expect(collect.events(SHOP, [view({ shopper: "ada" })])).rejects.toThrow("disk full");
    records.write = write;
    await collect.events(SHOP, [view({})]);
    const again = await open();
    await again.events(SHOP, [{ name: "identify", shopper: "eve", anonymous: "ada" }]);
    expect(again.personOf(SHOP, { shopper: "ada" })).toBe("ada");
  });

  test("claimed by another later: theirs from then on, the past stays", async () => {
    await collect.events(SHOP, [view({ anonymous: "a", shopper: "A", at: NOW - 20 })]);
    await collect.events(SHOP, [view({ anonymous: "a", at: NOW - 15 })]);
    await collect.events(SHOP, [view({ anonymous: "a", shopper: "B", at: NOW - 10 })]);
    await collect.events(SHOP, [view({ anonymous: "a", at: NOW - 5 })]);
    expect(await persons()).toEqual(["A", "A", "B", "B"]);
    // The old file read again does not give the id back.
    await collect.events(SHOP, [view({ anonymous: "a", shopper: "A", at: NOW - 20 })]);
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("B");
  });

  test("a chain of merges ends at one person, in any order, without cycles", async () => {
    await collect.events(SHOP, [view({ anonymous: "a" }), view({ anonymous: "b" })]);
    expect(await collect.merge(SHOP, "a", "A")).toEqual({ person: "A", events: 1 });
    expect(await collect.merge(SHOP, "b", "a")).toEqual({ person: "A", events: 1 });
    expect(await collect.merge(SHOP, "A", "B")).toEqual({ person: "B", events: 2 });
    expect(await collect.merge(SHOP, "B", "A")).toEqual({ person: "B", events: 0 });
    expect(await collect.merge(SHOP, "a", "A")).toEqual({ person: "B", events: 0 });
    for (const id of ["a", "b", "A", "B"]) {
      expect(collect.personOf(SHOP, { anonymous: id })).toBe("B");
    }
    expect(await persons()).toEqual(["B", "B"]);
  });

  test("merging at the API beats what was claimed before, even in the same millisecond", async () => {
    await collect.merge(SHOP, "a", "A");
    await collect.merge(SHOP, "a", "B");
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("B");
  });

  test("survives a restart, an unfinished move included", async () => {
    await collect.events(SHOP, [view({ anonymous: "a" })]);
    await collect.merge(SHOP, "b", "B");
    const before = { person: "B", since: 1, vouched: true, settled: false };
    await records.write(SHOP, [{ put: before, kind: "alias", id: "a" }]);
    const again = await open();
    expect(again.personOf(SHOP, { anonymous: "b" })).toBe("B");
    expect(again.personOf(SHOP, { anonymous: "a" })).toBe("B");
    expect(await persons()).toEqual(["B"]);
  });

  test.each(["merge", "erase"] as const)("%s waits for appends on their way", async (act) => {
    const { append } = log;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    log.append = async (shop, rows) => {
      await held;
      return append(shop, rows);
    };
    const sending = collect.events(SHOP, [view({ anonymous: "a" })]);
    const acting = act === "merge" ? collect.merge(SHOP, "a", "A") : collect.erase(SHOP, "a");
    // Everything that does not wait for the append is done by the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await Promise.all([sending, acting]);
    expect(await persons()).toEqual(act === "merge" ? ["A"] : []);
  });

  test("a claim that storage refused is saved with the next batch", async () => {
    const { write } = records;
    records.write = () => Promise.reject(new Error("disk full"));
    await expect(collect.merge(SHOP, "a", "A")).rejects.toThrow("disk full");
    records.write = write;
    await collect.events(SHOP, [view({})]);
    expect((await open()).personOf(SHOP, { anonymous: "a" })).toBe("A");
  });

  test("more ids than allowed are refused by field", async () => {
    const narrow = await open({ aliasesPerShopper: 1 });
    const taken = await narrow.events(SHOP, [
      view({ shopper: "A", anonymous: "a" }),
      view({ shopper: "A", anonymous: "a" }),
      view({ shopper: "A", anonymous: "b" }),
    ]);
    expect(taken.accepted).toBe(2);
    expect(taken.rejected).toEqual([
      expect.objectContaining({
        code: "limit-reached",
        errors: [expect.objectContaining({ pointer: "/anonymous" })],
      }),
    ]);
    await expect(narrow.merge(SHOP, "c", "A")).rejects.toMatchObject({ code: "limit-reached" });
    await expect(narrow.merge(SHOP, "", "A")).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("whatever is merged, the map stays flat and every id has one person", async () => {
    const id = fc.constantFrom("a", "b", "c", "d", "e");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(id, id), { maxLength: 12 }), async (pairs) => {
        log = memoryLog();
        records = memoryRecords();
        const fresh = await open();
        for (const [from, to] of pairs) await fresh.merge(SHOP, from, to);
        const again = await open();
        for (const one of ["a", "b", "c", "d", "e"]) {
          const person = fresh.personOf(SHOP, { anonymous: one }) ?? "";
          expect(fresh.personOf(SHOP, { anonymous: person })).toBe(person);
          expect(again.personOf(SHOP, { anonymous: one })).toBe(person);
        }
      }),
      { seed: 5, numRuns: 150 },
    );
  });
});

describe("consent", () => {
  const no = { measure: false, personalise: false };
  const consent = (allowed: object, more: object): object => ({
    name: "consent",
    context: { consent: allowed },
    ...more,
  });

  test("said once holds for what follows, and is on every event", async () => {
    const some = { measure: true, personalise: false };
    await collect.events(SHOP, [
      view({ anonymous: "a" }),
      consent(some, { anonymous: "a" }),
      view({ anonymous: "a" }),
    ]);
    const restarted = await open();
    await restarted.events(SHOP, [view({ anonymous: "a" }), view({ anonymous: "b" })]);
    const kept = (await stored()).map((row) => row.event.context.consent);
    expect(kept).toEqual([undefined, some, some, some, undefined]);
  });

  test("refused measuring: only the books and the promise are kept", async () => {
    const heard: string[] = [];
    collect.listen({ events: (_, events) => heard.push(...events.map((one) => one.name)) });
    const taken = await collect.events(SHOP, [
      consent(no, { shopper: "A" }),
      view({ shopper: "A" }),
      { name: "purchase", shopper: "A", valueMinor: 100 },
      { name: "search", shopper: "A", context: { consent: { measure: true, personalise: false } } },
    ]);
    expect(taken).toMatchObject({ accepted: 3, withheld: 1, rejected: [] });
    expect(heard).toEqual(["consent", "purchase", "search"]);
  });

  test("the shop's own default is put on record when it forbids", async () => {
    const careful = await open({ consent: { measure: true, personalise: false } });
    await careful.events(SHOP, [view({ shopper: "A" })]);
    expect((await stored())[0]?.event.context.consent?.personalise).toBe(false);
  });

  test("a refusal taken over by a join holds for the very event that joins", async () => {
    await collect.events(SHOP, [consent(no, { anonymous: "a" })]);
    const joining = [view({ shopper: "A", anonymous: "a" })];
    expect(await collect.events(SHOP, joining)).toMatchObject({ accepted: 0, withheld: 1 });
    await collect.events(SHOP, [consent({ ...no, measure: true }, { anonymous: "b" })]);
    await collect.events(SHOP, [view({ shopper: "B", anonymous: "b" })]);
    const last = (await stored()).at(-1);
    expect(last?.person).toBe("B");
    expect(last?.event.context.consent).toEqual({ measure: true, personalise: false });
  });

  test("of whoever claimed a shopper's id beforehand is not that shopper's", async () => {
    await collect.events(SHOP, [
      consent(no, { shopper: "eve" }),
      { name: "identify", shopper: "eve", anonymous: "ada" },
    ]);
    expect(await collect.events(SHOP, [view({ shopper: "ada" })])).toMatchObject({ accepted: 1 });
  });

  test("the newer statement holds, also through a merge", async () => {
    const yes = { measure: true, personalise: true };
    await collect.events(SHOP, [
      consent(no, { anonymous: "a", at: NOW - 10 }),
      consent(yes, { anonymous: "a", at: NOW - 20 }),
      consent(yes, { shopper: "A", at: NOW - 30 }),
    ]);
    await collect.merge(SHOP, "a", "A");
    const again = await open();
    expect(await again.events(SHOP, [view({ shopper: "A" })])).toMatchObject({ withheld: 1 });
  });
});

describe("erasure", () => {
  test("takes the person, every alias and all that was derived", async () => {
    const erased: string[][] = [];
    collect.listen({
      derives: "recent events",
      erased: async (_, ids) => void (await Promise.resolve(erased.push([...ids]))),
    });
    await collect.events(SHOP, [
      view({ anonymous: "a" }),
      view({ shopper: "A", anonymous: "a" }),
      view({ shopper: "B" }),
    ]);
    const entry = { id: "q1", input: { shopper: "A" }, kind: "event" };
    const line = { id: "q2", input: "1,a,view", kind: "line" };
    const raw = { id: "q4", input: { name: "?" }, row: { user: "A" }, kind: "event" };
    const other = { id: "q3", input: { shopper: "AA" }, kind: "event" };
    await records.write(
      SHOP,
      [entry, line, raw, other].map((put) => ({ put, kind: "quarantine", id: put.id })),
    );
    const certificate = await collect.erase(SHOP, "A");
    expect(certificate).toMatchObject({
      at: NOW,
      events: 2,
      aliases: 1,
      derived: ["identities", "quarantine", "recent events"],
      subject: subjectOf(SHOP, "A", certificate.salt),
    });
    expect(erased).toEqual([["A", "a"]]);
    expect(await persons()).toEqual(["B"]);
    expect(collect.personOf(SHOP, { anonymous: "a" })).toBe("a");
    expect((await open()).personOf(SHOP, { anonymous: "a" })).toBe("a");
    expect((await records.list(SHOP, "quarantine", { limit: 9 })).rows.map((r) => r.id)).toEqual([
      "q3",
    ]);
    const kept = await records.get<object>(SHOP, "erasure", certificate.id);
    expect(kept?.value).not.toHaveProperty("salt");
    expect((await records.list(SHOP, "known-shopper", { limit: 9 })).rows.map((r) => r.id)).toEqual(
      ["B"],
    );
  });

  test("of somebody unknown is answered for too", async () => {
    expect(await collect.erase(SHOP, "nobody")).toMatchObject({ events: 0, aliases: 0 });
  });
});
