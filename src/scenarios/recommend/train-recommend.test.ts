import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ComputeTask, JobControl, Measured, Progress } from "../../storage/jobs.ts";
import { inlineControl, items, openTrade, type Trade, walks } from "./conformance/open-trade.ts";
import { type RecommendParams, recommendParamsSchema, sourceNames } from "./schema.ts";

const SHOP = "corner";
const params = recommendParamsSchema.parse({
  blendCasesMax: 60,
  without: sourceNames.filter((name) => name !== "popularity" && name !== "behaviour"),
  behaviour: { width: 8, length: 8, epochsMost: 4 },
}) as RecommendParams;

/** Hears what a worker would say, and is killed after so many epochs. */
function control(said: Progress[], epochsMost: number): JobControl {
  return {
    ...inlineControl(),
    progress: (progress) => void said.push(progress),
    async compute<T, Said>(task: ComputeTask, heard?: (said: Said) => void): Promise<T> {
      const loaded = (await import(task.module)) as Record<
        string,
        (argument: unknown, report: (said: Said) => void) => Promise<T>
      >;
      const report = (word: Said): void => {
        heard?.(structuredClone(word));
        if (measuredIn(said).length >= epochsMost) throw new Error("killed");
      };
      return structuredClone(
        await loaded[task.name]?.(structuredClone(task.argument), report),
      ) as T;
    },
  };
}

const measuredIn = (said: readonly Progress[]): readonly Measured[] =>
  said.findLast(({ measured }) => measured)?.measured ?? [];
const steps = (measured: readonly Measured[]): string[] =>
  measured.map(({ run, step }) => `${run} ${step}`);
const late = { name: "item_view", shopper: "new", items: [{ item: "garden-6-blue" }] } as const;
const FOREVER = Number.POSITIVE_INFINITY;

describe("a training", () => {
  let trade: Trade;
  let whole: { blob: string; steps: string[] };
  beforeAll(async () => {
    trade = await openTrade();
    await trade.collect.items(SHOP, items());
    await trade.happen(...walks(160));
    const said: Progress[] = [];
    const made = await trade.recommend.train(SHOP, params, 1, control(said, FOREVER));
    whole = { blob: made.blob, steps: steps(measuredIn(said)) };
  });
  afterAll(() => trade.close());

  test("keeps its curves with the version, and a verdict of each way it tried", async () => {
    const [version] = await trade.models.list(SHOP, "recommend");
    const course = version?.course ?? [];
    expect(course.map(({ run }) => run)).toEqual(["ids", "content"]);
    expect(course.filter(({ chosen }) => chosen)).toHaveLength(1);
    for (const { run, points, verdict } of course) {
      const epochs = points.map(({ epoch }) => `${run} ${epoch}`);
      expect(epochs).toEqual(whole.steps.filter((step) => step.startsWith(run)));
      expect(verdict.words).toContain("held-out loss");
      const [first, last] = [points[0], points.at(-1)];
      expect(last?.learned.loss).toBeLessThan(first?.learned.loss ?? 0);
    }
  });

  test("leaves nothing behind once it has ended", async () => {
    expect(await trade.recommend.unfinished(SHOP)).toBeUndefined();
  });

  test.each([2, 5])(
    "killed in epoch %i it goes on where it was, to the same bytes",
    async (epochs) => {
      const killed = trade.recommend.train(SHOP, params, 1, control([], epochs));
      await expect(killed).rejects.toThrow("killed");
      const kept = await trade.recommend.unfinished(SHOP);
      expect(kept?.measured).toHaveLength(epochs - 1);
      const after: Progress[] = [];
      const made = await trade.recommend.train(SHOP, params, 1, control(after, FOREVER), 0);
      expect(made.blob).toBe(whole.blob);
      const measuring = after.filter(({ measured }) => measured);
      expect(measuring).toHaveLength(whole.steps.length - (epochs - 1));
      expect(steps(measuredIn(after))).toEqual(whole.steps);
    },
  );

  test("begins anew when it is not told to go on, and when what it learns from has changed", async () => {
    const stop = async (): Promise<void> => {
      const stopped = trade.recommend.train(SHOP, params, 1, control([], 2));
      await expect(stopped).rejects.toThrow("killed");
    };
    await stop();
    const anew: Progress[] = [];
    await trade.recommend.train(SHOP, params, 1, control(anew, FOREVER));
    expect(steps(measuredIn(anew))).toEqual(whole.steps);
    await stop();
    await trade.happen({ ...late, at: trade.now() - 1_000 });
    const changed: Progress[] = [];
    await trade.recommend.train(SHOP, params, 1, control(changed, FOREVER), 0);
    expect(steps(measuredIn(changed))[0]).toBe("ids 1");
  });

  test("what is kept of it goes when a shopper is erased", async () => {
    await expect(trade.recommend.train(SHOP, params, 1, control([], 2))).rejects.toThrow("killed");
    expect(await trade.recommend.unfinished(SHOP)).toBeDefined();
    await trade.collect.erase(SHOP, "p3");
    expect(await trade.recommend.unfinished(SHOP)).toBeUndefined();
  });
});
