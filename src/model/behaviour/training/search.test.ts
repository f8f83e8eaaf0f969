import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isProblem, problem } from "../../../errors.ts";
import { smallTraining } from "../conformance/small-training.ts";
import {
  type BehaviourSearch,
  drawCandidates,
  rungsOf,
  searchBehaviour,
  successiveHalving,
} from "./search.ts";

const never = (): boolean => false;

describe("rungs", () => {
  test("of nine candidates, a third kept, share the budget alike", () => {
    expect(rungsOf(9, 270, 3)).toEqual([
      { candidates: 9, tokensEach: 10 },
      { candidates: 3, tokensEach: 30 },
      { candidates: 1, tokensEach: 90 },
    ]);
    expect(rungsOf(1, 100, 2)).toEqual([{ candidates: 1, tokensEach: 100 }]);
  });

  test("end with one candidate and never spend more than there is", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 1.5, max: 6, noNaN: true }),
        (count, budget, keepOneOf) => {
          const rungs = rungsOf(count, budget, keepOneOf);
          expect(rungs.at(0)?.candidates).toBe(count);
          expect(rungs.at(-1)?.candidates).toBe(1);
          const spent = rungs.reduce((sum, one) => sum + one.candidates * one.tokensEach, 0);
          expect(spent).toBeLessThanOrEqual(budget * (1 + 1e-9));
          rungs.slice(1).forEach((rung, at) => {
            expect(rung.candidates).toBeLessThan(rungs[at]?.candidates as number);
          });
        },
      ),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("candidates", () => {
  const space = {
    rate: { kind: "log", from: 1e-4, to: 1 },
    dropout: { kind: "uniform", from: 0.1, to: 0.5 },
    width: { kind: "choice", values: [8, 16] },
  } as const;

  test("lie in their ranges, a logarithmic one as often in each decade", () => {
    const drawn = drawCandidates(space, 4_000, 1);
    const decades = [0, 0, 0, 0];
    for (const { rate, dropout, width } of drawn) {
      decades[Math.floor(Math.log10(rate as number) + 4)]++;
      expect(dropout).toBeGreaterThanOrEqual(0.1);
      expect(dropout).toBeLessThan(0.5);
      expect([8, 16]).toContain(width);
    }
    // 1000 in each; the deviation of such a count is 27.
    for (const count of decades) expect(Math.abs(count - 1_000)).toBeLessThan(110);
  });

  test("are drawn by the seed and their own name alone", () => {
    const { rate, dropout } = space;
    expect(drawCandidates(space, 5, 1)).toEqual(drawCandidates(space, 5, 1));
    expect(drawCandidates(space, 5, 1)).not.toEqual(drawCandidates(space, 5, 2));
    expect(drawCandidates({ rate }, 5, 1).map((one) => one["rate"])).toEqual(
      drawCandidates({ dropout, rate }, 5, 1).map((one) => one["rate"]),
    );
  });
});

describe("successive halving", () => {
  test("trains the better half longer, and the last is the best", async () => {
    // Candidate n answers n well, but what looks best at first is overtaken.
    const score = async (n: number, tokens: number): Promise<number> =>
      n === 3 && tokens > 10 ? 2.5 : n;
    const { best, trials } = await successiveHalving(
      [0, 1, 2, 3],
      rungsOf(4, 120, 2),
      score,
      never,
    );
    expect(trials.map(({ rung, candidate, tokens }) => [rung, candidate, tokens])).toEqual([
      [0, 0, 10],
      [0, 1, 10],
      [0, 2, 10],
      [0, 3, 10],
      [1, 3, 20],
      [1, 2, 20],
      [2, 3, 40],
    ]);
    expect(best).toEqual({ rung: 2, candidate: 3, tokens: 40, score: 2.5 });
  });

  test("of equals the first goes on, what diverges loses, and other problems are told", async () => {
    const rungs = rungsOf(2, 20, 2);
    const equal = await successiveHalving(["a", "b"], rungs, async () => 1, never);
    expect(equal.best.candidate).toBe("a");
    const losing = async (name: string): Promise<number> => {
      if (name === "a") throw problem("diverged", "step 1");
      return -5;
    };
    const one = await successiveHalving(["a", "b"], rungs, losing, never);
    expect(one.best.candidate).toBe("b");
    const stopped = async (): Promise<number> => {
      throw problem("cancelled", "by somebody");
    };
    const cancelled = successiveHalving(["a"], rungs, stopped, never);
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  });

  test("ends when the time is up, with the best of the rung that was reached", async () => {
    const scores: Readonly<Record<string, number>> = { a: 1, b: 3, c: 2, d: 4 };
    const timed = (trials: number) => {
      let begun = 0;
      const trial = async (name: string): Promise<number> => {
        begun++;
        return scores[name] ?? 0;
      };
      return successiveHalving(
        ["a", "b", "c", "d"],
        rungsOf(4, 8, 2),
        trial,
        () => begun >= trials,
      );
    };
    expect((await timed(0)).trials.map(({ candidate }) => candidate)).toEqual(["a"]);
    expect((await timed(3)).best.candidate).toBe("b");
    const fifth = await timed(5);
    expect(fifth.trials).toHaveLength(5);
    expect(fifth.best).toMatchObject({ rung: 1, candidate: "d" });
  });
});

describe("a search for settings", () => {
  const tokens = smallTraining.sequences.tokens.length - smallTraining.sequences.rows;
  const told: [number, number][] = [];
  const search: BehaviourSearch = {
    fit: { ...smallTraining, settings: { ...smallTraining.settings, learningRate: 1e-6 } },
    space: { rate: { kind: "choice", values: [1e-6, 0.02] } },
    change: (fit, { rate = fit.settings.learningRate }) => ({
      ...fit,
      settings: { ...fit.settings, learningRate: rate },
    }),
    candidates: 4,
    budgetTokens: 12 * tokens,
    keepOneOf: 2,
    onTrial: ({ rate = 0 }, spent) => void told.push([rate, spent / tokens]),
    isOver: never,
  };

  test("finds the rate that learns, within its budget", async () => {
    const { best } = await searchBehaviour(search);
    expect(best.candidate["rate"]).toBe(0.02);
    expect(best.score).toBeGreaterThan(0.9);
    // Three rungs of four epochs: four trainings of one, two of two, one of four.
    expect(told.map(([, epochs]) => epochs)).toEqual([1, 1, 1, 1, 2, 2, 4]);
    // What is there already, which has no change, comes first.
    expect(told[0]?.[0]).toBe(0);
    expect(told.slice(1, 4).map(([rate]) => rate)).toContain(0.02);
  });

  test("of less than an epoch each is a problem", async () => {
    const error = await searchBehaviour({ ...search, budgetTokens: 11 * tokens }).then(
      undefined,
      (thrown: unknown) => thrown,
    );
    expect(isProblem(error) && error.code).toBe("limit-reached");
  });
});
