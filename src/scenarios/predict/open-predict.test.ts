import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashedEventId } from "../../collect/event-id.ts";
import { noon, type OpenShop, openShop } from "../../features/conformance/open-shop.ts";
import { deeds } from "../../features/timelines.ts";
import { memoryBlobs } from "../../model/conformance/memory-blobs.ts";
import type { ModelRegistry } from "../../model/registry.ts";
import { openModelRegistry } from "../../model/registry-records.ts";
import type { ComputeTask, JobControl } from "../../storage/jobs.ts";
import { custom, DAY, stock } from "./conformance/custom.ts";
import { deedWords } from "./deed-words.ts";
import type { PredictModel } from "./fit.ts";
import { openPredict } from "./open-predict.ts";
import type { Predict } from "./predict.ts";
import {
  type PredictDecision,
  type PredictParams,
  type PredictRequest,
  predictParamsSchema,
  predictRequestSchema,
} from "./schema.ts";

/** A small shop with the scenario in service, trained once. */
const PERSONS = 60;
const params = predictParamsSchema.parse({
  ...{ width: 8, blocks: 1, length: 8, epochsMost: 2, treesMost: 60, calendarMoments: 16 },
  ...{ visitMomentsMost: 6, networkCasesLeast: 50, casesLeast: 50 },
}) as PredictParams;

let shop: OpenShop;
let models: ModelRegistry;
let predict: Predict;
let now: number = noon;

beforeAll(async () => {
  const clock = (): never => now as never;
  shop = await openShop(clock);
  models = openModelRegistry({ records: shop.records, blobs: memoryBlobs(), clock });
  const { collect, config, past } = shop;
  predict = openPredict({ config, clock, collect, models, past: async () => past });
  await collect.items(shop.shop, stock());
  await shop.happen(...custom(PERSONS, 1));
}, 60_000);
afterAll(async () => {
  await predict.close();
  await shop.close();
});

/** Runs what a worker would run, here. */
const control: JobControl = {
  signal: new AbortController().signal,
  progress: () => undefined,
  async compute<T>({ module, name, argument }: ComputeTask): Promise<T> {
    const loaded = (await import(module)) as Record<string, (given: unknown) => Promise<T>>;
    return structuredClone(await loaded[name]?.(structuredClone(argument))) as T;
  },
};

const ask = (fields: Partial<PredictRequest>): Promise<PredictDecision> =>
  predict.decide(shop.shop, predictRequestSchema.parse(fields) as PredictRequest);

const chanceOf = ({ chances }: PredictDecision, head: string): number =>
  chances.find((chance) => chance.head === head)?.probability ?? Number.NaN;

/** Rounding of float32 in the network, over a path of some forty steps. */
const TOLERANCE = 1e-5;

