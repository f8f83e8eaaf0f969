import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../scripts/bench.ts";
import { inTurns, loadOfMinute, residentMb, rounded } from "./conformance/bursts.ts";
import { openPeer, type Peer } from "./conformance/peer.ts";
import { cnn, dcn, lstmPair, type StepCase, sasrec } from "./conformance/step-cases.ts";
import { openMatmul } from "./matmul.ts";
import { createRandom } from "./random.ts";
import { openSession } from "./runtime/session.ts";
import { compileTraining } from "./train/compile.ts";
import { adam } from "./train/optimisers.ts";
import type { TrainingProgram } from "./train/program.ts";
import { constantRate } from "./train/schedules.ts";
import { type Batch, openTrainer, type Trainer } from "./train/trainer.ts";

/**
 * Milliseconds of a whole training step (forward, backward, dense Adam), beside PyTorch's from the same
 * weights and batches where SHOPKEEPER_PEERS_PYTHON names a Python that has it (bench/peers): bursts
 * in turns, as many threads. Set SHOPKEEPER_BENCH_SPINS=0 on a machine that others use.
 */
const seed = 1;
const threads = 2;
const spins = process.env["SHOPKEEPER_BENCH_SPINS"] !== "0";
const rate = 1e-3;

const small = { batch: 128, length: 50, width: 64, blocks: 2, heads: 2 };
const large = { batch: 128, length: 100, width: 256, blocks: 4, heads: 4 };
const negatives = { items: 50_000, negatives: 256, chunk: 0 };

/**
 * Turns and chunks as found fastest. Of cnn 1, 4 and 16 turns took 89, 75 and 69 ms at best (two threads,
 * machine in use), of dcn 1, 2 and 4 turns 26.6, 26.7 and 30.8; lstm took 38, 40 and 46, and 165 unrolled.
 */
const cases: Readonly<Record<string, () => StepCase>> = {
  a: () => sasrec({ ...small, items: 3500, negatives: 0, turns: 4, chunk: 800 }),
  b: () => sasrec({ ...small, ...negatives, turns: 4 }),
  c: () => sasrec({ ...large, ...negatives, turns: 16 }),
  lstm: () =>
    lstmPair({ batch: 128, length: 50, items: 3500, width: 64, last: 32, turns: 1, unroll: false }),
  cnn: () => cnn({ batch: 128, filters: [32, 64], turns: 16 }),
  dcn: () => dcn({ ...click, batch: 512, rows: 10_000 }),
};
const click = { fields: 26, width: 16, dense: 13, cross: 3, deep: [256, 128], turns: 1 } as const;

const tinyCases: typeof cases = {
  a: () =>
    sasrec({
      ...{ batch: 4, length: 5, width: 8, blocks: 1, heads: 2, items: 20, negatives: 0 },
      ...{ turns: 2, chunk: 5 },
    }),
  lstm: () =>
    lstmPair({ batch: 4, length: 3, items: 9, width: 4, last: 2, turns: 1, unroll: false }),
  cnn: () => cnn({ batch: 4, filters: [2, 3], turns: 2 }),
  dcn: () => dcn({ ...click, batch: 4, rows: 5, fields: 3, deep: [4, 3] }),
};

export async function bench(run: BenchRun): Promise<unknown> {
  const chosen = run.tiny ? tinyCases : cases;
  const steps: Record<string, unknown> = {};
  const peak = await run.part("peak", () => peakOf(run.tiny ? [64] : [512, 2048]));
  for (const [name, make] of Object.entries(chosen)) {
    steps[name] = await run.part(`step-${name}`, () => measure(run, name, make()));
    if (steps[name] !== undefined) run.note(`${name}: ${JSON.stringify(steps[name])}`);
  }
  const installMb = await run.part("install", async () => installSizes());
  return { seed, threads, rate, optimiser: "adam", peak, steps: shares(steps, peak), installMb };
}

/** What a size of product reaches, at best. @unit gigaflop/s */
type Peak = Readonly<Record<string, number>>;

