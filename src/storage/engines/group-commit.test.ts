import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problem } from "../../errors.ts";
import { logRow, readAll } from "../conformance/event-log.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";
import { type SqliteLog, sqliteLog } from "./sqlite-log.ts";
import { migrate } from "./sqlite-schema.ts";

const range = (length: number): number[] => Array.from({ length }, (_, index) => index);
const turn = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 5));

/** A disk whose syncs end when the test says so. */
interface SlowDisk extends Sqlite {
  /** Ends the sync that is waited for. */
  end(error?: Error): void;
  readonly waitedFor: () => number;
}

function slowDisk(db: Sqlite): SlowDisk {
  const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
  return Object.assign(Object.create(db) as Sqlite, {
    sync: () => new Promise<void>((resolve, reject) => open.push({ resolve, reject })),
    end: (error?: Error) => {
      const first = open.shift();
      if (error === undefined) first?.resolve();
      else first?.reject(error);
    },
    waitedFor: () => open.length,
  });
}

let folder: string;
let db: Sqlite;
let disk: SlowDisk;
let commit: GroupCommit;
let log: SqliteLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shopkeeper-commit-"));
  db = await openSqlite(join(folder, "store.sqlite"), { cacheKib: 2_048, maxPages: 0 });
  migrate(db);
  disk = slowDisk(db);
  commit = groupCommit(disk, { rowsWaiting: 1_000, logPages: 1_000 });
  log = sqliteLog(disk, commit);
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

test("what is written is told at once, what is durable after the sync, and readers wait for it", async () => {
  const heard: string[] = [];
  const appended = log.append("a", [logRow(1)], () => heard.push("written"));
  void appended.then(() => heard.push("durable"));
  await turn();
  expect(heard).toEqual(["written"]);
  expect(await log.recent("a", "shopper-1", 5)).toHaveLength(1);
  expect(await log.head("a")).toBe(0);
  expect(await log.count("a")).toBe(0);
  expect(await readAll(log, "a")).toEqual([]);
  disk.end();
  await appended;
  expect(await log.count("a")).toBe(1);
  expect(heard).toEqual(["written", "durable"]);
  expect(await log.head("a")).toBe(1);
  expect(await readAll(log, "a")).toHaveLength(1);
});

test("writes that come while the disk works share the next sync, and a repeat waits for its first", async () => {
  const first = log.append("a", [logRow(1)]);
  await turn();
  const repeat = log.append("a", [logRow(1)]);
  await turn();
  const others = range(3).map((n) => log.append("a", [logRow(n + 2)]));
  await turn();
  expect(disk.waitedFor()).toBe(1);
  expect(commit.syncs).toBe(0);
  const answered = Promise.race([repeat, turn().then(() => "not yet")]);
  expect(await answered).toBe("not yet");
  disk.end();
  await first;
  await turn();
  expect(disk.waitedFor()).toBe(1);
  disk.end();
  expect(await repeat).toMatchObject({ appended: 0, duplicates: 1 });
  await Promise.all(others);
  expect(commit.syncs).toBe(2);
});

test("a sync that fails is told to all that waited for it", async () => {
  const both = [log.append("a", [logRow(1)]), log.append("a", [logRow(2)])];
  await turn();
  disk.end(problem("storage-damaged", "the disk is gone"));
  expect(await Promise.allSettled(both)).toMatchObject([
    { reason: { code: "storage-damaged" } },
    { reason: { code: "storage-damaged" } },
  ]);
  expect(await log.head("a")).toBe(0);
});

test("who is alone finds all durable, and others write when they have ended", async () => {
  const before = log.append("a", [logRow(1)]);
  await turn();
  const seen: string[] = [];
  let leave: () => void = () => undefined;
  const alone = commit.alone(async () => {
    seen.push(`head ${await log.head("a")}`);
    await new Promise<void>((resolve) => {
      leave = resolve;
    });
    seen.push("left");
  });
  const after = log.append("a", [logRow(2)], () => seen.push("written"));
  await turn();
  expect(seen).toEqual([]);
  disk.end();
  await before;
  await turn();
  expect(seen).toEqual(["head 1"]);
  leave();
  await alone;
  await turn();
  expect(seen).toEqual(["head 1", "left", "written"]);
  disk.end();
  expect((await after).appended).toBe(1);
});

test("closing waits for the disk", async () => {
  const appended = log.append("a", [logRow(1)]);
  const closed = commit.close();
  await turn();
  disk.end();
  await closed;
  expect((await appended).appended).toBe(1);
  await expect(log.append("a", [logRow(2)])).rejects.toMatchObject({ code: "not-ready" });
});
