import { beforeEach, describe, expect, test } from "vitest";
import { fixedClock } from "../clock.ts";
import { memoryRecords } from "../collect/conformance/memory-storage.ts";
import type { Blobs } from "../storage/blobs.ts";
import type { Records } from "../storage/records.ts";
import { memoryBlobs } from "./conformance/memory-blobs.ts";
import type { ModelRegistry, NewVersion } from "./registry.ts";
import { openModelRegistry } from "./registry-records.ts";

const made = (value: number, scenario = "recommend"): NewVersion => ({
  scenario,
  asOf: 900,
  seed: 7,
  params: { neighbours: 20 },
  dataFingerprint: "f".repeat(64),
  metrics: { ndcg: 0.25 },
  fitSeconds: 1.5,
  model: { weights: new Float32Array([value]) },
});
const code = (value: string) => expect.objectContaining({ code: value });

describe("the model registry", () => {
  let records: Records;
  let blobs: Blobs;
  let models: ModelRegistry;
  beforeEach(() => {
    records = memoryRecords();
    blobs = memoryBlobs();
    models = openModelRegistry({ records, blobs, clock: fixedClock(1_000, 1) });
  });

  test("a version carries its facts and gives its model back", async () => {
    const added = await models.add("a", made(3));
    expect(added).toMatchObject({
      shop: "a",
      version: "recommend-000001",
      createdAt: 1_000,
      metrics: { ndcg: 0.25 },
    });
    expect(await models.get("a", added.version)).toEqual(added);
    expect(await models.load("a", added.version)).toEqual(made(3).model);
    expect((await blobs.get(added.blob))?.length).toBe(added.bytes);
  });

  test("names ascend within shop and scenario and are never used twice", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    expect(await models.prune("a", "recommend", 0)).toBe(2);
    expect((await models.add("a", made(3))).version).toBe("recommend-000003");
    expect((await models.add("b", made(4))).version).toBe("recommend-000001");
    expect((await models.add("a", made(5, "predict"))).version).toBe("predict-000001");
  });

  test("two who add at once both get a version", async () => {
    const both = await Promise.all([models.add("a", made(1)), models.add("a", made(2))]);
    expect(both.map((one) => one.version).sort()).toEqual(["recommend-000001", "recommend-000002"]);
  });

  test("listed newest first, of one scenario or of all", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    await models.add("a", made(3, "predict"));
    const names = (await models.list("a")).map((one) => one.version);
    expect(names).toEqual(["predict-000001", "recommend-000002", "recommend-000001"]);
    expect(await models.list("a", "predict")).toHaveLength(1);
    expect(await models.list("b")).toEqual([]);
  });

  test("promote puts in service, rollback goes back the way it came", async () => {
    for (const value of [1, 2, 3]) await models.add("a", made(value));
    expect(await models.inService("a", "recommend")).toBeUndefined();
    for (const number of [1, 3, 3, 2]) await models.promote("a", `recommend-00000${number}`);
    expect((await models.inService("a", "recommend"))?.version).toBe("recommend-000002");
    expect((await models.rollback("a", "recommend")).version).toBe("recommend-000003");
    expect((await models.rollback("a", "recommend")).version).toBe("recommend-000001");
    await expect(models.rollback("a", "recommend")).rejects.toEqual(code("unknown-model"));
    expect((await models.inService("a", "recommend"))?.version).toBe("recommend-000001");
  });

  test("a trial is on record from its begin to its end; another share is another trial", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    const [one, two] = ["recommend-000001", "recommend-000002"] as const;
    await models.promote("a", one);
    expect(await models.trials("a", "recommend")).toEqual([]);
    await models.tryOut("a", two, 0.1);
    const first = { id: "trial-000001", version: two, against: one, share: 0.1 };
    const [running] = await models.trials("a", "recommend");
    expect(running).toEqual({ ...first, since: expect.any(Number), until: null });
    await models.tryOut("a", two, 0.1);
    await models.add("a", made(3));
    expect(await models.trials("a", "recommend")).toEqual([running]);
    await models.tryOut("a", two, 0.2);
    const trials = await models.trials("a", "recommend");
    expect(trials.map(({ id, share, until }) => [id, share, until === null])).toEqual([
      ["trial-000002", 0.2, true],
      ["trial-000001", 0.1, false],
    ]);
    expect(trials[1]?.until).toBe(trials[0]?.since);
    await models.promote("a", two);
    const [ended] = await models.trials("a", "recommend");
    expect(ended).toMatchObject({ id: "trial-000002", until: expect.any(Number) });
  });

  test("a trial ends when what is tried leaves, or becomes what serves", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    const [one, two] = ["recommend-000001", "recommend-000002"] as const;
    for (const version of [two, one]) await models.promote("a", version);
    await models.tryOut("a", two, 0.1);
    await models.rollback("a", "recommend");
    expect((await models.serving("a", "recommend")).canary).toBeUndefined();
    expect((await models.trials("a", "recommend"))[0]?.until).toEqual(expect.any(Number));
    await models.tryOut("a", one, 0.1);
    await models.withdraw("a", one, "a bad day");
    const trials = await models.trials("a", "recommend");
    expect(trials).toHaveLength(2);
    expect(trials.every(({ until }) => until !== null)).toBe(true);
  });

  test("a version is tried out beside the one in service until it is promoted or the trial ends", async () => {
    for (let value = 1; value <= 3; value++) await models.add("a", made(value));
    const [one, two, three] = ["recommend-000001", "recommend-000002", "recommend-000003"] as const;
    await expect(models.tryOut("a", two, 0.1)).rejects.toEqual(code("invalid-request"));
    await models.promote("a", one);
    await expect(models.tryOut("a", one, 0.1)).rejects.toEqual(code("invalid-request"));
    await models.tryOut("a", two, 0.1);
    const found = async () => {
      const { inService, canary } = await models.serving("a", "recommend");
      return [inService?.version, canary?.version.version, canary?.share];
    };
    expect(await found()).toEqual([one, two, 0.1]);
    expect(await models.prune("a", "recommend", 0)).toBe(1);
    expect(await found()).toEqual([one, two, 0.1]);
    await models.tryOut("a", two, 0);
    expect(await found()).toEqual([one, undefined, undefined]);
    await models.tryOut("a", two, 0.5);
    await models.promote("a", two);
    expect(await found()).toEqual([two, undefined, undefined]);
    await models.tryOut("a", one, 0.5);
    await models.withdraw("a", one, "wrong");
    expect(await found()).toEqual([two, undefined, undefined]);
    await expect(models.tryOut("a", one, 0.5)).rejects.toEqual(code("conflict"));
    await expect(models.tryOut("a", three, 0.5)).rejects.toEqual(code("unknown-model"));
  });

  test("a withdrawn version leaves service, is not loaded, promoted or rolled back to", async () => {
    for (const value of [1, 2, 3]) await models.add("a", made(value));
    for (const number of [1, 2, 3]) await models.promote("a", `recommend-00000${number}`);
    const withdrawn = await models.withdraw("a", "recommend-000003", "wrong prices");
    expect(withdrawn.withdrawn).toBe("wrong prices");
    expect(await models.inService("a", "recommend")).toBeUndefined();
    await expect(models.load("a", "recommend-000003")).rejects.toEqual(code("conflict"));
    await expect(models.promote("a", "recommend-000003")).rejects.toEqual(code("conflict"));
    await models.withdraw("a", "recommend-000002", "also");
    expect((await models.rollback("a", "recommend")).version).toBe("recommend-000001");
  });

  test("prune keeps the newest and the one in service, and their bytes", async () => {
    const added = [];
    for (const value of [1, 2, 3, 4]) added.push(await models.add("a", made(value)));
    await models.promote("a", "recommend-000001");
    expect(await models.prune("a", "recommend", 1)).toBe(2);
    const names = (await models.list("a")).map((one) => one.version);
    expect(names).toEqual(["recommend-000004", "recommend-000001"]);
    const there = await Promise.all(added.map((one) => blobs.has(one.blob)));
    expect(there).toEqual([true, false, false, true]);
  });

  test("equal models of two shops do not share their bytes", async () => {
    const [first] = [await models.add("a", made(1)), await models.add("b", made(1))];
    await models.prune("b", "recommend", 0);
    expect(await models.load("a", first.version)).toEqual(made(1).model);
  });

  test("equal versions of one shop share theirs, and pruning one leaves the other", async () => {
    await models.add("a", made(1));
    const second = await models.add("a", made(1));
    expect(await models.prune("a", "recommend", 1)).toBe(1);
    expect(await models.load("a", second.version)).toEqual(made(1).model);
  });

  /** Another writer does something just before the first write, or the first read of a version. */
  const meeting = (when: "get" | "write", other: () => Promise<unknown>): ModelRegistry => {
    let met = false;
    const meet = async (): Promise<void> => {
      if (met) return;
      met = true;
      await other();
    };
    const crowded: Records = {
      ...records,
      async get<T>(shop: string, kind: string, id: string) {
        if (when === "get" && kind === "model") await meet();
        return records.get<T>(shop, kind, id);
      },
      async write(shop, changes) {
        if (when === "write") await meet();
        return records.write(shop, changes);
      },
    };
    return openModelRegistry({ records: crowded, blobs, clock: fixedClock(1_000, 1) });
  };

  test("a version withdrawn or pruned while it is promoted does not come into service", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    const withdrawn = meeting("write", () => models.withdraw("a", "recommend-000002", "wrong"));
    const promoted = withdrawn.promote("a", "recommend-000002");
    await expect(promoted).rejects.toEqual(code("conflict"));
    expect(await models.inService("a", "recommend")).toBeUndefined();
    const pruned = meeting("write", () => models.prune("a", "recommend", 0));
    const gone = pruned.promote("a", "recommend-000001");
    await expect(gone).rejects.toEqual(code("unknown-model"));
    expect(await models.inService("a", "recommend")).toBeUndefined();
  });

  test("a version promoted while it is pruned stays, while it is withdrawn leaves", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    const other = () => models.promote("a", "recommend-000001");
    expect(await meeting("write", other).prune("a", "recommend", 0)).toBe(1);
    expect((await models.inService("a", "recommend"))?.version).toBe("recommend-000001");
    await models.add("a", made(3));
    const third = () => models.promote("a", "recommend-000003");
    await meeting("write", third).withdraw("a", "recommend-000003", "wrong");
    expect(await models.inService("a", "recommend")).toBeUndefined();
  });

  test("a version that leaves service while it is looked up is not answered", async () => {
    for (const value of [1, 2]) await models.add("a", made(value));
    await models.promote("a", "recommend-000001");
    const crowded = meeting("get", async () => {
      await models.promote("a", "recommend-000002");
      await models.prune("a", "recommend", 0);
    });
    expect((await crowded.inService("a", "recommend"))?.version).toBe("recommend-000002");
  });

  test("unknown versions and lost bytes are problems", async () => {
    await expect(models.get("a", "recommend-000009")).rejects.toEqual(code("unknown-model"));
    await expect(models.promote("a", "x")).rejects.toEqual(code("unknown-model"));
    await expect(models.withdraw("a", "x", "y")).rejects.toEqual(code("unknown-model"));
    const added = await models.add("a", made(1));
    await blobs.delete(added.blob);
    await expect(models.load("a", added.version)).rejects.toEqual(code("storage-damaged"));
  });
});
