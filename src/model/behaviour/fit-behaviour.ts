import { type Csr, countColumns } from "../../algorithms/csr.ts";
import type { Sequences } from "../../algorithms/sequences.ts";
import { assert } from "../../assert.ts";
import { monotonicMs } from "../../clock.ts";
import { type Matmul, openMatmul } from "../../tensor/matmul.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import { type Provider, targetOf } from "../../tensor/runtime/providers.ts";
import { compileTraining } from "../../tensor/train/compile.ts";
import { adamW } from "../../tensor/train/optimisers.ts";
import { runTraining } from "../../tensor/train/run-training.ts";
import { cosineDecay } from "../../tensor/train/schedules.ts";
import { type Batch, openTrainer, type Trainer } from "../../tensor/train/trainer.ts";
import { batchOf } from "./batch.ts";
import { type Content, composeItems, contentOf, gatesOf, rarityOf } from "./content.ts";
import { openEncoder } from "./encode.ts";
import { type NegativeOptions, type NegativeSampler, negativeSampler } from "./negatives.ts";
import { type NetworkShape, type Teacher, trainingNetwork } from "./network.ts";
import { type PackedRows, packSequences } from "./packing.ts";
import { type Hits, type RankQuestion, rankedHits } from "./rank.ts";
import {
  type Best,
  beginning,
  type CheckpointPlace,
  checkpointFromBytes,
  checkpointToBytes,
  type EpochPart,
  markOf,
  type Progress,
} from "./training/checkpoints.ts";
import { type CurvePoint, type Judge, judged } from "./training/curves.ts";
import { type FitStart, startValues } from "./training/onward.ts";

/**
 * Trains the behaviour Transformer on histories: packed anew for every epoch, judged after each on
 * questions held out, stopped when they have not been answered better for a while, and given back as
 * it was when it answered them best.
 */
export interface FitBehaviour {
  readonly sequences: Sequences;
  /** Held out, to judge by; without any, every epoch is trained and the last is kept. */
  readonly questions: readonly RankQuestion[];
  /** What items say of themselves, where the shape reads it. @shape rows = items, columns = features */
  readonly bags?: Csr | undefined;
  readonly shape: NetworkShape;
  readonly settings: TrainingSettings;
  readonly seed: number;
  /** Who computes; what is learned is the same within rounding. */
  readonly provider: Provider;
  readonly threads: number;
  /** Threads that wait spin: for a machine of one's own. */
  readonly spins: boolean;
  readonly onEpoch: (report: EpochReport) => void;
  readonly signal: Pick<AbortSignal, "aborted"> | undefined;
  /** Where to keep what is learned so far, and to go on from if there is something. */
  readonly checkpoints?: CheckpointPlace | undefined;
  /** Questions learned from, to be judged beside those held out: for learning curves. */
  readonly watched?: readonly RankQuestion[] | undefined;
  /** Whom to learn from besides, and where from to begin. Such a training is not kept on the way. */
  readonly student?: Student | undefined;
  /** What it begins with, judged before the first epoch as epoch 0; absent, it begins from nothing. */
  readonly start?: FitStart | undefined;
}

export interface Student {
  readonly teacher: Teacher;
  /** First values, of parameters by name; others are drawn. */
  readonly begin: ReadonlyMap<string, Float32Array>;
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
  /** See `Objective`; undefined is softmax. @unit share 0..1 */
  readonly gbce?: number | undefined;
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
  /** Mean over the epoch's questions, nats; 0 for epoch 0, which learns nothing. */
  readonly loss: number;
  readonly tokensPerSecond: number;
  readonly paddingShare: number;
  /** Since the training began. */
  readonly seconds: number;
  /** Where questions are watched. */
  readonly curve?: CurvePoint;
}

export interface FittedBehaviour {
  readonly shape: NetworkShape;
  /**
   * For service: items [vocabulary, width] is whole, composed where content is read; then features
   * [features, width] and rarity [features] make vectors of what comes later, see `newcomerVectors`.
   * @shape by name, as the network in service declares them
   */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly best: EpochReport;
  readonly epochs: readonly EpochReport[];
}

/**
 * O(epochs tokens (width (width + length) + negatives width)). @throws problem `diverged`, `cancelled`,
 * and what reading a checkpoint throws
 */
