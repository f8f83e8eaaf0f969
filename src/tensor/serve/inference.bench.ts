import type { BenchRun } from "../../../scripts/bench.ts";
import { createTopK, nothingMasked, topKInto } from "../../algorithms/top-k.ts";
import { type Contender, inTurns } from "../conformance/bursts.ts";
import { openPeer } from "../conformance/peer.ts";
import type { Network } from "../graph/network.ts";
import { reshape, slice } from "../graph/primitives/arrange.ts";
import { add, gelu, scale } from "../graph/primitives/elementwise.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attentionBlock, attentionBlockAt } from "../layers/attention.ts";
import { embeddingTable } from "../layers/embedding.ts";
import { layerNorm } from "../layers/norm.ts";
import { asBias, seesEarlier } from "../layers/visibility.ts";
import { encodeModel } from "../onnx/encode.ts";
import { createRandom } from "../random.ts";
import type { Slot } from "../runtime/session.ts";
import { type CompiledInference, compileInference } from "./compile.ts";
import { storeAsHalves } from "./half-storage.ts";
import { openItemTable } from "./item-table.ts";
import { openPredictor, type Predictor } from "./predictor.ts";
import { quantiseGraph } from "./quantise.ts";
import { topScores } from "./score.ts";
import { createServedModel } from "./served-model.ts";

/**
 * Milliseconds to score all rows for histories, whole: a Transformer over each, every product with the
 * table, the best 100; in bursts in turns with PyTorch's where SHOPKEEPER_PEERS_PYTHON names a Python that
 * has it. A model is open for its own burst alone, as the waiting threads of several would spin against
 * each other. "table" is the service's way: the graph gives the state, `openItemTable` the scores.
 * Weights are drawn, so recall says what 8 bits do to drawn vectors, not to trained ones. Then the slope
 * of resident memory over 10,000 runs, and over 200 swaps of the model.
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
    results[size.name] = await run.part(size.name, () => measure(run, size, threads));
    run.note(`${size.name}: ${JSON.stringify(results[size.name])}`);
  }
  const [smallest] = run.tiny ? tinySizes : sizes;
  const memory = await run.part("memory", () =>
    memorySlopes(smallest, run.tiny ? 50 : 10_000, run.tiny ? 20 : 200),
  );
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
      for (let at = 0; at < blocks - 1; at++) {
        x = attentionBlock(scope.child(`block${at}`), x, options);
      }
      // The last place sees all there are, so that it needs no bias.
      const last = attentionBlockAt(scope.child(`block${blocks - 1}`), x, lastPlace, {
        ...options,
        bias: undefined,
      });
      const state = reshape(layerNorm(scope.child("norm"), last), [history.shape[0], width]);
      return { state, ...topScores(state, table, k, undefined) };
    },
  };
}

const lastPlace = (x: Tensor): Tensor => slice(x, 1, x.shape[1] - 1, x.shape[1]);

interface Compiled extends CompiledInference {
  readonly values: ReadonlyMap<string, Float32Array>;
}

async function compiled(size: Size, outputs: readonly string[]): Promise<Compiled> {
  const form = { outputs, target: "native", batch: "free" } as const;
  const network = networkOf(size);
  const { parameters } = await compileInference(network, { ...form, parameters: "inputs" });
  const random = createRandom(seed);
  const drawn = parameters.map(({ name, shape }): [string, Float32Array] => {
    const own = random.split(name);
    const deviation = 1 / Math.sqrt(shape[0]);
    const isTable = name === "table";
    const draw = (): number => (isTable ? 1 / Math.sqrt(size.width) : deviation) * own.normal();
    const made = new Float32Array(sizeOf(shape));
    for (let at = 0; at < made.length; at++) made[at] = name.endsWith(".scale") ? 1 : draw();
    return [name, made];
  });
  const values = new Map(drawn);
  return { ...(await compileInference(network, { ...form, parameters: values })), values };
}

interface Form {
  readonly bytes: number;
  open(): Promise<Way>;
}

/** A model opened in some form. */
interface Way {
  /** The best rows of each history. @shape result [batch k] */
  best(history: Slot): Promise<Int32Array>;
  release(): Promise<void>;
}

async function measure(run: BenchRun, size: Size, threads: number): Promise<unknown> {
  const begun = performance.now();
  const { graph, model } = await compiled(size, ["ids", "scores"]);
  const built = performance.now();
  const quantised = quantiseGraph(graph, {
    relativeErrorMost: 0.05,
    levels: 127,
    valuesLeast: 1024,
  });
  const quantisedAt = performance.now();
  const whole = (bytes: Uint8Array): Form => ({
    bytes: bytes.length,
    open: async () => wholeWay(await open(bytes, threads)),
  });
  const forms: Record<string, Form> = {
    fp32: whole(model),
    fp16: whole(encodeModel({ graph: storeAsHalves(graph, 1024).graph, metadata: {} })),
    int8: whole(encodeModel({ graph: quantised.graph, metadata: {} })),
    table: await tableForm(size, threads),
  };
  const found: Record<string, Record<string, unknown>> = {};
  for (const [name, form] of Object.entries(forms)) {
    const before = performance.now();
    const way = await form.open();
    found[name] = { bytes: form.bytes, openMs: round(performance.now() - before) };
    await way.release();
  }
  for (const batch of [1, 32]) await timeAll(run, size, batch, forms, found);
  return {
    ...size,
    nodes: graph.nodes.length,
    buildMs: round(built - begun),
    quantiseMs: round(quantisedAt - built),
    layersQuantised: quantised.report.layers.filter(({ isQuantised }) => isQuantised).length,
    layers: quantised.report.layers.length,
    forms: found,
  };
}

