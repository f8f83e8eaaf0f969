import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../../algorithms/sequences.ts";
import { openMatmul } from "../../../tensor/matmul.ts";
import { createRandom } from "../../../tensor/random.ts";
import { smallTraining } from "../conformance/small-training.ts";
import { tokensOf } from "../context.ts";
import { type FitBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import { type CurvePoint, judged, learnedQuestions, type Verdict, verdictOf } from "./curves.ts";

/** A curve from its losses; NDCG as told, or none. */
const curve = (
  losses: readonly (readonly [learned: number, heldOut: number])[],
  ndcg: readonly number[] = [],
): CurvePoint[] =>
  losses.map(([learned, heldOut], at) => ({
    epoch: at + 1,
    learned: { loss: learned, ndcg: 0, hitRate: 0 },
    heldOut: { loss: heldOut, ndcg: ndcg[at] ?? 0, hitRate: 0 },
  }));

describe("the verdict on a curve", () => {
  test("over-fitted: held-out loss rises while what is learned is learned by heart", () => {
    const losses = [
      [5, 5],
      [4, 4.25],
      [3, 4],
      [2, 4.25],
      [1, 4.5],
    ] as const;
    const found = verdictOf(curve(losses, [0.1, 0.2, 0.3, 0.4, 0.3]));
    const expected: Omit<Verdict, "words"> = {
      fit: "over",
      lowestEpoch: 3,
      bestEpoch: 4,
      gap: 1,
      rise: 0.5,
      lateFallShare: 0,
      lostShare: 0.25,
    };
    expect(found).toMatchObject({ ...expected, lostShare: expect.closeTo(0.25, 12) });
    expect(found.words).toBe(
      "Over-fitted: since then it rose by 0.500, while what was learned from fell by 2.000; stop " +
        "earlier, drop out more, or learn from more. In numbers: held-out loss was lowest after " +
        "epoch 3 at 4.000 nats, 1.000 above that of what was learned from; NDCG was best after " +
        "epoch 4 at 0.4000, of which the end had lost 25 %.",
    );
  });

  test("under-fitted: it was still learning when it ended", () => {
    const found = verdictOf(curve([5, 4, 3, 2, 1].map((loss) => [loss, loss + 0.5] as const)));
    // Of five epochs the fourth begins the last quarter: 1 of the fall of 4 came after it.
    expect(found).toMatchObject({ fit: "under", lowestEpoch: 5, rise: 0, lateFallShare: 0.25 });
    expect(found.words).toContain("still brought 25 % of the fall");
  });

  test("balanced: it neither rose nor fell much at the end", () => {
    const losses = [5, 3, 2.1, 2.05, 2.02, 2, 2.01].map((loss) => [loss - 0.2, loss] as const);
    expect(verdictOf(curve(losses))).toMatchObject({ fit: "balanced", lowestEpoch: 6 });
  });

  test("three epochs are too few, and one is a curve too", () => {
    const falling = [3, 2, 1].map((loss) => [loss, loss] as const);
    expect(verdictOf(curve(falling)).fit).toBe("unclear");
    expect(verdictOf(curve([[3, 3]]))).toMatchObject({ fit: "unclear", gap: 0, lostShare: 0 });
  });

  test("held-out loss that rises from the first epoch on is over-fitting", () => {
    const losses = [1, 2, 3, 4].map((rise) => [3 - rise / 2, 3 + rise] as const);
    expect(verdictOf(curve(losses))).toMatchObject({ fit: "over", lowestEpoch: 1, rise: 3 });
  });
});

describe("judging", () => {
  const matmul = openMatmul({ threads: 1 });
  const judge = (states: readonly number[]) => ({
    encoder: { encode: async () => Float32Array.from(states), release: async () => undefined },
    matmul,
    items: Float32Array.of(1, 0, 0, 1, 1, 1),
    width: 2,
    k: 1,
    filterSeen: false,
  });

  test("the loss is -log softmax over all items", async () => {
    // The state (0, ln 2) has scores 0, ln 2, ln 2: chances 1/5, 2/5, 2/5.
    const question = { history: Int32Array.of(0), target: 1 };
    const { loss } = await judged([question, { ...question, target: 0 }], {
      ...judge([0, Math.LN2, 0, Math.LN2]),
    });
    expect(loss).toBeCloseTo((Math.log(5 / 2) + Math.log(5)) / 2, 6);
  });

  test("far scores do not overflow, no questions are a loss of 0", async () => {
    const question = { history: Int32Array.of(0), target: 0 };
    expect((await judged([question], judge([1e4, -1e4]))).loss).toBeCloseTo(0, 6);
    expect(await judged([], judge([]))).toEqual({ loss: 0, ndcg: 0, hitRate: 0 });
  });
});

describe("questions that were learned from", () => {
  const sequences = sequencesOf([[1, 2, 3], [4], [], [5, 6]], 7);

  test("are the last actions of rows of two and more", () => {
    const found = learnedQuestions(sequences, 9, 1);
    expect(found.map(({ target }) => target).sort((a, b) => a - b)).toEqual([3, 6]);
    expect(found.map(({ history }) => [...tokensOf(history)])).toContainEqual([1, 2]);
  });

  test("are no more than asked for, and others for another seed", () => {
    const many = sequencesOf(
      Array.from({ length: 50 }, (_, row) => [0, row]),
      50,
    );
    const targets = (seed: number) => learnedQuestions(many, 5, seed).map(({ target }) => target);
    expect(targets(1)).toHaveLength(5);
    expect(targets(1)).toEqual(targets(1));
    expect(targets(1)).not.toEqual(targets(2));
  });
});

describe("the curve of a training", () => {
  const { settings, shape } = smallTraining;
  const points = async (fit: FitBehaviour): Promise<CurvePoint[]> => {
    const watched = learnedQuestions(fit.sequences, 40, 1);
    return (await fitBehaviour({ ...fit, watched })).epochs.flatMap(({ curve }) => curve ?? []);
  };

  test("tells that histories without a rule are learned by heart", async () => {
    const random = createRandom(7);
    const drawn = (length: number): number[] => Array.from({ length }, () => random.int(12));
    const lists = Array.from({ length: 30 }, () => drawn(5));
    const questions = Array.from({ length: 40 }, () => ({
      history: Int32Array.from(drawn(4)),
      target: random.int(12),
    }));
    const found = await points({
      ...smallTraining,
      sequences: sequencesOf(lists, 12),
      questions,
      shape: { ...shape, dropout: 0, width: 16, hidden: 64 },
      settings: { ...settings, negatives: "all", epochsMost: 25, patience: 25, decay: 0 },
    });
    expect(found).toHaveLength(25);
    expect(verdictOf(found).fit).toBe("over");
    expect(found.at(-1)?.learned.loss).toBeLessThan(0.5 * (found[0]?.learned.loss as number));
  });

  test("tells that a slow training ended too early, and changes nothing of it", async () => {
    const slow = { ...smallTraining, settings: { ...settings, learningRate: 1e-3, epochsMost: 6 } };
    const found = await points(slow);
    expect(verdictOf(found).fit).toBe("under");
    const unwatched = await fitBehaviour(slow);
    expect(found.map(({ heldOut }) => heldOut.ndcg)).toEqual(
      unwatched.epochs.map(({ ndcg }) => ndcg),
    );
  });
});
