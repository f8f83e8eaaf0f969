import type { BenchRun } from "../../../scripts/bench.ts";
import type { Network } from "../graph/network.ts";
import { reshape, slice } from "../graph/primitives/arrange.ts";
import { add, gelu, scale } from "../graph/primitives/elementwise.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { sizeOf } from "../graph/shape.ts";
import { attentionBlock } from "../layers/attention.ts";
import { embeddingTable } from "../layers/embedding.ts";
import { layerNorm } from "../layers/norm.ts";
import { asBias, seesEarlier } from "../layers/visibility.ts";
import { encodeModel } from "../onnx/encode.ts";
import { createRandom } from "../random.ts";
import type { Slot } from "../runtime/session.ts";
import { type CompiledInference, compileInference } from "./compile.ts";
import { storeAsHalves } from "./half-storage.ts";
import { openPredictor, type Predictor } from "./predictor.ts";
import { quantiseGraph } from "./quantise.ts";
import { topScores } from "./score.ts";
import { createServedModel } from "./served-model.ts";

/**
 * Milliseconds to score all rows for histories, whole: a Transformer over each, every product with the
 * table, the best 100. Weights are drawn, so recall says what 8 bits do to drawn vectors, not to trained
 * ones. Then the slope of resident memory over 10,000 runs, and over 200 swaps of the model.
 */
interface Size {
  readonly name: string;
  readonly rows: number;
  readonly width: number;
  readonly length: number;
  readonly blocks: number;
  readonly heads: number;
  readonly k: number;
}

const seed = 1;
const large = { rows: 50_000, k: 100 };
const sizes: readonly Size[] = [
  { name: "64x50x2", ...large, width: 64, length: 50, blocks: 2, heads: 2 },
  { name: "256x100x4", ...large, width: 256, length: 100, blocks: 4, heads: 4 },
];
const tinySizes: readonly Size[] = [
  { name: "tiny", rows: 200, k: 10, width: 8, length: 6, blocks: 1, heads: 2 },
];

export async function bench(run: BenchRun): Promise<unknown> {
  const threads = 2;
  const results: Record<string, unknown> = {};
  for (const size of run.tiny ? tinySizes : sizes) {
    results[size.name] = await measure(run, size, threads);
    run.note(`${size.name}: ${JSON.stringify(results[size.name])}`);
  }
  const [smallest] = run.tiny ? tinySizes : sizes;
  const memory = await memorySlopes(smallest, run.tiny ? 50 : 10_000, run.tiny ? 20 : 200);
  run.note(`memory: ${JSON.stringify(memory)}`);
  return { seed, threads, batches: [1, 32], results, memory };
}

function networkOf({ rows, width, length, blocks, heads, k }: Size): Network {
  return {
    inputs: { history: { type: "int32", shape: [1, length] } },
    build: (scope, { history }) => {
      const table = embeddingTable(scope, "table", { rows, width });
      const places = embeddingTable(scope, "places", { rows: length, width });
      let x = add(scale(gatherRows(table, history), Math.sqrt(width)), places);
      const bias = asBias(seesEarlier(length));
      const options = { heads, bias, hidden: 4 * width, activation: gelu, dropout: 0.2 };
      for (let at = 0; at < blocks; at++) x = attentionBlock(scope.child(`block${at}`), x, options);
      const last = reshape(slice(x, 1, length - 1, length), [history.shape[0], width]);
      return { ...topScores(layerNorm(scope.child("norm"), last), table, k, undefined) };
    },
  };
}

async function compiled(size: Size): Promise<CompiledInference> {
  const form = { outputs: ["ids", "scores"], target: "native", batch: "free" } as const;
  const network = networkOf(size);
  const { parameters } = await compileInference(network, { ...form, parameters: "inputs" });
  const random = createRandom(seed);
  const values = parameters.map(({ name, shape }): [string, Float32Array] => {
    const own = random.split(name);
    const deviation = 1 / Math.sqrt(shape[0]);
    const isTable = name === "table";
    const draw = (): number => (isTable ? 1 / Math.sqrt(size.width) : deviation) * own.normal();
    const made = new Float32Array(sizeOf(shape));
    for (let at = 0; at < made.length; at++) made[at] = name.endsWith(".scale") ? 1 : draw();
    return [name, made];
  });
  return compileInference(network, { ...form, parameters: new Map(values) });
}