export async function fitBehaviour(fit: FitBehaviour): Promise<FittedBehaviour> {
  const { sequences, shape, settings, seed, threads } = fit;
  const random = createRandom(seed);
  const counts = fit.start?.counts ?? countColumns(sequences.tokens, sequences.vocabulary);
  const sampler = negativeSampler(counts, settings.sampling);
  const reading = readingOf(fit, counts);
  const trainer = openFor(fit, sampler, reading?.content, stepsMost(fit, random));
  const matmul = openMatmul({ threads });
  try {
    const keeper = await openKeeper(fit, trainer);
    const judgedAfter = async (epoch: number, trained: Trained): Promise<Judgement> => {
      const parameters = forService(trainer.parameters(), reading, shape.width);
      const hits = await judge(fit, epoch, parameters, matmul);
      const report = { epoch, ...trained, ...hits, seconds: keeper.seconds() };
      fit.onEpoch(report);
      return { report, parameters };
    };
    let progress = keeper.progress;
    if (fit.start !== undefined && progress.best === undefined) {
      progress = { ...progress, best: kept(await judgedAfter(0, nothingYet)) };
    }
    while (!isDone(progress, settings)) {
      const epoch = progress.epochs.length + 1;
      const packed = packOf(sequences, shape, random, epoch);
      const work = { trainer, sampler, packed, draws: random.split(`draws ${epoch}`) };
      const trained = await trainEpoch(fit, work, progress.part, {
        everySteps: keeper.everySteps,
        keep: (part) => keeper.keep({ ...progress, part }),
      });
      const { paddingShare } = packed;
      progress = withEpoch(fit, progress, await judgedAfter(epoch, { ...trained, paddingShare }));
      await keeper.keep(progress);
    }
    const { best, epochs } = progress;
    assert(best !== undefined, "there was an epoch, or a start");
    return { shape, parameters: best.parameters, best: best.report, epochs };
  } finally {
    await trainer.close();
    await matmul.close();
  }
}

/** No more epochs, or none that answered better for a while. */
const isDone = ({ epochs, best }: Progress<EpochReport>, settings: TrainingSettings): boolean =>
  epochs.length >= settings.epochsMost ||
  (best !== undefined && epochs.length - best.report.epoch >= settings.patience);

function withEpoch(
  { questions }: FitBehaviour,
  { epochs, best }: Progress<EpochReport>,
  now: Judgement,
): Progress<EpochReport> {
  const { report } = now;
  const isBest = best === undefined || questions.length === 0 || report.ndcg > best.report.ndcg;
  return { ...beginning, epochs: [...epochs, report], best: isBest ? kept(now) : best };
}

/** An epoch as it was judged, and what the network was after it. */
type Judgement = Best<EpochReport>;

type Trained = Pick<EpochReport, "loss" | "tokensPerSecond" | "paddingShare">;
const nothingYet: Trained = { loss: 0, tokensPerSecond: 0, paddingShare: 0 };

/** Takes up what was kept of this training, and keeps what comes; nothing where there is no place. */
interface Keeper {
  readonly progress: Progress<EpochReport>;
  keep(progress: Omit<Progress<EpochReport>, "seconds">): Promise<void>;
  /** Since the training began, pauses left out. */
  seconds(): number;
  readonly everySteps: number;
}

async function openKeeper(fit: FitBehaviour, trainer: Trainer): Promise<Keeper> {
  const { checkpoints } = fit;
  const mark = checkpoints === undefined ? "" : markOf(fit);
  const bytes = await checkpoints?.read();
  const found = bytes && checkpointFromBytes<EpochReport>(bytes, mark);
  if (found !== undefined) trainer.restore(found.trainer);
  const progress = found?.progress ?? beginning;
  const began = monotonicMs();
  const seconds = (): number => progress.seconds + (monotonicMs() - began) / 1_000;
  return {
    progress,
    seconds,
    everySteps: checkpoints?.everySteps ?? Number.POSITIVE_INFINITY,
    keep: async (now) => {
      if (checkpoints === undefined) return;
      const all = { progress: { ...now, seconds: seconds() }, trainer: trainer.state() };
      await checkpoints.write(checkpointToBytes(all, mark));
    },
  };
}

/** Apart from what the trainer goes on to change. */
const kept = ({ report, parameters }: Judgement): Judgement => ({
  report,
  parameters: new Map([...parameters].map(([name, values]) => [name, values.slice()])),
});

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

/** What is known of items beside their ids. */
interface Reading {
  readonly content: Content;
  /** @shape [features] */
  readonly rarity: Float32Array;
}

/** Items with events are read by the evidence for them. */
function readingOf({ shape, bags }: FitBehaviour, counts: Int32Array): Reading | undefined {
  if (shape.content === undefined) return undefined;
  assert(bags !== undefined, "what items say of themselves is given where it is read");
  const { features, eventsHalf } = shape.content;
  const fits = bags.rows === shape.vocabulary && bags.width === features && features > 0;
  assert(fits, "there is a bag for every item, of the features the model has vectors for");
  const rarity = rarityOf(bags);
  return { content: contentOf(bags, rarity, gatesOf(counts, eventsHalf), shape.content), rarity };
}

