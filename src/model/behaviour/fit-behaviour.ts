import type { Sequences } from "../../algorithms/sequences.ts";
import { assert } from "../../assert.ts";
import { monotonicMs } from "../../clock.ts";
import { type Matmul, openMatmul } from "../../tensor/matmul.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import { compileTraining } from "../../tensor/train/compile.ts";
import { adamW } from "../../tensor/train/optimisers.ts";
import { runTraining } from "../../tensor/train/run-training.ts";
import { cosineDecay } from "../../tensor/train/schedules.ts";
import { type Batch, openTrainer, type Trainer } from "../../tensor/train/trainer.ts";
import { openEncoder } from "./encode.ts";
import { type NegativeOptions, type NegativeSampler, negativeSampler } from "./negatives.ts";
import { type NetworkShape, trainingNetwork } from "./network.ts";
import { type PackedRows, packSequences } from "./packing.ts";
import { type Hits, type RankQuestion, rankedHits } from "./rank.ts";

/**
 * Trains the behaviour Transformer on histories: packed anew for every epoch, judged after each on
 * questions held out, stopped when they have not been answered better for a while, and given back as
 * it was when it answered them best.
 */
export interface FitBehaviour {
  readonly sequences: Sequences;
  /** Held out, to judge by; without any, every epoch is trained and the last is kept. */
  readonly questions: readonly RankQuestion[];
  readonly shape: NetworkShape;
  readonly settings: TrainingSettings;
  readonly seed: number;
  readonly threads: number;
  /** Threads that wait spin: for a machine of one's own. */
  readonly spins: boolean;
  readonly onEpoch: (report: EpochReport) => void;
  readonly signal: AbortSignal | undefined;
}

export interface TrainingSettings {
  /** Packed rows of a step. */
  readonly rows: number;
  /** Parts of a step, so that each stays in the cache; divides the rows. */
  readonly turns: number;
  readonly negatives: number | "all";
  readonly sampling: NegativeOptions;
  /** Whether the loss corrects for how often a negative is drawn. */
  readonly corrects: boolean;
  /** Rows of logits at once, where the whole catalogue is asked; divides rows / turns x length. */
  readonly chunk: number;
  readonly learningRate: number;
  readonly warmUpSteps: number;
  readonly decay: number;
  readonly clipNorm: number;
  readonly epochsMost: number;
  /** Epochs without a better answer before it stops. */
  readonly patience: number;
  /** Items on top whose order is judged. */
  readonly k: number;
  readonly filterSeen: boolean;
}

export interface EpochReport extends Hits {
  readonly epoch: number;
  /** Mean over the epoch's questions, nats. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly paddingShare: number;
  /** Since the training began. */
  readonly seconds: number;
}

export interface FittedBehaviour {
  readonly shape: NetworkShape;
  /** @shape by name, as the network declares them */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly best: EpochReport;
  readonly epochs: readonly EpochReport[];
}

/** O(epochs tokens (width (width + length) + negatives width)). @throws problem `diverged`, `cancelled` */
export async function fitBehaviour(fit: FitBehaviour): Promise<FittedBehaviour> {
  const { sequences, shape, settings, seed, threads } = fit;
  const random = createRandom(seed);
  const sampler = negativeSampler(countsOf(sequences), settings.sampling);
  const trainer = openFor(fit, sampler, stepsMost(fit, random));
  const matmul = openMatmul({ threads });
  const epochs: EpochReport[] = [];
  let best: { report: EpochReport; parameters: Map<string, Float32Array> } | undefined;
  const began = monotonicMs();
  try {
    for (let epoch = 1; epoch <= settings.epochsMost; epoch++) {
      const packed = packOf(sequences, shape, random, epoch);
      const trained = await trainEpoch(
        fit,
        trainer,
        sampler,
        packed,
        random.split(`draws ${epoch}`),
      );
      const hits = await judge(fit, trainer.parameters(), matmul);
      const seconds = (monotonicMs() - began) / 1_000;
      const report = { epoch, ...trained, ...hits, paddingShare: packed.paddingShare, seconds };
      epochs.push(report);
      fit.onEpoch(report);
      if (best === undefined || fit.questions.length === 0 || hits.ndcg > best.report.ndcg) {
        best = { report, parameters: copied(trainer.parameters()) };
      }
      if (epoch - best.report.epoch >= settings.patience) break;
    }
  } finally {
    await trainer.close();
    await matmul.close();
  }
  assert(best !== undefined, "there was an epoch");
  return { shape, parameters: best.parameters, best: best.report, epochs };
}