async function measure(run: BenchRun, size: Size, threads: number): Promise<unknown> {
  const begun = performance.now();
  const { graph, model } = await compiled(size);
  const built = performance.now();
  const quantised = quantiseGraph(graph, {
    relativeErrorMost: 0.05,
    levels: 127,
    valuesLeast: 1024,
  });
  const quantisedAt = performance.now();
  const files: Record<string, Uint8Array> = {
    fp32: model,
    fp16: encodeModel({ graph: storeAsHalves(graph, 1024).graph, metadata: {} }),
    int8: encodeModel({ graph: quantised.graph, metadata: {} }),
  };
  const opened: Record<string, Predictor> = {};
  const forms: Record<string, Record<string, unknown>> = {};
  for (const [form, bytes] of Object.entries(files)) {
    const before = performance.now();
    opened[form] = await open(bytes, threads);
    forms[form] = { bytes: bytes.length, openMs: round(performance.now() - before) };
  }
  await timeAll(size, opened, forms, run.tiny ? 3 : 200);
  for (const one of Object.values(opened)) await one.release();
  return {
    ...size,
    nodes: graph.nodes.length,
    buildMs: round(built - begun),
    quantiseMs: round(quantisedAt - built),
    layersQuantised: quantised.report.layers.filter(({ isQuantised }) => isQuantised).length,
    layers: quantised.report.layers.length,
    forms,
  };
}

const open = (model: Uint8Array, threads: number): Promise<Predictor> =>
  openPredictor(model, {
    provider: "cpu",
    session: { threads, spins: true },
    kept: {},
    batchMost: 64,
  });

/** Forms take turns, so that other work on the machine falls on all alike. */
async function timeAll(
  size: Size,
  opened: Readonly<Record<string, Predictor>>,
  forms: Record<string, Record<string, unknown>>,
  runs: number,
): Promise<void> {
  for (const batch of [1, 32]) {
    const history = historiesOf(size, batch);
    const times: Record<string, number[]> = {};
    const best: Record<string, Int32Array> = {};
    for (let turn = 0; turn < (batch === 1 ? runs : Math.ceil(runs / 10)); turn++) {
      for (const [form, predictor] of Object.entries(opened)) {
        const begun = performance.now();
        const found = await predictor.run({ history });
        times[form] = [...(times[form] ?? []), performance.now() - begun];
        best[form] = found["ids"].data as Int32Array;
      }
    }
    for (const form of Object.keys(opened)) {
      forms[form][`batch${batch}`] = {
        p50Ms: round(quantile(times[form], 0.5)),
        p99Ms: round(quantile(times[form], 0.99)),
        recallOfExact: round(overlap(best["fp32"], best[form], size.k)),
      };
    }
  }
}

function historiesOf({ rows, length }: Size, batch: number): Slot {
  const random = createRandom(seed).split("histories");
  const data = Int32Array.from({ length: batch * length }, () => random.int(rows));
  return { type: "int32", shape: [batch, length], data };
}

/** Resident memory over runs on one model, then over swaps of models. */
async function memorySlopes(size: Size, runs: number, swaps: number): Promise<unknown> {
  const { model } = await compiled(size);
  const served = createServedModel(await open(model, 1));
  const history = historiesOf(size, 1);
  const perRun = await slopeOver(runs, () => served.run({ history }));
  const perSwap = await slopeOver(swaps, async () => served.swap(await open(model, 1)));
  await served.release();
  return { modelBytes: model.length, runs: perRun, swaps: perSwap };
}

/** Over the second half, when all that is kept has been laid out. */
async function slopeOver(count: number, work: () => Promise<unknown>): Promise<unknown> {
  const samples: { readonly run: number; readonly bytes: number }[] = [];
  const every = Math.ceil(count / 20);
  for (let at = 1; at <= count; at++) {
    await work();
    if (at % every === 0) samples.push({ run: at, bytes: process.memoryUsage().rss });
  }
  return {
    count,
    megabytes: samples.map(({ bytes }) => Math.round(bytes / 2 ** 20)),
    bytesEach: round(slopeOf(samples.slice(samples.length / 2))),
  };
}

/** Of the line of least squares. */
function slopeOf(samples: readonly { readonly run: number; readonly bytes: number }[]): number {
  const meanRun = samples.reduce((sum, { run }) => sum + run, 0) / samples.length;
  const meanBytes = samples.reduce((sum, { bytes }) => sum + bytes, 0) / samples.length;
  let [above, below] = [0, 0];
  for (const { run, bytes } of samples) {
    above += (run - meanRun) * (bytes - meanBytes);
    below += (run - meanRun) ** 2;
  }
  return above / below;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Share of the exact best rows that are found. @unit 0..1 */
function overlap(exact: Int32Array, found: Int32Array, k: number): number {
  let hits = 0;
  for (let at = 0; at < exact.length; at += k) {
    const best = new Set(exact.subarray(at, at + k));
    for (const id of found.subarray(at, at + k)) if (best.has(id)) hits++;
  }
  return hits / exact.length;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
