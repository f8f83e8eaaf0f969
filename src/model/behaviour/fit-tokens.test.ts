import { describe, expect, test } from "vitest";
import { type Sequences, sequencesOf } from "../../algorithms/sequences.ts";
import { bagsOf } from "../../algorithms/text.ts";
import { createRandom } from "../../tensor/random.ts";
import { type ContextShape, noContext, type Told, tokensOf } from "./context.ts";
import { openEncoder } from "./encode.ts";
import { type FitBehaviour, fitBehaviour } from "./fit-behaviour.ts";
import { fitBest } from "./fit-best.ts";
import { newcomerVectors, type Served, withNewcomers } from "./newcomers.ts";

const base: Omit<FitBehaviour, "sequences" | "questions" | "shape"> = {
  settings: {
    rows: 16,
    turns: 1,
    negatives: "all",
    sampling: { power: 1, uniformShare: 1 },
    corrects: false,
    chunk: 128,
    learningRate: 0.02,
    warmUpSteps: 5,
    decay: 0,
    clipNorm: 5,
    epochsMost: 8,
    patience: 8,
    k: 1,
    filterSeen: false,
  },
  seed: 1,
  provider: "cpu",
  threads: 1,
  spins: false,
  onEpoch: () => undefined,
  signal: undefined,
};
const small = {
  width: 16,
  blocks: 1,
  heads: 2,
  length: 8,
  hidden: 32,
  dropout: 0.1,
  positions: "relative",
} as const;

/** For each history the token of the highest score. */
async function answersOf({ shape, parameters }: Served, histories: readonly Told[]) {
  const encoder = await openEncoder(shape, parameters, { provider: "cpu", threads: 1, batch: 16 });
  const states = await encoder.encode(histories);
  await encoder.release();
  const items = parameters.get("items") as Float32Array;
  return histories.map((_, at) => best(states.subarray(at * 16, (at + 1) * 16), items));
}

function best(state: Float32Array, items: Float32Array): number {
  const scores = Array.from({ length: items.length / 16 }, (_, token) =>
    state.reduce((sum, x, i) => sum + x * (items[token * 16 + i] as number), 0),
  );
  return scores.indexOf(Math.max(...scores));
}

/**
 * Items of four kinds; after an item of one kind comes any of the next kind. Each says its kind and its
 * colour. The last item of each kind has no events.
 */
describe("with content", () => {
  const [kinds, perKind] = [4, 6];
  const random = createRandom(5);
  const words = Array.from({ length: kinds * perKind }, (_, item) => [
    `kind${item % kinds}`,
    `colour${Math.floor(item / kinds) % 3}`,
  ]);
  const { bags } = bagsOf(words);
  const walk = (steps: number): number[] =>
    Array.from({ length: steps }, (_, at) => (at % kinds) + kinds * random.int(perKind - 1));
  const lists = Array.from({ length: 150 }, () => {
    const from = random.int(kinds);
    return walk(from + 6).slice(from);
  });
  const content = { features: bags.width, featuresMost: 4, eventsHalf: 2, hiddenShare: 0.2 };
  const fit: FitBehaviour = {
    ...base,
    sequences: sequencesOf(lists, kinds * perKind),
    questions: [],
    bags,
    shape: { ...small, vocabulary: kinds * perKind, content },
  };

  const cold = kinds * (perKind - 1);

  test.each([
    { negatives: "all", turns: 1 },
    { negatives: "all", turns: 2, chunk: 64 },
    { negatives: 8, turns: 2 },
  ] as const)("an item without events is its features: %o", async (how) => {
    const settings = { ...base.settings, ...how, epochsMost: 2 };
    const fitted = await fitBehaviour({ ...fit, settings });
    const newcomers = newcomerVectors(fitted, bags);
    const items = fitted.parameters.get("items") as Float32Array;
    items.subarray(cold * 16).forEach((value, at) => {
      expect(value).toBeCloseTo(newcomers[cold * 16 + at], 5);
    });
  });

  test("newcomers are read and ranked by their kind", async () => {
    const fitted = await fitBehaviour(fit);
    const parameters = new Map([...fitted.parameters, ["items", newcomerVectors(fitted, bags)]]);
    const alone = { ...fitted, parameters };
    const histories = [0, 1, 2, 3].map((kind) => Int32Array.of(cold + kind));
    const kindsAfter = async (served: Served, all: readonly Told[]): Promise<number[]> =>
      (await answersOf(served, all)).map((token) => token % kinds);
    expect(await kindsAfter(alone, histories)).toEqual([1, 2, 3, 0]);
    const grown = withNewcomers(fitted, bags);
    const known = fitted.shape.vocabulary;
    const told = histories.map((history) => history.map((token) => known + token));
    expect(await kindsAfter(grown, told)).toEqual([1, 2, 3, 0]);
  });

  test("the held-out questions choose between ids and content", async () => {
    const asked = [0, 1, 2, 3].map((kind) => ({
      history: Int32Array.of(kind),
      target: cold + ((kind + 1) % kinds),
    }));
    const settings = { ...base.settings, k: 6, epochsMost: 4 };
    const ids = { ...fit, questions: asked, settings, shape: { ...fit.shape, content: undefined } };
    const told = { ...fit, questions: asked, settings };
    const { chosen, fitted, ndcgs } = await fitBest([ids, told]);
    expect(chosen).toBe(1);
    expect(fitted.best.ndcg).toBe(ndcgs[1]);
    expect((await fitBest([ids, ids])).chosen).toBe(0);
  });

  test("the same seed gives the same bytes, and no table is left over", async () => {
    const short = { ...fit, settings: { ...base.settings, epochsMost: 1 } };
    const [a, b] = [await fitBehaviour(short), await fitBehaviour(short)];
    expect(a.parameters).toEqual(b.parameters);
    expect([...a.parameters.keys()]).not.toContain("own");
    expect(a.parameters.get("items")).toHaveLength(kinds * perKind * 16);
  });
});

