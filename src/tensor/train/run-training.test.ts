import { expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import type { Network } from "../graph/network.ts";
import { sumAll } from "../graph/primitives/arrange.ts";
import { square, subtract } from "../graph/primitives/elementwise.ts";
import { compileTraining } from "./compile.ts";
import { descent } from "./optimisers.ts";
import { runTraining } from "./run-training.ts";
import { constantRate } from "./schedules.ts";
import { openTrainer, type Trainer } from "./trainer.ts";

/** loss = (w - goal)^2 from w = 8. */
const bowl: Network = {
  inputs: { goal: { type: "float32", shape: [1] } },
  build: (scope, { goal }) => {
    const w = scope.parameter("w", [1], () => Float32Array.of(8));
    return { loss: sumAll(square(subtract(w, goal))) };
  },
};

function open(): Trainer {
  const { program, initialValues } = compileTraining(bowl, {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  });
  return openTrainer({
    programs: { only: program },
    values: initialValues(1),
    optimiser: descent(0),
    schedule: constantRate(0.25),
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session: { threads: 1, spins: false },
    sessionsMost: 1,
    seed: 1,
    memoryMost: 2 ** 20,
  });
}

test("runs its steps in order, says how far it is, and can be taken up or ended early", async () => {
  const trainer = open();
  const asked: number[] = [];
  const batch = (step: number) => {
    asked.push(step);
    return { key: "only", values: { goal: Float32Array.of(0) }, examples: 10 };
  };
  const losses: number[] = [];
  await runTraining({
    trainer,
    steps: 3,
    batch,
    signal: undefined,
    onStep: ({ metrics }, progress) => {
      losses.push(metrics["loss"] as number);
      expect(progress.examplesPerSecond).toBeGreaterThan(0);
      expect(progress.secondsLeft).toBeGreaterThanOrEqual(0);
    },
  });
  // w halves at every step: 8, 4, 2.
  expect(losses).toEqual([64, 16, 4]);
  await runTraining({
    trainer,
    steps: 10,
    batch,
    signal: undefined,
    onStep: ({ step }) => step === 5,
  });
  expect(asked).toEqual([1, 2, 3, 4, 5]);
  await trainer.close();
});

test("stops between two steps when it is cancelled", async () => {
  const trainer = open();
  const control = new AbortController();
  const error = await runTraining({
    trainer,
    steps: 10,
    batch: () => ({ key: "only", values: { goal: Float32Array.of(0) }, examples: 1 }),
    signal: control.signal,
    onStep: ({ step }) => {
      if (step === 2) control.abort();
    },
  }).then(undefined, (thrown: unknown) => thrown);
  expect(isProblem(error) && error.code).toBe("cancelled");
  expect(trainer.step).toBe(2);
  await trainer.close();
});
