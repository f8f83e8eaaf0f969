import { describe, expect, test } from "vitest";
import type { Sequences } from "../algorithms/sequences.ts";
import { isProblem } from "../errors.ts";
import { leaveOneOut } from "../features/splits.ts";
import { createRandom } from "../tensor/random.ts";
import { evaluateRanking, type RankingOptions, type Scorer } from "./ranking.ts";
import type { RankingReport } from "./report.ts";

/** Rows of three: 0 1 2 | 1 2 3 | 2 3 0 | 3 0 1. The next token is always the last plus one. */
const wheel: Sequences = {
  rows: 4,
  vocabulary: 4,
  offsets: Int32Array.of(0, 3, 6, 9, 12),
  tokens: Int32Array.of(0, 1, 2, 1, 2, 3, 2, 3, 0, 3, 0, 1),
  times: Float64Array.from({ length: 12 }, (_, i) => i),
  weights: new Float32Array(12).fill(1),
};

const knows: Scorer = {
  name: "knows",
  scoreInto: (history, _row, out) => {
    out.fill(0);
    out[((history.tokens.at(-1) as number) + 1) % 4] = 1;
  },
};
/** Puts the right one second: the token after it comes first. */
const almost: Scorer = {
  name: "almost",
  scoreInto: (history, row, out) => {
    knows.scoreInto(history, row, out);
    out[((history.tokens.at(-1) as number) + 2) % 4] = 2;
  },
};
const fixed: Scorer = { name: "fixed", scoreInto: (_h, _r, out) => out.set([4, 3, 2, 1]) };

const { test: cases, protocol } = leaveOneOut(wheel);
const options: RankingOptions = {
  split: protocol,
  ks: [1, 2],
  filterSeen: false,
  candidates: undefined,
  popularity: [3, 3, 3, 3],
  similarity: undefined,
  baselines: ["fixed"],
  primary: "ndcg@2",
  seed: 7,
  bootstrapRounds: 200,
  confidence: 0.95,
};

const evaluate = (
  scorers: readonly Scorer[],
  more: Partial<RankingOptions> = {},
): Promise<RankingReport> => evaluateRanking(cases, scorers, { ...options, ...more });

const means = (report: RankingReport, scorer: number): Record<string, number> =>
  Object.fromEntries(
    Object.entries(report.scorers[scorer]?.metrics ?? {}).map(([key, { mean }]) => [key, mean]),
  );

/** The wheel turned twenty times: eighty cases, twenty for each last token. */
const turned: Sequences = {
  ...wheel,
  rows: 80,
  offsets: Int32Array.from({ length: 81 }, (_, row) => 3 * row),
  tokens: Int32Array.from({ length: 240 }, (_, at) => (Math.floor(at / 3) + (at % 3)) % 4),
  times: Float64Array.from({ length: 240 }, (_, at) => at),
  weights: new Float32Array(240).fill(1),
};
/** Right where the last token is even, last of all where it is odd. */
const half: Scorer = {
  name: "half",
  scoreInto: (history, _row, out) => {
    const last = history.tokens.at(-1) as number;
    out.fill(last % 2);
    out[(last + 1) % 4] = 1 - (last % 2);
  },
};