/** What comes next hangs on when, or how strongly, something was done, and on nothing else. */
describe("with context", () => {
  const DAY = 86_400_000;
  const random = createRandom(9);

  interface Made {
    readonly list: readonly number[];
    readonly times: readonly number[];
    readonly weights: readonly number[];
  }
  const joined = (all: readonly Made[]): Sequences => ({
    ...sequencesOf(
      all.map(({ list }) => list),
      10,
    ),
    times: Float64Array.from(all.flatMap(({ times }) => times)),
    weights: Float32Array.from(all.flatMap(({ weights }) => weights)),
  });
  /** Of the first two, the one before the day's break is followed by itself + 5, as the fourth. */
  const byBreak = (): Made => {
    const [a, b, c] = [random.int(5), random.int(5), random.int(5)];
    const isLate = random.int(2) === 1;
    const times = isLate ? [0, 1_000, DAY, DAY + 1_000] : [0, DAY, DAY + 1_000, DAY + 2_000];
    return { list: [a, b, c, (isLate ? b : a) + 5], times, weights: [1, 1, 1, 1] };
  };
  /** The one that was bought is followed by itself + 5. */
  const byStrength = (): Made => {
    const list = [random.int(5), random.int(5), random.int(5)];
    const bought = random.int(3);
    const weights = [...list.map((_, at) => (at === bought ? 4 : 1)), 1];
    return { list: [...list, (list[bought] as number) + 5], times: [0, 1, 2, 3], weights };
  };

  const shares = async (make: () => Made, context: ContextShape): Promise<number> => {
    const fitted = await fitBehaviour({
      ...base,
      settings: { ...base.settings, epochsMost: 14 },
      sequences: joined(Array.from({ length: 400 }, make)),
      questions: [],
      shape: { ...small, vocabulary: 10, context },
    });
    const asked = Array.from({ length: 100 }, make);
    const histories = asked.map(({ list, times, weights }) => ({
      tokens: Int32Array.from(list.slice(0, 3)),
      times: Float64Array.from(times),
      weights: Float32Array.from(weights),
    }));
    const answers = await answersOf(fitted, histories.map(firstThree));
    return asked.filter(({ list }, at) => list[3] === answers[at]).length / asked.length;
  };
  const firstThree = (told: Exclude<Told, Int32Array>): Told => ({
    tokens: tokensOf(told),
    times: told.times.subarray(0, 3),
    weights: told.weights.subarray(0, 3),
  });

  test.each([
    ["gaps", byBreak, { ...noContext, gapBuckets: 20 }],
    ["a bias by time", byBreak, { ...noContext, biasBuckets: 20 }],
    ["strengths", byStrength, { ...noContext, strengths: [1, 4] }],
  ] as const)("%s: tells what order alone leaves to a coin", async (_, make, context) => {
    // two that may be meant, of five: a coin is right in 1/2 + 1/2 x 1/5; four deviations of 100 above
    expect(await shares(make, context)).toBeGreaterThan(0.8);
  });

  test("tokens alone are refused where more is read", async () => {
    const context = { ...noContext, gapBuckets: 20 };
    const fitted = await fitBehaviour({
      ...base,
      settings: { ...base.settings, epochsMost: 1 },
      sequences: joined(Array.from({ length: 50 }, byBreak)),
      questions: [],
      shape: { ...small, vocabulary: 10, context },
    });
    await expect(answersOf(fitted, [Int32Array.of(1)])).rejects.toThrow("times and strengths");
  });
});
