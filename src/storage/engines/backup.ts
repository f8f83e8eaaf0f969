import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { assert } from "../../assert.ts";
import type { Clock } from "../../clock.ts";
import { problem } from "../../errors.ts";
import type { BackupReport } from "../storage.ts";
import { copyDurably, makeFolder, sync, writeBytesDurably } from "./durable-file.ts";
import type { FolderBlobs } from "./folder-blobs.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";
import type { Rewrite, SqliteLog } from "./sqlite-log.ts";
import { migrate, schemaVersion } from "./sqlite-schema.ts";
import { worldProblem } from "./world-problem.ts";

/**
 * Backup while everything runs. Events are copied a few thousand at a time by SQLite itself, from
 * the live file into an attached one; between two steps the event loop and writers go on. The last
 * step copies the rest and all records at one moment, so the copy is the state of that moment.
 * Reassignments and erasures meanwhile are repeated on what was copied before them. A backup has
 * the layout of a data folder; its manifest is written last, so without one it is unfinished.
 * Left out: analytics, which are rebuilt.
 */
export const STORE = "store.sqlite";
export const BLOBS = "blobs";
const MANIFEST = "manifest.json";
const EVENTS_A_STEP = 2000;

interface Source {
  readonly db: Sqlite;
  readonly log: SqliteLog;
  readonly blobs: FolderBlobs;
  readonly clock: Clock;
}

const fileSchema = z.object({
  path: z.string().regex(/^(store\.sqlite|blobs\/[0-9a-f]{2}\/[0-9a-f]{64})$/),
  bytes: z.int().min(0),
  sha256: z.string(),
});
const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.int(),
  schema: z.int(),
  events: z.int(),
  records: z.int(),
  files: z.array(fileSchema),
});
type Manifest = z.infer<typeof manifestSchema>;
type ManifestFile = z.infer<typeof fileSchema>;

/** @throws problem `invalid-request` when the folder is not empty */
export async function backupInto(
  source: Source,
  folder: string,
  progress: (share: number) => void,
): Promise<BackupReport> {
  await makeEmptyFolder(folder);
  try {
    await copyBlobs(source.blobs, folder);
    progress(0.2);
    const copied = await source.blobs.keepingAll(async () => {
      const counts = await copyStore(source, folder, (share) => progress(0.2 + 0.6 * share));
      await copyBlobs(source.blobs, folder);
      return counts;
    });
    progress(0.8);
    const files = await describeFiles(folder);
    const createdAt = source.clock();
    const manifest: Manifest = { format: 1, createdAt, schema: schemaVersion, ...copied, files };
    await writeBytesDurably(join(folder, MANIFEST), Buffer.from(JSON.stringify(manifest, null, 2)));
    progress(1);
    return reportOf(folder, manifest);
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    throw worldProblem(error, folder);
  }
}

async function makeEmptyFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    if ((await readdir(folder)).length === 0) return;
  } catch (error) {
    throw worldProblem(error, folder);
  }
  throw problem("invalid-request", `${folder} is not empty: give a folder that is, or a new one`);
}

/** Those that are not there yet. */
async function copyBlobs(blobs: FolderBlobs, folder: string): Promise<void> {
  await makeFolder(join(folder, BLOBS));
  const known = new Set(await blobIds(join(folder, BLOBS)));
  for await (const id of blobs.list()) {
    if (known.has(id)) continue;
    await makeFolder(join(folder, BLOBS, id.slice(0, 2)));
    await copyDurably(blobs.pathOf(id), join(folder, BLOBS, id.slice(0, 2), id));
  }
}

async function blobIds(folder: string): Promise<string[]> {
  const shelves = await readdir(folder);
  const lists = await Promise.all(shelves.map((shelf) => readdir(join(folder, shelf))));
  return lists.flat().sort();
}

type Counts = Pick<Manifest, "events" | "records">;

