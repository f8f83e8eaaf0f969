import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Compression } from "../../model/behaviour/compression/report.ts";
import {
  inlineControl,
  items,
  openTrade,
  request,
  type Trade,
  walks,
} from "./conformance/open-trade.ts";
import type { RecommendModel } from "./fit.ts";
import type { BehaviourModel } from "./learning/behaviour-source.ts";
import { type RecommendParams, recommendParamsSchema, sourceNames } from "./schema.ts";

const SHOP = "corner";
/** Enough to learn twenty groups by, and little enough to be quick. */
const QUICK: Partial<RecommendParams> = {
  blendCasesMax: 90,
  without: sourceNames.filter((name) => name !== "behaviour" && name !== "popularity"),
  behaviour: recommendParamsSchema.parse({
    behaviour: { width: 32, length: 8, dropout: 0, epochsMost: 6, content: false },
  }).behaviour,
};
const usual: Compression = {
  ...{ method: "int8", share: 0.5, times: 16, temperature: 2, dropMost: 0.05 },
};

describe("a version that is compressed", () => {
  let trade: Trade;
  let first: string;
  beforeAll(async () => {
    trade = await openTrade();
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(300));
    first = await trade.train(QUICK);
    // What an item costs is not what it cost when the version learned.
    const dearer = items().map((item, at) => (at === 3 ? { ...item, priceMinor: 77_000 } : item));
    await trade.collect.items(SHOP, dearer);
  });
  afterAll(() => trade.close());

  const compress = (how: Partial<Compression>, version = first, stages: string[] = []) =>
    trade.recommend.compressModel(SHOP, version, { ...usual, ...how }, inlineControl(stages));
  const behaviourOf = async (version: string): Promise<BehaviourModel> => {
    const { sources } = (await trade.models.load(SHOP, version)) as RecommendModel;
    return sources.find(({ name }) => name === "behaviour")?.model as BehaviourModel;
  };
  const names = async (): Promise<string[]> =>
    (await trade.models.list(SHOP)).map(({ version }) => version);
  const list = async () =>
    (await trade.recommend.decide(SHOP, request({ surface: "session", shopper: "p1", limit: 5 })))
      .items;

  test("is a new version with the report of what it cost, and the old one stays", async () => {
    const old = await trade.models.get(SHOP, first);
    const stages: string[] = [];
    const { version, report } = await compress({}, first, stages);
    expect(stages).toEqual(["gather", "try", "fit", "register"]);
    expect(version?.version).toBe("recommend-000002");
    expect(version?.compression).toEqual(report);
    expect(report).toMatchObject({ of: first, method: "int8", passed: true, dropMost: 0.05 });
    expect(report.cases).toBeGreaterThan(60);
    expect(report.drop).toBeLessThanOrEqual(0.05);
    expect(report.ndcg10.before).toBeGreaterThan(0.3);
    expect(report.bytes.after / report.bytes.before).toBeLessThan(0.5);
    expect(Math.min(report.latencyMs.before, report.latencyMs.after)).toBeGreaterThan(0);
    expect(version?.metrics["next.behaviour.ndcg10"]).toBeGreaterThan(0.3);
    expect(version?.dataFingerprint).toBe(old.dataFingerprint);
    expect(await trade.models.get(SHOP, first)).toEqual(old);
    expect((await trade.models.inService(SHOP, "recommend"))?.version).toBe(first);
  });

  test("promoted it answers lists of its own bytes", async () => {
    const before = await list();
    await trade.models.promote(SHOP, "recommend-000002");
    await trade.recommend.reload(SHOP);
    const { parameters } = await behaviourOf("recommend-000002");
    expect(parameters.items).toMatchObject({ kind: "bytes" });
    const now = await list();
    expect(now.map(({ item }) => item)[0]).toBe(before.map(({ item }) => item)[0]);
    expect(now.length).toBe(5);
    const { model } = await trade.recommend.decide(SHOP, request({ surface: "home" }));
    expect(model).toBe("recommend-000002");
    await trade.models.rollback(SHOP, "recommend");
    await trade.recommend.reload(SHOP);
  });

  test("is not made where more would be lost than may be, and the numbers are told", async () => {
    const before = await names();
    const { version, report } = await compress({ method: "prune", share: 0.99, dropMost: 0.02 });
    expect(version).toBeNull();
    expect(report.passed).toBe(false);
    expect(report.drop).toBeGreaterThan(0.02);
    expect(report.ndcg10.after).toBeLessThan(report.ndcg10.before);
    expect(report.bytes.after).toBeLessThan(report.bytes.before);
    expect(await names()).toEqual(before);
  });

  test("by a method that does not fit is refused by name", async () => {
    const refused = { code: "not-compressible" };
    await expect(compress({ method: "pq" })).rejects.toMatchObject(refused);
    await expect(compress({ method: "distill" })).rejects.toMatchObject(refused);
    await expect(compress({}, "recommend-000002")).rejects.toThrow(
      `compress "${first}" in its place`,
    );
    await expect(compress({}, "recommend-000009")).rejects.toMatchObject({ code: "unknown-model" });
  });

  test("ends where it is cancelled, and nothing is registered", async () => {
    const before = await names();
    const signal = AbortSignal.abort();
    const stopped = trade.recommend.compressModel(SHOP, first, usual, {
      ...inlineControl(),
      signal,
    });
    await expect(stopped).rejects.toMatchObject({ code: "cancelled" });
    expect(await names()).toEqual(before);
  });

  test("after an erasure is no longer made", async () => {
    await trade.collect.erase(SHOP, "p3");
    await expect(compress({})).rejects.toMatchObject({ code: "stale-model" });
  });
});
