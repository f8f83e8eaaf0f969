import { execFileSync } from "node:child_process";
import { existsSync, fstatSync, fdatasync as realDatasync, statSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRandom, type Random } from "../../tensor/random.ts";
import { logRow, readAll, uuid } from "../conformance/event-log.ts";
import { groupCommit } from "./group-commit.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteLog } from "./sqlite-log.ts";
import { migrate } from "./sqlite-schema.ts";

/**
 * A power cut, as a disk sees it: of a file that was synced everything is there; of what was written
 * since, each page is there or not, as chance has it, and so is its new length. The disk is asked at
 * every sync, before it and after it, and whoever opens what is left must find every acknowledged event.
 */
const PAGE_BYTES = 4096;
const FILES = ["store.sqlite", "store.sqlite-wal"] as const;
type File = (typeof FILES)[number];

const hook = vi.hoisted(() => ({
  onSync: undefined as ((fd: number, end: () => void) => void) | undefined,
}));
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof import("node:fs")>()),
  fdatasync: (fd: number, end: (error: Error | null) => void) => {
    if (hook.onSync === undefined) realDatasync(fd, end);
    else hook.onSync(fd, () => end(null));
  },
}));

let parent: string;
let cuts = 0;
const options = { cacheKib: 2_048, maxPages: 0 };

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "shopkeeper-cut-"));
});
afterEach(async () => {
  hook.onSync = undefined;
  await rm(parent, { recursive: true });
});

/** By another process: closing a descriptor of the live file in this one would drop its lock. */
const bytesOf = (file: File): Buffer => {
  const path = join(parent, file);
  return existsSync(path) ? execFileSync("cat", [path], { maxBuffer: 1e9 }) : Buffer.alloc(0);
};

/**
 * What a cut leaves of a file. One that was cut to nothing is so or as it was; of a log that begins anew
 * SQLite itself syncs the header before it writes a frame, so that no frame of the old one is taken for new.
 */
function leftOf(file: File, synced: Buffer, now: Buffer, random: Random): Buffer {
  if (now.length === 0) return random.bernoulli(0.5) ? synced : now;
  const isAnew = file.endsWith("-wal") && !headerOf(now).equals(headerOf(synced));
  const durable = isAnew ? headerOf(now) : synced;
  const left = Buffer.alloc(random.bernoulli(0.5) ? now.length : durable.length);
  for (let at = 0; at < left.length; at += PAGE_BYTES) {
    const from = random.bernoulli(0.5) || at >= durable.length ? now : durable;
    from.copy(left, at, Math.min(at, from.length), Math.min(left.length, at + PAGE_BYTES));
  }
  return left;
}

const headerOf = (log: Buffer): Buffer => log.subarray(0, 32);

async function found(left: ReadonlyMap<File, Buffer>): Promise<{ ids: string[]; sound: unknown }> {
  cuts += 1;
  const folder = await mkdtemp(join(parent, "left-"));
  for (const [file, bytes] of left) await writeFile(join(folder, file), bytes);
  const db = await openSqlite(join(folder, "store.sqlite"), options);
  migrate(db);
  const log = sqliteLog(db, groupCommit(db, { rowsWaiting: 1_000, logPages: 1_000 }));
  const ids = (await readAll(log, "a")).map(({ eventId }) => eventId);
  const sound = db.prepare("PRAGMA integrity_check").get([])?.["integrity_check"];
  db.close();
  return { ids, sound };
}

test("no acknowledged event is lost, no erased one comes back, whenever the power goes", async () => {
  const random = createRandom(20_261_129);
  const db = await openSqlite(join(parent, "store.sqlite"), options);
  migrate(db);
  db.checkpoint();
  const commit = groupCommit(db, { rowsWaiting: 1_000, logPages: 24 });
  const log = sqliteLog(db, commit);
  const durable = new Map<File, Buffer>(FILES.map((file) => [file, bytesOf(file)]));
  const acknowledged = new Set<string>();
  const erased = new Set<string>();

  const cut = async (): Promise<void> => {
    const [must, mustNot] = [[...acknowledged], [...erased]];
    const left = new Map(
      FILES.map((file) => [file, leftOf(file, durable.get(file) as Buffer, bytesOf(file), random)]),
    );
    const { ids, sound } = await found(left);
    expect(sound).toBe("ok");
    expect(ids).toEqual(expect.arrayContaining(must));
    expect(ids.filter((id) => mustNot.includes(id))).toEqual([]);
  };
  const failures: unknown[] = [];
  hook.onSync = (fd, end) => {
    const { ino } = fstatSync(fd);
    const file = FILES.find((each) => statSync(join(parent, each)).ino === ino) as File;
    const before = bytesOf(file);
    cut()
      .then(() => durable.set(file, before))
      .then(cut)
      .catch((error: unknown) => failures.push(error))
      .finally(end);
  };

  for (let round = 0; round < 24; round++) {
    const rows = Array.from({ length: 1 + random.int(6) }, (_, at) =>
      logRow(round * 10 + at, {
        person: `shopper-${round}`,
        body: JSON.stringify({ said: "x".repeat(random.int(9_000)) }),
      }),
    );
    await log.append("a", rows);
    for (const { eventId } of rows) acknowledged.add(eventId);
    if (round % 8 !== 7) continue;
    for (const gone of [0, 1, 2, 3, 4, 5]) acknowledged.delete(uuid((round - 3) * 10 + gone));
    await log.erase("a", [`shopper-${round - 3}`]);
    for (const gone of [0, 1, 2, 3, 4, 5]) erased.add(uuid((round - 3) * 10 + gone));
  }
  await commit.close();
  hook.onSync = undefined;
  db.close();
  expect(failures).toEqual([]);
  expect(cuts).toBeGreaterThan(80);
}, 60_000);
