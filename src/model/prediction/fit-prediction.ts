import { assert } from "../../assert.ts";
import { logLoss } from "../../evaluate/classification-metrics.ts";
import { createRandom } from "../../tensor/random.ts";
import { type Provider, targetOf } from "../../tensor/runtime/providers.ts";
import { compileTraining } from "../../tensor/train/compile.ts";
import { adamW } from "../../tensor/train/optimisers.ts";
import { runTraining } from "../../tensor/train/run-training.ts";
import { cosineDecay } from "../../tensor/train/schedules.ts";
import { openTrainer, type Trainer } from "../../tensor/train/trainer.ts";
import { epochOf, type History, momentsOfStep } from "./batches.ts";
import { openForecaster } from "./forecaster.ts";
import type { Moments } from "./moments.ts";
import { type PredictionShape, predictionTraining, type StepSize } from "./network.ts";

/**
 * Trains the network of prediction: all heads at once, judged after each epoch on moments of a later
 * time, stopped when they have not been answered better for a while, and given back as it was when it
 * answered them best.
 */
export interface FitPrediction {
  readonly history: History;
  readonly learn: Moments;
  /** Of a later time; it is there to stop in time. */
  readonly choose: Moments;
  readonly shape: PredictionShape;
  readonly settings: PredictionSettings;
  readonly seed: number;
  readonly provider: Provider;
  readonly threads: number;
  readonly signal: Pick<AbortSignal, "aborted"> | undefined;
}

export interface PredictionSettings {
  /** Packed rows of a step. */
  readonly rows: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly clipNorm: number;
  readonly epochsMost: number;
  /** Epochs without a better answer before it stops. */
  readonly patience: number;
}

export interface PredictionEpoch {
  readonly epoch: number;
  /** Mean over the steps, nats. */
  readonly loss: number;
  /** Mean over the heads of the mean log loss of moments held out, nats. */
  readonly judged: number;
}

export interface FittedPrediction {
  readonly shape: PredictionShape;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly best: PredictionEpoch;
  readonly epochs: readonly PredictionEpoch[];
  readonly paddingShare: number;
}

const MEMORY_MOST = 2 ** 30;
const WARM_UP_STEPS = 30;
const FORECASTS = 256;

/** O(epochs events width (width + length)). @throws problem `diverged`, `cancelled` */
export async function fitPrediction(fit: FitPrediction): Promise<FittedPrediction> {
  const { history, learn, shape, settings, seed } = fit;
  assert(learn.count > 0, "there is a moment to learn from");
  const random = createRandom(seed).split("prediction");
  const size = {
    rows: settings.rows,
    moments: momentsOfStep(learn, shape.length, settings.rows),
  };
  const packed = (epoch: number) =>
    epochOf(history, learn, shape, size, random.split(`epoch ${epoch}`));
  const first = packed(1);
  const trainer = openFor(fit, size, settings.epochsMost * first.steps);
  const epochs: PredictionEpoch[] = [];
  let best: { report: PredictionEpoch; parameters: Map<string, Float32Array> } | undefined;
  try {
    for (let epoch = 1; epoch <= settings.epochsMost; epoch++) {
      const loss = await trainEpoch(fit, trainer, epoch === 1 ? first : packed(epoch));
      const judged = await judge(fit, trainer.parameters());
      const report = { epoch, loss, judged };
      epochs.push(report);
      if (best === undefined || judged < best.report.judged) {
        best = { report, parameters: copied(trainer.parameters()) };
      }
      if (epoch - best.report.epoch >= settings.patience) break;
    }
  } finally {
    await trainer.close();
  }
  assert(best !== undefined, "there was an epoch");
  const { paddingShare } = first;
  return { shape, parameters: best.parameters, best: best.report, epochs, paddingShare };
}

const copied = (parameters: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...parameters].map(([name, values]) => [name, values.slice()]));

function openFor(fit: FitPrediction, size: StepSize, steps: number): Trainer {
  const { shape, settings, seed, provider, threads } = fit;
  const { program, initialValues } = compileTraining(predictionTraining(shape, size), {
    turns: 1,
    target: targetOf(provider),
    clipExamplesTo: undefined,
  });
  return openTrainer({
    programs: { step: program },
    values: initialValues(seed),
    optimiser: adamW(settings.decay),
    schedule: cosineDecay({
      peak: settings.learningRate,
      warmUp: Math.min(WARM_UP_STEPS, steps),
      steps,
      last: 0.1,
    }),
    clipNorm: settings.clipNorm,
    averageKeep: undefined,
    rows: "dense",
    provider,
    session: { threads, spins: false },
    sessionsMost: 1,
    seed,
    memoryMost: MEMORY_MOST,
  });
}

async function trainEpoch(
  fit: FitPrediction,
  trainer: Trainer,
  epoch: ReturnType<typeof epochOf>,
): Promise<number> {
  const first = trainer.step;
  let sum = 0;
  await runTraining({
    trainer,
    steps: first + epoch.steps,
    signal: fit.signal,
    batch: (step) => {
      const { values, moments } = epoch.batch(step - first - 1);
      return { key: "step", values, examples: moments };
    },
    onStep: ({ metrics }) => {
      sum += metrics["loss"] ?? 0;
    },
  });
  return sum / Math.max(1, epoch.steps);
}

/** The mean over the heads of what each says of the moments it is known of. */
async function judge(
  { history, choose, shape, provider, threads }: FitPrediction,
  parameters: ReadonlyMap<string, Float32Array>,
): Promise<number> {
  const forecaster = await openForecaster(shape, parameters, {
    provider,
    threads,
    batch: FORECASTS,
  });
  try {
    const { chances } = await forecaster.forecast(
      history.tokens,
      questionsOf(history, choose),
      choose.counted,
    );
    const losses = Array.from({ length: shape.chances }, (_, head) =>
      headLoss(choose, chances, head, shape.chances),
    ).filter((loss) => loss !== undefined);
    return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);
  } finally {
    await forecaster.release();
  }
}

/** From the first event of the moment's timeline to the last before it. O(moments log rows). */
export function questionsOf(
  { offsets }: Pick<History, "offsets">,
  { ends }: Pick<Moments, "ends">,
): readonly { readonly from: number; readonly to: number }[] {
  return Array.from(ends, (end) => {
    let [low, high] = [0, offsets.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((offsets[middle] as number) <= end) low = middle;
      else high = middle;
    }
    return { from: offsets[low] as number, to: end + 1 };
  });
}

const CLIP = 1e-6;

function headLoss(
  { count, happened, known }: Moments,
  chances: Float32Array,
  head: number,
  heads: number,
): number | undefined {
  const labels: number[] = [];
  const said: number[] = [];
  for (let moment = 0; moment < count; moment++) {
    const at = moment * heads + head;
    if (known[at] === 0) continue;
    labels.push(happened[at] as number);
    said.push(chances[at] as number);
  }
  return labels.length === 0 ? undefined : logLoss(labels, said, CLIP);
}