async function copyStore(
  { db, log }: Source,
  folder: string,
  progress: (share: number) => void,
): Promise<Counts> {
  const path = join(folder, STORE);
  const empty = await openSqlite(path, { cacheKib: 1024, maxPages: 0 });
  migrate(empty);
  empty.close();
  const missed: { readonly rewrite: Rewrite; readonly upTo: number }[] = [];
  let at = 0;
  assert(log.onRewrite === undefined, "one backup runs at a time");
  log.onRewrite = (rewrite) => missed.push({ rewrite, upTo: at });
  db.exec(`ATTACH '${path.replaceAll("'", "''")}' AS copy`);
  try {
    // Until the manifest is there nobody trusts the copy: it is synced once, at the end.
    for (const pragma of ["synchronous = OFF", "journal_mode = MEMORY", "secure_delete = ON"]) {
      db.exec(`PRAGMA copy.${pragma}`);
    }
    while (log.lastSeq() - at > EVENTS_A_STEP) {
      at = copyEvents(db, at, at + EVENTS_A_STEP);
      progress(at / log.lastSeq());
      await new Promise((resolve) => setImmediate(resolve));
    }
    return db.transaction(() => {
      for (const { rewrite, upTo } of missed) repeat(db, rewrite, upTo);
      copyEvents(db, at, log.lastSeq());
      for (const table of ["shops", "marks", "documents"]) {
        db.exec(`INSERT INTO copy.${table} SELECT * FROM main.${table}`);
      }
      return counts(db);
    });
  } finally {
    log.onRewrite = undefined;
    db.exec("DETACH copy");
    await sync(path);
  }
}

function counts(db: Sqlite): Counts {
  const number = (sql: string): number => Number(db.prepare(sql).get([])?.["n"]);
  return {
    events: number("SELECT coalesce(sum(events), 0) AS n FROM main.shops"),
    records: number("SELECT count(*) AS n FROM main.documents"),
  };
}

/** Returns the place up to which events are now copied. */
function copyEvents(db: Sqlite, after: number, upTo: number): number {
  db.exec(
    `INSERT INTO copy.events SELECT * FROM main.events
     WHERE seq > ${after} AND seq <= ${upTo} ORDER BY seq`,
  );
  return upTo;
}

function repeat(db: Sqlite, { sql, values }: Rewrite, upTo: number): void {
  db.prepare(`${sql("copy.events")} AND seq <= ?`).run([...values, upTo]);
}

async function describeFiles(folder: string): Promise<ManifestFile[]> {
  const files = [await describeFile(folder, STORE)];
  for (const id of await blobIds(join(folder, BLOBS))) {
    files.push(await describeFile(folder, `${BLOBS}/${id.slice(0, 2)}/${id}`));
  }
  return files;
}

async function describeFile(folder: string, path: string): Promise<ManifestFile> {
  const { size } = await stat(join(folder, path));
  return { path, bytes: size, sha256: await hashOf(join(folder, path)) };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function reportOf(folder: string, manifest: Manifest): BackupReport {
  const { events, records, files } = manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { folder, events, records, blobs: files.length - 1, bytes };
}

/**
 * Makes a data folder from a backup, after checking every byte of it.
 * @throws problem `missing-data` without a backup, `storage-damaged` when it is not as it was made,
 * `invalid-request` when the folder already holds data
 */
export async function restoreBackup(from: string, folder: string): Promise<BackupReport> {
  const manifest = await readManifest(from);
  for (const file of manifest.files) await verify(from, file);
  await makeEmptyFolder(folder);
  try {
    // The store last: a folder with a store has everything.
    for (const { path } of [...manifest.files].reverse()) {
      await makeFolder(join(folder, path, ".."));
      await copyDurably(join(from, path), join(folder, path));
    }
  } catch (error) {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    throw worldProblem(error, folder);
  }
  return reportOf(folder, manifest);
}

async function readManifest(from: string): Promise<Manifest> {
  const path = join(from, MANIFEST);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw worldProblem(error, `${from} is no finished backup`);
  });
  const parsed = manifestSchema.safeParse(parse(text, path));
  if (!parsed.success) throw problem("storage-damaged", `${path} is no manifest of a backup`);
  if (parsed.data.schema > schemaVersion) {
    throw problem("storage-damaged", `${from} was made by a later version of this program`);
  }
  return parsed.data;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw problem("storage-damaged", `${path} is not JSON`, { cause: error });
  }
}

async function verify(from: string, file: ManifestFile): Promise<void> {
  const path = join(from, file.path);
  const sha256 = await hashOf(path).catch((error: unknown) => {
    throw worldProblem(error, path);
  });
  if (sha256 !== file.sha256) {
    throw problem("storage-damaged", `${path} is not as it was when the backup was made`);
  }
}
