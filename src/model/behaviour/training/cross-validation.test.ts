import { describe, expect, test } from "vitest";
import { type Sequences, sequencesOf } from "../../../algorithms/sequences.ts";
import { isProblem } from "../../../errors.ts";
import { smallTraining } from "../conformance/small-training.ts";
import { tokensOf } from "../context.ts";
import { type BehaviourFold, crossValidate, shopperFolds, timeFolds } from "./cross-validation.ts";

const rowsOf = ({ rows, offsets, tokens }: Sequences): number[][] =>
  Array.from({ length: rows }, (_, row) => [...tokens.subarray(offsets[row], offsets[row + 1])]);
const asked = ({ questions }: BehaviourFold): [number[], number][] =>
  questions.map(({ history, target }) => [[...tokensOf(history)], target]);

describe("folds by time", () => {
  // Two shoppers take turns: 0 and 4 at the moments 0 and 1, 1 and 5 at 2 and 3, and so on.
  const turns: Sequences = {
    ...sequencesOf(
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ],
      8,
    ),
    times: Float64Array.of(0, 2, 4, 6, 1, 3, 5, 7),
  };

  test("learn from what came before and ask what each shopper did first in the next", () => {
    const folds = [...timeFolds(turns, 3)];
    expect(folds.map(({ train }) => rowsOf(train))).toEqual([
      [[0], [4]],
      [
        [0, 1],
        [4, 5],
      ],
      [
        [0, 1, 2],
        [4, 5, 6],
      ],
    ]);
    expect(folds.map(asked)).toEqual([
      [
        [[0], 1],
        [[4], 5],
      ],
      [
        [[0, 1], 2],
        [[4, 5], 6],
      ],
      [
        [[0, 1, 2], 3],
        [[4, 5, 6], 7],
      ],
    ]);
  });

  test("of a single fold are two halves", () => {
    const [fold, ...more] = [...timeFolds(turns, 1)];
    expect(more).toEqual([]);
    expect(rowsOf((fold as BehaviourFold).train)).toEqual([
      [0, 1],
      [4, 5],
    ]);
    expect(asked(fold as BehaviourFold)).toEqual([
      [[0, 1], 2],
      [[4, 5], 6],
    ]);
  });
});

describe("folds by shopper", () => {
  test("hold each shopper out once, and ask for the last action", () => {
    const lists = Array.from({ length: 11 }, (_, row) => [row, (row + 1) % 11, (row + 2) % 11]);
    const folds = [...shopperFolds(sequencesOf(lists, 11), 3, 5)];
    const targets = folds.flatMap((fold) => asked(fold).map(([, target]) => target));
    expect(targets.sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, item) => item));
    for (const fold of folds) {
      const learned = rowsOf(fold.train).filter(({ length }) => length > 0);
      expect(learned.length + fold.questions.length).toBe(11);
      const firsts = new Set(learned.map(([first]) => first));
      expect(asked(fold).some(([[first]]) => firsts.has(first))).toBe(false);
    }
  });
});

describe("cross-validation", () => {
  test("judges each fold on what it did not learn, and says how far apart they are", async () => {
    const { settings, sequences } = smallTraining;
    const fit = {
      ...smallTraining,
      settings: { ...settings, negatives: "all", epochsMost: 4 },
    } as const;
    const { folds, ndcg, loss } = await crossValidate(fit, shopperFolds(sequences, 2, 1));
    expect(folds.map(({ questions }) => questions)).toEqual([60, 60]);
    const [a, b] = folds.map((fold) => fold.ndcg) as [number, number];
    expect(ndcg.mean).toBeCloseTo((a + b) / 2, 12);
    expect(ndcg.deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
    // Among 12 items a guess is log 12 = 2.48 nats: the rule was learned, from others alone.
    expect(loss.mean).toBeLessThan(2);
    const again = await crossValidate(fit, shopperFolds(sequences, 2, 1));
    expect(again.folds).toEqual(folds);
  });

  test("of too little data is a problem", async () => {
    const codeOf = (sequences: Sequences, k: number): Promise<unknown> =>
      (async () => await crossValidate(smallTraining, timeFolds(sequences, k)))().then(
        () => "done",
        (thrown: unknown) => isProblem(thrown) && thrown.code,
      );
    expect(await codeOf(sequencesOf([], 12), 2)).toBe("too-little-data");
    expect(await codeOf(sequencesOf([[1]], 12), 1)).toBe("too-little-data");
    // All at one moment: nothing came before.
    const sameTime = { ...sequencesOf([[1, 2, 3]], 12), times: new Float64Array(3) };
    expect(await codeOf(sameTime, 2)).toBe("too-little-data");
  });
});