const copied = (parameters: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> =>
  new Map([...parameters].map(([name, values]) => [name, values.slice()]));

const OPEN_ROWS = 64;
const packOf = (
  sequences: Sequences,
  { length }: NetworkShape,
  random: Random,
  epoch: number,
): PackedRows =>
  packSequences(sequences, { length, openRows: OPEN_ROWS }, random.split(`epoch ${epoch}`));

const stepsMost = ({ sequences, shape, settings }: FitBehaviour, random: Random): number =>
  settings.epochsMost * Math.ceil(packOf(sequences, shape, random, 1).rows / settings.rows);

function countsOf({ tokens, vocabulary }: Sequences): Int32Array {
  const counts = new Int32Array(vocabulary);
  for (const token of tokens) counts[token] = (counts[token] as number) + 1;
  return counts;
}

const MEMORY_MOST = 3 * 2 ** 30;

function openFor(fit: FitBehaviour, sampler: NegativeSampler, steps: number): Trainer {
  const { shape, settings, seed, threads, spins } = fit;
  const { negatives, corrects, chunk, rows, turns } = settings;
  const objective = { negatives, logQ: corrects ? sampler.logQ : undefined, chunk };
  const { program, initialValues } = compileTraining(trainingNetwork(shape, objective, rows), {
    turns,
    target: "native",
    clipExamplesTo: undefined,
  });
  return openTrainer({
    programs: { step: program },
    values: initialValues(seed),
    optimiser: adamW(settings.decay),
    schedule: cosineDecay({
      peak: settings.learningRate,
      warmUp: Math.min(settings.warmUpSteps, steps),
      steps,
      last: 0.1,
    }),
    clipNorm: settings.clipNorm,
    averageKeep: undefined,
    rows: "lazy",
    session: { threads, spins },
    sessionsMost: 1,
    seed,
    memoryMost: MEMORY_MOST,
  });
}

async function trainEpoch(
  fit: FitBehaviour,
  trainer: Trainer,
  sampler: NegativeSampler,
  packed: PackedRows,
  random: Random,
): Promise<{ loss: number; tokensPerSecond: number }> {
  const { rows, negatives } = fit.settings;
  const first = trainer.step;
  const steps = Math.ceil(packed.rows / rows);
  const drawn = negatives === "all" ? undefined : new Int32Array(negatives);
  let [sum, asked, asking, perSecond] = [0, 0, 0, 0];
  await runTraining({
    trainer,
    steps: first + steps,
    signal: fit.signal,
    batch: (step) => {
      if (drawn !== undefined) sampler.drawInto(drawn, random);
      const part = batchOf(packed, (step - first - 1) * rows, rows);
      asking = part.questions;
      const values: Batch =
        drawn === undefined ? part.values : { ...part.values, negatives: drawn };
      return { key: "step", values, examples: part.questions };
    },
    onStep: ({ metrics }, { examplesPerSecond }) => {
      sum += (metrics["loss"] ?? 0) * asking;
      asked += asking;
      perSecond = examplesPerSecond;
    },
  });
  return { loss: sum / asked, tokensPerSecond: perSecond };
}

/**
 * Packed rows from .. from + rows - 1, filled up with rows of nothing. Questions weigh so much that the
 * mean over all places is the mean over the questions.
 */
function batchOf(
  packed: PackedRows,
  from: number,
  rows: number,
): { readonly values: Batch; readonly questions: number } {
  const { length } = packed;
  const [start, end] = [from * length, Math.min(packed.rows, from + rows) * length];
  const cut = (all: Int32Array): Int32Array => {
    const part = new Int32Array(rows * length);
    part.set(all.subarray(start, end));
    return part;
  };
  const segments = cut(packed.segments);
  let questions = 0;
  for (const segment of segments) if (segment > 0) questions++;
  const weight = (rows * length) / questions;
  const values = {
    tokens: cut(packed.tokens),
    targets: cut(packed.targets),
    positions: cut(packed.positions),
    segments,
    weights: Float32Array.from(segments, (segment) => (segment > 0 ? weight : 0)),
  };
  return { values, questions };
}

const ENCODE_BATCH = 128;

async function judge(
  { shape, settings, questions, threads }: FitBehaviour,
  parameters: ReadonlyMap<string, Float32Array>,
  matmul: Matmul,
): Promise<Hits> {
  if (questions.length === 0) return { hitRate: 0, ndcg: 0 };
  const encoder = await openEncoder(shape, parameters, { threads, batch: ENCODE_BATCH });
  try {
    const states = await encoder.encode(questions.map(({ history }) => history));
    const items = parameters.get("items");
    assert(items !== undefined, "the model has an item table");
    const { k, filterSeen } = settings;
    return await rankedHits(matmul, questions, states, items, {
      k,
      filterSeen,
      width: shape.width,
    });
  } finally {
    await encoder.release();
  }
}
