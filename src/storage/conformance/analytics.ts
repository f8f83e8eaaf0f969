import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Analytics, Batch } from "../analytics.ts";
import type { Open, Opened } from "./opened.ts";

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const TABLE = "CREATE TABLE IF NOT EXISTS t (id INTEGER, n BIGINT, x DOUBLE, s VARCHAR)";

const batch = (from: number, to: number): Batch => {
  const ids = range(to - from).map((i) => from + i);
  return {
    table: "t",
    columns: [ids, ids.map((id) => id * 10), ids.map((id) => id / 2), ids.map((id) => `s${id}`)],
  };
};

/** What every analytics engine does; the SQL here is plain enough for all of them. */
export function analyticsConformance(engine: string, open: Open<Analytics>): void {
  describe(`analytics on ${engine}`, () => {
    let opened: Opened<Analytics>;
    let analytics: Analytics;
    const move = (from: number, to: number) => ({ cursor: "c", from, to });
    const count = async () =>
      (await analytics.rows<{ n: number }>("SELECT count(*) AS n FROM t"))[0].n;
    beforeEach(async () => {
      opened = await open();
      analytics = opened.port;
      await analytics.migrate([TABLE]);
    });
    afterEach(async () => await opened.close());

    test("migrating twice keeps the rows", async () => {
      await analytics.apply(move(0, 1), [batch(0, 3)], []);
      await analytics.migrate([TABLE]);
      expect(await count()).toBe(3);
    });

    test("empty results keep their types", async () => {
      const columns = await analytics.columns("SELECT id, n, x, s FROM t");
      expect(columns).toEqual({
        id: new Int32Array(0),
        n: new BigInt64Array(0),
        x: new Float64Array(0),
        s: [],
      });
      expect(await analytics.rows("SELECT * FROM t")).toEqual([]);
      expect(await analytics.cursor("c")).toBe(0);
      await analytics.apply(move(0, 0), [{ table: "t", columns: [[], [], [], []] }], []);
      expect(await count()).toBe(0);
    });

    test("rows, statements and cursor arrive together", async () => {
      const double = { sql: "UPDATE t SET x = x * 2 WHERE id >= ?", parameters: [1] };
      await analytics.apply(move(0, 7), [batch(0, 3)], [double]);
      expect(await analytics.cursor("c")).toBe(7);
      expect(await analytics.columns("SELECT * FROM t ORDER BY id")).toEqual({
        id: Int32Array.of(0, 1, 2),
        n: BigInt64Array.of(0n, 10n, 20n),
        x: Float64Array.of(0, 1, 2),
        s: ["s0", "s1", "s2"],
      });
      await analytics.apply(move(7, 9), [batch(3, 5)], []);
      expect(await analytics.cursor("c")).toBe(9);
      expect(await analytics.cursor("another")).toBe(0);
    });

    test("a cursor moved by somebody else refuses the whole batch", async () => {
      await analytics.apply(move(0, 5), [batch(0, 1)], []);
      const late = analytics.apply(move(0, 6), [batch(1, 2)], []);
      await expect(late).rejects.toMatchObject({ code: "conflict" });
      expect(await count()).toBe(1);
      expect(await analytics.cursor("c")).toBe(5);
    });

    test("of two projectors at one place one wins", async () => {
      const both = await Promise.allSettled([
        analytics.apply(move(0, 5), [batch(0, 2)], []),
        analytics.apply(move(0, 5), [batch(0, 2)], []),
      ]);
      expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
      expect(await count()).toBe(2);
    });

    test("a failing statement undoes rows and cursor, and the next batch goes through", async () => {
      const broken = { sql: "INSERT INTO nowhere VALUES (1)", parameters: [] };
      await expect(analytics.apply(move(0, 5), [batch(0, 3)], [broken])).rejects.toThrow();
      const ragged = { table: "t", columns: [[1], [1], [1], []] };
      await expect(analytics.apply(move(0, 5), [batch(0, 3), ragged], [])).rejects.toThrow();
      const ids = range(5000).map((i) => (i === 4999 ? "no number" : i));
      const wrong = { table: "t", columns: [ids, ids, ids, ids] };
      await expect(analytics.apply(move(0, 5), [wrong], [])).rejects.toThrow();
      expect(await count()).toBe(0);
      expect(await analytics.cursor("c")).toBe(0);
      await analytics.apply(move(0, 5), [batch(0, 3)], []);
      expect(await count()).toBe(3);
    });

    test("nulls: NaN among numbers, null among texts", async () => {
      const columns = [
        [1, null, 3],
        [null, 20, 30],
        [0.5, null, null],
        [null, "b", ""],
      ];
      await analytics.apply(move(0, 1), [{ table: "t", columns }], []);
      expect(await analytics.columns("SELECT * FROM t ORDER BY coalesce(id, 2)")).toEqual({
        id: Float64Array.of(1, Number.NaN, 3),
        n: Float64Array.of(Number.NaN, 20, 30),
        x: Float64Array.of(0.5, Number.NaN, Number.NaN),
        s: [null, "b", ""],
      });
      expect(await analytics.rows("SELECT * FROM t WHERE id IS NULL")).toEqual([
        { id: null, n: 20, x: null, s: "b" },
      ]);
    });

    test("a null in one chunk turns the whole column into floats", async () => {
      const ids = range(5000).map((i) => (i === 4999 ? null : i));
      const zeros = range(5000).map(() => 0);
      const texts = range(5000).map(String);
      const columns = [ids, zeros, zeros, texts];
      await analytics.apply(move(0, 1), [{ table: "t", columns }], []);
      const { id, n } = await analytics.columns("SELECT id, n FROM t ORDER BY id NULLS LAST");
      expect(id).toBeInstanceOf(Float64Array);
      expect(id[4998]).toBe(4998);
      expect(id[4999]).toBeNaN();
      expect(n).toEqual(new BigInt64Array(5000));
    });

    test("many chunks keep their order", async () => {
      await analytics.apply(move(0, 1), [batch(0, 10_000)], []);
      const { id, s } = await analytics.columns("SELECT id, s FROM t ORDER BY id");
      expect(id).toEqual(Int32Array.from(range(10_000)));
      expect(s[9999]).toBe("s9999");
    });

    test("64-bit integers stay exact", async () => {
      const large = 9_007_199_254_740_993n;
      const columns = [
        [1, 2],
        [large, -1],
        [0, 0],
        ["", ""],
      ];
      await analytics.apply(move(0, 1), [{ table: "t", columns }], []);
      const { n } = await analytics.columns("SELECT n FROM t ORDER BY id");
      expect(n).toEqual(BigInt64Array.of(large, -1n));
      const rows = await analytics.rows("SELECT n FROM t ORDER BY id");
      expect(rows).toEqual([{ n: "9007199254740993" }, { n: -1 }]);
    });

    test("parameters of every type are values, never SQL", async () => {
      const text = "'; DROP TABLE t; -- 掌柜 😀";
      const sql = "SELECT ? AS a, ? AS b, ? AS c, CAST(? AS INTEGER) AS d, ? IS NULL AS e";
      const [row] = await analytics.rows(sql, [text, 1.5, 42, 7n, null]);
      expect(row).toEqual({ a: text, b: 1.5, c: 42, d: 7, e: 1 });
      expect(await count()).toBe(0);
      await analytics.run("INSERT INTO t VALUES (?, ?, ?, ?)", [1, 2, 0.5, text]);
      const found = await analytics.rows("SELECT id FROM t WHERE s = ? LIMIT ?", [text, 5]);
      expect(found).toEqual([{ id: 1 }]);
    });

    test("sums and averages of integers are floats", async () => {
      await analytics.apply(move(0, 1), [batch(0, 4)], []);
      const columns = await analytics.columns("SELECT sum(id) AS s, avg(id) AS a FROM t");
      expect(columns).toEqual({ s: Float64Array.of(6), a: Float64Array.of(1.5) });
    });

    test("readers work beside a writer", async () => {
      await analytics.apply(move(0, 1), [batch(0, 3000)], []);
      const reads = range(20).map(() =>
        analytics.rows<{ n: number }>("SELECT count(*) AS n FROM t"),
      );
      const write = analytics.apply(move(1, 2), [batch(3000, 6000)], []);
      const seen = new Set((await Promise.all(reads)).map(([row]) => row.n));
      await write;
      expect([...seen].every((n) => n === 3000 || n === 6000)).toBe(true);
      expect(await count()).toBe(6000);
    });

    test("dropping forgets tables and cursors", async () => {
      await analytics.run("CREATE VIEW v AS SELECT * FROM t");
      await analytics.apply(move(0, 5), [batch(0, 3)], []);
      await analytics.drop();
      expect(await analytics.cursor("c")).toBe(0);
      await expect(analytics.rows("SELECT * FROM t")).rejects.toThrow();
      await analytics.migrate([TABLE]);
      await analytics.apply(move(0, 1), [batch(0, 2)], []);
      expect(await count()).toBe(2);
    });

    test("rows and cursor outlive closing and opening", async () => {
      await analytics.apply(move(0, 5), [batch(0, 3)], []);
      analytics = await opened.reopen();
      expect(await analytics.cursor("c")).toBe(5);
      expect(await count()).toBe(3);
    });
  });
}