describe("evaluation on full rankings", () => {
  test("each kind of case is judged by itself; a kind with too few is left out", async () => {
    const many = leaveOneOut(turned).test;
    const ask = (segmentOf: RankingOptions["segmentOf"]): Promise<RankingReport> =>
      evaluateRanking(many, [half, fixed], { ...options, segmentOf });
    const byParity = await ask(({ tokens }) => ((tokens.at(-1) as number) % 2 ? "odd" : "even"));
    const segments = byParity.scorers[0]?.segments ?? {};
    expect(Object.keys(segments)).toEqual(["even", "odd"]);
    expect(segments["even"]).toMatchObject({ cases: 40, metrics: { "hr@1": { mean: 1 } } });
    expect(segments["odd"]).toMatchObject({ cases: 40, metrics: { "hr@1": { mean: 0 } } });
    expect(means(byParity, 0)["hr@1"]).toBe(0.5);
    const zeroOrNot = await ask(({ tokens }) => (tokens.at(-1) === 0 ? "zero" : "other"));
    expect(Object.keys(zeroOrNot.scorers[1]?.segments ?? {})).toEqual(["other"]);
    expect((await ask(undefined)).scorers[0]).not.toHaveProperty("segments");
  });

  test("four cases by hand", async () => {
    const report = await evaluate([knows, almost, fixed]);
    expect(means(report, 0)).toMatchObject({ "hr@1": 1, "ndcg@2": 1, "mrr@2": 1, "map@2": 1 });
    expect(means(report, 1)).toMatchObject({ "hr@1": 0, "hr@2": 1, "mrr@2": 0.5 });
    expect(means(report, 1)["ndcg@2"]).toBeCloseTo(1 / Math.log2(3), 14);
    // Targets 2 3 0 1 take the ranks 3 4 1 2 among 4 3 2 1.
    expect(means(report, 2)).toMatchObject({ "hr@1": 0.25, "hr@2": 0.5, "mrr@2": 0.375 });
  });

  test("lists: what they reach, how evenly, how surprising", async () => {
    const report = await evaluate([knows, fixed], { similarity: (a, b) => (a === b ? 1 : 0.25) });
    // `fixed` shows 0 and 1 four times each: half the catalogue, Gini 1 / 2.
    expect(report.scorers[1]?.lists).toMatchObject({ k: 2, coverage: 0.5, gini: 0.5 });
    expect(report.scorers[1]?.lists.novelty).toBeCloseTo(2, 12);
    expect(report.scorers[1]?.lists.diversity).toBeCloseTo(0.75, 12);
    expect(report.scorers[0]?.lists.coverage).toBe(1);
  });

  test("compares with the best baseline, not with the first one", async () => {
    const report = await evaluate([fixed, knows, almost], { baselines: ["fixed", "almost"] });
    const versus = report.comparisons.filter((one) => one.metric === "mrr@2");
    expect(versus.map(({ scorer, baseline }) => [scorer, baseline])).toEqual([
      ["fixed", "almost"],
      ["knows", "almost"],
    ]);
    expect(versus[1]?.difference).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
    // Four equal differences: 2 of 16 sign patterns are as far, so p is near 1 / 8.
    expect(Math.abs((versus[1]?.p as number) - 0.125)).toBeLessThan(0.07);
  });

  test("filtering what was seen changes ranks and counts what can no longer be hit", async () => {
    const report = await evaluate([fixed], { filterSeen: true });
    // Two tokens are left in each case: 2 3 | 0 3 | 0 1 | 1 2; the targets 2 3 0 1 rank 1 2 1 1.
    expect(means(report, 0)).toMatchObject({ "hr@1": 0.75, "mrr@2": 0.875 });
    expect(report.protocol.unreachableTargets).toBe(0);
    const masked = await evaluate([fixed], { candidates: Uint8Array.of(1, 1, 0, 1) });
    expect(masked.protocol).toMatchObject({ unreachableTargets: 1, candidates: 3, vocabulary: 4 });
    expect(means(masked, 0)["recall@2"]).toBe(0.5);
  });

  test("the protocol stands in the report, which is plain JSON", async () => {
    const report = await evaluate([knows, fixed]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.protocol).toEqual({
      split: protocol,
      cases: 4,
      targets: 4,
      vocabulary: 4,
      candidates: 4,
      filterSeen: false,
      unreachableTargets: 0,
      ties: "seeded random order",
      seed: 7,
      ks: [1, 2],
      bootstrapRounds: 200,
      confidence: 0.95,
    });
  });

  test("a seed gives the same numbers", async () => {
    const coin: Scorer = { name: "coin", scoreInto: (_h, _r, out) => out.fill(0) };
    const first = await evaluate([coin, fixed]);
    const second = await evaluate([coin, fixed]);
    const timeless = ({ scorers, ...rest }: RankingReport): unknown => ({
      ...rest,
      scorers: scorers.map((scorer) => ({ ...scorer, seconds: 0 })),
    });
    expect(timeless(second)).toEqual(timeless(first));
  });

  test("says how far it is, lets others have their turn, and can be cancelled", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    let turns = 0;
    const slow: Scorer = {
      name: "slow",
      scoreInto: (_h, _r, out) => {
        const random = createRandom(1);
        for (let i = 0; i < 2_000_000; i++) out[i & 3] = random.uniform();
      },
    };
    const turn = (): void => {
      turns++;
      setImmediate(turn).unref();
    };
    turn();
    const progress = ({ done }: { done: number }): void => {
      seen.push(done);
      if (done === 2) controller.abort();
    };
    const running = evaluate([slow], { baselines: [], progress, signal: controller.signal });
    await expect(running).rejects.toSatisfy((e) => isProblem(e) && e.code === "cancelled");
    expect(seen).toEqual([1, 2]);
    expect(turns).toBeGreaterThan(1);
  });

  test("no cases are too little data; options that do not fit are bugs", async () => {
    const empty = leaveOneOut({ ...wheel, rows: 0, offsets: Int32Array.of(0) }).test;
    await expect(evaluateRanking(empty, [fixed], options)).rejects.toMatchObject({
      code: "too-little-data",
    });
    await expect(evaluate([fixed, fixed])).rejects.toThrow(/different names/);
    await expect(evaluate([knows])).rejects.toThrow(/one of the scorers/);
    await expect(evaluate([fixed], { primary: "ndcg@9" })).rejects.toThrow(/among those judged/);
  });
});
