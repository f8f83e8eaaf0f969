import { expect, test } from "vitest";
import {
  encodeSafetensors,
  float32Weight,
  type Weight,
} from "../../tensor/interchange/safetensors.ts";
import { trainedWeights } from "./trained-weights.ts";

const wanted = {
  fingerprint: "lesson-1",
  shapes: new Map([
    ["items", [3, 2]],
    ["norm.scale", [2]],
  ]),
};
const items = float32Weight(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
const scale = float32Weight(Float32Array.of(7, 8), [2]);

const fileOf = (
  weights: Readonly<Record<string, Weight>>,
  metadata: Readonly<Record<string, string>> = { fingerprint: "lesson-1" },
): Uint8Array => encodeSafetensors({ weights: new Map(Object.entries(weights)), metadata });

const read = (file: Uint8Array) => () => trainedWeights("trained.safetensors", file, wanted);

test("whole weights are taken, as copies", () => {
  const file = fileOf({ items, "norm.scale": scale });
  const found = read(file)();
  file.fill(0);
  expect(found.get("items")).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  expect(found.get("norm.scale")).toEqual(Float32Array.of(7, 8));
  expect(found.size).toBe(2);
});

test("all that is wrong is said at once, each with its place", () => {
  const file = fileOf({ items: float32Weight(new Float32Array(4), [2, 2]), more: scale });
  expect(read(file)).toThrow(
    expect.objectContaining({
      code: "invalid-model-file",
      message: "trained.safetensors/items is [2,2], the network has [3,2], and 2 more",
      errors: [
        { pointer: "/trained.safetensors/items", detail: "is [2,2], the network has [3,2]" },
        { pointer: "/trained.safetensors/norm.scale", detail: "is missing: it is [2]" },
        {
          pointer: "/trained.safetensors/more",
          detail: "is no parameter of the network: leave it out",
        },
      ],
    }),
  );
});

test("what is not finite, and what is no float32, is refused", () => {
  const bad = float32Weight(Float32Array.of(7, Number.NaN), [2]);
  expect(read(fileOf({ items, "norm.scale": bad }))).toThrow("is not finite at place 1");
  const half: Weight = { type: "F16", shape: [2], bytes: new Uint8Array(4) };
  expect(read(fileOf({ items, "norm.scale": half }))).toThrow("is F16: save it as float32");
});

test("weights that do not say what they learned, or learned something else, are refused", () => {
  const weights = { items, "norm.scale": scale };
  expect(read(fileOf(weights, {}))).toThrow(
    expect.objectContaining({
      code: "invalid-model-file",
      errors: [expect.objectContaining({ pointer: "/trained.safetensors/__metadata__" })],
    }),
  );
  expect(read(fileOf(weights, { fingerprint: "lesson-2" }))).toThrow(
    expect.objectContaining({ code: "stale-model" }),
  );
});

test("a file that is cut off is refused", () => {
  const file = fileOf({ items, "norm.scale": scale });
  expect(read(file.subarray(0, file.length - 1))).toThrow("cut off");
});