/** The item table whole, and no part of it that service has no use for. O(items features width). */
function forService(
  learned: ReadonlyMap<string, Float32Array>,
  reading: Reading | undefined,
  width: number,
): ReadonlyMap<string, Float32Array> {
  if (reading === undefined) return learned;
  const { own, features, ...rest } = Object.fromEntries(learned);
  assert(own !== undefined && features !== undefined, "content has two tables");
  const items = composeItems(reading.content, features, own, width);
  return new Map(Object.entries({ ...rest, items, features, rarity: reading.rarity }));
}

const MEMORY_MOST = 3 * 2 ** 30;

function openFor(
  fit: FitBehaviour,
  sampler: NegativeSampler,
  content: Content | undefined,
  steps: number,
): Trainer {
  const { shape, settings, seed, provider, threads, spins, student, start } = fit;
  assert(!(student && fit.checkpoints), "how far a student is, is not kept");
  assert(!(student && start), "a student begins with what it is given");
  const { negatives, corrects, chunk, rows, turns, gbce } = settings;
  const objective = { negatives, logQ: corrects ? sampler.logQ : undefined, chunk, gbce };
  const network = trainingNetwork(shape, objective, rows, content, student?.teacher);
  const { program, initialValues } = compileTraining(network, {
    turns,
    target: targetOf(provider),
    clipExamplesTo: undefined,
  });
  const fresh = initialValues(seed);
  return openTrainer({
    programs: { step: program },
    values:
      start === undefined
        ? new Map([...fresh, ...(student?.begin ?? [])])
        : startValues(start, fresh, content),
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
    provider,
    session: { threads, spins },
    sessionsMost: 1,
    seed,
    memoryMost: MEMORY_MOST,
  });
}

/** What an epoch is trained with. */
interface EpochWork {
  readonly trainer: Trainer;
  readonly sampler: NegativeSampler;
  readonly packed: PackedRows;
  /** Of the negatives. */
  readonly draws: Random;
}

/** Goes on behind the part of the epoch that is done. */
async function trainEpoch(
  { sequences, shape, settings, signal }: FitBehaviour,
  { trainer, sampler, packed, draws }: EpochWork,
  done: EpochPart,
  keeper: { readonly everySteps: number; keep(part: EpochPart): Promise<void> },
): Promise<{ loss: number; tokensPerSecond: number }> {
  const { rows, negatives } = settings;
  const first = trainer.step - done.steps;
  const drawn = negatives === "all" ? undefined : new Int32Array(negatives);
  const draw = (): void => drawn && sampler.drawInto(drawn, draws);
  for (let step = 0; step < done.steps; step++) draw();
  let { lossSum, questions } = done;
  let [asking, perSecond] = [0, 0];
  await runTraining({
    trainer,
    steps: first + Math.ceil(packed.rows / rows),
    signal,
    batch: (step) => {
      draw();
      const from = (step - first - 1) * rows;
      const part = batchOf(packed, sequences, shape.context, { from, rows });
      asking = part.questions;
      const values: Batch =
        drawn === undefined ? part.values : { ...part.values, negatives: drawn };
      return { key: "step", values, examples: part.questions };
    },
    onStep: async ({ step, metrics }, { examplesPerSecond }) => {
      lossSum += (metrics["loss"] ?? 0) * asking;
      questions += asking;
      perSecond = examplesPerSecond;
      if (step % keeper.everySteps !== 0) return;
      await keeper.keep({ steps: step - first, lossSum, questions });
    },
  });
  return { loss: lossSum / Math.max(1, questions), tokensPerSecond: perSecond };
}

const ENCODE_BATCH = 128;

async function judge(
  { shape, settings, questions, watched, provider, threads }: FitBehaviour,
  epoch: number,
  parameters: ReadonlyMap<string, Float32Array>,
  matmul: Matmul,
): Promise<Hits & { readonly curve?: CurvePoint }> {
  if (questions.length === 0) return { hitRate: 0, ndcg: 0 };
  const encoder = await openEncoder(shape, parameters, {
    provider,
    threads,
    batch: ENCODE_BATCH,
  });
  try {
    const items = parameters.get("items");
    assert(items !== undefined, "the model has an item table");
    const { k, filterSeen } = settings;
    const how: Judge = { encoder, matmul, items, width: shape.width, k, filterSeen };
    if (watched !== undefined) {
      const heldOut = await judged(questions, how);
      const { hitRate, ndcg } = heldOut;
      return { hitRate, ndcg, curve: { epoch, learned: await judged(watched, how), heldOut } };
    }
    const states = await encoder.encode(questions.map(({ history }) => history));
    return await rankedHits(matmul, questions, states, items, how);
  } finally {
    await encoder.release();
  }
}
