import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { problem } from "../../errors.ts";
import type { ComputeTask, Job, JobKind, Jobs } from "../jobs.ts";
import type { Open, Opened } from "./opened.ts";

const task = (name: string, argument: unknown): ComputeTask => ({
  module: new URL("./compute-fixture.ts", import.meta.url).href,
  name,
  argument,
});

/** A door that a test opens by hand. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const kind = <R>(
  name: string,
  run: JobKind<unknown, R>["run"],
  more: Partial<JobKind<unknown, R>> = {},
) => ({
  kind: name,
  resumable: false,
  exclusive: false,
  run,
  ...more,
});

const untilAborted = async (signal: AbortSignal): Promise<never> =>
  await new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

/** Opened with room for one running and two waiting jobs, and three ended ones kept a shop. */
export function jobsConformance(engine: string, open: Open<Jobs>): void {
  describe(`jobs on ${engine}`, () => {
    let opened: Opened<Jobs>;
    let jobs: Jobs;
    const finish = async (job: Job) => await jobs.settled(job.shop, job.id);
    beforeEach(async () => {
      opened = await open();
      jobs = opened.port;
    });
    afterEach(async () => await opened.close());

    test("a job is done and its result kept", async () => {
      jobs.handle(kind("add", async (job) => ({ sum: (job.payload as { a: number }).a + 1 })));
      await jobs.start();
      const job = await jobs.enqueue("a", "add", { a: 41 });
      expect(job).toMatchObject({ shop: "a", kind: "add", payload: { a: 41 }, endedAt: null });
      const last = await finish(job);
      expect(last).toMatchObject({ state: "done", result: { sum: 42 }, error: null });
      expect(await jobs.get("a", job.id)).toEqual(last);
    });

    test("problems keep their code, bugs are called bugs", async () => {
      jobs.handle(
        kind("refuse", async () => {
          throw problem("too-little-data", "two events are too few");
        }),
      );
      jobs.handle(
        kind("stumble", async () => {
          throw new TypeError("oh");
        }),
      );
      await jobs.start();
      const refused = await finish(await jobs.enqueue("a", "refuse", null));
      expect(refused).toMatchObject({
        state: "failed",
        error: { code: "too-little-data", detail: "two events are too few" },
      });
      const stumbled = await finish(await jobs.enqueue("a", "stumble", null));
      expect(stumbled).toMatchObject({ state: "failed", error: { code: "bug", detail: "oh" } });
    });

    test("shops see their own jobs, newest first", async () => {
      jobs.handle(kind("k", async () => null));
      await jobs.start();
      const ids: string[] = [];
      for (const payload of [1, 2, 3])
        ids.push((await finish(await jobs.enqueue("a", "k", payload))).id);
      const other = await finish(await jobs.enqueue("b", "k", 4));
      expect((await jobs.list("a", 9)).map((job) => job.payload)).toEqual([3, 2, 1]);
      expect((await jobs.list("a", 2)).map((job) => job.payload)).toEqual([3, 2]);
      expect(await jobs.get("b", ids[0])).toBeUndefined();
      await expect(jobs.cancel("a", other.id)).rejects.toMatchObject({ code: "unknown-job" });
      await expect(jobs.settled("a", "none")).rejects.toMatchObject({ code: "unknown-job" });
    });

    test("jobs run in the order they came, no more than allowed side by side", async () => {
      const order: string[] = [];
      let running = 0;
      jobs.handle(
        kind("k", async (job) => {
          running += 1;
          order.push(`${job.payload} of ${running}`);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
        }),
      );
      const waiting = [await jobs.enqueue("a", "k", 1), await jobs.enqueue("b", "k", 2)];
      await jobs.start();
      await Promise.all(waiting.map(finish));
      expect(order).toEqual(["1 of 1", "2 of 1"]);
    });

    test("progress is seen while the job runs", async () => {
      const [reported, seen] = [gate(), gate()];
      const progress = { stage: "reading", done: 3, total: 10, unit: "rows" };
      jobs.handle(
        kind("k", async (_, control) => {
          control.progress(progress);
          reported.open();
          await seen.opened;
        }),
      );
      await jobs.start();
      const job = await jobs.enqueue("a", "k", null);
      await reported.opened;
      expect(await jobs.get("a", job.id)).toMatchObject({ state: "running", progress });
      seen.open();
      expect(await finish(job)).toMatchObject({ state: "done", progress });
    });

    test("a running job is cancelled by its signal, a waiting one at once", async () => {
      const started = gate();
      jobs.handle(
        kind("k", async (_, control) => {
          started.open();
          return await untilAborted(control.signal);
        }),
      );
      await jobs.start();
      const running = await jobs.enqueue("a", "k", 1);
      await started.opened;
      const waiting = await jobs.enqueue("a", "k", 2);
      expect(await jobs.cancel("a", waiting.id)).toMatchObject({ state: "cancelled" });
      await jobs.cancel("a", running.id);
      expect(await finish(running)).toMatchObject({ state: "cancelled", error: null });
      expect(await jobs.cancel("a", running.id)).toMatchObject({ state: "cancelled" });
    });

    test("an exclusive kind is refused while one waits or runs in the same shop", async () => {
      const started = gate();
      const run = async (_: Job, control: { signal: AbortSignal }) => {
        started.open();
        return await untilAborted(control.signal);
      };
      jobs.handle(kind("k", run, { exclusive: true }));
      const both = await Promise.allSettled([jobs.enqueue("a", "k", 1), jobs.enqueue("a", "k", 2)]);
      expect(both[1]).toMatchObject({ reason: { code: "already-running" } });
      await jobs.start();
      await started.opened;
      await expect(jobs.enqueue("a", "k", 3)).rejects.toMatchObject({ code: "already-running" });
      const [mine] = await jobs.list("a", 1);
      const other = await jobs.enqueue("b", "k", 4);
      await jobs.cancel("b", other.id);
      await jobs.cancel("a", mine.id);
      await finish(mine);
      expect((await jobs.enqueue("a", "k", 5)).state).toBe("queued");
    });

    test("too many waiting jobs are refused, and so is too large a payload", async () => {
      jobs.handle(kind("k", async () => null));
      await jobs.enqueue("a", "k", 1);
      await jobs.enqueue("b", "k", 2);
      await expect(jobs.enqueue("c", "k", 3)).rejects.toMatchObject({ code: "limit-reached" });
      const large = "x".repeat(2_000_000);
      await expect(jobs.enqueue("c", "k", large)).rejects.toMatchObject({ code: "too-large" });
    });

    test("old ended jobs are forgotten", async () => {
      jobs.handle(kind("k", async () => null));
      await jobs.start();
      for (const payload of [1, 2, 3, 4, 5]) await finish(await jobs.enqueue("a", "k", payload));
      expect((await jobs.list("a", 9)).map((job) => job.payload)).toEqual([5, 4, 3]);
      jobs = await opened.reopen();
      expect((await jobs.list("a", 9)).map((job) => job.payload)).toEqual([5, 4, 3]);
    });

    test("the stop of the server: a resumable job goes on, another is cancelled", async () => {
      const started = gate();
      const hang: JobKind<unknown, never>["run"] = async (_, control) => {
        started.open();
        return await untilAborted(control.signal);
      };
      jobs.handle(kind("long", hang, { resumable: true }));
      jobs.handle(kind("short", hang));
      await jobs.start();
      const long = await jobs.enqueue("a", "long", 1);
      await started.opened;
      const waiting = await jobs.enqueue("a", "short", 2);
      const stopped = jobs.settled("a", long.id);
      const [told] = await Promise.allSettled([
        stopped,
        opened.reopen().then((port) => (jobs = port)),
      ]);
      expect(told).toMatchObject({ reason: { code: "not-ready" } });
      jobs.handle(kind("long", async () => "went on", { resumable: true }));
      jobs.handle(kind("short", async () => "began"));
      await jobs.start();
      expect(await finish(long)).toMatchObject({ state: "done", result: "went on" });
      expect(await finish(waiting)).toMatchObject({ state: "done", result: "began" });
    });

    test("computations run in threads; typed arrays are copied", async () => {
      const values = Float64Array.of(1, 2, 3);
      const scaled = await jobs.compute<Float64Array>(task("scale", { values, by: 10 }));
      expect(scaled).toEqual(Float64Array.of(10, 20, 30));
      expect(values).toEqual(Float64Array.of(1, 2, 3));
    });

    test("a problem of a thread arrives as that problem", async () => {
      await expect(jobs.compute(task("refuse", "/events"))).rejects.toMatchObject({
        name: "Problem",
        code: "too-little-data",
        message: "three events are too few",
        errors: [{ pointer: "/events", detail: "needs ten" }],
        retryAfterSeconds: 7,
      });
      const bug = { name: "Bug", message: "stumble: a stumble" };
      await expect(jobs.compute(task("stumble", null))).rejects.toMatchObject(bug);
      await expect(jobs.compute(task("missing", null))).rejects.toThrow(/missing/);
    });

    test("what a computation says on the way is heard, in order and to the last word", async () => {
      const heard: number[] = [];
      jobs.handle(
        kind("k", (_, control) =>
          control.compute<number, number>(task("count", 500), (at) => heard.push(at)),
        ),
      );
      await jobs.start();
      const job = await jobs.enqueue("a", "k", null);
      expect(await finish(job)).toMatchObject({ state: "done", result: 500 });
      expect(heard).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    });

    test("a computation of a cancelled job is asked to stop before it is cut off", async () => {
      const [heard, began] = [[] as string[], gate()];
      const hear = (word: string): void => {
        heard.push(word);
        began.open();
      };
      jobs.handle(
        kind("k", async (_, control) => control.compute(task("workUntilAsked", null), hear)),
      );
      await jobs.start();
      const job = await jobs.enqueue("a", "k", null);
      await began.opened;
      await jobs.cancel("a", job.id);
      expect(await finish(job)).toMatchObject({ state: "cancelled" });
      expect(heard).toEqual(["began", "stopped by itself"]);
    });

    test("cancelling a job ends even a computation that never yields", async () => {
      const started = gate();
      jobs.handle(
        kind("k", async (_, control) => {
          const spinning = control.compute(task("spin", null));
          started.open();
          return await spinning;
        }),
      );
      await jobs.start();
      const job = await jobs.enqueue("a", "k", null);
      await started.opened;
      await jobs.cancel("a", job.id);
      expect(await finish(job)).toMatchObject({ state: "cancelled" });
      expect(await jobs.compute<number>(task("double", 21))).toBe(42);
    });
  });
}
