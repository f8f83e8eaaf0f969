import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyticsConformance } from "../conformance/analytics.ts";
import { type DuckdbOptions, deleteDuckdb, openDuckdb } from "./duckdb.ts";

const options: DuckdbOptions = { memoryMib: 256, threads: 2, readers: 3, maxWaiting: 100 };
const fresh = async () => await mkdtemp(join(tmpdir(), "shopkeeper-duckdb-"));

analyticsConformance("DuckDB", async () => {
  const folder = await fresh();
  const path = join(folder, "analytics.duckdb");
  let now = await openDuckdb(path, options);
  return {
    port: now,
    reopen: async () => {
      await now.close();
      now = await openDuckdb(path, options);
      return now;
    },
    close: async () => {
      await now.close();
      await rm(folder, { recursive: true });
    },
  };
});

test("a damaged file is found at opening, and the next one starts anew", async () => {
  const folder = await fresh();
  const path = join(folder, "analytics.duckdb");
  await writeFile(path, Buffer.alloc(20_000, 7));
  await expect(openDuckdb(path, options)).rejects.toMatchObject({ code: "storage-damaged" });
  await deleteDuckdb(path);
  expect(await readdir(folder)).toEqual([]);
  const analytics = await openDuckdb(path, options);
  expect(await analytics.cursor("c")).toBe(0);
  await analytics.close();
  await rm(folder, { recursive: true });
});

test("times cross as epoch milliseconds, dates as ISO text, truth as 0 and 1", async () => {
  const folder = await fresh();
  const analytics = await openDuckdb(join(folder, "a.duckdb"), options);
  await analytics.migrate([
    "CREATE TABLE t (moment TIMESTAMP, day DATE, yes BOOLEAN, small TINYINT)",
  ]);
  const columns = [[1_700_000_000_123], ["2023-11-14"], [true], [-5]];
  await analytics.apply({ cursor: "c", from: 0, to: 1 }, [{ table: "t", columns }], []);
  expect(await analytics.columns("SELECT *, CAST(1.25 AS DECIMAL(9, 2)) AS d FROM t")).toEqual({
    moment: Float64Array.of(1_700_000_000_123),
    day: ["2023-11-14"],
    yes: Int32Array.of(1),
    small: Int32Array.of(-5),
    d: Float64Array.of(1.25),
  });
  expect(await analytics.rows("SELECT moment, day, yes FROM t")).toEqual([
    { moment: 1_700_000_000_123, day: "2023-11-14", yes: 1 },
  ]);
  await expect(analytics.columns("SELECT [1, 2] AS l")).rejects.toThrow(/cast it/);
  await analytics.close();
  await rm(folder, { recursive: true });
});

test("queries see no files, and too many of them are refused", async () => {
  const folder = await fresh();
  const analytics = await openDuckdb(join(folder, "a.duckdb"), {
    ...options,
    readers: 1,
    maxWaiting: 2,
  });
  await expect(analytics.rows("SELECT * FROM read_text('/etc/hosts')")).rejects.toThrow();
  const asked = Array.from({ length: 5 }, () => analytics.rows("SELECT 1 AS one"));
  const answers = await Promise.allSettled(asked);
  expect(answers.map((answer) => answer.status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
  ]);
  expect(answers[4]).toMatchObject({ reason: { code: "overloaded" } });
  await analytics.close();
  await expect(analytics.rows("SELECT 1")).rejects.toMatchObject({ code: "not-ready" });
  await rm(folder, { recursive: true });
});
