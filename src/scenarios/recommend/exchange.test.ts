import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrainingPlan } from "../../model/exchange/exchange-folder.ts";
import {
  encodeSafetensors,
  float32Of,
  float32Weight,
} from "../../tensor/interchange/safetensors.ts";
import { type SavedModel, unpackModel } from "../../tensor/interchange/saved-model.ts";
import { inlineControl, items, openTrade, type Trade, walks } from "./conformance/open-trade.ts";
import { type RecommendParams, recommendParamsSchema, sourceNames } from "./schema.ts";

const SHOP = "corner";
/** Enough to learn twenty groups by, and little enough to be quick. */
const QUICK: Partial<RecommendParams> = {
  blendCasesMax: 90,
  without: sourceNames.filter((name) => name !== "behaviour" && name !== "popularity"),
  behaviour: recommendParamsSchema.parse({
    behaviour: { width: 16, length: 8, dropout: 0, epochsMost: 8, content: false },
  }).behaviour,
};

type Change = (values: Float32Array, name: string) => Float32Array;
const same: Change = (values) => values;

describe("a version that is trained elsewhere", () => {
  let trade: Trade;
  let root: string;
  let left: string;
  let saved: SavedModel;
  let plan: TrainingPlan;
  beforeAll(async () => {
    trade = await openTrade();
    root = await mkdtemp(join(tmpdir(), "shopkeeper-exchange-"));
    left = join(root, "left");
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(300));
    const version = await trade.train(QUICK);
    await trade.recommend.exportModel(SHOP, version, left, inlineControl());
    const file = (name: string) => readFile(join(left, name));
    saved = unpackModel({
      "card.json": await file("card.json"),
      "model.onnx": await file("model.onnx"),
      "weights.safetensors": await file("weights.safetensors"),
    });
    plan = JSON.parse(await readFile(join(left, "training.json"), "utf8"));
  });
  afterAll(async () => {
    await trade.close();
    await rm(root, { recursive: true });
  });

  /** Leaves the weights in the folder as if they had been trained there. */
  const train = async (change: Change, fingerprint = plan.fingerprint): Promise<void> => {
    const weights = [...saved.weights].map(([name, weight]) => {
      const values = change(float32Of(weight).slice(), name);
      return [name, float32Weight(values, weight.shape)] as const;
    });
    const bytes = encodeSafetensors({ weights: new Map(weights), metadata: { fingerprint } });
    await writeFile(join(left, "trained.safetensors"), bytes);
  };
  const back = (promote = false) =>
    trade.recommend.importModel(SHOP, { folder: left, promote }, inlineControl());
  const inService = async () => (await trade.models.inService(SHOP, "recommend"))?.version;

  test("leaves with its weights, its graph, its card and what it learned from", async () => {
    expect(await readdir(root)).toEqual(["left"]);
    expect((await readdir(left)).sort()).toEqual([
      "all.parquet",
      "card.json",
      "groups.parquet",
      "learn.parquet",
      "model.onnx",
      "questions.parquet",
      "training.json",
      "weights.safetensors",
    ]);
    expect(plan).toMatchObject({ shop: SHOP, version: "recommend-000001", seed: 1 });
    expect(plan.shape).toMatchObject({ vocabulary: 20, width: 16, positions: "relative" });
    expect(saved.card).toMatchObject({
      version: "recommend-000001",
      trainingData: { fingerprint: plan.fingerprint },
    });
    expect(saved.card.metrics.map(({ name }) => name)).toContain("NDCG@10 next");
    const counts = ["groups", "learn", "all", "questions"].map((name) =>
      trade.tables.count(join(left, `${name}.parquet`), "parquet"),
    );
    const [groups = 0, learn = 0, all = 0, questions = 0] = await Promise.all(counts);
    expect(groups).toBe(20);
    expect(learn).toBeGreaterThan(1_000);
    expect(all).toBeGreaterThan(learn);
    expect(questions).toBeGreaterThan(90);
  });

  test("a folder that is not empty is left alone", async () => {
    const again = trade.recommend.exportModel(SHOP, "recommend-000001", left, inlineControl());
    await expect(again).rejects.toMatchObject({
      code: "invalid-request",
      errors: [{ pointer: "/folder" }],
    });
  });

  test("nothing comes back before it was trained", async () => {
    await expect(back()).rejects.toMatchObject({ code: "missing-data" });
  });

  test("returns as a version that is judged and waits to be promoted", async () => {
    await train(same);
    const { version, from, promoted, why } = await back();
    expect([version.version, from, promoted]).toEqual([
      "recommend-000002",
      "recommend-000001",
      false,
    ]);
    expect(version.withdrawn).toBeUndefined();
    expect(version.metrics["next.behaviour.ndcg10"]).toBeGreaterThan(0.3);
    expect(why).toMatch(/^NDCG@10 of what comes next: the blend 0\.\d{4}, before 0\.\d{4}/);
    expect(await inService()).toBe("recommend-000001");
  });

  test("weights that know nothing do not go into service, promoted or not", async () => {
    await train((values) => values.fill(0));
    const { version, promoted } = await back(true);
    expect(promoted).toBe(false);
    expect(version.metrics["next.behaviour.ndcg10"]).toBeLessThan(0.3);
    expect(await inService()).toBe("recommend-000001");
  });

  test("what is no better than a lesson of its own does", async () => {
    await train(same);
    const { version, promoted } = await back(true);
    expect(promoted).toBe(true);
    expect(await inService()).toBe(version.version);
    await trade.models.rollback(SHOP, "recommend");
  });

  test("wrong weights are refused by name, and nothing is registered", async () => {
    const before = await trade.models.list(SHOP);
    await train((values, name) => (name === "items" ? values.fill(Number.NaN) : values));
    await expect(back()).rejects.toMatchObject({
      code: "invalid-model-file",
      errors: [{ pointer: "/trained.safetensors/items" }],
    });
    await train(same, "another lesson");
    await expect(back()).rejects.toMatchObject({ code: "stale-model" });
    expect(await trade.models.list(SHOP)).toEqual(before);
  });

  test("another shop's folder is refused", async () => {
    await train(same);
    const elsewhere = trade.recommend.importModel(
      "other",
      { folder: left, promote: false },
      inlineControl(),
    );
    await expect(elsewhere).rejects.toMatchObject({ code: "invalid-request" });
  });

  test("after an erasure nothing that knew the shopper comes back", async () => {
    await trade.collect.erase(SHOP, "p3");
    await expect(back()).rejects.toMatchObject({ code: "stale-model" });
  });

  test("a version without a behaviour model cannot leave", async () => {
    const version = await trade.train({ ...QUICK, without: sourceNames.slice(1) });
    const leaving = trade.recommend.exportModel(SHOP, version, join(root, "no"), inlineControl());
    await expect(leaving).rejects.toMatchObject({ code: "not-exportable" });
    expect(await readdir(root)).toEqual(["left"]);
  });
});
