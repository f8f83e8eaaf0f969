import { describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import { encodeSafetensors } from "../interchange/safetensors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import type { TrainerState } from "./trainer.ts";

const values = (...numbers: number[]) => new Map([["layer.weight", Float32Array.from(numbers)]]);
const state: TrainerState = {
  step: 7,
  optimiser: "adam",
  parameters: values(1, -2, 3.5),
  moments: [values(0, 1, 2), values(3, 4, 5)],
  averages: values(9, 8, 7),
};
const codeOf = (bytes: Uint8Array): unknown => {
  try {
    decodeCheckpoint(bytes);
  } catch (error) {
    return isProblem(error) && error.code;
  }
  return "read";
};

describe("a checkpoint", () => {
  test("comes back as it was, equal bytes for equal states", () => {
    expect(decodeCheckpoint(encodeCheckpoint(state))).toEqual(state);
    expect(encodeCheckpoint(state)).toEqual(encodeCheckpoint(state));
    const without = { ...state, averages: undefined, moments: [values(0, 1, 2)] };
    expect(decodeCheckpoint(encodeCheckpoint(without))).toEqual(without);
  });

  test("cut short anywhere it is a problem, never half a state", () => {
    const bytes = encodeCheckpoint(state);
    const codes = [0, 7, 8, 50, bytes.length - 1].map((end) => codeOf(bytes.subarray(0, end)));
    expect(new Set(codes)).toEqual(new Set(["invalid-model-file"]));
  });

  test("another safetensors file is a problem", () => {
    const other = encodeSafetensors({ weights: new Map(), metadata: { format: "pt" } });
    expect(codeOf(other)).toBe("invalid-model-file");
  });
});