describe("predict in service", () => {
  test("before it is trained there is no model, and nothing is made up", async () => {
    await expect(ask({ shopper: "person-1" })).rejects.toMatchObject({ code: "no-model" });
  });

  test("trained, it is in service with its judgements", { timeout: 60_000 }, async () => {
    const version = await predict.train(shop.shop, params, 1, control);
    expect(await models.inService(shop.shop, "predict")).toMatchObject({
      version: version.version,
    });
    const { heads, notes, protocol } = await predict.report(shop.shop);
    const { learnShare, stopShare, calibrateShare, judgeShare } = protocol;
    expect([learnShare, stopShare, calibrateShare, judgeShare]).toEqual([0.55, 0.15, 0.15, 0.15]);
    for (const { learnedFrom, judged } of heads) {
      expect(learnedFrom).toBeGreaterThan(judged.overall.cases);
    }
    expect(heads.map(({ head }) => head)).toContain("purchase_7d");
    for (const { judged, lift } of heads) {
      expect(judged.overall.ece).toBeLessThan(0.5);
      expect(lift.at(-1)?.gain ?? 1).toBeCloseTo(1, 9);
    }
    expect(notes.join("\n")).toMatch(/purchase_7d: \w+ speaks \(log loss: rate \S+, logistic/);
  });

  test("of a shop that goes on as it was the pace is about 1, and none where a session asks", async () => {
    const version = await models.inService(shop.shop, "predict");
    const { chances } = (await models.load(shop.shop, version?.version ?? "")) as PredictModel;
    const [ofDays, ofSession] = [false, true].map((isSession) =>
      chances.filter(({ head }) => (head.days === null) === isSession),
    );
    expect(ofSession?.map(({ pace }) => pace)).toEqual([undefined]);
    expect(ofDays?.length).toBeGreaterThan(4);
    for (const { pace } of ofDays ?? []) expect(Math.abs(Math.log(pace ?? 0))).toBeLessThan(0.2);
  });

  test("reasons add up to the probability less the usual one", async () => {
    const { chances } = await ask({ shopper: "person-2" });
    expect(chances.length).toBeGreaterThan(2);
    for (const { probability, usual, reasons } of chances) {
      const sum = reasons.reduce((all, { part }) => all + part, 0);
      expect(Math.abs(sum - (probability - usual))).toBeLessThan(TOLERANCE);
    }
    const words = (await ask({ shopper: "person-2", locale: "zh" })).chances.flatMap(
      ({ reasons }) => reasons.map(({ text }) => text),
    );
    expect(words.join("")).toContain("百分点");
    expect(words.filter((text) => /[a-z]_[a-z]/.test(text))).toEqual([]);
    for (const name of deeds) expect(deedWords.zh[name]).toMatch(/^\p{Script=Han}+$/u);
    for (const name of deeds) expect(deedWords.en[name]).toMatch(/^[a-z ]+$/);
  });

  test("who is gone for thirty days is not back within them: both are one chance", async () => {
    const { rows } = await predict.page(shop.shop, { after: "", limit: 1_000 });
    for (const { chances } of rows) {
      expect((chances.churn ?? 0) + (chances.return_30d ?? 0)).toBeCloseTo(1, 12);
    }
    const { chances } = await ask({ shopper: "person-2" });
    const [gone, back] = ["churn", "return_30d"].map((name) =>
      chances.find(({ head }) => head === name),
    );
    expect(back?.voice).toBe(gone?.voice);
    const parts = gone?.reasons.map(({ part }) => expect.closeTo(-part, 12));
    expect(back?.reasons.map(({ part }) => part)).toEqual(parts);
    const { heads, notes } = await predict.report(shop.shop);
    const [churn, return30] = ["churn", "return_30d"].map(
      (name) => heads.find(({ head }) => head === name)?.judged.overall,
    );
    expect(return30?.auc).toBeCloseTo(churn?.auc ?? 0, 9);
    expect(return30?.rate).toBeCloseTo(1 - (churn?.rate ?? 0), 9);
    expect(notes.join("\n")).toMatch(/return_30d: \w+ speaks, asked as churn \(log loss/);
  });

  test("keen shoppers are told from the others", async () => {
    const rows = (await predict.page(shop.shop, { after: "", limit: 1_000 })).rows;
    expect(rows).toHaveLength(PERSONS);
    const mean = (isKeen: boolean): number => {
      const own = rows.filter(({ person }) => Number(person.slice(7)) % 2 === (isKeen ? 0 : 1));
      return own.reduce((sum, { chances }) => sum + (chances.view_7d ?? 0), 0) / own.length;
    };
    expect(mean(true)).toBeGreaterThan(mean(false) + 0.1);
  });

  test("pages go on where they ended; segments hold everybody once", async () => {
    const first = await predict.page(shop.shop, { after: "", limit: 35 });
    const second = await predict.page(shop.shop, { after: first.next ?? "", limit: 35 });
    const persons = [...first.rows, ...second.rows].map(({ person }) => person);
    expect(new Set(persons).size).toBe(PERSONS);
    expect(second.next).toBeNull();
    const { segments } = await predict.segments(shop.shop);
    expect(segments.reduce((sum, { shoppers }) => sum + shoppers, 0)).toBe(PERSONS);
  });

  test("what is expected of everybody is put on record, once for one moment", async () => {
    const seen: number[] = [];
    const watched: JobControl = { ...control, progress: ({ done }) => void seen.push(done) };
    const everybody = { segments: [] };
    const first = await predict.record(shop.shop, everybody, noon, watched);
    expect(first).toMatchObject({ asked: PERSONS, recorded: PERSONS, before: 0, withheld: 0 });
    expect(seen.at(-1)).toBe(PERSONS);
    const again = await predict.record(shop.shop, everybody, noon, control);
    expect(again).toMatchObject({ asked: PERSONS, recorded: 0, before: PERSONS });
    await shop.projector.catchUp(shop.shop);

    const said = (await predict.page(shop.shop, { after: "", limit: 1 })).rows[0];
    const [row] = await shop.log.recent(shop.shop, said?.person ?? "", 1, ["prediction"]);
    const { heads, chances } = JSON.parse(row?.body ?? "{}").properties;
    expect(row?.at).toBe(noon);
    expect(heads).toEqual(Object.keys(said?.chances ?? {}));
    const closeTo = (chance: number) => expect.closeTo(chance, 6);
    expect(chances).toEqual(Object.values(said?.chances ?? {}).map(closeTo));

    const [regular] = (await predict.segments(shop.shop)).segments.filter(
      ({ segment }) => segment === "regular",
    );
    const some = await predict.record(shop.shop, { segments: ["regular"] }, noon + 1, control);
    expect(some).toMatchObject({ asked: PERSONS, recorded: regular?.shoppers });
    await shop.projector.catchUp(shop.shop);
    const { models: told, judged } = await predict.outcomes(shop.shop, {});
    const recorded = first.recorded + some.recorded;
    expect([told.map((one) => one.recorded), judged]).toEqual([[recorded], 0]);
  });

  test("a recording that is cancelled says what stays", async () => {
    const stopped: JobControl = { ...control, signal: AbortSignal.abort() };
    const order = { segments: [] };
    const recording = predict.record(shop.shop, order, noon + 2, stopped);
    await expect(recording).rejects.toMatchObject({ code: "cancelled" });
  });

  test("an event changes the next answer, and opens the heads of a session", async () => {
    const before = await ask({ shopper: "person-3" });
    expect(before.notices).toEqual(["no session is open: what is next in it is not asked"]);
    const inChinese = await ask({ shopper: "person-3", locale: "zh" });
    expect(inChinese.notices).toEqual(["没有进行中的访问，因此不预测其中的下一步"]);
    const { notices } = await ask({ shopper: "nobody", locale: "zh" });
    expect(notices).toEqual(["对“nobody”一无所知：所有概率都是本店的一般水平"]);
    await shop.happen({
      ...{ eventId: hashedEventId("live", "1"), shopper: "person-3", at: noon - 60_000 },
      ...{ name: "cart_add", items: [{ item: "thing-1-blue" }] },
    });
    const after = await ask({ shopper: "person-3" });
    expect(after.notices).toEqual([]);
    const sum = after.next.reduce((all, { probability }) => all + probability, 0);
    expect(sum).toBeCloseTo(1, 4);
    expect(chanceOf(after, "purchase_session")).toBeGreaterThan(0);
    expect(chanceOf(after, "view_7d")).not.toBe(chanceOf(before, "view_7d"));
  });

  test("who is erased is unknown at once, and no former version is left", async () => {
    await predict.train(shop.shop, params, 2, control);
    expect(await models.list(shop.shop, "predict")).toHaveLength(2);
    await shop.collect.erase(shop.shop, "person-5");
    await shop.projector.catchUp(shop.shop);
    expect(await models.list(shop.shop, "predict")).toHaveLength(1);
    const { person, segment, chances, notices } = await ask({ shopper: "person-5" });
    expect([person, segment]).toEqual([null, "unknown"]);
    expect(notices[0]).toContain("person-5");
    for (const { probability, usual } of chances) expect(probability).toBe(usual);
  });

  test("a training during which somebody is erased leaves nothing", async () => {
    const erasing: JobControl = {
      ...control,
      async compute<T>(task: ComputeTask): Promise<T> {
        const model = await control.compute<T>(task);
        await shop.collect.erase(shop.shop, "person-7");
        return model;
      },
    };
    const trained = predict.train(shop.shop, params, 3, erasing);
    await expect(trained).rejects.toMatchObject({ code: "conflict" });
    expect(await models.list(shop.shop, "predict")).toHaveLength(1);
  });

  test("time alone changes an answer: silence is told", async () => {
    const before = await ask({ shopper: "person-6", explain: false });
    now += 40 * DAY;
    const after = await ask({ shopper: "person-6", explain: false });
    // Nobody who learned here was silent for so long, so that of churn much is left to chance.
    expect(chanceOf(after, "purchase_7d")).toBeLessThan(chanceOf(before, "purchase_7d") / 2);
  });
});
