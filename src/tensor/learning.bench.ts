import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { BenchRun } from "../../scripts/bench.ts";
import { fileTables } from "../storage/engines/file-tables.ts";
import { lineSlope, residentMb, rounded } from "./conformance/bursts.ts";
import { openPeer } from "./conformance/peer.ts";
import type { Network, Scope } from "./graph/network.ts";
import { reshape, slice } from "./graph/primitives/arrange.ts";
import { maxPool2d } from "./graph/primitives/convolve.ts";
import { relu } from "./graph/primitives/elementwise.ts";
import type { Tensor } from "./graph/tensor.ts";
import { conv2d } from "./layers/convolution.ts";
import { embedding } from "./layers/embedding.ts";
import { linear } from "./layers/linear.ts";
import { lstm } from "./layers/recurrent.ts";
import { crossEntropy } from "./losses/softmax.ts";
import { createRandom, type Random } from "./random.ts";
import { openSession } from "./runtime/session.ts";
import { compileInference } from "./serve/compile.ts";
import { openPredictor } from "./serve/predictor.ts";
import { compileTraining } from "./train/compile.ts";
import { adam } from "./train/optimisers.ts";
import { constantRate, cosineDecay, type Schedule } from "./train/schedules.ts";
import { type Batch, openTrainer, type Trainer } from "./train/trainer.ts";

/**
 * Whether training learns. Pictures: test accuracy of a small network on Fashion-MNIST after each pass
 * over its 60,000 pictures. Text: losses of a network that guesses the next letter of reviews, beside
 * PyTorch's from the same weights and batches. Memory: what 1,000 steps and 60 sessions leave behind.
 */
const session = { threads: 2, spins: false } as const;
const native = { target: "native", clipExamplesTo: undefined } as const;
const unweighted = { weights: undefined } as const;

export async function bench(run: BenchRun): Promise<unknown> {
  const pictures: Record<string, unknown> = {};
  for (const seed of run.tiny ? [1] : [1, 2, 3, 4, 5]) {
    const found = await run.part(`pictures-${seed}`, () => learnPictures(run, seed));
    if (found !== undefined) pictures[`seed${seed}`] = found;
  }
  const text = await run.part("text", () => learnText(run));
  run.note(`text: ${JSON.stringify(text)}`);
  const memory = await run.part("memory", () => memoryOf(run.tiny ? 20 : 1000, run.tiny ? 3 : 60));
  run.note(`memory: ${JSON.stringify(memory)}`);
  return { threads: session.threads, pictures, text, memory };
}

function trainerOf(
  network: Network,
  turns: number,
  start: { readonly seed: number; readonly schedule: Schedule },
): Trainer {
  const { program, initialValues } = compileTraining(network, { turns, ...native });
  return openTrainer({
    programs: { step: program },
    values: initialValues(start.seed),
    optimiser: adam,
    schedule: start.schedule,
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "dense",
    provider: "cpu",
    session,
    sessionsMost: 1,
    seed: start.seed,
    memoryMost: 2 ** 30,
  });
}

// ---- pictures

const side = 28;
const batch = 128;
const shareOfByte = 1 / 255;

interface Pictures {
  /** @shape [count, 28, 28] of 0..255 */
  readonly images: Uint8Array;
  /** @shape [count] */
  readonly labels: Uint8Array;
}

/** Files begin with 16 and 8 bytes of sizes. */
function readPictures(folder: string, part: "train" | "t10k"): Pictures {
  const read = (name: string): Uint8Array =>
    gunzipSync(readFileSync(join(folder, `${part}-${name}-ubyte.gz`)));
  return {
    images: read("images-idx3").subarray(16),
    labels: read("labels-idx1").subarray(8),
  };
}

/** Two convolutions and two pools, then two layers. @shape images [batch, 1, 28, 28], result [batch, 10] */
function classes(scope: Scope, images: Tensor): Tensor {
  const layer = (name: string, x: Tensor, filters: number): Tensor =>
    maxPool2d(relu(conv2d(scope.child(name), x, { filters, size: 3, stride: 1, padding: 0 })), 2);
  const seen = slice(slice(layer("conv1", images, 32), 2, 0, 12), 3, 0, 12);
  const flat = reshape(layer("conv2", seen, 64), [images.shape[0], 1600]);
  const hidden = relu(linear(scope.child("hidden"), flat, { width: 128 }));
  return linear(scope.child("head"), scope.dropout(hidden, 0.25), { width: 10 });
}

