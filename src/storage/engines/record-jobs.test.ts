import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fixedClock } from "../../clock.ts";
import { jobsConformance } from "../conformance/jobs.ts";
import type { Job } from "../jobs.ts";
import { INSTALLATION } from "../records.ts";
import { computeThreads } from "./compute-threads.ts";
import { groupCommit } from "./group-commit.ts";
import { type JobOptions, openRecordJobs } from "./record-jobs.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteRecords } from "./sqlite-records.ts";
import { migrate } from "./sqlite-schema.ts";

const options: JobOptions = {
  running: 1,
  maxWaiting: 2,
  keepEnded: 3,
  maxBytes: 1_000_000,
  progressMs: 1000,
};

async function openAll(folder: string) {
  const db = await openSqlite(join(folder, "jobs.sqlite"), {
    cacheKib: 2048,
    maxPages: 0,
  });
  migrate(db);
  const commit = groupCommit(db, { rowsWaiting: 1000, logPages: 1_000 });
  const records = sqliteRecords(db, commit);
  const threads = computeThreads({ threads: 1, maxWaiting: 10, memoryMib: 256, stopMs: 200 });
  const clock = fixedClock(1_700_000_000_000, 600);
  const jobs = await openRecordJobs(records, threads, options, clock);
  const close = async () => {
    await jobs.close();
    await commit.close();
    db.close();
  };
  return { jobs, records, close };
}

const fresh = async () => await mkdtemp(join(tmpdir(), "shopkeeper-jobs-"));

jobsConformance("records and threads", async () => {
  const folder = await fresh();
  let now = await openAll(folder);
  return {
    port: now.jobs,
    reopen: async () => {
      await now.close();
      now = await openAll(folder);
      return now.jobs;
    },
    close: async () => {
      await now.close();
      await rm(folder, { recursive: true });
    },
  };
});

test("a job found running after a crash is queued again if resumable, else failed", async () => {
  const folder = await fresh();
  const { jobs, records, close } = await openAll(folder);
  for (const [index, kind] of ["resumable", "other", "unknown"].entries()) {
    const id = `crashed-${index}`;
    const value: Job = {
      ...{ id, shop: "a", kind, payload: null, state: "running", result: null, error: null },
      progress: { stage: "half", done: 1, total: 2, unit: "rows" },
      ...{ createdAt: fixedClock(1)(), startedAt: fixedClock(2)(), endedAt: null },
    };
    await records.write(INSTALLATION, [{ kind: "job", id, put: value }]);
  }
  await close();
  expect(await jobs.list("a", 9)).toEqual([]);
  const again = await openAll(folder);
  again.jobs.handle({ kind: "resumable", resumable: true, exclusive: false, run: async () => 7 });
  again.jobs.handle({ kind: "other", resumable: false, exclusive: false, run: async () => 7 });
  await again.jobs.start();
  const ended = await Promise.all([0, 1, 2].map((n) => again.jobs.settled("a", `crashed-${n}`)));
  expect(ended.map((job) => job.state)).toEqual(["done", "failed", "failed"]);
  expect(ended.map((job) => job.error?.detail)).toEqual([
    undefined,
    "the server stopped while it ran",
    "nobody does jobs of kind unknown any more",
  ]);
  await again.close();
  await rm(folder, { recursive: true });
});

test("progress reaches the disk at most once in its interval", async () => {
  const folder = await fresh();
  const { jobs, records, close } = await openAll(folder);
  const steps = (done: number) => ({ stage: "s", done, total: 100, unit: "rows" });
  jobs.handle({
    kind: "k",
    resumable: false,
    exclusive: false,
    run: async (_, control) => {
      // the clock goes 600 ms a look, so every second report is due
      for (let done = 1; done <= 20; done += 1) control.progress(steps(done));
    },
  });
  await jobs.start();
  const { id } = await jobs.enqueue("a", "k", null);
  expect((await jobs.settled("a", id)).progress).toEqual(steps(20));
  const stored = await records.get<Job>(INSTALLATION, "job", id);
  expect(stored?.value.progress).toEqual(steps(20));
  expect(stored?.version).toBe(3 + 10); // queued, running, done, and ten reports
  await close();
  await rm(folder, { recursive: true });
});