async function peakOf(sizes: readonly number[]): Promise<Peak> {
  const matmul = openMatmul({ threads });
  const random = createRandom(seed);
  const found: [string, number][] = [];
  for (const n of sizes) {
    const [a, b] = [0, 1].map(() => Float32Array.from({ length: n * n }, () => random.normal()));
    const c = new Float32Array(n * n);
    const forms = { transposeA: false, transposeB: false, alpha: 1, beta: 0 } as const;
    let best = Number.POSITIVE_INFINITY;
    const until = performance.now() + 4000;
    for (let at = 0; at < 5 || (sizes.length > 1 && performance.now() < until); at++) {
      const begun = performance.now();
      await matmul.multiplyInto(c, a, b, { m: n, n, k: n, ...forms });
      best = Math.min(best, performance.now() - begun);
    }
    found.push([`product${n}`, rounded((2 * n ** 3) / best / 1e6)]);
  }
  await matmul.close();
  return Object.fromEntries(found);
}

interface Measured {
  readonly gigaflopPerSecond: number;
}

/** Of the best product. */
function shares(steps: Readonly<Record<string, unknown>>, peak: Peak | undefined): unknown {
  const best = Math.max(...Object.values(peak ?? {}));
  return Object.fromEntries(
    Object.entries(steps).map(([name, one]) => {
      const { gigaflopPerSecond } = (one ?? {}) as Partial<Measured>;
      const share = (gigaflopPerSecond ?? Number.NaN) / best;
      return [name, Number.isFinite(share) ? { ...(one as object), ofPeak: rounded(share) } : one];
    }),
  );
}

async function measure(run: BenchRun, name: string, one: StepCase): Promise<unknown> {
  const [loadBefore, residentBefore] = [loadOfMinute(), residentMb()];
  const begun = performance.now();
  const how = { turns: one.turns, target: "native", clipExamplesTo: undefined } as const;
  const { program, initialValues } = compileTraining(one.network, how);
  const buildMs = rounded(performance.now() - begun);
  const sessionMs = await sessionMsOf(program);
  const peer = run.tiny ? undefined : openPeer("tensor_steps.py", ["--settings", name]);
  try {
    const start = peer
      ? await startOfPeer(peer, name, name === "c" ? 4 : 20)
      : { values: initialValues(seed), batches: drawnBatches(one), losses: undefined };
    const trainer = trainerOf(program, start.values);
    const found = {
      ...(await losses(trainer, start)),
      ...(await times(run, trainer, start.batches, peer)),
      ...(start.build ? { peerBuild: start.build } : {}),
      residentMb: [residentBefore, residentMb()],
    };
    await trainer.close();
    const { medianMs } = found.ours;
    const made = {
      turns: one.turns,
      spins,
      buildMs,
      sessionMs,
      modelKb: program.model.length >> 10,
    };
    const gigaflopPerSecond = rounded(one.flop / medianMs / 1e6);
    const load = [loadBefore, loadOfMinute()];
    return { ...made, gigaflop: one.flop / 1e9, gigaflopPerSecond, ...found, load };
  } finally {
    await peer?.close();
  }
}

async function sessionMsOf({ model }: TrainingProgram): Promise<number> {
  const begun = performance.now();
  const session = await openSession(model, { threads, spins });
  const found = rounded(performance.now() - begun);
  await session.release();
  return found;
}

const trainerOf = (program: TrainingProgram, values: Start["values"]): Trainer =>
  openTrainer({
    programs: { step: program },
    values,
    optimiser: adam,
    schedule: constantRate(rate),
    clipNorm: undefined,
    averageKeep: undefined,
    rows: "dense",
    provider: "cpu",
    session: { threads, spins },
    sessionsMost: 1,
    seed,
    memoryMost: 2 ** 32,
  });

interface Start {
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly batches: readonly Batch[];
  /** By the peer, a step on each batch. */
  readonly losses: readonly number[] | undefined;
  /** Its build and settings. */
  readonly build?: object;
}

