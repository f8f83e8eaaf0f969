import { readdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { isProblem, problem } from "../../errors.ts";
import type { Storage } from "../storage.ts";
import { BLOBS, backupInto, STORE } from "./backup.ts";
import { computeThreads } from "./compute-threads.ts";
import { type DuckdbAnalytics, type DuckdbOptions, deleteDuckdb, openDuckdb } from "./duckdb.ts";
import { makeFolder } from "./durable-file.ts";
import { exactVectors } from "./exact-vectors.ts";
import { fileTables } from "./file-tables.ts";
import { openFolderBlobs } from "./folder-blobs.ts";
import { groupCommit } from "./group-commit.ts";
import { openRecordJobs } from "./record-jobs.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteLog } from "./sqlite-log.ts";
import { sqliteRecords } from "./sqlite-records.ts";
import { migrate } from "./sqlite-schema.ts";
import { worldProblem } from "./world-problem.ts";

/** All ports on one machine, in one folder, owned by one process. */
export interface EmbeddedOptions {
  readonly folder: string;
  readonly config: EmbeddedConfig;
  readonly clock: Clock;
}

/** The `storage` part of the configuration; config.ts gives defaults and limits. */
export interface EmbeddedConfig {
  readonly analyticsMemoryMb: number;
  readonly analyticsThreads: number;
  readonly workerThreads: number;
  readonly jobsQueued: number;
  readonly jobsKept: number;
  readonly blobsLimitMb: number;
}

export interface EmbeddedStorage extends Storage {
  /** What was found and mended while opening, in sentences for the operator. */
  readonly warnings: readonly string[];
}

/** Longer than a step of any training: what it cuts off may be native code. */
const STOP_MS = 10_000;
const MEBI = 1_048_576;

/** Limits that no installation has needed to change yet. */
const limits = {
  /** Pages of the store kept in memory. @unit kibibytes */
  storeCacheKib: 65_536,
  /** 16 MiB: larger ones make imports quicker, and single writes wait longer while it is moved. */
  logPages: 4_000,
  /** Rows that one turn of the event loop may ask to be written. */
  rowsWaiting: 200_000,
  queriesAtOnce: 4,
  queriesWaiting: 1_000,
  jobsAtOnce: 2,
  jobBytes: MEBI,
  progressMs: 1_000,
  computationsWaiting: 1_000,
  threadMemoryMib: 2_048,
  vectorBytes: 1_024 * MEBI,
  tableMemoryMib: 512,
  lineBytes: 4 * MEBI,
  badLines: 10_000,
} as const;

/** @throws problem `storage-locked`, `storage-full`, `storage-damaged`, `not-allowed` */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedStorage> {
  const closers: Closer[] = [];
  try {
    return await open(options, closers);
  } catch (error) {
    await closeAll(closers);
    throw worldProblem(error, options.folder);
  }
}

type Closer = () => Promise<void> | void;

/** The last opened first; what fails to close keeps none of the others open. */
async function closeAll(closers: readonly Closer[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of [...closers].reverse()) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "the storage did not close cleanly");
}

/** Each part that holds something adds how to let go of it. */
async function open(
  { folder, config, clock }: EmbeddedOptions,
  closers: Closer[],
): Promise<EmbeddedStorage> {
  const warnings: string[] = [];
  await makeFolder(folder);
  const db = await openSqlite(join(folder, STORE), {
    cacheKib: limits.storeCacheKib,
    maxPages: 0,
  });
  closers.push(() => db.close());
  migrate(db);
  db.checkpoint(); // what was erased before a crash leaves the write-ahead log now
  const commit = groupCommit(db, limits);
  closers.push(() => commit.close());
  const log = sqliteLog(db, commit);
  const records = sqliteRecords(db, commit);

  const analytics = await openAnalytics(join(folder, "analytics.duckdb"), config, warnings);
  closers.push(() => analytics.close());
  const tables = fileTables(await tableOptions(folder, config));
  closers.push(() => tables.close());
  const blobs = await openFolderBlobs(join(folder, BLOBS), config.blobsLimitMb * MEBI);

  const threads = computeThreads({
    threads: config.workerThreads,
    maxWaiting: limits.computationsWaiting,
    memoryMib: limits.threadMemoryMib,
    stopMs: STOP_MS,
  });
  closers.push(() => threads.close());
  const jobs = await openRecordJobs(records, threads, jobOptions(config), clock);
  closers.push(() => jobs.close());

  let backups = 0;
  let closing: Promise<void> | undefined;
  return {
    warnings,
    log,
    records,
    analytics,
    blobs,
    jobs,
    vectors: exactVectors(limits.vectorBytes),
    tables,
    backup: async (target, progress) => {
      if (backups > 0) throw problem("already-running", "a backup is being made");
      backups += 1;
      try {
        return await backupInto({ db, log, blobs, clock }, target, progress);
      } finally {
        backups -= 1;
      }
    },
    disk: async () => await diskOf(folder),
    close: async () => {
      closing ??= closeAll(closers);
      await closing;
    },
  };
}

/** A damaged file is derived data: it is dropped, and the next projection makes it again. */
async function openAnalytics(
  path: string,
  config: EmbeddedConfig,
  warnings: string[],
): Promise<DuckdbAnalytics> {
  const options: DuckdbOptions = {
    memoryMib: config.analyticsMemoryMb,
    threads: config.analyticsThreads,
    readers: limits.queriesAtOnce,
    maxWaiting: limits.queriesWaiting,
  };
  try {
    return await openDuckdb(path, options);
  } catch (error) {
    if (!isProblem(error) || error.code !== "storage-damaged") throw error;
    warnings.push(`analytics were damaged and start anew: ${error.message}`);
    await deleteDuckdb(path);
    return await openDuckdb(path, options);
  }
}

async function tableOptions(
  folder: string,
  config: EmbeddedConfig,
): Promise<Parameters<typeof fileTables>[0]> {
  const temporary = join(folder, "spill");
  await makeFolder(temporary);
  for (const name of await readdir(temporary)) await rm(join(temporary, name), { recursive: true });
  return {
    temporary,
    memoryMib: limits.tableMemoryMib,
    threads: config.analyticsThreads,
    maxLineBytes: limits.lineBytes,
    maxBadLines: limits.badLines,
  };
}

const jobOptions = (config: EmbeddedConfig): Parameters<typeof openRecordJobs>[2] => ({
  running: limits.jobsAtOnce,
  maxWaiting: config.jobsQueued,
  keepEnded: config.jobsKept,
  maxBytes: limits.jobBytes,
  progressMs: limits.progressMs,
});

async function diskOf(folder: string): Promise<Awaited<ReturnType<Storage["disk"]>>> {
  const { bavail, bfree, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, usedBytes: (blocks - bfree) * bsize };
}
