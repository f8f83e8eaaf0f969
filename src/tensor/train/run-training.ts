import { monotonicMs } from "../../clock.ts";
import { problem } from "../../errors.ts";
import type { Batch, StepReport, Trainer } from "./trainer.ts";

/**
 * Steps of a training one after the other, until there are enough or somebody has seen enough. Batches
 * are asked for by the number of the step, so a training that is taken up goes on where it was.
 */
export interface TrainingRun {
  readonly trainer: Trainer;
  /** Steps in all, those made before counted. */
  readonly steps: number;
  /** The batch of a step, counted from 1. */
  readonly batch: (step: number) => NamedBatch | Promise<NamedBatch>;
  /** After every step. Answering true ends the training. */
  readonly onStep: (report: StepReport, progress: TrainingProgress) => unknown;
  readonly signal: AbortSignal | undefined;
}

export interface NamedBatch {
  /** Of its program. */
  readonly key: string;
  readonly values: Batch;
  /** What progress counts: examples, or tokens. */
  readonly examples: number;
}

export interface TrainingProgress {
  readonly steps: number;
  readonly examplesPerSecond: number;
  readonly secondsLeft: number;
}

/** In every runtime we support, yet not in this zone's types. */
interface AbortSignal {
  readonly aborted: boolean;
}

/** @throws problem `cancelled` when the signal says so, between two steps; `diverged` */
export async function runTraining(run: TrainingRun): Promise<void> {
  const { trainer, steps, signal } = run;
  const first = trainer.step;
  const began = monotonicMs();
  let examples = 0;
  while (trainer.step < steps) {
    if (signal?.aborted) throw problem("cancelled", `training was stopped at step ${trainer.step}`);
    const { key, values, examples: count } = await run.batch(trainer.step + 1);
    const report = await trainer.train(key, values);
    examples += count;
    const seconds = (monotonicMs() - began) / 1_000;
    const progress = {
      steps,
      examplesPerSecond: examples / seconds,
      secondsLeft: (seconds / (trainer.step - first)) * (steps - trainer.step),
    };
    if ((await run.onStep(report, progress)) === true) return;
  }
}