interface Exported {
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly batch: Readonly<Record<string, { type: "int32" | "float32"; shape: readonly number[] }>>;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

async function startOfPeer(peer: Peer, name: string, steps: number): Promise<Start> {
  const folder = await mkdtemp(join(tmpdir(), "tensor-bench-"));
  const [weights, batches] = [join(folder, "weights.bin"), join(folder, "batches.bin")];
  const { torch, settings } = await peer.ask<{ torch: string; settings: object }>({
    case: name,
    op: "prepare",
  });
  const meta = await peer.ask<Exported>({ op: "export", folder, steps });
  const found = await peer.ask<{ losses: number[] }>({ op: "losses", weights, batches, steps });
  const take = reader(weights);
  const values = Object.entries(meta.parameters).map(
    ([key, shape]) => [key, new Float32Array(take(sizeOf(shape)))] as const,
  );
  const next = reader(batches);
  const given = Array.from({ length: steps }, () =>
    Object.fromEntries(
      Object.entries(meta.batch).map(([key, { type, shape }]) => {
        const bytes = next(sizeOf(shape));
        return [key, type === "int32" ? new Int32Array(bytes) : new Float32Array(bytes)];
      }),
    ),
  );
  rmSync(folder, { recursive: true });
  return {
    values: new Map(values),
    batches: given,
    losses: found.losses,
    build: { torch, settings },
  };
}

/** One after the other, so many values of 4 bytes. */
function reader(path: string): (values: number) => ArrayBuffer {
  const bytes = readFileSync(path);
  let at = bytes.byteOffset;
  return (values) => {
    at += 4 * values;
    return bytes.buffer.slice(at - 4 * values, at) as ArrayBuffer;
  };
}

function drawnBatches({ network, below }: StepCase): readonly Batch[] {
  const random = createRandom(seed).split("batches");
  const drawn = (name: string, type: string, length: number): Float32Array | Int32Array =>
    type === "int32"
      ? Int32Array.from({ length }, () => random.int(below[name]))
      : Float32Array.from({ length }, () => random.int(2));
  return Array.from({ length: 4 }, () =>
    Object.fromEntries(
      Object.entries(network.inputs).map(([name, { type, shape }]) => [
        name,
        drawn(name, type, sizeOf(shape)),
      ]),
    ),
  );
}

async function losses(trainer: Trainer, { batches, losses: peers }: Start): Promise<object> {
  const ours: number[] = [];
  for (const batch of batches) ours.push((await trainer.train("step", batch)).metrics["loss"]);
  const [first, last] = [ours[0], ours[ours.length - 1]].map(rounded);
  if (peers === undefined) return { losses: { steps: ours.length, first, last } };
  const farthest = Math.max(...ours.map((loss, at) => Math.abs(loss - peers[at])));
  return { losses: { steps: ours.length, first, last, farthestFromPeer: rounded(farthest) } };
}

async function times(
  run: BenchRun,
  trainer: Trainer,
  batches: readonly Batch[],
  peer: Peer | undefined,
) {
  const steps = async (count: number): Promise<number[]> => {
    const found: number[] = [];
    for (let at = 0; at < count; at++) {
      const begun = performance.now();
      await trainer.train("step", batches[at % batches.length]);
      found.push(performance.now() - begun);
    }
    return found;
  };
  const options = run.tiny
    ? { burst: 1, enough: 1, roundsMost: 1 }
    : { burst: 1500, enough: 8, roundsMost: Number(process.env["SHOPKEEPER_BENCH_ROUNDS"] ?? 16) };
  const us = { pid: process.pid, steps };
  if (peer === undefined) {
    const [ours] = await inTurns([us], options);
    return { ours, peer: "absent: SHOPKEEPER_PEERS_PYTHON names no Python that has PyTorch" };
  }
  const peerSteps = async (count: number): Promise<number[]> =>
    (await peer.ask<{ ms: number[] }>({ op: "run", steps: count })).ms;
  const [ours, theirs] = await inTurns([us, { pid: peer.pid, steps: peerSteps }], options);
  const theirOwn = { ...theirs, residentMb: residentOf(peer.pid) };
  const isQuiet = ours.quietBursts > 0 && theirs.quietBursts > 0;
  if (!isQuiet) return { ours, peer: theirOwn, ratio: "not told: no quiet burst of both" };
  const ratio = rounded(ours.medianMs / theirs.medianMs);
  return { ours, peer: theirOwn, ratio, ratioP10: rounded(ours.p10Ms / theirs.p10Ms) };
}

/** @unit MB */
function residentOf(pid: number): number | undefined {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return undefined;
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1];
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
}

/** Of what the room stands on, all platforms in one. @unit MB */
function installSizes(): Readonly<Record<string, number>> {
  const modules = join(import.meta.dirname, "../../node_modules");
  const found: Record<string, number> = {};
  for (const name of ["onnxruntime-node", "onnxruntime-web", "onnxruntime-common"]) {
    const folder = join(modules, name);
    if (existsSync(folder)) found[name] = megabytesIn(folder);
  }
  const own = join(modules, "onnxruntime-node/bin/napi-v6", process.platform, process.arch);
  if (existsSync(own)) found["onnxruntime-node, this platform"] = megabytesIn(own);
  return found;
}

function megabytesIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const bytes = files
    .filter((one) => one.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return rounded(bytes / 1e6);
}
