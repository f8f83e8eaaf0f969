import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { targetsOfCase } from "../../features/cases.ts";
import { inlineControl, items, openTrade, type Trade, walks } from "./conformance/open-trade.ts";
import { foldsOf } from "./folds.ts";
import { gather } from "./gather.ts";
import { collapsedFrame, type RecommendFrame } from "./learning/frame.ts";
import type { RecommendReport } from "./measure.ts";
import type { EvaluateOptions, FoldOptions } from "./recommend.ts";
import { recommendParamsSchema, sourceNames } from "./schema.ts";

const SHOP = "corner";
const without = sourceNames.filter((name) => name !== "popularity" && name !== "markov");
const asked = (folds: FoldOptions): EvaluateOptions => ({
  ...{ split: "leave_one_out", testDays: 7, ks: [5], filterSeen: true, casesMax: 200, seed: 1 },
  folds,
});

describe("folds", () => {
  let trade: Trade;
  let frame: RecommendFrame;
  beforeAll(async () => {
    trade = await openTrade();
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(90));
    frame = collapsedFrame(await gather(trade.past, trade.now() as never));
    await trade.train({ ...recommendParamsSchema.parse({ without }), blendCasesMax: 60 });
  });
  afterAll(() => trade.close());

  test("of shoppers ask each once, and of nobody who was learned from", () => {
    const folds = [...foldsOf(frame, { by: "shopper", count: 3 }, 1)];
    const persons: number[] = [];
    for (const { train, cases } of folds) {
      for (const row of cases.rows) {
        persons.push(row);
        expect(train.sequences.offsets[row + 1]).toBe(train.sequences.offsets[row]);
      }
    }
    expect(persons.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, row) => row));
    const [first, other] = [1, 2].map((seed) => [
      ...foldsOf(frame, { by: "shopper", count: 3 }, seed),
    ]);
    expect(first?.[0]?.cases.rows).not.toEqual(other?.[0]?.cases.rows);
  });

  test("of time learn from what lies before them, and ask what came first after it", () => {
    const folds = [...foldsOf(frame, { by: "time", count: 2 }, 1)];
    expect(folds).toHaveLength(2);
    const { sequences } = frame;
    for (const { train, cases } of folds) {
      expect(Math.max(...train.sequences.times)).toBeLessThan(train.asOf);
      expect(cases.count).toBeGreaterThan(5);
      for (let at = 0; at < cases.count; at++) {
        const place = cases.ends[at] as number;
        expect(sequences.times[place]).toBeGreaterThanOrEqual(train.asOf);
        expect([...targetsOfCase(cases, at)]).toEqual([sequences.tokens[place]]);
      }
    }
    const [first, second] = folds.map(({ train }) => train.sequences.tokens.length);
    expect(second).toBeGreaterThan(first ?? 0);
  });

  test("are measured one by one, and put together with how far they lie apart", async () => {
    const stages: string[] = [];
    const found = (await trade.recommend.evaluate(
      SHOP,
      asked({ by: "shopper", count: 2 }),
      inlineControl(stages),
    )) as RecommendReport;
    expect(found.protocol.split).toMatch(/^2 folds by shopper/);
    expect(found.protocol.cases).toBe(90);
    expect(found.folds?.map(({ cases }) => cases)).toEqual([45, 45]);
    expect(found.scorers.map(({ name }) => name)).toEqual(["popularity", "markov", "blend"]);
    const means = found.folds?.map((fold) => fold.means["markov"]?.["ndcg@5"] ?? 0) ?? [];
    expect(Math.min(...means)).toBeGreaterThan(0.3);
    expect(found.spread?.["markov"]?.["ndcg@5"]?.mean).toBeCloseTo(
      ((means[0] ?? 0) + (means[1] ?? 0)) / 2,
      12,
    );
  });

  test("that teach nothing are refused", async () => {
    const empty = await openTrade();
    await empty.collect.items(SHOP, items());
    await empty.happen(...walks(1));
    const refused = empty.recommend.evaluate(
      SHOP,
      asked({ by: "shopper", count: 5 }),
      inlineControl(),
    );
    await expect(refused).rejects.toMatchObject({ code: "too-little-data" });
    await empty.close();
  });
});
