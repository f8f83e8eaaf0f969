import { describe, expect, test } from "vitest";
import { auc } from "../../evaluate/classification-metrics.ts";
import { createRandom } from "../../tensor/random.ts";
import { epochOf, type History, momentsOfStep } from "./batches.ts";
import { type FitPrediction, fitPrediction, questionsOf } from "./fit-prediction.ts";
import { openForecaster } from "./forecaster.ts";
import type { Moments } from "./moments.ts";
import type { PredictionShape } from "./network.ts";

/**
 * Timelines of two groups in chance order. A moment follows every event but the first; yes is where the
 * event before the last was of group 1: nothing that is counted says so, only the order does. The second
 * head says whether the number that was counted is above 0.
 */
const random = createRandom(4);
const ROWS = 160;
const lengths = Array.from({ length: ROWS }, () => 3 + random.int(9));
const offsets = Int32Array.from([0, ...lengths.map((_, row) => total(lengths.slice(0, row + 1)))]);
const events = offsets[ROWS] as number;
const items = Int32Array.from({ length: events }, () => 1 + random.int(2));
const zeros = new Int32Array(events);
/** Where each happened, by lot. */
const places = createRandom(8);
const surfaces = Int32Array.from({ length: events }, () => 1 + places.int(2));
const history: History = {
  offsets,
  tokens: { items, actions: zeros, gaps: zeros, prices: zeros, pieces: zeros, surfaces },
};

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function momentsOf(from: number, to: number): Moments {
  const ends: number[] = [];
  for (let row = from; row < to; row++) {
    for (let at = (offsets[row] as number) + 1; at < (offsets[row + 1] as number); at++) {
      ends.push(at);
    }
  }
  const counted = Float32Array.from(ends, () => random.normal());
  const happened = ends.flatMap((end, at) => [
    items[end - 1] === 1 ? 1 : 0,
    (counted[at] as number) > 0 ? 1 : 0,
  ]);
  return {
    count: ends.length,
    ends: Int32Array.from(ends),
    counted,
    happened: Uint8Array.from(happened),
    known: new Uint8Array(happened.length).fill(1),
    next: Int32Array.from(ends, (end) => (items[end] as number) - 1),
    values: Float32Array.from(ends, (end) => (items[end] === 1 ? 0 : 3)),
  };
}

const shape: PredictionShape = {
  items: 3,
  width: 16,
  blocks: 1,
  heads: 2,
  length: 6,
  counted: 1,
  hidden: 32,
  dropout: 0,
  chances: 2,
  choices: 2,
};
const fit: FitPrediction = {
  history,
  learn: momentsOf(0, 120),
  choose: momentsOf(120, ROWS),
  shape,
  settings: {
    rows: 16,
    learningRate: 0.01,
    decay: 0,
    clipNorm: 5,
    epochsMost: 25,
    patience: 8,
  },
  seed: 1,
  provider: "cpu",
  threads: 1,
  signal: undefined,
};

describe("an epoch", () => {
  const size = { rows: 4, moments: momentsOfStep(fit.learn, shape.length, 4) };
  const epoch = epochOf(history, fit.learn, shape, size, createRandom(2));
  const batches = Array.from({ length: epoch.steps }, (_, step) => epoch.batch(step));

  test("reads every event before a moment once and asks about nearly all moments, none of them twice", () => {
    const read = batches.map(
      ({ values }) => (values["segments"] as Int32Array).filter((segment) => segment > 0).length,
    );
    expect(total(read)).toBe(offsets[120]);
    const asked = total(batches.map(({ moments }) => moments));
    expect(asked).toBeGreaterThan(0.9 * fit.learn.count);
    expect(asked).toBeLessThanOrEqual(fit.learn.count);
  });

  test("asks after the event that the moment follows", () => {
    for (const { values, moments } of batches) {
      const at = [...(values["at"] as Int32Array)].slice(0, moments);
      const found = at.map((place) => ((values["items"] as Int32Array)[place] as number) - 1);
      expect([...(values["next"] as Int32Array)].slice(0, moments)).toEqual(found);
    }
  });

  test("weights are of the mean of one, whatever the step has room for", () => {
    for (const { values } of batches) {
      const weights = [...(values["weights"] as Float32Array)];
      expect(total(weights) / weights.length).toBeCloseTo(1, 5);
    }
  });
});

describe("the network of prediction", () => {
  test("learns what only the order tells, and what only the counted numbers tell", {
    timeout: 60_000,
  }, async () => {
    const fitted = await fitPrediction(fit);
    expect(fitted.best.judged).toBeLessThan(0.35);
    const again = await fitPrediction({ ...fit, settings: { ...fit.settings, epochsMost: 2 } });
    const twice = await fitPrediction({ ...fit, settings: { ...fit.settings, epochsMost: 2 } });
    expect(twice.parameters).toEqual(again.parameters);
    const forecaster = await openForecaster(shape, fitted.parameters, {
      provider: "cpu",
      threads: 1,
      batch: 50,
    });
    const { choose } = fit;
    const questions = questionsOf(history, choose);
    const said = await forecaster.forecast(history.tokens, questions, choose.counted);
    await forecaster.release();
    for (const head of [0, 1]) {
      const of = (values: ArrayLike<number>) =>
        Array.from({ length: choose.count }, (_, at) => values[2 * at + head] as number);
      expect(auc(of(choose.happened), of(said.chances))).toBeGreaterThan(0.95);
    }
    const amounts = [0, 1].map((next) => {
      const own = [...said.value].filter((_, at) => choose.next[at] === next);
      return total(own) / own.length;
    });
    expect(amounts[0]).toBeLessThan(0.5);
    expect(amounts[1]).toBeCloseTo(3, 0);
  });

  test("reads where an event happened where it is told to, and else as versions before did", {
    timeout: 60_000,
  }, async () => {
    const placed = (moments: Moments): Moments => ({
      ...moments,
      happened: Uint8Array.from(moments.happened, (came, at) =>
        at % 2 === 0 ? (surfaces[moments.ends[at / 2] as number] as number) - 1 : came,
      ),
    });
    const [learn, choose] = [placed(fit.learn), placed(fit.choose)];
    const learned = async (own: PredictionShape): Promise<number> => {
      const settings = { ...fit.settings, epochsMost: 8 };
      const { parameters } = await fitPrediction({ ...fit, learn, choose, shape: own, settings });
      expect(parameters.has("surfaces.vectors")).toBe(own.surfaces === true);
      const how = { provider: "cpu", threads: 1, batch: 50 } as const;
      const forecaster = await openForecaster(own, parameters, how);
      const questions = questionsOf(history, choose);
      const { chances } = await forecaster.forecast(history.tokens, questions, choose.counted);
      await forecaster.release();
      const first = (values: ArrayLike<number>) =>
        Array.from({ length: choose.count }, (_, at) => values[2 * at] as number);
      return auc(first(choose.happened), first(chances));
    };
    expect(await learned({ ...shape, surfaces: true })).toBeGreaterThan(0.95);
    expect(await learned(shape)).toBeLessThan(0.65);
  });
});
