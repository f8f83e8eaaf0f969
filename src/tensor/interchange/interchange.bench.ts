import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { BenchRun } from "../../../scripts/bench.ts";
import type { OnnxGraph, OnnxNode, OnnxValue } from "../onnx/format.ts";
import { createRandom } from "../random.ts";
import { float32Of, type Weight } from "./safetensors.ts";
import { packModel, unpackModel } from "./saved-model.ts";

/**
 * Seconds to pack and unpack a model, and whether others read it: the format's checker, Python's
 * runtime and Python's safetensors, when SHOPKEEPER_PEERS_PYTHON names a Python that has them
 * (bench/peers). The model: rows through a matrix of weights, then summed up by a Scan.
 */
const rows = 5;
const seed = 1;

export async function bench(run: BenchRun): Promise<unknown> {
  const width = run.tiny ? 8 : 2048;
  const weight = randomArray("weight", [width, width]);
  const begun = performance.now();
  const files = packModel(modelOf(width, weight));
  const packed = performance.now();
  const { weights } = unpackModel(files);
  const unpacked = performance.now();
  const x = randomArray("input", [rows, width]);
  const y = await outputOf(files["model.onnx"], x, weights.get("w") ?? weight);
  const arrays = packArrays(x, y);
  const peer = await checkByPython({ ...files, "arrays.f32": arrays }, width);
  run.note(
    peer === undefined ? "Python: SHOPKEEPER_PEERS_PYTHON is not set" : JSON.stringify(peer),
  );
  return {
    width,
    rows,
    seed,
    bytes: Object.values(files).reduce((sum, { length }) => sum + length, 0),
    packSeconds: (packed - begun) / 1000,
    unpackSeconds: (unpacked - packed) / 1000,
    peer: peer ?? "not run: SHOPKEEPER_PEERS_PYTHON is not set",
  };
}

function randomArray(name: string, shape: readonly [number, number]): Weight {
  const random = createRandom(seed).split(name);
  const scale = 1 / Math.sqrt(shape[1]);
  const values = Float32Array.from({ length: shape[0] * shape[1] }, () => random.normal() * scale);
  return { type: "F32", shape, bytes: new Uint8Array(values.buffer) };
}

const float32 = (name: string, shape: OnnxValue["shape"]): OnnxValue => ({
  name,
  type: "float32",
  shape,
});
const node = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode["attributes"] = {},
): OnnxNode => ({ operator, domain: "", inputs, outputs, attributes });

function graphOf(width: number): OnnxGraph {
  const body: OnnxGraph = {
    name: "body",
    nodes: [node("Add", ["sum", "row"], ["next"]), node("Identity", ["next"], ["out"])],
    inputs: [float32("sum", [width]), float32("row", [width])],
    outputs: [float32("next", [width]), float32("out", [width])],
    constants: [],
  };
  const scan = { body: { graph: body }, num_scan_inputs: { integer: 1 } };
  return {
    name: "sums",
    nodes: [
      node("MatMul", ["x", "w"], ["product"]),
      node("LeakyRelu", ["product"], ["active"], { alpha: { real: 0.125 } }),
      node("Scan", ["zero", "active"], ["last", "y"], scan),
    ],
    inputs: [float32("x", ["n", width]), float32("w", [width, width])],
    outputs: [float32("y", ["n", width])],
    constants: [
      { name: "zero", type: "float32", shape: [width], bytes: new Uint8Array(width * 4) },
    ],
  };
}

const modelOf = (width: number, weight: Weight): Parameters<typeof packModel>[0] => ({
  card: {
    name: "sums",
    version: "1",
    createdAt: 0,
    frameworkVersion: "bench",
    inputs: [{ name: "x", shape: ["n", width], unit: "number" }],
    outputs: [{ name: "y", shape: ["n", width], unit: "number" }],
    trainingData: { name: "none", fingerprint: `seed ${seed}`, rows: 0 },
    protocol: "drawn, not trained",
    metrics: [],
    intendedUse: "to see whether others read it",
    limits: [],
  },
  graph: graphOf(width),
  weights: new Map([["w", weight]]),
});

async function outputOf(model: Uint8Array, x: Weight, w: Weight): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 2 });
  const feed = (weight: Weight): Tensor => new Tensor("float32", float32Of(weight), weight.shape);
  const { y } = await session.run({ x: feed(x), w: feed(w) });
  await session.release();
  return y.data as Float32Array;
}

/** The input, then what came of it here. */
function packArrays(x: Weight, y: Float32Array): Uint8Array {
  const both = new Float32Array(2 * y.length);
  both.set(float32Of(x));
  both.set(y, y.length);
  return new Uint8Array(both.buffer);
}

async function checkByPython(
  files: Readonly<Record<string, Uint8Array>>,
  width: number,
): Promise<unknown> {
  const python = process.env["SHOPKEEPER_PEERS_PYTHON"];
  if (python === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "interchange-"));
  try {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const script = join(import.meta.dirname, "../../../bench/peers/onnx_check.py");
    const call = [script, folder, String(rows), String(width)];
    const { stdout } = await promisify(execFile)(python, call);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}
