import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BenchRun } from "../../../scripts/bench.ts";
import { isProblem } from "../../errors.ts";
import { type Contender, inTurns, loadOfMinute, rounded } from "../../tensor/conformance/bursts.ts";
import { openPeer, type Peer } from "../../tensor/conformance/peer.ts";
import { createRunner, type Value } from "../../tensor/conformance/run-network.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  float32Of,
  type Weight,
} from "../../tensor/interchange/safetensors.ts";
import { createRandom } from "../../tensor/random.ts";
import { compileTraining } from "../../tensor/train/compile.ts";
import { adamW } from "../../tensor/train/optimisers.ts";
import { constantRate } from "../../tensor/train/schedules.ts";
import { type Batch, openTrainer } from "../../tensor/train/trainer.ts";
import { batchOf } from "../behaviour/batch.ts";
import { openEncoder } from "../behaviour/encode.ts";
import { fitBehaviour } from "../behaviour/fit-behaviour.ts";
import { trainingNetwork } from "../behaviour/network.ts";
import { packSequences } from "../behaviour/packing.ts";
import { type Course, leaveCourse } from "./conformance/course.ts";

/**
 * The behaviour network beside its twin in PyTorch, on Amazon Beauty by ids alone, with as many threads,
 * where SHOPKEEPER_PEERS_PYTHON names a Python that has it (bench/peers/torch): whether loss, gradients
 * and states are equal; milliseconds of a training step of the same batches, in turns; whether two
 * processes train as one does; and seconds of training until the held-out questions are answered well,
 * of ours, the twin, and RecBole's SASRec where SHOPKEEPER_RECBOLE_PYTHON has it.
 * SHOPKEEPER_BENCH_THREADS are the threads of each (2), SHOPKEEPER_BENCH_ROUNDS bounds the turns,
 * SHOPKEEPER_BENCH_EPOCHS the epochs. A tiny run asks no peer.
 */
const SEED = 1;
const THREADS = Number(process.env["SHOPKEEPER_BENCH_THREADS"] ?? 2);
const BATCHES = 16;
/** NDCG@10 of the held-out questions; three seeds of `behaviour` end between .0597 and .0629. */
const ENOUGH = 0.055;
const ABSENT = { peer: "absent: SHOPKEEPER_PEERS_PYTHON names no Python that has PyTorch" };
const UNASKED = { peer: "not asked by a tiny run" };
const execute = promisify(execFile);

