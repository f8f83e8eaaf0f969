import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { encodeModel } from "./encode.ts";
import type { OnnxGraph, OnnxNode, OnnxValue } from "./format.ts";

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
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const identity: OnnxGraph = {
  name: "g",
  nodes: [node("Identity", ["x"], ["y"])],
  inputs: [float32("x", ["n", 2])],
  outputs: [float32("y", ["n", 2])],
  constants: [],
};

describe("models as ONNX files", () => {
  test("the bytes that the format's own library writes (Python package onnx 1.23.2)", () => {
    const producer = "0809120a73686f706b6565706572";
    const node = "0a100a017812017922084964656e74697479";
    const input = "5a140a0178120f0a0d080112090a0312016e0a020802";
    const output = "62140a0179120f0a0d080112090a0312016e0a020802";
    const sets = "42040a00101442110a0d636f6d2e6d6963726f736f66741001";
    expect(hex(encodeModel({ graph: identity, metadata: {} }))).toBe(
      `${producer}3a41${node}120167${input}${output}${sets}`,
    );
  });

  test("equal models, equal bytes, however they were written down", () => {
    const one = node("Gemm", ["a", "b"], ["y"], { alpha: { real: 2 }, transA: { integer: 1 } });
    const two = { ...one, attributes: { transA: { integer: 1 }, alpha: { real: 2 } } };
    const bytes = (nodes: readonly OnnxNode[], metadata: Record<string, string>): string =>
      hex(encodeModel({ graph: { ...identity, nodes }, metadata }));
    expect(bytes([one], { a: "1", b: "2" })).toBe(bytes([two], { b: "2", a: "1" }));
    expect(bytes([one], { a: "1" })).not.toBe(bytes([one], { a: "2" }));
  });

  test("the bytes stand alone in their memory", () => {
    const bytes = encodeModel({ graph: identity, metadata: {} });
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  test("the runtime runs constants, lists, an operator of its own and a loop over a sub-graph", async () => {
    // Rows are doubled by a constant and halved by the product's factor, then summed up by Scan.
    const body: OnnxGraph = {
      name: "body",
      nodes: [node("Add", ["sum", "row"], ["next"]), node("Identity", ["next"], ["out"])],
      inputs: [float32("sum", [2]), float32("row", [2])],
      outputs: [float32("next", [2]), float32("out", [2])],
      constants: [],
    };
    const scan = {
      body: { graph: body },
      num_scan_inputs: { integer: 1 },
      scan_input_axes: { integers: [0] },
      scan_output_directions: { integers: [0] },
    };
    const fused: OnnxNode = {
      operator: "FusedMatMul",
      domain: "com.microsoft",
      inputs: ["x", "double"],
      outputs: ["scaled"],
      attributes: { alpha: { real: 0.5 }, transB: { integer: 1 } },
    };
    const graph: OnnxGraph = {
      name: "sums",
      nodes: [fused, node("Scan", ["zero", "scaled"], ["last", "sums"], scan)],
      inputs: [float32("x", ["n", 2])],
      outputs: [float32("last", [2]), float32("sums", ["n", 2])],
      constants: [
        {
          name: "double",
          type: "float32",
          shape: [2, 2],
          bytes: new Uint8Array(Float32Array.of(2, 0, 0, 2).buffer),
        },
        { name: "zero", type: "float32", shape: [2], bytes: new Uint8Array(8) },
      ],
    };
    const session = await InferenceSession.create(encodeModel({ graph, metadata: {} }));
    const x = new Tensor("float32", Float32Array.of(1, 10, 2, 20, 3, 30), [3, 2]);
    const { last, sums } = await session.run({ x });
    expect([...(last.data as Float32Array)]).toEqual([6, 60]);
    expect([...(sums.data as Float32Array)]).toEqual([1, 10, 3, 30, 6, 60]);
    await session.release();
  });

  test("what the format cannot say is a mistake of ours", () => {
    const encode = (graph: Partial<OnnxGraph>): Uint8Array =>
      encodeModel({ graph: { ...identity, ...graph }, metadata: {} });
    const bytes = new Uint8Array(4);
    const three = { name: "c", type: "float32", shape: [3], bytes } as const;
    expect(() => encode({ constants: [three] })).toThrow("the bytes of c fit its shape");
    expect(() => encode({ nodes: [{ ...node("A", [], []), domain: "else" }] })).toThrow("else");
    const half = node("A", [], [], { a: { integer: 0.5 } });
    expect(() => encode({ nodes: [half] })).toThrow("exact");
  });
});
