import { expect, test, vi } from "vitest";
import { smallTraining } from "./conformance/small-training.ts";

/** A machine that the native runtime has no binary for: whoever loads it is told so. */
const NO_BINARY = "Cannot find module '../bin/napi-v6/darwin/x64/onnxruntime_binding.node'";
vi.mock("onnxruntime-node", () => {
  throw new Error(NO_BINARY);
});

const { fitBehaviour } = await import("./fit-behaviour.ts");
const { openEncoder } = await import("./encode.ts");
const { chooseProvider } = await import("../../tensor/runtime/choose-provider.ts");

test("a model is trained, judged and asked where native code cannot be loaded", async () => {
  const { inUse: provider, fallbacks } = await chooseProvider("cpu", 1);
  expect(provider).toBe("wasm");
  expect(fallbacks).toMatchObject([{ provider: "cpu" }]);
  const fit = { ...smallTraining, provider, threads: 1 };
  const { shape, parameters, epochs, best } = await fitBehaviour(fit);
  const [first, , last] = epochs;
  expect(last?.loss).toBeLessThan(first?.loss as number);
  expect(best.ndcg).toBeGreaterThan(0);
  const encoder = await openEncoder(shape, parameters, { provider, threads: 1, batch: 4 });
  const states = await encoder.encode([Int32Array.of(1, 6), Int32Array.of(2, 7)]);
  await encoder.release();
  expect(states).toHaveLength(2 * shape.width);
  expect(states.every(Number.isFinite)).toBe(true);
  expect(states.subarray(0, shape.width)).not.toEqual(states.subarray(shape.width));
});
