import { readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BadLine, TableBatch, TableOptions, TableRow, Tables } from "../tables.ts";
import type { Opened } from "./opened.ts";

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

interface Read {
  readonly rows: TableRow[];
  readonly bad: BadLine[];
  readonly batches: TableBatch[];
}

/** What every reader and writer of tables does. `folder` is an empty place to put files in. */
export function tablesConformance(
  engine: string,
  open: () => Promise<Opened<Tables> & { readonly folder: string }>,
): void {
  describe(`tables with ${engine}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let tables: Tables;
    const file = async (name: string, content: string | Uint8Array): Promise<string> => {
      const path = join(opened.folder, name);
      await writeFile(path, content);
      return path;
    };
    const read = async (path: string, more: Partial<TableOptions> = {}): Promise<Read> => {
      const all: Read = { rows: [], bad: [], batches: [] };
      const options = { format: "csv", afterLine: 0, batch: 100, ...more } as const;
      for await (const batch of tables.read(path, options)) {
        all.rows.push(...batch.rows);
        all.bad.push(...batch.bad);
        all.batches.push(batch);
      }
      return all;
    };
    beforeEach(async () => {
      opened = await open();
      tables = opened.port;
    });
    afterEach(async () => await opened.close());

    test("CSV: texts by column name, empty cells null, lines numbered", async () => {
      const path = await file("a.csv", 'id,name\n1,tea\n2,"a ""b"", c"\n3,\n\n5,茶 😀\n');
      const { rows, bad } = await read(path);
      expect(bad).toEqual([]);
      expect(rows).toEqual([
        { line: 2, values: { id: "1", name: "tea" } },
        { line: 3, values: { id: "2", name: 'a "b", c' } },
        { line: 4, values: { id: "3", name: null } },
        { line: 6, values: { id: "5", name: "茶 😀" } },
      ]);
    });

    test("CSV: byte order mark, CRLF, no last line end, line breaks in quotes", async () => {
      const path = await file("a.csv", '\ufeffid,name\r\n1,"two\r\nlines"\r\n2,x');
      expect((await read(path)).rows).toEqual([
        { line: 2, values: { id: "1", name: "two\nlines" } },
        { line: 4, values: { id: "2", name: "x" } },
      ]);
    });

    test("CSV: headers without names or twice the same name get their own", async () => {
      const path = await file("a.csv", "id,,id, name \n1,2,3,4\n");
      const [row] = (await read(path)).rows;
      expect(row.values).toEqual({ id: "1", column2: "2", id_1: "3", name: "4" });
    });

    test("CSV: a bad line costs that line alone and is told with its reason", async () => {
      const lines = ["id,name,n", "1,a,1", "2,short", "3,long,1,2", '4,"stray"x,1', "5,b,1"];
      const open = ['6,"never closed,1', "7,c,1", '8,"quoted",1', "9,d,1"];
      const path = await file("a.csv", `${[...lines, ...open].join("\n")}\n`);
      const { rows, bad } = await read(path);
      expect(rows.map((row) => row.values["id"])).toEqual(["1", "5", "7", "8", "9"]);
      expect(rows.map((row) => row.line)).toEqual([2, 6, 8, 9, 10]);
      expect(bad).toEqual([
        { line: 3, text: "2,short", reason: "3 columns expected, 2 found" },
        { line: 4, text: "3,long,1,2", reason: "3 columns expected, 4 found" },
        { line: 5, text: '4,"stray"x,1', reason: "text follows a closing quote" },
        { line: 7, text: '6,"never closed,1', reason: "text follows a closing quote" },
      ]);
    });

    test("CSV: a quote that is never closed loses one line of thousands", async () => {
      const lines = range(5000).map((n) => (n === 100 ? `${n},"open` : `${n},x`));
      const path = await file("a.csv", `id,name\n${lines.join("\n")}\n`);
      const { rows, bad } = await read(path);
      expect(rows).toHaveLength(4999);
      expect(rows.at(-1)).toEqual({ line: 5001, values: { id: "4999", name: "x" } });
      expect(bad.map((line) => line.line)).toEqual([102]);
    });

    test("CSV: what is not UTF-8 is a bad line", async () => {
      const bytes = Buffer.concat([
        Buffer.from("id,name\n1,a\n2,"),
        Buffer.of(0xff, 0xfe),
        Buffer.from("\n3,\ufffd\n"),
      ]);
      const { rows, bad } = await read(await file("a.csv", bytes));
      expect(rows.map((row) => row.values["id"])).toEqual(["1", "3"]);
      expect(bad.map(({ line, reason }) => [line, reason])).toEqual([[3, "the line is not UTF-8"]]);
    });

    test("CSV: overlong lines are told, cut and passed over", async () => {
      const path = await file("a.csv", `id,name\n1,${"x".repeat(3_000_000)}\n2,ok\n`);
      const { rows, bad } = await read(path);
      expect(rows).toEqual([{ line: 3, values: { id: "2", name: "ok" } }]);
      expect(bad[0].line).toBe(2);
      expect(bad[0].text).toHaveLength(1000);
      expect(bad[0].reason).toMatch(/longer/);
    });

    test("CSV: batches are bounded, in order, and end at the whole file", async () => {
      const lines = range(2500).map((n) => (n % 500 === 7 ? `${n}` : `${n},x`));
      const path = await file("a.csv", `id,name\n${lines.join("\n")}`);
      const { rows, bad, batches } = await read(path, { batch: 300 });
      expect(Math.max(...batches.map((batch) => batch.rows.length))).toBe(300);
      const numbers = rows.map((row) => Number(row.values["id"]));
      expect(numbers).toEqual(range(2500).filter((n) => n % 500 !== 7));
      expect(bad.map((line) => line.line)).toEqual([9, 509, 1009, 1509, 2009]);
      expect(batches.at(-1)?.share).toBe(1);
      const shares = batches.map((batch) => batch.share);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
    });

    test.each(["csv", "tsv", "jsonl"] as const)(
      "%s: reading goes on after a line",
      async (format) => {
        const lines = range(50).map((n) => (n === 40 ? "bad" : textLine(format, n)));
        const head = format === "jsonl" ? "" : `${textLine(format, "id", "name")}\n`;
        const path = await file(`a.${format}`, `${head}${lines.join("\n")}\n`);
        const all = await read(path, { format, batch: 7 });
        const middle = all.rows[30].line;
        const rest = await read(path, { format, batch: 7, afterLine: middle });
        expect(rest.rows).toEqual(all.rows.slice(31));
        expect(rest.bad).toEqual(all.bad);
        expect(rest.bad).toHaveLength(1);
        expect((await read(path, { format, afterLine: 999 })).batches).toEqual([]);
      },
    );

    test("empty files and files with a header alone have no rows", async () => {
      expect((await read(await file("a.csv", ""))).batches).toEqual([]);
      expect((await read(await file("b.csv", "id,name\n"))).batches).toEqual([]);
      expect((await read(await file("c.jsonl", "\n\n"), { format: "jsonl" })).batches).toEqual([]);
    });

    test("TSV: quotes are plain characters where they make no sense", async () => {
      const path = await file(
        "a.tsv",
        'id\tname\n1\t6" pipe\n2\t"Best" tea\n3\t"a\tb"\n4\t"open\n5\tx\n',
      );
      const { rows, bad } = await read(path, { format: "tsv" });
      expect(bad).toEqual([]);
      expect(rows.map((row) => row.values["name"])).toEqual([
        '6" pipe',
        '"Best" tea',
        "a\tb",
        '"open',
        "x",
      ]);
    });

    test("JSONL: objects as they are; what is no object is a bad line", async () => {
      const good = { id: 1, tags: ["a"], more: { b: null }, text: "掌柜 😀" };
      const path = await file(
        "a.jsonl",
        `${JSON.stringify(good)}\n{"id":\n[1]\n"text"\n\n{"id":2}`,
      );
      const { rows, bad } = await read(path, { format: "jsonl" });
      expect(rows).toEqual([
        { line: 1, values: good },
        { line: 6, values: { id: 2 } },
      ]);
      expect(bad.map((line) => line.line)).toEqual([2, 3, 4]);
      expect(bad[1].reason).toBe("the line is not a JSON object");
    });

    test("Parquet: what is written is read back with its types", async () => {
      const path = join(opened.folder, "a.parquet");
      await tables.write(path, "parquet", {
        small: Int32Array.of(1, -2),
        large: BigInt64Array.of(9_007_199_254_740_993n, 5n),
        real: Float64Array.of(0.5, -1e300),
        single: Float32Array.of(0.25, 2),
        name: ["茶 'x'", null],
        count: [7, 8],
        mixed: [1, 2.5],
        yes: [true, null],
        none: [null, null],
      });
      const { rows } = await read(path, { format: "parquet" });
      expect(rows.map((row) => row.line)).toEqual([1, 2]);
      expect(rows.map((row) => row.values)).toEqual([
        {
          ...{ small: 1, large: 9_007_199_254_740_993n, real: 0.5, single: 0.25 },
          ...{ name: "茶 'x'", count: 7, mixed: 1, yes: true, none: null },
        },
        {
          ...{ small: -2, large: 5, real: -1e300, single: 2 },
          ...{ name: null, count: 8, mixed: 2.5, yes: null, none: null },
        },
      ]);
      expect(await tables.count(path, "parquet")).toBe(2);
      expect(await readdir(dirname(path))).toEqual(["a.parquet"]);
    });

    test("Parquet: many rows keep their order, and reading goes on after a row", async () => {
      const path = join(opened.folder, "a.parquet");
      const n = 20_000;
      await tables.write(path, "parquet", {
        id: Int32Array.from(range(n)),
        text: range(n).map(String),
      });
      const all = await read(path, { format: "parquet", batch: 3000 });
      expect(all.rows.map((row) => row.values["id"])).toEqual(range(n));
      expect(all.batches.map((batch) => batch.rows.length)).toEqual([...Array(6).fill(3000), 2000]);
      const rest = await read(path, { format: "parquet", afterLine: 12_345, batch: 3000 });
      expect(rest.rows[0]).toEqual({ line: 12_346, values: { id: 12_345, text: "12345" } });
      expect(rest.rows).toHaveLength(n - 12_345);
    });

    test("a query over a file: columns chosen, rows ordered, bad lines told", async () => {
      const path = await file("a.csv", "id,n\n1,30\n2,10\nbad\n3,20\n");
      const query = { select: "id, CAST(n AS INTEGER) AS n", orderBy: "CAST(n AS INTEGER)" };
      const { rows, bad } = await read(path, query);
      expect(rows).toEqual([
        { line: 1, values: { id: "2", n: 10 } },
        { line: 2, values: { id: "3", n: 20 } },
        { line: 3, values: { id: "1", n: 30 } },
      ]);
      expect(bad.map((line) => line.line)).toEqual([4]);
      const rest = await read(path, { ...query, afterLine: 2 });
      expect(rest.rows.map((row) => row.values["id"])).toEqual(["1"]);
      const lost = await file("b.csv", 'id,n\n1,"x\n2,y\n3,z\n');
      await expect(read(lost, { select: "id" })).rejects.toMatchObject({ code: "invalid-file" });
    });

    test("times are epoch milliseconds, dates ISO texts, lists and structs plain", async () => {
      const path = await file("a.csv", "id\n1\n");
      const select = `TIMESTAMP '2023-11-14 22:13:20.5' AS moment, DATE '2023-11-14' AS day,
        [1, 2] AS list, {a: 'x'} AS struct, CAST(1.5 AS DECIMAL(4, 2)) AS price`;
      const [row] = (await read(path, { select })).rows;
      expect(row.values).toEqual({
        moment: 1_700_000_000_500,
        day: "2023-11-14",
        list: [1, 2],
        struct: { a: "x" },
        price: 1.5,
      });
    });

    test("CSV written is CSV read", async () => {
      const path = join(opened.folder, "out.csv");
      await tables.write(path, "csv", { id: [1, 2], name: ['a "b", c', null] });
      expect((await read(path)).rows.map((row) => row.values)).toEqual([
        { id: "1", name: 'a "b", c' },
        { id: "2", name: null },
      ]);
      expect(await tables.count(path, "csv")).toBe(2);
    });

    test("missing and foreign files are problems that name the file", async () => {
      const nowhere = join(opened.folder, "none.csv");
      const missing = { code: "missing-data", message: expect.stringContaining(nowhere) };
      await expect(read(nowhere)).rejects.toMatchObject(missing);
      await expect(read(nowhere, { format: "parquet" })).rejects.toMatchObject(missing);
      const text = await file("a.parquet", "no parquet at all");
      const invalid = { code: "invalid-file", message: expect.stringContaining(text) };
      await expect(read(text, { format: "parquet" })).rejects.toMatchObject(invalid);
      await expect(tables.count(text, "parquet")).rejects.toMatchObject(invalid);
      const column = await file("b.csv", "id\n1\n");
      await expect(read(column, { select: "nope" })).rejects.toMatchObject({
        code: "invalid-file",
      });
    });

    test("reading may be given up at any time", async () => {
      const path = await file("a.csv", `id\n${range(5000).join("\n")}\n`);
      const options = { format: "csv", afterLine: 0, batch: 10 } as const;
      for await (const batch of tables.read(path, options)) {
        expect(batch.rows).toHaveLength(10);
        break;
      }
      const query = { ...options, select: "id" };
      for await (const batch of tables.read(path, query)) {
        expect(batch.rows).toHaveLength(10);
        break;
      }
      expect(await tables.count(path, "csv")).toBe(5000);
    });
  });
}

function textLine(format: "csv" | "tsv" | "jsonl", id: unknown, name: unknown = "x"): string {
  if (format === "jsonl") return JSON.stringify({ id, name });
  return `${id}${format === "csv" ? "," : "\t"}${name}`;
}