export async function bench(run: BenchRun): Promise<unknown> {
  const root = await mkdtemp(join(tmpdir(), "behaviour-peers-"));
  try {
    const course = await leaveCourse(run.dataRoot, join(root, "left"), run.tiny);
    const parts: Record<string, unknown> = {};
    const part = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      parts[name] = await run.part(name, async () => {
        const before = loadOfMinute();
        const found = await work();
        return { ...(found as object), load: [before, loadOfMinute()] };
      });
      run.note(`${name}: ${JSON.stringify(parts[name])}`);
    };
    const batches = batchesOf(course);
    await writeBatches(course, batches);
    await part("agreement", () => agreement(run, course, batches));
    await part("step", () => step(run, course, batches));
    await part("processes", () => processes(run, course));
    await part("quality-ours", () => qualityOfOurs(run, course));
    await part("quality-twin", () => qualityOfTwin(run, course));
    await part("quality-recbole", () => qualityOfRecbole(run, course));
    const { shape, settings } = course.plan;
    const protocol = { data: "amazon-beauty", seed: SEED, threads: THREADS, shape, settings };
    return { ...protocol, enough: ENOUGH, ...parts, ratios: ratiosOf(parts) };
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Packed rows of an epoch, as the training would take them. */
function batchesOf({ plan, lesson, sampler }: Course): readonly Batch[] {
  const { shape, settings } = plan;
  const random = createRandom(SEED).split("batches");
  const packed = packSequences(lesson.learn, { length: shape.length, openRows: 64 }, random);
  const whole = Math.floor(packed.rows / settings.rows);
  return Array.from({ length: Math.min(BATCHES, whole) }, (_, at) => {
    const from = { from: at * settings.rows, rows: settings.rows };
    const { values } = batchOf(packed, lesson.learn, undefined, from);
    const negatives = new Int32Array(Number(settings.negatives));
    sampler.drawInto(negatives, random);
    return { ...values, negatives };
  });
}

async function writeBatches({ folder, plan }: Course, batches: readonly Batch[]): Promise<void> {
  const { length } = plan.shape;
  const weights = batches.flatMap((batch, at) =>
    Object.entries(batch).map(([name, values]): [string, Weight] => {
      const shape = name === "negatives" ? [values.length] : [values.length / length, length];
      const type = values instanceof Float32Array ? "F32" : "I32";
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      return [`${at}.${name}`, { type, shape, bytes }];
    }),
  );
  const file = encodeSafetensors({ weights: new Map(weights), metadata: {} });
  await writeFile(join(folder, "batches.safetensors"), file);
}

async function withPeer<T>(
  { tiny }: BenchRun,
  work: (peer: Peer) => Promise<T>,
): Promise<T | typeof ABSENT> {
  if (tiny) return UNASKED;
  const peer = openPeer("torch/peer.py", [String(THREADS)]);
  if (peer === undefined) return ABSENT;
  try {
    return await work(peer);
  } finally {
    await peer.close();
  }
}

const objectiveOf = ({ plan: { settings } }: Course) => ({
  ...{ negatives: settings.negatives, logQ: undefined, chunk: settings.chunk },
});

/** Worst differences, of gradients as shares of the largest value of their parameter's. */
async function agreement(
  run: BenchRun,
  course: Course,
  batches: readonly Batch[],
): Promise<unknown> {
  const { folder, plan, values } = course;
  const still = { ...plan.shape, dropout: 0 };
  const network = trainingNetwork(still, objectiveOf(course), plan.settings.rows);
  const given: Record<string, Value> = {};
  for (const [name, { type, shape }] of Object.entries(network.inputs)) {
    given[name] = { type, shape, values: batches[0][name] as Float32Array };
  }
  const runner = await createRunner(network, 1);
  for (const [name, shape] of runner.shapes) {
    given[name] = { type: "float32", shape, values: values.get(name) as Float32Array };
  }
  const ours = await runner.step(given);
  await runner.release();
  return withPeer(run, async (peer) => {
    const about = await peer.ask<object>({ op: "prepare", folder });
    const { loss } = await peer.ask<{ loss: number }>({ op: "compare" });
    const bytes = await readFile(join(folder, "found.safetensors"));
    const { weights: found } = decodeSafetensors(bytes);
    const theirs = (name: string): Float32Array => float32Of(found.get(name) as Weight);
    const gaps = [...runner.shapes.keys()]
      .filter((name) => !name.endsWith("key.bias"))
      .map((name) => farthest(ours.gradients[name], theirs(`gradient:${name}`)));
    const state = await stateOfFirst(course, batches[0]);
    const { width } = still;
    const place = state.places - 1;
    const twin = theirs("states").subarray(place * width, (place + 1) * width);
    return {
      ...about,
      loss: { ours: ours.loss, twin: loss, difference: Math.abs(ours.loss - loss) },
      worstGradient: Math.max(...gaps),
      worstState: farthest(state.values, twin),
    };
  });
}

/** Of the history that stands first in the batch, as service reads it. */
async function stateOfFirst({ plan, values }: Course, { tokens, segments }: Batch) {
  let places = 0;
  while (places < plan.shape.length && segments[places] === 1) places++;
  const encoder = await openEncoder(plan.shape, values, {
    provider: "cpu",
    threads: THREADS,
    batch: 1,
  });
  const state = await encoder.encode([Int32Array.from(tokens.subarray(0, places))]);
  await encoder.release();
  return { places, values: state };
}

function farthest(found: ArrayLike<number>, wanted: Float32Array): number {
  let [gap, most] = [0, 0];
  wanted.forEach((value, at) => {
    gap = Math.max(gap, Math.abs(value - found[at]));
    most = Math.max(most, Math.abs(value));
  });
  return found.length === wanted.length ? gap / most : Number.POSITIVE_INFINITY;
}

/** A whole step: forward, backward, clipping and Adam; ours moves only the rows that it touched. */
async function step(run: BenchRun, course: Course, batches: readonly Batch[]): Promise<unknown> {
  const { folder, plan, values } = course;
  const { rows, turns, learningRate, decay, clipNorm } = plan.settings;
  const network = trainingNetwork(plan.shape, objectiveOf(course), rows);
  const how = { turns, target: "native", clipExamplesTo: undefined } as const;
  const trainer = openTrainer({
    programs: { step: compileTraining(network, how).program },
    values,
    optimiser: adamW(decay),
    schedule: constantRate(learningRate),
    ...{ clipNorm, averageKeep: undefined, rows: "lazy", sessionsMost: 1, seed: SEED },
    provider: "cpu",
    session: { threads: THREADS, spins: process.env["SHOPKEEPER_BENCH_SPINS"] !== "0" },
    memoryMost: 2 ** 31,
  });
  const ours: Contender = {
    pid: process.pid,
    steps: async (count) => {
      const found: number[] = [];
      for (let at = 0; at < count; at++) {
        const begun = performance.now();
        await trainer.train("step", batches[trainer.step % batches.length]);
        found.push(performance.now() - begun);
      }
      return found;
    },
  };
  const options = run.tiny
    ? { burst: 1, enough: 1, roundsMost: 1 }
    : { burst: 1_500, enough: 8, roundsMost: Number(process.env["SHOPKEEPER_BENCH_ROUNDS"] ?? 16) };
  const asked = batches.map(({ segments }) => segments.filter((segment) => segment > 0).length);
  const questions = asked.reduce((sum, one) => sum + one, 0) / asked.length;
  const speedOf = <T extends { medianMs: number }>(one: T) => ({
    ...{ ...one, tokensPerSecond: Math.round((1_000 * questions) / one.medianMs) },
  });
  try {
    const found = await withPeer(run, async (peer) => {
      await peer.ask({ op: "prepare", folder });
      const steps = async (count: number) =>
        (await peer.ask<{ ms: number[] }>({ op: "run", steps: count })).ms;
      const [us, twin] = await inTurns([ours, { pid: peer.pid, steps }], options);
      const ratio = roundedAll({
        ofMedians: us.medianMs / twin.medianMs,
        ofP10s: us.p10Ms / twin.p10Ms,
      });
      const isQuiet = us.quietBursts > 0 && twin.quietBursts > 0;
      return { ours: speedOf(us), twin: speedOf(twin), ratioOurMsToTwin: ratio, isQuiet };
    });
    if (!("peer" in found)) return { questionsOfStep: questions, ...found };
    const [alone] = await inTurns([ours], options);
    return { questionsOfStep: questions, ours: speedOf(alone), ...found };
  } finally {
    await trainer.close();
  }
}

const roundedAll = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value)]));

