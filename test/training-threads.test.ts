import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, describe, expect, test } from "vitest";
import { type ComputeThreads, computeThreads } from "../src/storage/engines/compute-threads.ts";
import { checkpointOf, gradientsOf, type TrainingOrder } from "./training-task.ts";

const pool: ComputeThreads = computeThreads({
  threads: 1,
  maxWaiting: 4,
  memoryMib: 256,
  stopMs: 10_000,
});
afterAll(() => pool.close());

const inWorker = (argument: TrainingOrder): Promise<Uint8Array> =>
  pool.run({ module: new URL("./training-task.ts", import.meta.url).href, name, argument });
const name: (typeof checkpointOf)["name"] = "checkpointOf";

const order: TrainingOrder = { steps: 20, threads: 1, batch: 1_024 };
const small: TrainingOrder = { steps: 3, threads: 1, batch: 128 };

/** How long the turns of this thread's loop take while work is done. @unit ms, the middle one */
async function turnOf<T>(
  work: () => Promise<T>,
): Promise<{ readonly ms: number; readonly done: T }> {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  const done = await work();
  delay.disable();
  return { ms: delay.percentile(50) / 1e6, done };
}

describe("training in a worker thread", () => {
  test("leaves the main thread free, and gives the same bytes", async () => {
    await inWorker(small);
    const there = await turnOf(() => inWorker(order));
    const here = await turnOf(() => checkpointOf(order));
    // A step of this training takes some twenty turns of a loop that has nothing else to do.
    expect(there.ms).toBeLessThan(here.ms / 4);
    expect(Buffer.compare(there.done, here.done)).toBe(0);
  });
});

describe("two threads", () => {
  /** Of the largest gradient of a parameter, were sums taken in another order. Measured: 0. */
  const tolerance = 1e-5;

  test("give the gradients of one, rows named many times included", async () => {
    const [one, two] = [1, 2].map((threads) => gradientsOf({ threads, batch: 1_024 }));
    const found = await two;
    for (const [parameter, expected] of await one) {
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const gap = expected.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - (found.get(parameter)?.[at] ?? 0))),
        0,
      );
      expect(largest, parameter).toBeGreaterThan(0);
      expect(gap / largest, parameter).toBeLessThan(tolerance);
    }
  });

  test("give the same bytes twice", async () => {
    const twice = { steps: 6, threads: 2, batch: 512 };
    const [first, second] = [await checkpointOf(twice), await checkpointOf(twice)];
    expect(Buffer.compare(first, second)).toBe(0);
    expect(Buffer.compare(first, await checkpointOf({ ...twice, steps: 5 }))).not.toBe(0);
  });
});