const images = { type: "float32", shape: [batch, 1, side, side] } as const;
const classifier: Network = {
  inputs: { images, labels: { type: "int32", shape: [batch] } },
  build: (scope, inputs) => ({
    loss: crossEntropy(classes(scope, inputs["images"]), inputs["labels"], unweighted),
  }),
};
const served: Network = {
  inputs: { images },
  build: (scope, inputs) => ({ logits: classes(scope, inputs["images"]) }),
};

async function learnPictures(run: BenchRun, seed: number): Promise<unknown> {
  const folder = join(run.dataRoot, "fashion-mnist");
  const [train, test] = [readPictures(folder, "train"), readPictures(folder, "t10k")];
  const epochs = run.tiny ? 1 : 12;
  const steps = run.tiny ? 4 : Math.floor(train.labels.length / batch);
  const decay = { peak: 2e-3, warmUp: run.tiny ? 1 : 200, steps: epochs * steps, last: 0.01 };
  const trainer = trainerOf(classifier, run.tiny ? 4 : 16, { seed, schedule: cosineDecay(decay) });
  const random = createRandom(seed).split("order");
  const accuracy: number[] = [];
  let milliseconds = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(train.labels.length, random);
    const begun = performance.now();
    for (let at = 0; at < steps; at++) {
      const places = order.subarray(at * batch, (at + 1) * batch);
      await trainer.train("step", batchOf(train, places));
    }
    milliseconds += performance.now() - begun;
    accuracy.push(await accuracyOf(trainer, test, run.tiny ? 256 : test.labels.length));
    run.note(`pictures, seed ${seed}: ${accuracy.at(-1)} after ${epoch + 1} passes`);
  }
  await trainer.close();
  const secondsPerEpoch = rounded(milliseconds / 1000 / epochs);
  return { data: "fashion-mnist", batch, steps: epochs * steps, accuracy, secondsPerEpoch };
}

function shuffled(count: number, random: Random): Int32Array {
  const order = Int32Array.from({ length: count }, (_, at) => at);
  random.shuffle(order);
  return order;
}

function batchOf({ images: all, labels }: Pictures, places: Int32Array): Batch {
  const pixels = side * side;
  const values = new Float32Array(places.length * pixels);
  for (let at = 0; at < values.length; at++) {
    const from = places[Math.floor(at / pixels)] * pixels + (at % pixels);
    values[at] = all[from] * shareOfByte;
  }
  return { images: values, labels: Int32Array.from(places, (place) => labels[place]) };
}

/** Share of pictures whose class has the largest logit. */
async function accuracyOf(trainer: Trainer, test: Pictures, count: number): Promise<number> {
  const { model } = await compileInference(served, {
    parameters: trainer.parameters(),
    outputs: ["logits"],
    target: "native",
    batch: "free",
  });
  const how = { provider: "cpu", session, kept: {}, batchMost: 500 } as const;
  const predictor = await openPredictor(model, how);
  let right = 0;
  for (let from = 0; from < count; from += 500) {
    const length = Math.min(500, count - from);
    const places = Int32Array.from({ length }, (_, at) => from + at);
    const { images: data } = batchOf(test, places);
    const shape = [length, 1, side, side];
    const { logits } = await predictor.run({ images: { type: "float32", shape, data } });
    for (let at = 0; at < length; at++) {
      const own = (logits.data as Float32Array).subarray(at * 10, at * 10 + 10);
      if (own.indexOf(Math.max(...own)) === test.labels[from + at]) right++;
    }
  }
  await predictor.release();
  return right / count;
}

// ---- text

const letters = " abcdefghijklmnopqrstuvwxyz0123456789.,!?'\"-()/&;:%$+*#";
const length = 64;
const rows = 32;
const learningRate = 2e-3;

const nextLetter: Network = {
  inputs: { letters: { type: "int32", shape: [rows, length + 1] } },
  build: (scope, inputs) => {
    const all = inputs["letters"];
    const count = all.shape[0] * length;
    const given = slice(all, 1, 0, length);
    const wanted = reshape(slice(all, 1, 1, length + 1), [count]);
    const x = embedding(scope, given, { rows: letters.length, width: 32 });
    const { states } = lstm(scope, x, { hidden: 128, unroll: false });
    const logits = linear(scope.child("head"), reshape(states, [count, 128]), {
      width: letters.length,
    });
    return { loss: crossEntropy(logits, wanted, unweighted) };
  },
};