/** The same global batches without dropout, in one process and in two that average their gradients. */
async function processes(run: BenchRun, { folder }: Course): Promise<unknown> {
  const python = process.env["SHOPKEEPER_PEERS_PYTHON"];
  if (run.tiny) return UNASKED;
  if (python === undefined) return ABSENT;
  const program = new URL("../../../bench/peers/torch/train.py", import.meta.url).pathname;
  const lossesOf = async (count: number): Promise<readonly number[]> => {
    const report = join(folder, `processes-${count}.json`);
    const launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", `${count}`];
    const train = [program, folder, "--dropout", "0", "--steps", "20", "--report", report];
    await execute(python, [...(count === 1 ? [] : launch), ...train]);
    return (JSON.parse(await readFile(report, "utf8")) as { losses: number[] }).losses;
  };
  const [one, two] = [await lossesOf(1), await lossesOf(2)];
  const gaps = one.map((loss, at) => Math.abs(loss - two[at]));
  return {
    steps: one.length,
    first: [one[0], two[0]],
    last: [one.at(-1), two.at(-1)],
    worstDifference: Math.max(...gaps),
  };
}

interface Epoch {
  readonly ndcg: number;
  /** Of training alone, since it began. */
  readonly seconds: number;
  readonly tokensPerSecond: number;
}

type CurvePoint = readonly [seconds: number, ndcg: number];

/** When enough was reached, and what was reached at all. */
type Quality = ReturnType<typeof quality>;

function quality(epochs: readonly Epoch[], enough: number) {
  const reached = epochs.findIndex(({ ndcg }) => ndcg >= enough);
  return {
    secondsToEnough: reached < 0 ? null : rounded(epochs[reached].seconds),
    epochsToEnough: reached < 0 ? null : reached + 1,
    epochs: epochs.length,
    seconds: rounded(epochs.at(-1)?.seconds ?? 0),
    secondsOfEpoch: rounded((epochs.at(-1)?.seconds ?? 0) / epochs.length),
    best: Number(Math.max(...epochs.map(({ ndcg }) => ndcg)).toFixed(4)),
    curve: epochs.map(({ seconds, ndcg }): CurvePoint => [rounded(seconds), rounded(ndcg)]),
  };
}

