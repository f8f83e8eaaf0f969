import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import { embeddedConfig } from "../conformance/embedded-config.ts";
import { logRow, readAll, uuid } from "../conformance/event-log.ts";
import { restoreBackup } from "./backup.ts";
import { groupCommit } from "./group-commit.ts";
import { openEmbedded } from "./open.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteLog } from "./sqlite-log.ts";
import { migrate, userVersion } from "./sqlite-schema.ts";

const writer = fileURLToPath(new URL("../conformance/crash-writer.ts", import.meta.url));
const store = { cacheKib: 2048, maxPages: 0 };
const range = (length: number): number[] => Array.from({ length }, (_, index) => index);

let parent: string;
let folder: string;
const open = async (where = folder) =>
  await openEmbedded({
    folder: where,
    config: embeddedConfig,
    clock: fixedClock(1_700_000_000_000, 1),
  });

const startWriter = (first = 0): ChildProcess =>
  spawn(process.execPath, ["--import", "tsx", writer, folder, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });

/** By another process: closing a descriptor of the live file in this one would drop its lock. */
const bytesOf = (path: string): Buffer =>
  existsSync(path) ? execFileSync("cat", [path], { maxBuffer: 1e9 }) : Buffer.alloc(0);

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "shopkeeper-open-"));
  folder = join(parent, "data");
});
afterEach(async () => await rm(parent, { recursive: true }));

describe("opening", () => {
  test("makes a folder for its owner alone and leaves it tidy", async () => {
    const storage = await open();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await storage.log.append("a", [logRow(1)]);
    const { freeBytes, usedBytes } = await storage.disk();
    expect(freeBytes).toBeGreaterThan(0);
    expect(usedBytes).toBeGreaterThan(0);
    await storage.close();
    await storage.close();
    const names = await readdir(folder);
    expect(new Set(names)).toEqual(new Set(["analytics.duckdb", "blobs", "spill", "store.sqlite"]));
    await expect(storage.log.append("a", [logRow(2)])).rejects.toMatchObject({ code: "not-ready" });
  });

  test("every port works and outlives closing", async () => {
    const storage = await open();
    await storage.log.append("a", [logRow(1)]);
    await storage.records.write("a", [{ kind: "item", id: "1", put: { name: "tea" } }]);
    const blob = await storage.blobs.put(Uint8Array.of(1, 2, 3));
    await storage.vectors.load("v", ["x"], Float32Array.of(1), 1);
    const path = join(folder, "out.parquet");
    await storage.tables.write(path, "parquet", { id: [1] });
    expect(await storage.tables.count(path, "parquet")).toBe(1);
    await storage.close();
    const again = await open();
    expect(again.warnings).toEqual([]);
    expect(await again.log.count("a")).toBe(1);
    expect(await again.records.get("a", "item", "1")).toMatchObject({ value: { name: "tea" } });
    expect(await again.blobs.get(blob)).toEqual(Uint8Array.of(1, 2, 3));
    await again.close();
  });

  test("a second process, and a second opening in this one, are refused at once", async () => {
    const storage = await open();
    const locked = { code: "storage-locked", message: expect.stringContaining(folder) };
    await expect(open()).rejects.toMatchObject(locked);
    const child = startWriter();
    const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), "line")) as [
      string,
    ];
    expect(line).toContain(`storage-locked: another process has ${folder} open`);
    expect((await once(child, "close"))[0]).toBe(1);
    await storage.log.append("a", [logRow(1)]); // and this one goes on
    await storage.close();
    await (await open()).close();
  });

  test("a damaged store is told, damaged analytics start anew with a warning", async () => {
    const storage = await open();
    await storage.log.append("a", [logRow(1)]);
    await storage.analytics.apply({ cursor: "c", from: 0, to: 1 }, [], []);
    await storage.close();
    await writeFile(join(folder, "analytics.duckdb"), Buffer.alloc(20_000, 7));
    const again = await open();
    expect(again.warnings).toEqual([expect.stringMatching(/^analytics were damaged/)]);
    expect(await again.analytics.cursor("c")).toBe(0);
    expect(await again.log.count("a")).toBe(1);
    await again.close();
    await writeFile(join(folder, "store.sqlite"), Buffer.alloc(20_000, 7));
    await expect(open()).rejects.toMatchObject({ code: "storage-damaged" });
  });

  test("a store of a later version is refused", async () => {
    await (await open()).close();
    const db = await openSqlite(join(folder, "store.sqlite"), store);
    db.exec(`PRAGMA user_version = ${userVersion(db) + 1}`);
    db.close();
    await expect(open()).rejects.toThrow(/use the version that wrote it/);
  });

  test("a full disk is told, undoes the whole append, and can be written again", async () => {
    const db = await openSqlite(join(parent, "small.sqlite"), { ...store, maxPages: 40 });
    migrate(db);
    const commit = groupCommit(db, { rowsWaiting: 1000, logPages: 1_000 });
    const log = sqliteLog(db, commit);
    await log.append("a", [logRow(1)]);
    const large = range(100).map((n) => logRow(n + 10, { body: "x".repeat(5000) }));
    const both = await Promise.allSettled([log.append("a", large), log.append("a", [logRow(2)])]);
    expect(both).toMatchObject([
      { reason: { code: "storage-full" } },
      { reason: { code: "storage-full" } },
    ]);
    expect(await log.count("a")).toBe(1);
    expect((await log.append("a", [logRow(2)])).appended).toBe(1);
    await commit.close();
    db.close();
  });
});

