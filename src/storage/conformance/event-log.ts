import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { EpochMs } from "../../schema.ts";
import type { EventLog, LogRow, OldRow, StoredRow } from "../event-log.ts";
import type { Open, Opened } from "./opened.ts";

/** A UUID that counts: 0 → 00000000-0000-7000-8000-000000000000. */
export const uuid = (n: number): string =>
  `00000000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;

export const logRow = (n: number, more: Partial<LogRow> = {}): LogRow => ({
  eventId: uuid(n),
  person: `shopper-${n % 3}`,
  name: "item_view",
  at: (1_700_000_000_000 + n) as EpochMs,
  receivedAt: (1_700_000_001_000 + n) as EpochMs,
  body: JSON.stringify({ n, text: `row ${n}` }),
  ...more,
});

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

export async function readAll(
  log: EventLog,
  shop: string,
  after = 0,
  batch = 100,
): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const part of log.read(shop, { after, batch })) rows.push(...part);
  return rows;
}

const ids = (rows: readonly LogRow[]): string[] => rows.map((row) => row.eventId);

/** What every event log does, whatever it stands on. */
export function eventLogConformance(engine: string, open: Open<EventLog>): void {
  describe(`event log on ${engine}`, () => {
    let opened: Opened<EventLog>;
    let log: EventLog;
    beforeEach(async () => {
      opened = await open();
      log = opened.port;
    });
    afterEach(async () => await opened.close());

    test("an empty log answers emptily", async () => {
      expect(await readAll(log, "a")).toEqual([]);
      expect(await log.recent("a", "p", 10)).toEqual([]);
      expect(await log.find("a", [uuid(1)])).toEqual([]);
      expect(await log.head("a")).toBe(0);
      expect(await log.count("a")).toBe(0);
      expect(await log.shops()).toEqual([]);
      expect(await log.reassign("a", "p", "q")).toBe(0);
      expect(await log.erase("a", ["p"])).toBe(0);
      expect(await log.append("a", [])).toEqual({ appended: 0, duplicates: 0, fresh: [] });
      expect(await log.find("a", [])).toEqual([]);
    });

    test("what was appended is read back in the order of arrival, field by field", async () => {
      const rows = [logRow(5), logRow(2, { person: null }), logRow(9)];
      expect(await log.append("a", rows)).toEqual({
        appended: 3,
        duplicates: 0,
        fresh: [true, true, true],
      });
      const read = await readAll(log, "a");
      expect(read.map(({ seq: _, ...row }) => row)).toEqual(rows);
      const places = read.map((row) => row.seq);
      expect(places).toEqual([...places].sort((a, b) => a - b));
      expect(new Set(places).size).toBe(3);
      expect(places[0]).toBeGreaterThan(0);
      expect(await log.head("a")).toBe(places[2]);
    });

    test("a repeated event changes nothing, in another batch and within one", async () => {
      await log.append("a", [logRow(1), logRow(2)]);
      const again = [logRow(2, { body: '"other"' }), logRow(3), logRow(3, { name: "later" })];
      expect(await log.append("a", again)).toEqual({
        appended: 1,
        duplicates: 2,
        fresh: [false, true, false],
      });
      const read = await readAll(log, "a");
      expect(ids(read)).toEqual([uuid(1), uuid(2), uuid(3)]);
      expect(read[1]?.body).toBe(logRow(2).body);
      expect(read[2]?.name).toBe("item_view");
      expect(await log.count("a")).toBe(3);
    });

    test("a wholly repeated batch writes nothing and says so", async () => {
      const rows = range(200).map((n) => logRow(n));
      await log.append("a", rows);
      const head = await log.head("a");
      const again = await log.append("a", rows);
      expect(again.appended).toBe(0);
      expect(again.duplicates).toBe(200);
      expect(again.fresh.some(Boolean)).toBe(false);
      expect(await log.head("a")).toBe(head);
    });

    test("duplicates scattered over a large batch are told one by one", async () => {
      const known = range(300).filter((n) => n % 7 === 0);
      await log.append(
        "a",
        known.map((n) => logRow(n)),
      );
      const result = await log.append(
        "a",
        range(300).map((n) => logRow(n)),
      );
      expect(result.fresh).toEqual(range(300).map((n) => n % 7 !== 0));
      expect(result.appended).toBe(300 - known.length);
      expect(await log.count("a")).toBe(300);
    });

    test("shops do not see each other, even with the same ids and persons", async () => {
      await log.append("a", [logRow(1), logRow(2)]);
      const other = await log.append("b", [logRow(1, { body: '"b"' })]);
      expect(other.appended).toBe(1);
      await log.append("a", [logRow(4)]);
      expect(ids(await readAll(log, "a"))).toEqual([uuid(1), uuid(2), uuid(4)]);
      expect((await readAll(log, "b")).map((row) => row.body)).toEqual(['"b"']);
      expect(await log.count("b")).toBe(1);
      expect(await log.find("b", [uuid(2)])).toEqual([]);
      expect(ids(await log.recent("a", "shopper-1", 10))).toEqual([uuid(1), uuid(4)]);
      expect(await log.erase("a", ["shopper-1"])).toBe(2);
      expect(await log.reassign("a", "shopper-2", "x")).toBe(1);
      expect((await readAll(log, "b")).map((row) => row.person)).toEqual(["shopper-1"]);
      expect(new Set(await log.shops())).toEqual(new Set(["a", "b"]));
    });

    test("reading goes on after a place and ends at what was there when it began", async () => {
      await log.append(
        "a",
        range(10).map((n) => logRow(n)),
      );
      const all = await readAll(log, "a");
      const middle = all[3]?.seq ?? 0;
      expect(ids(await readAll(log, "a", middle, 4))).toEqual(range(6).map((n) => uuid(n + 4)));
      const seen: string[] = [];
      for await (const batch of log.read("a", { after: 0, batch: 3 })) {
        if (seen.length === 0) await log.append("a", [logRow(99)]);
        expect(batch.length).toBeLessThanOrEqual(3);
        seen.push(...ids(batch));
      }
      expect(seen).toEqual(range(10).map(uuid));
      expect(await readAll(log, "a", await log.head("a"))).toEqual([]);
    });

    test("recent gives a person's newest rows, oldest first", async () => {
      await log.append(
        "a",
        range(30).map((n) => logRow(n)),
      );
      expect(ids(await log.recent("a", "shopper-0", 3))).toEqual([uuid(21), uuid(24), uuid(27)]);
      expect(await log.recent("a", "shopper-0", 100)).toHaveLength(10);
      expect(await log.recent("a", "nobody", 3)).toEqual([]);
    });

    test("recent of some names looks past all others, however many", async () => {
      const named = (n: number, name: string) => logRow(n, { person: "ann", name });
      await log.append("a", [named(0, "purchase"), named(1, "item_view"), named(2, "search")]);
      await log.append(
        "a",
        range(400).map((n) => named(n + 3, "impression")),
      );
      expect(ids(await log.recent("a", "ann", 2, ["purchase", "item_view"]))).toEqual([
        uuid(0),
        uuid(1),
      ]);
      expect(ids(await log.recent("a", "ann", 1, ["purchase", "item_view"]))).toEqual([uuid(1)]);
      expect(await log.recent("a", "ann", 5, ["refund"])).toEqual([]);
    });

    test("find returns the known ids only, over many ids", async () => {
      await log.append(
        "a",
        range(1200).map((n) => logRow(n)),
      );
      const wanted = range(1300).map((n) => uuid(n * 2));
      const found = ids(await log.find("a", wanted));
      expect(found).toHaveLength(600);
      expect(new Set(found)).toEqual(new Set(range(600).map((n) => uuid(n * 2))));
    });

    test("reassign moves every row of one person and keeps bodies and order", async () => {
      await log.append(
        "a",
        range(9).map((n) => logRow(n)),
      );
      expect(await log.reassign("a", "shopper-1", "shopper-2")).toBe(3);
      expect(await log.recent("a", "shopper-1", 10)).toEqual([]);
      const merged = await log.recent("a", "shopper-2", 10);
      expect(ids(merged)).toEqual([1, 2, 4, 5, 7, 8].map(uuid));
      expect(merged[0]?.body).toBe(logRow(1).body);
      expect(await log.count("a")).toBe(9);
    });

    test("erase removes persons, spares the others and never reuses a place", async () => {
      await log.append(
        "a",
        range(9).map((n) => logRow(n)),
      );
      const head = await log.head("a");
      expect(await log.erase("a", ["shopper-2", "shopper-1", "nobody"])).toBe(6);
      expect(ids(await readAll(log, "a"))).toEqual([0, 3, 6].map(uuid));
      expect(await log.count("a")).toBe(3);
      log = await opened.reopen();
      expect((await log.append("a", [logRow(8)])).appended).toBe(1);
      expect(await log.head("a")).toBeGreaterThan(head);
    });

    test("rows from before a moment are found by place, and removed by place alone", async () => {
      await log.append(
        "a",
        range(9).map((n) => logRow(n)),
      );
      await log.append("b", [logRow(1)]);
      const all = await readAll(log, "a");
      const moment = all[4]?.at ?? (0 as EpochMs);
      const old: OldRow[] = [];
      for await (const rows of log.before("a", moment, 2)) old.push(...rows);
      const expected = all.filter(({ at }) => at < moment);
      expect(old).toEqual(expected.map(({ seq, person, at }) => ({ seq, person, at })));
      expect(old.length).toBeGreaterThan(0);
      const head = await log.head("a");
      const places = [...old.map(({ seq }) => seq), head, head + 1_000];
      expect(await log.remove("a", places)).toBe(old.length + 1);
      expect(await log.remove("a", places)).toBe(0);
      expect(ids(await readAll(log, "a"))).toEqual([4, 5, 6, 7].map(uuid));
      expect([await log.count("a"), await log.count("b")]).toEqual([4, 1]);
      log = await opened.reopen();
      expect((await log.append("a", [logRow(8)])).appended).toBe(1);
      expect(await log.head("a")).toBeGreaterThan(head);
    });

    test("many persons are erased at once", async () => {
      const rows = range(1500).map((n) => logRow(n, { person: `p${n}` }));
      await log.append("a", rows);
      const persons = range(1200).map((n) => `p${n}`);
      expect(await log.erase("a", persons)).toBe(1200);
      expect(await log.count("a")).toBe(300);
    });

    test("texts of every script survive", async () => {
      const body = JSON.stringify({
        text: "掌柜 → 连衣裙 👗🇨🇳 ñ ß ا \u0000 \ud800 '\"\\ ; DROP TABLE",
      });
      await log.append("商店", [logRow(1, { person: "顾客 😀'", body })]);
      const [row] = await log.recent("商店", "顾客 😀'", 1);
      expect(row?.body).toBe(body);
      expect(await log.shops()).toEqual(["商店"]);
    });

    test("a body of a megabyte survives", async () => {
      const body = JSON.stringify({ text: "长".repeat(350_000) });
      await log.append("a", [logRow(1, { body })]);
      expect((await log.find("a", [uuid(1)]))[0]?.body).toBe(body);
    });

    test("appends of one turn share one sync, whoever asks", async () => {
      await log.append("a", [logRow(0)]);
      const before = log.syncs;
      const results = await Promise.all(range(50).map((n) => log.append("a", [logRow(n + 1)])));
      expect(log.syncs - before).toBe(1);
      expect(results.every((result) => result.appended === 1)).toBe(true);
      expect(ids(await readAll(log, "a"))).toEqual(range(51).map(uuid));
      await log.append("a", [logRow(60)]);
      expect(log.syncs - before).toBe(2);
    });

    test("the same event from two writers in one turn is taken once", async () => {
      const both = await Promise.all([log.append("a", [logRow(1)]), log.append("a", [logRow(1)])]);
      expect(both.map((result) => result.appended)).toEqual([1, 0]);
      expect(await log.count("a")).toBe(1);
    });

    test("a row that cannot be written leaves nothing of its append behind", async () => {
      const bad = logRow(2, { eventId: "not-a-uuid" });
      await expect(log.append("a", [logRow(1), bad])).rejects.toThrow(/UUID/);
      await expect(
        log.append("a", [logRow(1), logRow(3, { body: null as unknown as string })]),
      ).rejects.toThrow();
      expect(await readAll(log, "a")).toEqual([]);
      expect((await log.append("a", [logRow(1)])).appended).toBe(1);
    });

    test("everything is there after closing and opening", async () => {
      await log.append(
        "a",
        range(50).map((n) => logRow(n)),
      );
      await log.append("b", [logRow(1)]);
      const before = await readAll(log, "a");
      log = await opened.reopen();
      expect(await readAll(log, "a")).toEqual(before);
      expect(await log.count("a")).toBe(50);
      expect((await log.append("a", [logRow(49)])).duplicates).toBe(1);
      expect(new Set(await log.shops())).toEqual(new Set(["a", "b"]));
    });

    test("any sequence of batches equals a list without repeats", async () => {
      const batches = fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), {
        maxLength: 8,
      });
      let shop = 0;
      const property = fc.asyncProperty(batches, async (given) => {
        shop += 1;
        const model: string[] = [];
        for (const batch of given) {
          const result = await log.append(
            `shop-${shop}`,
            batch.map((n) => logRow(n)),
          );
          const fresh = batch.map(
            (n, index) => !model.includes(uuid(n)) && batch.indexOf(n) === index,
          );
          expect(result.fresh).toEqual(fresh);
          model.push(...batch.filter((_, index) => fresh[index]).map(uuid));
        }
        expect(ids(await readAll(log, `shop-${shop}`, 0, 7))).toEqual(model);
      });
      await fc.assert(property, { seed: 20251125, numRuns: 40 });
    });
  });
}