const epochsMost = ({ tiny }: BenchRun, { plan }: Course): number =>
  tiny ? 2 : Number(process.env["SHOPKEEPER_BENCH_EPOCHS"] ?? plan.settings.epochsMost);

async function qualityOfOurs(run: BenchRun, course: Course): Promise<unknown> {
  const { lesson, plan } = course;
  const epochs: Epoch[] = [];
  const stop = new AbortController();
  const most = epochsMost(run, course);
  const { settings } = plan;
  try {
    await fitBehaviour({
      sequences: lesson.learn,
      ...{ questions: lesson.questions, shape: plan.shape, settings, seed: SEED },
      ...{ provider: "cpu", threads: THREADS, spins: false, signal: stop.signal },
      onEpoch: ({ ndcg, tokensPerSecond }) => {
        const seconds = (epochs.at(-1)?.seconds ?? 0) + course.questions / tokensPerSecond;
        epochs.push({ ndcg, seconds, tokensPerSecond });
        if (ndcg >= ENOUGH || epochs.length >= most) stop.abort();
      },
    });
  } catch (error) {
    if (!(isProblem(error) && error.code === "cancelled")) throw error;
  }
  return quality(epochs, ENOUGH);
}

async function qualityOfTwin(run: BenchRun, course: Course): Promise<unknown> {
  return withPeer(run, async (peer) => {
    const asked = { op: "learn", folder: course.folder, seed: SEED, enough: ENOUGH };
    const epochs = epochsMost(run, course);
    return quality((await peer.ask<{ epochs: Epoch[] }>({ ...asked, epochs })).epochs, ENOUGH);
  });
}

/** The same width and depth; one padded sample for each prefix is RecBole's own layout. */
async function qualityOfRecbole(run: BenchRun, course: Course): Promise<unknown> {
  const python = process.env["SHOPKEEPER_RECBOLE_PYTHON"];
  if (run.tiny) return UNASKED;
  if (python === undefined) return { peer: "absent: SHOPKEEPER_RECBOLE_PYTHON names no RecBole" };
  const program = new URL("../../../bench/peers/torch/recbole_sasrec.py", import.meta.url).pathname;
  const how = [String(epochsMost(run, course)), String(ENOUGH), String(THREADS), String(SEED)];
  const { stdout } = await execute(python, [program, course.folder, ...how]);
  const lines = stdout.trim().split("\n");
  const { recbole, samples, epochs } = JSON.parse(lines.at(-1) as string) as {
    recbole: string;
    samples: number;
    epochs: Epoch[];
  };
  return { recbole, samples, ...quality(epochs, ENOUGH) };
}

/**
 * How many times as long they take: to enough, for an epoch, and to the best that both reached, since
 * one may not get as far as enough within its epochs.
 */
function ratiosOf(parts: Readonly<Record<string, unknown>>): unknown {
  const of = (name: string): Quality | undefined => {
    const found = parts[`quality-${name}`] as Partial<Quality> | undefined;
    return found?.curve === undefined ? undefined : (found as Quality);
  };
  const ours = of("ours");
  const ratioTo = (name: string) => {
    const theirs = of(name);
    if (ours === undefined || theirs === undefined) return {};
    const common = Math.min(highest(ours), highest(theirs));
    const pairs = {
      secondsToEnough: [ours.secondsToEnough, theirs.secondsToEnough],
      secondsOfEpoch: [ours.secondsOfEpoch, theirs.secondsOfEpoch],
      secondsToCommon: [secondsTo(ours, common), secondsTo(theirs, common)],
    };
    const told = Object.entries(pairs).flatMap(([what, [a, b]]) =>
      typeof a === "number" && typeof b === "number" ? [[what, rounded(b / a)] as const] : [],
    );
    return { common, ...Object.fromEntries(told) };
  };
  return { twinToOurs: ratioTo("twin"), recboleToOurs: ratioTo("recbole") };
}

const highest = ({ curve }: Quality): number => Math.max(...curve.map(([, ndcg]) => ndcg));

const secondsTo = ({ curve }: Quality, ndcg: number): number | undefined =>
  curve.find(([, reached]) => reached >= ndcg)?.[0];
