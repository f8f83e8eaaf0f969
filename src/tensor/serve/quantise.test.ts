import { describe, expect, test } from "vitest";
import type { Network } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { gelu } from "../graph/primitives/elementwise.ts";
import { embedding } from "../layers/embedding.ts";
import { linear } from "../layers/linear.ts";
import { decodeModel } from "../onnx/decode.ts";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxGraph } from "../onnx/format.ts";
import { createRandom } from "../random.ts";
import { openSession, type Slot } from "../runtime/session.ts";
import { compileInference } from "./compile.ts";
import { storeAsHalves } from "./half-storage.ts";
import { quantiseColumns, quantiseRows } from "./int8.ts";
import { type QuantiseOptions, quantiseGraph } from "./quantise.ts";

const width = 32;

/** A table of 100 rows, then width -> 4 width -> width. */
const network: Network = {
  inputs: { ids: { type: "int32", shape: [1, 1] } },
  build: (scope, { ids }) => {
    const found = embedding(scope, ids, { rows: 100, width });
    const rows = reshape(found, [ids.shape[0], width]);
    const wide = gelu(linear(scope.child("in"), rows, { width: 4 * width }));
    return { y: linear(scope.child("out"), wide, { width }) };
  },
};

function randomValues(): Map<string, Float32Array> {
  const random = createRandom(7);
  const drawn = (size: number, deviation: number): Float32Array =>
    Float32Array.from({ length: size }, () => deviation * random.normal());
  return new Map([
    ["table", drawn(100 * width, 1)],
    ["in.weight", drawn(4 * width ** 2, 1 / Math.sqrt(width))],
    ["in.bias", drawn(4 * width, 0.1)],
    ["out.weight", drawn(4 * width ** 2, 1 / Math.sqrt(4 * width))],
    ["out.bias", drawn(width, 0.1)],
  ]);
}

const compiled = async (): Promise<OnnxGraph> =>
  (
    await compileInference(network, {
      parameters: randomValues(),
      outputs: ["y"],
      target: "native",
      batch: "free",
    })
  ).graph;

const options: QuantiseOptions = { relativeErrorMost: 0.02, levels: 127, valuesLeast: 1024 };

const ids: Slot = {
  type: "int32",
  shape: [50, 1],
  data: Int32Array.from({ length: 50 }, (_, at) => at * 2),
};

async function resultOf(graph: OnnxGraph): Promise<Float32Array> {
  const bytes = encodeModel({ graph, metadata: {} });
  expect(decodeModel(bytes).graph.nodes).toHaveLength(graph.nodes.length);
  const session = await openSession(bytes, { threads: 1, spins: false });
  const data = new Float32Array(50 * width);
  await session.run({ ids }, { y: { type: "float32", shape: [50, width], data } });
  await session.release();
  return data;
}

function relativeError(exact: Float32Array, found: Float32Array): number {
  let error = 0;
  let total = 0;
  for (let at = 0; at < exact.length; at++) {
    error += (exact[at] - found[at]) ** 2;
    total += exact[at] ** 2;
  }
  return Math.sqrt(error / total);
}

describe("whole numbers of 8 bits", () => {
  test("each column by its own largest value", () => {
    // 127 and 1.27 are the largest: scales 1 and 0.01, and 63.6 is rounded to 64.
    const found = quantiseColumns(Float32Array.of(127, 0.5, 63.6, -1.27), [2, 2], {
      transposed: false,
      levels: 127,
    });
    expect([...found.values]).toEqual([127, 50, 64, -127]);
    expect(found.scales[0]).toBe(1);
    expect(found.scales[1]).toBeCloseTo(0.01, 8);
    const norm = Math.hypot(127, 0.5, 63.6, 1.27);
    expect(found.relativeError).toBeCloseTo(0.4 / norm, 6);
  });

  test("rows become columns", () => {
    const given = Float32Array.of(1, 2, 3, 4, 5, 7);
    const found = quantiseColumns(given, [2, 3], { transposed: true, levels: 63 });
    expect(found.shape).toEqual([3, 2]);
    expect([...found.values]).toEqual([21, 36, 42, 45, 63, 63]);
  });

  test("each row by its own; a row of zeros stays", () => {
    const found = quantiseRows(Float32Array.of(0, 0, -4, 2), [2, 2], 127);
    expect([...found.values]).toEqual([0, 0, -127, 64]);
    expect(found.scales[0]).toBe(0);
    expect(quantiseRows(new Float32Array(0), [0, 4], 127).relativeError).toBe(0);
  });
});

