import { describe, expect, test } from "vitest";
import { sequencesOf } from "../../algorithms/sequences.ts";
import { isProblem } from "../../errors.ts";
import { createRandom } from "../../tensor/random.ts";
import { openEncoder } from "./encode.ts";
import { type FitBehaviour, fitBehaviour } from "./fit-behaviour.ts";

const ITEMS = 12;

/** Whoever did item i does i + 1 next, or i + 5 if the one before was even: two steps back matter. */
function walk(start: number, steps: number): number[] {
  const list = [start, (start + 1) % ITEMS];
  while (list.length < steps) {
    const [before, last] = list.slice(-2) as [number, number];
    list.push((last + (before % 2 === 0 ? 5 : 1)) % ITEMS);
  }
  return list;
}

const random = createRandom(3);
const lists = Array.from({ length: 300 }, () => walk(random.int(ITEMS), 4 + random.int(5)));
const questions = Array.from({ length: 60 }, () => {
  const list = walk(random.int(ITEMS), 6);
  return { history: Int32Array.from(list.slice(0, -1)), target: list[5] as number };
});
const fit: FitBehaviour = {
  sequences: sequencesOf(lists, ITEMS),
  questions,
  shape: {
    vocabulary: ITEMS,
    width: 16,
    blocks: 1,
    heads: 2,
    length: 8,
    hidden: 32,
    dropout: 0.1,
    positions: "learned",
  },
  settings: {
    rows: 32,
    turns: 2,
    negatives: "all",
    sampling: { power: 1, uniformShare: 0.5 },
    corrects: true,
    chunk: 128,
    learningRate: 0.02,
    warmUpSteps: 5,
    decay: 0,
    clipNorm: 5,
    epochsMost: 12,
    patience: 12,
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

describe("the behaviour model", () => {
  test("learns what only two steps back tell", async () => {
    const { best, epochs } = await fitBehaviour(fit);
    expect(best.hitRate).toBeGreaterThan(0.95);
    expect(epochs.at(-1)?.loss).toBeLessThan(epochs[0]?.loss as number);
  });

  test("with sampled negatives and distances too", async () => {
    const settings = { ...fit.settings, negatives: 6 };
    const shape = { ...fit.shape, positions: "relative" } as const;
    const { best } = await fitBehaviour({ ...fit, settings, shape });
    expect(best.hitRate).toBeGreaterThan(0.9);
  });

  test("the same seed gives the same bytes, another other ones", async () => {
    const short = { ...fit, settings: { ...fit.settings, epochsMost: 2 } };
    const [a, b] = [await fitBehaviour(short), await fitBehaviour(short)];
    expect(a.parameters).toEqual(b.parameters);
    expect(a.epochs.map(({ loss }) => loss)).toEqual(b.epochs.map(({ loss }) => loss));
    const other = await fitBehaviour({ ...short, seed: 2 });
    expect(other.parameters).not.toEqual(a.parameters);
  });

  test("packed beside others a history means the same as alone", async () => {
    const settings = { ...fit.settings, epochsMost: 1 };
    const { parameters } = await fitBehaviour({ ...fit, settings });
    const encoder = await openEncoder(fit.shape, parameters, {
      provider: "cpu",
      threads: 1,
      batch: 3,
    });
    const histories = questions.slice(0, 9).map(({ history }, at) => history.slice(at % 5));
    const long = Int32Array.from({ length: 11 }, (_, at) => at);
    const together = await encoder.encode([...histories, long, long.slice(-fit.shape.length)]);
    const { width } = fit.shape;
    for (const [at, history] of histories.entries()) {
      const alone = await encoder.encode([history]);
      alone.forEach((value, i) => {
        expect(together[at * width + i]).toBeCloseTo(value, 5);
      });
    }
    const [whole, recent] = [9, 10].map((at) => together.slice(at * width, (at + 1) * width));
    whole.forEach((value, i) => {
      expect(value).toBeCloseTo(recent[i], 5);
    });
    const nothing = await encoder.encode([new Int32Array(0)]);
    expect([...nothing]).toEqual(new Array(width).fill(0));
    await encoder.release();
  });

  test("stops when it is cancelled", async () => {
    const control = new AbortController();
    const stopped = fitBehaviour({
      ...fit,
      signal: control.signal,
      onEpoch: () => control.abort(),
    });
    const error = await stopped.then(undefined, (thrown: unknown) => thrown);
    expect(isProblem(error) && error.code).toBe("cancelled");
  });
});