const open = (model: Uint8Array, threads: number): Promise<Predictor> =>
  openPredictor(model, {
    provider: "cpu",
    session: { threads, spins: process.env["SHOPKEEPER_BENCH_SPINS"] !== "0" },
    kept: {},
    batchMost: 64,
  });

const wholeWay = (predictor: Predictor): Way => ({
  best: async (history) => (await predictor.run({ history }))["ids"].data as Int32Array,
  release: () => predictor.release(),
});

/** The graph ends with the state; the table's own memory gives the scores, and a heap the best. */
async function tableForm(size: Size, threads: number): Promise<Form> {
  const { rows, width, k } = size;
  const { model, values } = await compiled(size, ["state"]);
  const vectors = values.get("table") as Float32Array;
  return {
    bytes: model.length,
    open: async () => {
      const predictor = await open(model, threads);
      const how = { rows, width, precision: "int8", bytesMost: 2 ** 30 } as const;
      const table = openItemTable(vectors, how);
      const scores = new Float32Array(rows);
      const top = createTopK(k);
      return {
        best: async (history) => {
          const states = (await predictor.run({ history }))["state"].data as Float32Array;
          const ids = new Int32Array((states.length / width) * k);
          for (let row = 0; row * width < states.length; row++) {
            table.scoreInto(states.subarray(row * width, (row + 1) * width), scores);
            topKInto(top, scores, nothingMasked);
            ids.set(top.indexes, row * k);
          }
          return ids;
        },
        release: async () => {
          table.release();
          await predictor.release();
        },
      };
    },
  };
}

async function timeAll(
  run: BenchRun,
  size: Size,
  batch: number,
  forms: Readonly<Record<string, Form>>,
  found: Record<string, Record<string, unknown>>,
): Promise<void> {
  const history = historiesOf(size, batch);
  const best: Record<string, Int32Array> = {};
  const contenders = Object.entries(forms).map(
    ([name, form]): Contender => ({
      pid: process.pid,
      steps: (count) => burst(form, history, count, (ids) => (best[name] = ids)),
    }),
  );
  const peer = run.tiny ? undefined : peerOf(size, batch);
  const options = run.tiny
    ? { burst: 1, enough: 1, roundsMost: 1 }
    : { burst: 400, enough: 6, roundsMost: Number(process.env["SHOPKEEPER_BENCH_ROUNDS"] ?? 12) };
  const theirs = await peer?.contender();
  const timed = await inTurns(theirs ? [...contenders, theirs] : contenders, options);
  await peer?.close();
  Object.keys(forms).forEach((name, at) => {
    const recallOfExact = round(overlap(best["fp32"], best[name], size.k));
    found[name][`batch${batch}`] = { ...timed[at], recallOfExact };
  });
  if (theirs === undefined) return;
  const told = timed[contenders.length];
  const ratio = round(timed[0].medianMs / told.medianMs);
  found["peer"] = { ...found["peer"], [`batch${batch}`]: { ...told, fp32Ratio: ratio } };
}

/** Opened for these runs alone; the first ones lay out memory. */
async function burst(
  form: Form,
  history: Slot,
  count: number,
  keep: (ids: Int32Array) => void,
): Promise<readonly number[]> {
  const way = await form.open();
  for (let at = 0; at < 3; at++) keep(await way.best(history));
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await way.best(history);
    times.push(performance.now() - begun);
  }
  await way.release();
  return times;
}

/** PyTorch's scoring of the same shape with its best settings; undefined where there is none. */
function peerOf({ width }: Size, batch: number) {
  const name = `score${width}x${batch}`;
  const peer = openPeer("tensor_steps.py", ["--settings", name]);
  if (peer === undefined) return undefined;
  return {
    contender: async (): Promise<Contender> => {
      await peer.ask({ op: "prepare", case: name });
      const steps = async (runs: number): Promise<number[]> =>
        (await peer.ask<{ ms: number[] }>({ op: "infer", runs })).ms;
      return { pid: peer.pid, steps };
    },
    close: () => peer.close(),
  };
}

function historiesOf({ rows, length }: Size, batch: number): Slot {
  const random = createRandom(seed).split("histories");
  const data = Int32Array.from({ length: batch * length }, () => random.int(rows));
  return { type: "int32", shape: [batch, length], data };
}

/** Resident memory over runs on one model, then over swaps of models. */
async function memorySlopes(size: Size, runs: number, swaps: number): Promise<unknown> {
  const { model } = await compiled(size, ["ids", "scores"]);
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
