import { afterAll, beforeAll, expect, test } from "vitest";
import type { Measured, Progress } from "../../storage/jobs.ts";
import { inlineControl, items, openTrade, type Trade, walks } from "./conformance/open-trade.ts";
import { gather } from "./gather.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import { type RecommendParams, recommendParamsSchema } from "./schema.ts";
import { changesOf, searchParams } from "./search-params.ts";

const SHOP = "corner";
/** Too slow a learner on purpose. */
const params = recommendParamsSchema.parse({
  blendCasesMax: 120,
  behaviour: { width: 8, length: 8, learningRate: 0.00001, content: false, epochsMost: 8 },
}) as RecommendParams;
const asked = { params, seed: 1, budgetSeconds: 60, candidatesMost: 4, provider: "cpu" as const };

let trade: Trade;
let frame: RecommendFrame;
beforeAll(async () => {
  trade = await openTrade();
  await trade.collect.items(SHOP, items());
  await trade.happen(...walks(160));
  frame = await gather(trade.past, trade.now() as never);
});
afterAll(() => trade.close());

test("finds better parameters than a learner that hardly moves, and shows every trial", async () => {
  const heard: Measured[] = [];
  const found = await searchParams({ ...asked, frame, threads: 1 }, ({ measured }) => {
    heard.push(measured);
  });
  expect(found.trials.length).toBeGreaterThanOrEqual(2);
  expect(heard).toHaveLength(found.trials.length);
  expect(found.trials[0]).toMatchObject({ rung: 1, changes: {} });
  expect(found.improves).toBe(true);
  expect(found.best.learningRate).toBeGreaterThan(params.behaviour.learningRate);
  expect(found.checked.ndcg).toBeGreaterThan(found.checked.ndcgBefore);
  expect(found.checked.cases).toBe(60);
  const merged = { ...params, behaviour: { ...params.behaviour, ...found.best } };
  expect(recommendParamsSchema.parse(merged)).toEqual(merged);
});

test("is a job of its own, which says how far it is and makes no version", async () => {
  const said: Progress[] = [];
  const control = { ...inlineControl(), progress: (one: Progress) => void said.push(one) };
  const order = { params, seed: 1, budgetMinutes: 1, candidatesMost: 2 };
  const { trials } = await trade.recommend.search(SHOP, order, control);
  expect(trials.length).toBeGreaterThanOrEqual(2);
  expect(said.map(({ stage }) => stage)).toEqual(["gather", "search"]);
  expect(await trade.models.list(SHOP)).toEqual([]);
});

test("refuses a budget that affords no two candidates, and a shop with too little", async () => {
  const hasty = searchParams({ ...asked, frame, threads: 1, budgetSeconds: 0.001 });
  await expect(hasty).rejects.toMatchObject({ code: "limit-reached" });
  const few = { ...params, blendCasesMax: 50 };
  const small = searchParams({ ...asked, frame, threads: 1, params: few });
  await expect(small).rejects.toMatchObject({ code: "too-little-data" });
});

test("a candidate's whole numbers stay what they are, the others can be written down", () => {
  const candidate = { width: 128, length: 100, dropout: 0.24391, learningRate: 0.0034127 };
  const changes = { width: 128, length: 100, dropout: 0.24, learningRate: 0.0034 };
  expect(changesOf(candidate)).toEqual(changes);
});