describe("quantised graph", () => {
  test("a fourth of the bytes, and results within two percent", async () => {
    const graph = await compiled();
    const { graph: small, report } = quantiseGraph(graph, options);
    const done = report.layers.map(({ operator, isQuantised }) => [operator, isQuantised]);
    expect(done).toEqual([
      ["Gather", true],
      ["Gemm", true],
      ["Gemm", true],
    ]);
    expect(report.bytesAfter / report.bytesBefore).toBeLessThan(0.3);
    const error = relativeError(await resultOf(graph), await resultOf(small));
    // Rounding of weights and of what comes in, in two layers; measured 0.011.
    expect(error).toBeGreaterThan(0.001);
    expect(error).toBeLessThan(0.02);
  });

  /** y = 3 a op(w), w of 2 rows and columns that 8 bits hold exactly. */
  const tripled = (transA: number, transB: number): OnnxGraph => ({
    name: "tripled",
    nodes: [
      {
        operator: "Gemm",
        domain: "",
        inputs: ["a", "w"],
        outputs: ["y"],
        attributes: {
          alpha: { real: 3 },
          transA: { integer: transA },
          transB: { integer: transB },
        },
      },
    ],
    inputs: [{ name: "a", type: "float32", shape: [2, 2] }],
    outputs: [{ name: "y", type: "float32", shape: [2, 2] }],
    constants: [
      {
        name: "w",
        type: "float32",
        shape: [2, 2],
        bytes: new Uint8Array(Float32Array.of(127, 5, 2, 127).buffer),
      },
    ],
  });

  test("a factor and a turned weight are kept; a product of what is turned is left", async () => {
    const small = quantiseGraph(tripled(0, 1), { ...options, valuesLeast: 1 }).graph;
    const session = await openSession(encodeModel({ graph: small, metadata: {} }), {
      threads: 1,
      spins: false,
    });
    const matrix = (...values: number[]): Slot => ({
      type: "float32",
      shape: [2, 2],
      data: Float32Array.from(values),
    });
    const y = matrix(0, 0, 0, 0);
    await session.run({ a: matrix(255, 0, 0, 51) }, { y });
    await session.release();
    // 3 [[255, 0], [0, 51]] [[127, 2], [5, 127]]
    expect([...y.data].map(Math.round)).toEqual([97_155, 1530, 765, 19_431]);
    const turned = tripled(1, 0);
    expect(quantiseGraph(turned, { ...options, valuesLeast: 1 }).graph).toEqual(turned);
  });

  test("a layer past the bound is left as it is and named", async () => {
    const graph = await compiled();
    const strict = quantiseGraph(graph, { ...options, relativeErrorMost: 0.001 });
    expect(strict.report.layers.map(({ isQuantised }) => isQuantised)).toEqual([
      false,
      false,
      false,
    ]);
    expect(strict.report.layers[1].relativeError).toBeGreaterThan(0.001);
    expect(strict.graph).toEqual(graph);
  });

  test("halves on disk: half of the bytes, errors below 1 in 1,000", async () => {
    const graph = await compiled();
    const { graph: half, bytesAfter, bytesBefore, refused } = storeAsHalves(graph, 1024);
    expect(refused).toEqual([]);
    expect(bytesAfter / bytesBefore).toBeLessThan(0.55);
    const error = relativeError(await resultOf(graph), await resultOf(half));
    // 11 bits: 2^-12 at most for each weight.
    expect(error).toBeGreaterThan(1e-6);
    expect(error).toBeLessThan(1e-3);
  });

  test("a value that halves cannot hold keeps its weight whole", () => {
    const values = new Float32Array([1, 65_505]);
    const weight = { name: "w", type: "float32" as const, shape: [2] };
    const graph: OnnxGraph = {
      name: "g",
      nodes: [],
      inputs: [],
      outputs: [],
      constants: [{ ...weight, bytes: new Uint8Array(values.buffer) }],
    };
    expect(storeAsHalves(graph, 1)).toMatchObject({ refused: ["w"], bytesAfter: 8 });
  });
});