describe("erasure", () => {
  test("leaves no byte of a person or their events in the file or its log", async () => {
    const storage = await open();
    const mark = (n: number) => `person-${String((n * 7919) % 400).padStart(4, "0")}-mark`;
    const rows = range(6000).map((n) =>
      logRow(n, {
        person: mark(n),
        body: JSON.stringify({ n, said: `secret of ${mark(n)}`.repeat(4) }),
      }),
    );
    for (let at = 0; at < rows.length; at += 500) {
      await storage.log.append("a", rows.slice(at, at + 500));
    }
    const gone = range(40).map(mark);
    await storage.log.reassign("a", gone[0], gone[1]);
    const files = ["store.sqlite", "store.sqlite-wal"].map((name) => join(folder, name));
    const found = (text: string) => files.some((file) => bytesOf(file).includes(text));
    expect(found(gone[5])).toBe(true);
    expect(await storage.log.erase("a", gone)).toBe(600);
    const bytes = Buffer.concat(files.map(bytesOf));
    expect(gone.filter((person) => bytes.includes(person))).toEqual([]);
    expect(bytes.includes(mark(41))).toBe(true);
    expect(await storage.log.count("a")).toBe(5400);
    await storage.close();
  });
});

describe("backup", () => {
  test("is the state of one moment, taken while writers, erasers and mergers go on", async () => {
    const storage = await open();
    const rows = (from: number, to: number) => range(to - from).map((n) => logRow(from + n));
    await storage.log.append("a", rows(0, 30_000));
    await storage.log.append(
      "b",
      range(10).map((n) => logRow(n, { person: null })),
    );
    const first = await storage.blobs.put(Uint8Array.of(1));
    await storage.records.write("a", [{ kind: "k", id: "1", put: "before" }]);
    const target = join(parent, "backup");
    const shares: number[] = [];
    let steps = 0;
    const disturb = async (share: number): Promise<void> => {
      shares.push(share);
      steps += 1;
      if (steps === 3) await storage.log.erase("a", ["shopper-1"]);
      if (steps === 4) await storage.log.reassign("a", "shopper-2", "shopper-0");
      if (steps === 5) await storage.log.append("a", [logRow(39_999, { person: "shopper-2" })]);
    };
    const disturbances: Promise<void>[] = [];
    const report = await storage.backup(target, (share) => disturbances.push(disturb(share)));
    await Promise.all(disturbances);
    const live = await readAll(storage.log, "a");
    expect(live).toHaveLength(20_001);
    expect(report).toMatchObject({ folder: target, events: 20_011, records: 1, blobs: 1 });
    expect(shares.at(-1)).toBe(1);
    await storage.log.append("a", rows(40_000, 40_010)); // after it
    await storage.close();

    const restored = join(parent, "restored");
    expect(await restoreBackup(target, restored)).toMatchObject({ events: 20_011, blobs: 1 });
    const again = await open(restored);
    expect(await readAll(again.log, "a")).toEqual(live);
    expect(await again.log.count("a")).toBe(20_001);
    expect(await again.log.count("b")).toBe(10);
    expect(await again.blobs.get(first)).toEqual(Uint8Array.of(1));
    expect((await again.records.get("a", "k", "1"))?.value).toBe("before");
    expect((await again.log.append("a", [logRow(0)])).duplicates).toBe(1);
    await again.close();
    const bytes = bytesOf(join(target, "store.sqlite"));
    expect(bytes.includes("shopper-1")).toBe(false);
  });

  test("refuses folders with something in them, and a second one at the same time", async () => {
    const storage = await open();
    const occupied = { code: "invalid-request" };
    await expect(storage.backup(parent, () => undefined)).rejects.toMatchObject(occupied);
    const target = join(parent, "backup");
    const [one, two] = await Promise.allSettled([
      storage.backup(target, () => undefined),
      storage.backup(join(parent, "other"), () => undefined),
    ]);
    expect(one.status).toBe("fulfilled");
    expect(two).toMatchObject({ reason: { code: "already-running" } });
    await expect(restoreBackup(target, folder)).rejects.toMatchObject(occupied);
    await storage.close();
  });

  test("one that fails leaves nothing, and the store goes on", async () => {
    const storage = await open();
    await storage.blobs.put(Uint8Array.of(1));
    const target = join(parent, "backup");
    const failing = storage.backup(target, () => {
      throw new Error("who listens is broken");
    });
    await expect(failing).rejects.toThrow("broken");
    expect(await readdir(target)).toEqual([]);
    await storage.backup(target, () => undefined);
    await storage.close();
  });

  test("that was changed afterwards, or never finished, is not restored", async () => {
    const storage = await open();
    const blob = await storage.blobs.put(Uint8Array.of(1, 2, 3));
    const target = join(parent, "backup");
    await storage.backup(target, () => undefined);
    await storage.close();
    const restored = join(parent, "restored");
    const path = join(target, "blobs", blob.slice(0, 2), blob);
    await writeFile(path, Uint8Array.of(1, 2, 4));
    const damaged = { code: "storage-damaged", message: expect.stringContaining(blob) };
    await expect(restoreBackup(target, restored)).rejects.toMatchObject(damaged);
    await writeFile(path, Uint8Array.of(1, 2, 3));
    const manifest = join(target, "manifest.json");
    const text = await readFile(manifest, "utf8");
    await writeFile(manifest, text.replace(`blobs/${blob.slice(0, 2)}/${blob}`, "../../outside"));
    await expect(restoreBackup(target, restored)).rejects.toMatchObject({
      code: "storage-damaged",
    });
    await rm(manifest);
    await expect(restoreBackup(target, restored)).rejects.toMatchObject({ code: "missing-data" });
    expect(existsSync(restored)).toBe(false);
  });
});

describe("kill -9 while appending", () => {
  test("keeps every acknowledged event, once, and analytics in step with their cursor", async () => {
    let acknowledged = 0;
    for (const batches of [1, 4, 9]) {
      const child = startWriter(acknowledged);
      const lines = createInterface(child.stdout as NodeJS.ReadableStream);
      let heard = 0;
      for await (const line of lines) {
        acknowledged = Number(line.replace("acknowledged ", ""));
        heard += 1;
        if (heard === batches) child.kill("SIGKILL");
      }
      expect(heard).toBeGreaterThanOrEqual(batches);
      const storage = await open();
      const rows = await readAll(storage.log, "shop", 0, 1000);
      const ids = rows.map((row) => row.eventId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(range(acknowledged).map(uuid)).toEqual(ids.slice(0, acknowledged));
      expect(await storage.log.count("shop")).toBe(ids.length);
      const cursor = await storage.analytics.cursor("seen");
      const seen = await storage.analytics.rows(
        "SELECT count(*) AS n, count(DISTINCT seq) AS d FROM seen",
      );
      const projected = rows.filter((row) => row.seq <= cursor).length;
      expect(seen).toEqual([{ n: projected, d: projected }]);
      await storage.close();
      acknowledged = ids.length;
    }
  });
});
