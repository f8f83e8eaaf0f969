import type { Sequences } from "../../../algorithms/sequences.ts";
import { assert } from "../../../assert.ts";
import { problem } from "../../../errors.ts";
import { createRandom } from "../../../tensor/random.ts";
import { compileInference } from "../../../tensor/serve/compile.ts";
import { openPredictor } from "../../../tensor/serve/predictor.ts";
import { compileTraining } from "../../../tensor/train/compile.ts";
import { adamW } from "../../../tensor/train/optimisers.ts";
import { runTraining } from "../../../tensor/train/run-training.ts";
import { cosineDecay } from "../../../tensor/train/schedules.ts";
import { type Batch, openTrainer, type Trainer } from "../../../tensor/train/trainer.ts";
import { type PackedRows, packSequences } from "../packing.ts";
import {
  type ClassifierShape,
  classifierService,
  classifierTraining,
} from "./purchase-classifier.ts";

/** Trains the purchase classifier, and asks it. */
export interface FitClassifier {
  /** What was done before the purchase, or until the end where there was none. */
  readonly sequences: Sequences;
  /** 1 where the history ended in a purchase. @shape [rows] */
  readonly bought: ArrayLike<number>;
  readonly shape: ClassifierShape;
  readonly settings: ClassifierSettings;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

export interface ClassifierSettings {
  /** Packed rows of a step. */
  readonly rows: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly clipNorm: number;
}

export interface FittedClassifier {
  readonly shape: ClassifierShape;
  /** @shape by name, as the network declares them */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Mean of each epoch, nats. */
  readonly losses: readonly number[];
}

const MEMORY_MOST = 2 ** 30;
const OPEN_ROWS = 64;

/**
 * O(epochs actions hidden (width + hidden)). The same seed and threads give the same bytes.
 * @throws problem `too-little-data` without an action, `diverged`, `cancelled`
 */
export async function fitClassifier(fit: FitClassifier): Promise<FittedClassifier> {
  const { sequences, shape, settings, seed, signal } = fit;
  assert(fit.bought.length === sequences.rows, "each history has an end");
  if (sequences.tokens.length === 0)
    throw problem("too-little-data", "there is no action to learn");
  const random = createRandom(seed);
  const { closed, labels } = withEnds(sequences, fit.bought);
  const pack = (epoch: number): PackedRows =>
    packSequences(
      closed,
      { length: shape.length, openRows: OPEN_ROWS },
      random.split(`epoch ${epoch}`),
    );
  const trainer = openFor(fit, settings.epochs * Math.ceil(pack(1).rows / settings.rows));
  const losses: number[] = [];
  try {
    for (let epoch = 1; epoch <= settings.epochs; epoch++) {
      const packed = pack(epoch);
      const first = trainer.step;
      let [sum, asking] = [0, 0];
      await runTraining({
        trainer,
        steps: first + Math.ceil(packed.rows / settings.rows),
        signal,
        batch: (step) => {
          const part = batchOf(packed, labels, (step - first - 1) * settings.rows, settings.rows);
          asking = part.examples;
          return { key: "step", ...part };
        },
        onStep: ({ metrics }) => {
          sum += (metrics["loss"] ?? 0) * asking;
        },
      });
      losses.push(sum / packed.questions);
    }
    return { shape, parameters: trainer.state().parameters, losses };
  } finally {
    await trainer.close();
  }
}

/**
 * Packing asks what follows each action but the last; with an end appended to each history it asks
 * after every action. @shape labels of each place of the closed histories
 */
function withEnds(
  { rows, vocabulary, offsets, tokens }: Sequences,
  bought: ArrayLike<number>,
): { readonly closed: Sequences; readonly labels: Uint8Array } {
  const size = tokens.length + rows;
  const closed = { offsets: new Int32Array(rows + 1), tokens: new Int32Array(size) };
  const labels = new Uint8Array(size);
  for (let row = 0; row < rows; row++) {
    const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
    const start = from + row;
    closed.tokens.set(tokens.subarray(from, to), start);
    closed.offsets[row + 1] = to + row + 1;
    labels.fill(bought[row] as number, start, to + row + 1);
  }
  const unused = { times: new Float64Array(size), weights: new Float32Array(size) };
  return { closed: { rows, vocabulary, ...closed, ...unused }, labels };
}

function openFor({ shape, settings, seed, threads }: FitClassifier, steps: number): Trainer {
  const { program, initialValues } = compileTraining(classifierTraining(shape, settings.rows), {
    turns: 1,
    target: "native",
    clipExamplesTo: undefined,
  });
  return openTrainer({
    programs: { step: program },
    values: initialValues(seed),
    optimiser: adamW(settings.decay),
    schedule: cosineDecay({ peak: settings.learningRate, warmUp: 0, steps, last: 0.1 }),
    clipNorm: settings.clipNorm,
    averageKeep: undefined,
    rows: "lazy",
    provider: "cpu",
    session: { threads, spins: false },
    sessionsMost: 1,
    seed,
    memoryMost: MEMORY_MOST,
  });
}

/** Packed rows from .. from + rows - 1, filled up with rows of nothing. */
function batchOf(
  packed: PackedRows,
  labels: Uint8Array,
  from: number,
  rows: number,
): { readonly values: Batch; readonly examples: number } {
  const { length } = packed;
  const [start, end] = [from * length, Math.min(packed.rows, from + rows) * length];
  const cut = (all: Int32Array): Int32Array => {
    const part = new Int32Array(rows * length);
    part.set(all.subarray(start, end));
    return part;
  };
  const segments = cut(packed.segments);
  let examples = 0;
  for (const segment of segments) if (segment > 0) examples++;
  const share = (rows * length) / examples;
  const places = packed.places.subarray(start, end);
  const own = new Float32Array(rows * length);
  for (let at = 0; at < places.length; at++) {
    const place = places[at] as number;
    if (place >= 0) own[at] = labels[place] as number;
  }
  const weights = Float32Array.from(segments, (segment) => (segment > 0 ? share : 0));
  return { values: { tokens: cut(packed.tokens), segments, labels: own, weights }, examples };
}

const BATCH = 128;

/**
 * The chance of a purchase after the last action of each history, which has one.
 * O(histories length hidden (width + hidden)).
 * @shape histories each [n > 0], result [histories] @unit result 0..1
 */
export async function purchaseChances(
  { shape, parameters }: FittedClassifier,
  histories: readonly Int32Array[],
  threads: number,
): Promise<Float32Array> {
  const { length } = shape;
  const { model } = await compileInference(classifierService(shape), {
    parameters,
    outputs: ["chance"],
    target: "native",
    batch: "free",
  });
  const session = { threads, spins: false };
  const options = { provider: "cpu", session, kept: {}, batchMost: BATCH } as const;
  const predictor = await openPredictor(model, options);
  const chances = new Float32Array(histories.length);
  try {
    for (let from = 0; from < histories.length; from += BATCH) {
      const part = histories.slice(from, from + BATCH);
      const rows = part.length;
      const [tokens, segments] = [new Int32Array(rows * length), new Int32Array(rows * length)];
      const last = Int32Array.from(part, (history, row) => {
        assert(history.length > 0, "a history that is asked about has an action");
        const recent = history.subarray(Math.max(0, history.length - length));
        tokens.set(recent, row * length);
        segments.fill(1, row * length, row * length + recent.length);
        return row * length + recent.length - 1;
      });
      const slot = (data: Int32Array, size: readonly number[]) =>
        ({ type: "int32", shape: size, data }) as const;
      const { chance } = await predictor.run({
        tokens: slot(tokens, [rows, length]),
        segments: slot(segments, [rows, length]),
        last: slot(last, [rows]),
      });
      chances.set(chance?.data as Float32Array, from);
    }
  } finally {
    await predictor.release();
  }
  return chances;
}
