import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../../algorithms/sequences.ts";
import { isProblem } from "../../../errors.ts";
import { auc } from "../../../evaluate/classification-metrics.ts";
import { createRandom } from "../../../tensor/random.ts";
import { type FitClassifier, fitClassifier, purchaseChances } from "./fit-classifier.ts";

/** 1 and 2 among zeros; bought where 1 came before 2: only the order tells. */
function visits(count: number, seed: number): { lists: number[][]; bought: number[] } {
  const random = createRandom(seed);
  const lists = Array.from({ length: count }, () => {
    const list = new Array<number>(4 + random.int(4)).fill(0);
    const first = random.int(list.length - 1);
    const second = first + 1 + random.int(list.length - first - 1);
    const [a, b] = random.bernoulli(0.5) ? [1, 2] : [2, 1];
    list[first] = a as number;
    list[second] = b as number;
    return list;
  });
  return { lists, bought: lists.map((list) => (list.indexOf(1) < list.indexOf(2) ? 1 : 0)) };
}

const { lists, bought } = visits(300, 1);
const fit: FitClassifier = {
  sequences: sequencesOf(lists, 3),
  bought,
  shape: { vocabulary: 3, width: 4, hidden: 16, length: 16, dropout: 0.1 },
  settings: { rows: 8, epochs: 25, learningRate: 0.02, decay: 0, clipNorm: 5 },
  seed: 1,
  threads: 1,
  signal: undefined,
};
const short: FitClassifier = { ...fit, settings: { ...fit.settings, epochs: 2 } };
const histories = (all: readonly number[][]) => all.map((list) => Int32Array.from(list));

describe("the purchase classifier", () => {
  test("learns what the order of actions tells, and knows it of visits it never saw", async () => {
    const fitted = await fitClassifier(fit);
    expect(fitted.losses.at(-1)).toBeLessThan(0.6 * (fitted.losses[0] as number));
    const other = visits(150, 2);
    const chances = await purchaseChances(fitted, histories(other.lists), 1);
    expect(auc(other.bought, chances)).toBeGreaterThan(0.98);
    for (const chance of chances) expect(chance > 0 && chance < 1).toBe(true);
  });

  test("the same seed gives the same bytes, another other ones", async () => {
    const [a, b] = [await fitClassifier(short), await fitClassifier(short)];
    expect(a).toEqual(b);
    expect((await fitClassifier({ ...short, seed: 2 })).parameters).not.toEqual(a.parameters);
  });

  test("asks a history by its last places, whoever is asked beside it", async () => {
    const fitted = await fitClassifier(short);
    const long = [...new Array<number>(30).fill(2), 1, 2, 0];
    const asked = histories([[1], long, long.slice(-16), [1, 2]]);
    const together = await purchaseChances(fitted, asked, 1);
    expect(together[1]).toBe(together[2]);
    expect(together[3]).not.toBe(together[0]);
    const alone = await purchaseChances(fitted, asked.slice(3), 1);
    expect(alone[0]).toBeCloseTo(together[3] as number, 6);
    expect(await purchaseChances(fitted, [], 1)).toHaveLength(0);
  });

  test("of one action in rows of one place, and of none", async () => {
    const one: FitClassifier = {
      ...short,
      sequences: sequencesOf([[0], [1]], 2),
      bought: [0, 1],
      shape: { ...fit.shape, vocabulary: 2, length: 1 },
    };
    const { losses } = await fitClassifier(one);
    expect(losses.every(Number.isFinite)).toBe(true);
    const none = { ...one, sequences: sequencesOf([[]], 2), bought: [0] };
    const error = await fitClassifier(none).then(undefined, (thrown: unknown) => thrown);
    expect(isProblem(error) && error.code).toBe("too-little-data");
  });
});