async function learnText(run: BenchRun): Promise<unknown> {
  const steps = run.tiny ? 3 : 200;
  const text = await readReviews(join(run.dataRoot, "womens-clothing-reviews"), run.tiny);
  const trainer = trainerOf(nextLetter, 1, { seed: 1, schedule: constantRate(learningRate) });
  const random = createRandom(1).split("windows");
  const batches = Array.from({ length: steps }, () => drawWindows(text, random));
  const peers = run.tiny ? undefined : await peerLosses(trainer, batches);
  const losses: number[] = [];
  for (const one of batches) {
    losses.push((await trainer.train("step", { letters: one })).metrics["loss"]);
  }
  await trainer.close();
  const marks = [1, 50, 100, 150, 200].filter((step) => step <= steps);
  const curve = marks.map((step) => ({ step, loss: rounded(losses[step - 1]) }));
  const found = { data: "womens-clothing-reviews", letters: text.length, seed: 1, steps, curve };
  if (peers === undefined) return { ...found, peer: "absent" };
  const gaps = losses.map((loss, at) => Math.abs(loss - peers.losses[at]) / peers.losses[at]);
  return { ...found, peer: peers.peer, farthestRelative: rounded(Math.max(...gaps)) };
}

/** In small letters, one review after the other; what is not in the alphabet is a space. */
async function readReviews(folder: string, isTiny: boolean): Promise<Int32Array> {
  const limits = { memoryMib: 512, threads: 2, maxLineBytes: 2 ** 20, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const how = {
    format: "parquet",
    afterLine: 0,
    batch: 1000,
    select: '"Review Text" AS review',
    where: '"Review Text" IS NOT NULL',
    orderBy: "row_id",
  } as const;
  const found: number[] = [];
  for await (const { rows: read } of tables.read(join(folder, "reviews.parquet"), how)) {
    for (const { values } of read) {
      const review = `${values["review"]} `.toLowerCase();
      for (const letter of review) found.push(Math.max(0, letters.indexOf(letter)));
    }
    if (isTiny) break;
  }
  await tables.close();
  return Int32Array.from(found);
}

function drawWindows(text: Int32Array, random: Random): Int32Array {
  const window = length + 1;
  const values = new Int32Array(rows * window);
  for (let row = 0; row < rows; row++) {
    const from = random.int(text.length - window);
    values.set(text.subarray(from, from + window), row * window);
  }
  return values;
}

interface PeerLosses {
  readonly peer: string;
  readonly losses: readonly number[];
}

async function peerLosses(
  trainer: Trainer,
  batches: readonly Int32Array[],
): Promise<PeerLosses | undefined> {
  const peer = openPeer("letter_lstm.py", []);
  if (peer === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "learning-bench-"));
  const weights = Object.fromEntries(
    [...trainer.parameters()].map(([name, values]) => {
      const file = join(folder, `${name}.bin`);
      writeFileSync(file, values);
      return [name, file];
    }),
  );
  const file = join(folder, "batches.bin");
  writeFileSync(file, new Uint8Array(Int32Array.from(batches.flatMap((one) => [...one])).buffer));
  try {
    return await peer.ask<PeerLosses>({
      weights,
      batches: file,
      shape: [batches.length, rows, length + 1],
      rate: learningRate,
      threads: session.threads,
    });
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true });
  }
}

// ---- memory

async function memoryOf(steps: number, sessions: number): Promise<unknown> {
  const random = createRandom(1).split("memory");
  const trainer = trainerOf(nextLetter, 1, { seed: 1, schedule: constantRate(learningRate) });
  const drawn = Int32Array.from({ length: rows * (length + 1) }, () => random.int(letters.length));
  const samples: { readonly at: number; readonly value: number }[] = [];
  const every = Math.ceil(steps / 20);
  for (let at = 1; at <= steps; at++) {
    await trainer.train("step", { letters: drawn });
    if (at % every === 0) samples.push({ at, value: process.memoryUsage().rss / 1e6 });
  }
  await trainer.close();
  const megabytesPerThousandSteps = rounded(1000 * lineSlope(samples.slice(samples.length / 2)));
  const megabytes = samples.map(({ value }) => Math.round(value));
  return { steps, megabytes, megabytesPerThousandSteps, ...(await sessionsOf(sessions)) };
}

/** Opened and released one after the other. */
async function sessionsOf(count: number): Promise<object> {
  const { program } = compileTraining(nextLetter, { turns: 1, ...native });
  const before = residentMb();
  const begun = performance.now();
  for (let at = 0; at < count; at++) await (await openSession(program.model, session)).release();
  const openMs = rounded((performance.now() - begun) / count);
  return { sessions: count, openMs, sessionsLeaveMb: residentMb() - before };
}
