import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../../algorithms/sequences.ts";
import { compileInference } from "../../../tensor/serve/compile.ts";
import { openPredictor } from "../../../tensor/serve/predictor.ts";
import { compileTraining } from "../../../tensor/train/compile.ts";
import { openEncoder } from "../encode.ts";
import { type FitBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import { type NetworkShape, stateNetwork, trainingNetwork } from "../network.ts";
import { type ArchitectureName, architectures, attends } from "./architectures.ts";

const ITEMS = 9;
const LENGTH = 8;
const names = Object.keys(architectures) as ArchitectureName[];
const shapeOf = (architecture: ArchitectureName): NetworkShape => ({
  architecture,
  vocabulary: ITEMS,
  width: 8,
  blocks: 2,
  heads: 2,
  length: LENGTH,
  hidden: 10,
  dropout: 0.1,
  positions: "relative",
});
const objective = { negatives: "all", logQ: undefined, chunk: 1 } as const;

/** Parameters as they are before the first step. */
const parametersOf = (shape: NetworkShape): ReadonlyMap<string, Float32Array> =>
  compileTraining(trainingNetwork(shape, objective, 1), {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  }).initialValues(4);

/** What a model that has learned nothing yet makes of every place of a row. */
async function openStates(
  architecture: ArchitectureName,
): Promise<(tokens: readonly number[], segments: readonly number[]) => Promise<number[][]>> {
  const shape = shapeOf(architecture);
  const { model } = await compileInference(stateNetwork(shape), {
    parameters: parametersOf(shape),
    outputs: ["state"],
    target: "native",
    batch: "free",
  });
  const predictor = await openPredictor(model, {
    provider: "cpu",
    session: { threads: 1, spins: false },
    kept: {},
    batchMost: LENGTH,
  });
  return async (tokens, segments) => {
    // The row as often as it has places, each time asked for another one.
    const rows = (row: readonly number[]) => ({
      type: "int32" as const,
      shape: [LENGTH, LENGTH],
      data: Int32Array.from({ length: LENGTH * LENGTH }, (_, at) => row[at % LENGTH] as number),
    });
    const last = Int32Array.from({ length: LENGTH }, (_, place) => place * LENGTH + place);
    const found = await predictor.run({
      tokens: rows(tokens),
      segments: rows(segments),
      last: { type: "int32", shape: [LENGTH], data: last },
    });
    const values = [...(found["state"]?.data ?? [])];
    return Array.from({ length: LENGTH }, (_, place) =>
      values.slice(place * shape.width, (place + 1) * shape.width),
    );
  };
}

/** Places of a row that are not what they were. */
const changed = (a: readonly number[][], b: readonly number[][]): number[] =>
  a.flatMap((state, place) => {
    const most = Math.max(
      ...state.map((value, at) => Math.abs(value - (b[place]?.[at] as number))),
    );
    return most > 1e-5 ? [place] : [];
  });

describe.each(names)("%s", (architecture) => {
  test("a place sees itself and its own past, not what comes later, not another history", async () => {
    const states = await openStates(architecture);
    const tokens = [1, 2, 3, 4, 5, 6, 7, 8];
    const segments = [1, 1, 1, 2, 2, 2, 2, 0];
    const before = await states(tokens, segments);
    const firstOfTheFirst = await states([5, 2, 3, 4, 5, 6, 7, 8], segments);
    expect(changed(before, firstOfTheFirst)).toEqual([0, 1, 2]);
    const lastOfTheFirst = await states([1, 2, 7, 4, 5, 6, 7, 8], segments);
    expect(changed(before, lastOfTheFirst)).toEqual([2]);
    const secondOfTheSecond = await states([1, 2, 3, 4, 1, 6, 7, 8], segments);
    expect(changed(before, secondOfTheSecond)).toEqual([4, 5, 6]);
    const padding = await states([1, 2, 3, 4, 5, 6, 7, 1], segments);
    expect(changed(before, padding)).toEqual([7]);
  });

  test("a history means the same wherever in a row it lies", async () => {
    const states = await openStates(architecture);
    const first = await states([3, 1, 2, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0, 0, 0]);
    const third = await states([7, 7, 6, 5, 3, 1, 2, 8], [1, 1, 2, 2, 3, 3, 3, 4]);
    expect(changed(first.slice(0, 3), third.slice(4, 7))).toEqual([]);
  });

  test("learns, the same from the same seed, and serves what it learned", async () => {
    const fitted = await fitBehaviour(fitOf(architecture));
    const [first, last] = [fitted.epochs[0], fitted.epochs.at(-1)];
    expect(last?.loss).toBeLessThan(0.7 * (first?.loss as number));
    expect(fitted.best.hitRate).toBeGreaterThan(0.85);
    const again = await fitBehaviour(fitOf(architecture));
    expect(again.parameters).toEqual(fitted.parameters);
    expect(again.epochs.map(({ loss }) => loss)).toEqual(fitted.epochs.map(({ loss }) => loss));
  });

  test("one place, one item, learned vectors of places, histories of nothing", async () => {
    const shape = { ...shapeOf(architecture), length: 1, vocabulary: 1, positions: "learned" };
    const sizes = { ...shape, positions: "learned" } as const;
    const encoder = await openEncoder(sizes, parametersOf({ ...sizes }), {
      provider: "cpu",
      threads: 1,
      batch: 2,
    });
    const states = await encoder.encode([new Int32Array(0), Int32Array.of(0), Int32Array.of(0, 0)]);
    expect([...states.subarray(0, 8)]).toEqual(new Array(8).fill(0));
    expect([...states.subarray(16)]).toEqual([...states.subarray(8, 16)]);
    expect(states.some((value) => value !== 0)).toBe(true);
    expect(states.every(Number.isFinite)).toBe(true);
    expect((await encoder.encode([])).length).toBe(0);
    await encoder.release();
  });
});

describe("the time between two actions", () => {
  const told = (architecture: ArchitectureName): NetworkShape => ({
    ...shapeOf(architecture),
    context: { gapBuckets: 0, strengths: [], biasBuckets: 4 },
  });

  test("is a bias of attention, and told to no other body", () => {
    const heard = names.filter(attends);
    expect(heard).toEqual(["transformer", "hstu"]);
    for (const name of heard) expect(parametersOf(told(name)).has("block0.time")).toBe(true);
    for (const name of names.filter((one) => !attends(one))) {
      expect(() => parametersOf(told(name))).toThrow("no attention for time to bias");
    }
  });
});

/** Round and round: whoever did i does i + 1 next. */
const rounds = Array.from({ length: 80 }, (_, row) =>
  Array.from({ length: 3 + (row % 4) }, (_, place) => (row + place) % ITEMS),
);

const fitOf = (architecture: ArchitectureName): FitBehaviour => ({
  sequences: sequencesOf(rounds, ITEMS),
  questions: Array.from({ length: ITEMS }, (_, item) => ({
    history: Int32Array.of((item + ITEMS - 1) % ITEMS, item),
    target: (item + 1) % ITEMS,
  })),
  shape: shapeOf(architecture),
  settings: {
    rows: 8,
    turns: 2,
    negatives: "all",
    sampling: { power: 1, uniformShare: 0.5 },
    corrects: true,
    chunk: 8,
    learningRate: 0.05,
    warmUpSteps: 5,
    decay: 0,
    clipNorm: 5,
    epochsMost: 6,
    patience: 6,
    k: 1,
    filterSeen: false,
  },
  seed: 1,
  provider: "cpu",
  threads: 1,
  spins: false,
  onEpoch: () => undefined,
  signal: undefined,
});
