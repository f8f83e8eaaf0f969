import { describe, expect, test } from "vitest";
import type { Network } from "../graph/network.ts";
import { meanAll } from "../graph/primitives/arrange.ts";
import { square, subtract, tanh } from "../graph/primitives/elementwise.ts";
import { linear } from "../layers/linear.ts";
import { decodeModel } from "../onnx/decode.ts";
import { compileTraining } from "../train/compile.ts";
import { openSessionOn, type Provider, reportFor, targetOf } from "./providers.ts";
import type { Slot } from "./session.ts";

/** Two layers and a loss; the batch goes through in two turns of a loop. */
const network: Network = {
  inputs: { x: { type: "float32", shape: [4, 3] }, goal: { type: "float32", shape: [4, 2] } },
  build: (scope, { x, goal }) => {
    const hidden = tanh(linear(scope.child("hidden"), x, { width: 5 }));
    return {
      loss: meanAll(square(subtract(linear(scope.child("out"), hidden, { width: 2 }), goal))),
    };
  },
};

const compile = (turns: number, target: "native" | "portable") =>
  compileTraining(network, { turns, target, clipExamplesTo: undefined });

const float32 = (shape: readonly number[], fill: (at: number) => number): Slot => ({
  type: "float32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => fill(at)),
});

/** Loss and gradients of one step. */
async function step(provider: Provider, turns: number, threads: number) {
  const { program, initialValues } = compile(turns, targetOf(provider));
  const session = await openSessionOn(provider, program.model, { threads, spins: false });
  const feeds: Record<string, Slot> = {
    x: float32([4, 3], (at) => Math.sin(at)),
    goal: float32([4, 2], (at) => Math.cos(at)),
  };
  const fetches: Record<string, Slot> = { loss: float32([], () => 0) };
  for (const { name, shape } of program.parameters) {
    feeds[name] = { type: "float32", shape, data: initialValues(1).get(name) as Float32Array };
    fetches[`gradient:${name}`] = float32(shape, () => 0);
  }
  await session.run(feeds, fetches);
  await session.release();
  return [...Object.values(fetches)].flatMap(({ data }) => [...data]);
}

describe("providers", () => {
  test("WebAssembly runs the same training step, loop and fused products included", async () => {
    const { graph } = decodeModel(compile(2, targetOf("wasm")).program.model);
    expect(graph.nodes.map(({ operator }) => operator)).toContain("Scan");
    expect(JSON.stringify(graph.nodes)).toContain("FusedMatMul");
    const native = await step("cpu", 2, 1);
    const web = await step("wasm", 2, 1);
    expect(native[0]).toBeGreaterThan(0.1);
    expect(web).toHaveLength(native.length);
    web.forEach((value, at) => {
      expect(value).toBeCloseTo(native[at], 6);
    });
  });

  test("the processor runs all; a card leaves loops and fused products to it", () => {
    const { graph } = decodeModel(compile(2, "native").program.model);
    expect(reportFor("cpu", graph).fallbacks).toEqual({});
    const { fallbacks, nodes } = reportFor("webgpu", graph);
    expect(fallbacks["Scan"]).toBe(1);
    expect(fallbacks["FusedMatMul"]).toBeGreaterThan(0);
    expect(nodes).toBeGreaterThan(graph.nodes.length);
    const portable = decodeModel(compile(1, targetOf("webgpu")).program.model).graph;
    expect(reportFor("webgpu", portable).fallbacks).toEqual({});
  });

  test("portable operators give the same step", async () => {
    const { program } = compile(1, "portable");
    expect(decodeModel(program.model).graph.nodes.every(({ domain }) => domain === "")).toBe(true);
    expect(targetOf("cuda")).toBe("portable");
    expect(targetOf("cpu")).toBe("native");
  });

  test.each<Provider>(["cpu", "wasm"])("%s refuses what is no model", async (provider) => {
    const bytes = Uint8Array.of(1, 2, 3);
    const opened = openSessionOn(provider, bytes, { threads: 1, spins: false });
    await expect(opened).rejects.toThrow("protobuf parsing failed");
  });
});
