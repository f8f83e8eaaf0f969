import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { INSTALLATION, type Records } from "../records.ts";
import type { Open, Opened } from "./opened.ts";

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

async function listIds(records: Records, shop: string, kind: string, limit: number, prefix = "") {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await records.list(shop, kind, { limit, after, prefix });
    expect(page.rows.length).toBeLessThanOrEqual(limit);
    found.push(...page.rows.map((row) => row.id));
    after = page.next;
  } while (after !== undefined);
  return found;
}

/** What every record store does, whatever it stands on. */
export function recordsConformance(engine: string, open: Open<Records>): void {
  describe(`records on ${engine}`, () => {
    let opened: Opened<Records>;
    let records: Records;
    const put = async (id: string, value: unknown, expectVersion?: number) =>
      await records.write("a", [
        {
          kind: "item",
          id,
          put: value,
          ...(expectVersion === undefined ? {} : { expect: expectVersion }),
        },
      ]);
    beforeEach(async () => {
      opened = await open();
      records = opened.port;
    });
    afterEach(async () => await opened.close());

    test("an empty store answers emptily", async () => {
      expect(await records.get("a", "item", "1")).toBeUndefined();
      expect(await records.getMany("a", "item", [])).toEqual([]);
      expect(await records.list("a", "item", { limit: 5 })).toEqual({ rows: [], next: undefined });
      expect(await records.count("a", "item")).toBe(0);
      expect(await records.clear("a", "item")).toBe(0);
      expect(await records.write("a", [])).toEqual([]);
    });

    test("versions count the writes of a document", async () => {
      expect(await put("1", { name: "tea" })).toEqual([1]);
      expect(await put("1", { name: "green tea" })).toEqual([2]);
      expect(await records.get("a", "item", "1")).toEqual({
        id: "1",
        value: { name: "green tea" },
        version: 2,
      });
      expect(await records.write("a", [{ kind: "item", id: "1", remove: true }])).toEqual([0]);
      expect(await records.get("a", "item", "1")).toBeUndefined();
      expect(await put("1", {})).toEqual([1]);
    });

    test("every JSON value comes back equal", async () => {
      const values = [null, true, 0, -1.5, "", "掌柜 😀 \u0000", [], [1, [2]], { a: { b: null } }];
      for (const [index, value] of values.entries()) await put(`v${index}`, value);
      const read = await records.getMany(
        "a",
        "item",
        range(values.length).map((n) => `v${n}`),
      );
      expect(read.map((row) => row?.value)).toEqual(values);
    });

    test("getMany keeps the order asked for and leaves gaps undefined", async () => {
      await put("x", 1);
      await put("y", 2);
      const read = await records.getMany<number>("a", "item", ["y", "none", "x", "y"]);
      expect(read.map((row) => row?.value)).toEqual([2, undefined, 1, 2]);
    });

    test("an expectation that does not hold changes nothing at all", async () => {
      await put("1", "old");
      const conflict = { code: "conflict" };
      await expect(put("1", "new", 0)).rejects.toMatchObject(conflict);
      await expect(put("1", "new", 2)).rejects.toMatchObject(conflict);
      await expect(put("none", "new", 1)).rejects.toMatchObject(conflict);
      await expect(
        records.write("a", [
          { kind: "item", id: "2", put: "written first" },
          { kind: "item", id: "1", remove: true, expect: 7 },
        ]),
      ).rejects.toMatchObject(conflict);
      expect(await records.get("a", "item", "2")).toBeUndefined();
      expect((await records.get("a", "item", "1"))?.value).toBe("old");
      expect(await put("1", "new", 1)).toEqual([2]);
      expect(await put("3", "new", 0)).toEqual([1]);
    });

    test("changes of one batch see each other in order", async () => {
      const versions = await records.write("a", [
        { kind: "item", id: "1", put: "one", expect: 0 },
        { kind: "item", id: "1", put: "two", expect: 1 },
        { kind: "item", id: "1", remove: true, expect: 2 },
        { kind: "item", id: "1", put: "three", expect: 0 },
        { kind: "other", id: "1", put: "elsewhere", expect: 0 },
      ]);
      expect(versions).toEqual([1, 2, 0, 1, 1]);
      expect((await records.get("a", "item", "1"))?.value).toBe("three");
    });

    test("of two writers with the same expectation one wins, whole", async () => {
      await put("1", 0);
      const attempt = (value: number) =>
        records.write("a", [
          { kind: "item", id: "1", put: value, expect: 1 },
          { kind: "log", id: `by-${value}`, put: true },
        ]);
      const outcomes = await Promise.allSettled([attempt(1), attempt(2)]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected"]);
      expect((await records.get("a", "item", "1"))?.value).toBe(1);
      expect(await listIds(records, "a", "log", 10)).toEqual(["by-1"]);
    });

    test("shops and kinds do not see each other", async () => {
      await put("1", "a");
      await records.write("b", [{ kind: "item", id: "1", put: "b" }]);
      await records.write(INSTALLATION, [{ kind: "item", id: "1", put: "all" }]);
      await records.write("a", [{ kind: "rule", id: "1", put: "rule" }]);
      expect((await records.get("b", "item", "1"))?.value).toBe("b");
      expect((await records.get(INSTALLATION, "item", "1"))?.value).toBe("all");
      expect(await records.clear("a", "item")).toBe(1);
      expect(await records.count("a", "rule")).toBe(1);
      expect(await records.count("b", "item")).toBe(1);
    });

    test("list goes by code point, page by page", async () => {
      // By UTF-16 unit the emoji (d83d de00) would come before the last one (ff5e).
      const sorted = ["A", "Z", "a", "z", "é", "茶", "～", "😀", "😁"];
      for (const id of ["😀", "a", "～", "Z", "茶", "😁", "A", "é", "z"]) await put(id, id);
      expect(await listIds(records, "a", "item", 100)).toEqual(sorted);
      expect(await listIds(records, "a", "item", 2)).toEqual(sorted);
      expect(await listIds(records, "a", "item", 9)).toEqual(sorted);
      const last = await records.list("a", "item", { limit: 9 });
      expect(last.next).toBeUndefined();
    });

    test("a prefix takes exactly the ids that begin with it", async () => {
      const all = ["a", "a%", "a_b", "ab", "ab1", "ab2", "ab\u{10ffff}x", "ac", "b", "A", "茶1"];
      for (const id of all) await put(id, 1);
      expect(await listIds(records, "a", "item", 2, "ab")).toEqual([
        "ab",
        "ab1",
        "ab2",
        "ab\u{10ffff}x",
      ]);
      expect(await listIds(records, "a", "item", 2, "a_")).toEqual(["a_b"]);
      expect(await listIds(records, "a", "item", 2, "茶")).toEqual(["茶1"]);
      expect(await listIds(records, "a", "item", 2, "zz")).toEqual([]);
      const before = await records.list("a", "item", { limit: 9, prefix: "b", after: "A" });
      expect(before.rows.map((row) => row.id)).toEqual(["b"]);
    });

    test("a big batch is one transaction and one version each", async () => {
      const versions = await records.write(
        "a",
        range(5000).map((n) => ({ kind: "item", id: `i${n}`, put: { n } })),
      );
      expect(versions).toHaveLength(5000);
      expect(new Set(versions)).toEqual(new Set([1]));
      expect(await records.count("a", "item")).toBe(5000);
    });

    test("documents outlive closing and opening", async () => {
      await put("1", "one");
      await put("1", "two");
      records = await opened.reopen();
      expect(await records.get("a", "item", "1")).toEqual({ id: "1", value: "two", version: 2 });
    });

    test("any sequence of puts and removes equals a map", async () => {
      const change = fc.record({
        id: fc.constantFrom("a", "b", "ba", "c", "😀"),
        value: fc.option(fc.integer(), { nil: undefined }),
      });
      let shop = 0;
      const property = fc.asyncProperty(fc.array(fc.array(change)), async (batches) => {
        shop += 1;
        const model = new Map<string, number>();
        for (const batch of batches) {
          const changes = batch.map(({ id, value }) =>
            value === undefined
              ? ({ kind: "k", id, remove: true } as const)
              : ({ kind: "k", id, put: value } as const),
          );
          await records.write(`s${shop}`, changes);
          for (const { id, value } of batch) replay(model, id, value);
        }
        const { rows } = await records.list<number>(`s${shop}`, "k", { limit: 100 });
        expect(rows.map((row) => [row.id, row.value])).toEqual([...model].sort(byCodePoint));
      });
      await fc.assert(property, { seed: 20251125, numRuns: 30 });
    });
  });
}

function replay(model: Map<string, number>, id: string, value: number | undefined): void {
  if (value === undefined) model.delete(id);
  else model.set(id, value);
}

function byCodePoint([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
