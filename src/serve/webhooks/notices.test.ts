import { beforeEach, describe, expect, test } from "vitest";
import type { ModelVersion } from "../../model/registry.ts";
import type { Platform } from "../../platform.ts";
import type { Job } from "../../storage/jobs.ts";
import { testPlatform } from "../conformance/memory-platform.ts";
import { lookAt, type Mark, type Notice } from "./notices.ts";

/** What a look finds, with a registry and jobs that the test sets. */
const SHOP = "tea";
let platform: Platform;
let serving: Record<string, string>;
let jobs: Job[];
let mark: Mark | undefined;

beforeEach(async () => {
  const made = await testPlatform();
  serving = {};
  jobs = [];
  mark = undefined;
  const inService = async (_shop: string, scenario: string): Promise<ModelVersion | undefined> => {
    const version = serving[scenario];
    return version === undefined ? undefined : ({ version } as ModelVersion);
  };
  const list = async (): Promise<readonly Job[]> => jobs;
  platform = {
    ...made,
    models: { ...made.models, inService },
    storage: { ...made.storage, jobs: { ...made.storage.jobs, list } },
  };
  await platform.shops.ensure(SHOP);
});

const look = async (withAttention = false): Promise<readonly Notice[]> => {
  const looked = await lookAt(platform, SHOP, mark, { attention: withAttention, parked: [] });
  ({ mark } = looked);
  return looked.notices;
};
const job = (id: string, state: Job["state"], more: Partial<Job> = {}): Job =>
  ({
    ...{ id, shop: SHOP, kind: "train", payload: null, result: null, error: null },
    ...{ createdAt: 1, startedAt: 2, endedAt: state === "running" ? null : 3 },
    ...{ state, progress: { stage: "", done: 0, total: null, unit: "" } },
    ...more,
  }) as Job;

describe("a look", () => {
  test("tells nothing of what was there at the first", async () => {
    serving = { recommend: "recommend-000001" };
    jobs = [job("1", "done")];
    expect(await look(true)).toEqual([]);
    expect(await look(true)).toEqual([]);
  });

  test("finds another version in service once, and the way back too", async () => {
    await look();
    serving = { recommend: "recommend-000001", predict: "predict-000001" };
    expect(await look()).toMatchObject([
      { kind: "model.promoted", data: { version: "recommend-000001", before: null } },
      { kind: "model.promoted", data: { scenario: "predict" } },
    ]);
    expect(await look()).toEqual([]);
    serving = { ...serving, recommend: "recommend-000002" };
    expect(await look()).toMatchObject([
      { data: { version: "recommend-000002", before: "recommend-000001" } },
    ]);
    delete serving["recommend"];
    expect(await look()).toEqual([]);
  });

  test("finds trainings that ended, good and bad, but none that was cancelled", async () => {
    jobs = [job("1", "running")];
    const first = await lookAt(platform, SHOP, mark, { attention: false, parked: [] });
    expect(first.open).toEqual(["1"]);
    ({ mark } = first);
    const error = { code: "too-little-data", detail: "no events" };
    jobs = [
      job("5", "cancelled"),
      job("4", "done", { kind: "evaluate" }),
      job("3", "failed", { kind: "train-predict", error }),
      job("1", "done"),
    ];
    expect(await look()).toEqual([
      { kind: "training.finished", at: 3, data: { job: "1", kind: "train" } },
      { kind: "training.failed", at: 3, data: { job: "3", kind: "train-predict", error } },
    ]);
    expect(await look()).toEqual([]);
  });

  test("finds what newly asks for attention, and again when it comes back", async () => {
    await platform.collect.items(SHOP, [{ item: "oolong", title: "Oolong", stock: 3 }]);
    await look(true);
    const codes = async (): Promise<unknown[]> =>
      (await look(true)).map(({ kind, data }) => `${kind} ${data["code"]}`);
    expect(await codes()).toEqual([]);
    await platform.collect.patchItem(SHOP, "oolong", { stock: 0 });
    expect(await look(false)).toEqual([]);
    expect(await codes()).toEqual(["attention.raised out-of-stock"]);
    expect(await codes()).toEqual([]);
    await platform.collect.patchItem(SHOP, "oolong", { stock: 3 });
    expect(await codes()).toEqual([]);
    await platform.collect.patchItem(SHOP, "oolong", { stock: 0 });
    expect(await codes()).toEqual(["attention.raised out-of-stock"]);
  });
});
