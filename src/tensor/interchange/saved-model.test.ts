import { describe, expect, test } from "vitest";
import { isProblem } from "../../errors.ts";
import { crc32 } from "./crc32.ts";
import { decodeCard, encodeCard } from "./model-card.ts";
import { type ModelFiles, type ModelToSave, packModel, unpackModel } from "./saved-model.ts";

const toSave: ModelToSave = {
  card: {
    name: "double",
    version: "1",
    createdAt: 1_700_000_000_000,
    frameworkVersion: "0.1.0",
    inputs: [{ name: "x", shape: ["n", 2], unit: "number" }],
    outputs: [{ name: "y", shape: ["n", 1], unit: "number" }],
    trainingData: { name: "none", fingerprint: "0", rows: 0 },
    protocol: "set by hand",
    metrics: [{ name: "error", value: 0.5, low: 0.25, high: 1, level: 0.95 }],
    intendedUse: "a test",
    limits: ["knows nothing"],
  },
  graph: {
    name: "double",
    nodes: [
      {
        operator: "MatMul",
        domain: "",
        inputs: ["x", "w"],
        outputs: ["y"],
        attributes: {},
      },
    ],
    inputs: [
      { name: "x", type: "float32", shape: ["n", 2] },
      { name: "w", type: "float32", shape: [2, 1] },
    ],
    outputs: [{ name: "y", type: "float32", shape: ["n", 1] }],
    constants: [],
  },
  weights: new Map([
    ["w", { type: "F32", shape: [2, 1], bytes: new Uint8Array(Float32Array.of(2, 3).buffer) }],
  ]),
};
const files = packModel(toSave);
/** The words of the problem that this ends in. */
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isProblem(error) && error.code === "invalid-model-file") return error.message;
    throw error;
  }
  return "not refused";
};
const withCard = (change: (text: string) => string): ModelFiles => ({
  ...files,
  "card.json": new TextEncoder().encode(change(new TextDecoder().decode(files["card.json"]))),
});

describe("saved models", () => {
  test("the checksum's known value", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  test("what was packed is unpacked, and packs to the same bytes", () => {
    const saved = unpackModel(files);
    expect(saved.graph).toEqual(toSave.graph);
    expect(saved.weights).toEqual(toSave.weights);
    expect(saved.card).toMatchObject({ ...toSave.card, parameters: { count: 2, bytes: 8 } });
    expect(packModel(toSave)).toEqual(files);
    expect(encodeCard(decodeCard(files["card.json"]))).toEqual(files["card.json"]);
  });

  test("a bit that changed in graph or weights is found, and so is a cut", () => {
    for (const name of ["model.onnx", "weights.safetensors"] as const) {
      for (let at = 0; at < files[name].length; at++) {
        const bytes = files[name].slice();
        bytes[at] ^= 1 << (at % 8);
        expect(refusal(() => unpackModel({ ...files, [name]: bytes }))).toContain("checksum");
      }
      expect(refusal(() => unpackModel({ ...files, [name]: files[name].subarray(1) }))).toContain(
        "the card says",
      );
      const { [name]: _, ...rest } = files;
      expect(refusal(() => unpackModel(rest))).toContain(`no ${name}`);
    }
  });

  test("files of two models are not mixed", () => {
    const weights = new Map([
      ["w", { type: "F32", shape: [2, 1], bytes: new Uint8Array(8) } as const],
    ]);
    const other = packModel({ ...toSave, weights });
    const mixed = { ...files, "weights.safetensors": other["weights.safetensors"] };
    expect(refusal(() => unpackModel(mixed))).toContain("checksum");
  });

  test("card, graph and weights must agree", () => {
    const { card, graph } = toSave;
    const weight = (name: string, type: "F16" | "F32" | "I32", shape: readonly number[]) => {
      const width = type === "F16" ? 2 : 4;
      const bytes = new Uint8Array(width * shape.reduce((a, b) => a * b, 1));
      return packModel({ card, graph, weights: new Map([[name, { type, shape, bytes }]]) });
    };
    expect(unpackModel(weight("w", "F16", [2, 1])).card.parameters).toEqual({ count: 2, bytes: 4 });
    expect(refusal(() => weight("v", "F32", [2, 1]))).toContain("no input for the weight v");
    expect(refusal(() => weight("w", "F32", [1, 2]))).toContain(
      "the weight w is [1,2], the graph wants [2,1]",
    );
    expect(refusal(() => weight("w", "I32", [2, 1]))).toContain("the weight w is I32");
    const named = (name: string, shape: readonly (number | string)[]): ModelToSave => ({
      ...toSave,
      card: { ...card, outputs: [{ name, shape, unit: "number" }] },
    });
    expect(refusal(() => packModel(named("z", ["n", 1])))).toContain(
      "does not name y of the outputs",
    );
    expect(refusal(() => packModel(named("y", ["n", 2])))).toContain(
      "the card says [n,2] of y, the graph [n,1]",
    );
    expect(refusal(() => packModel({ ...toSave, weights: new Map() }))).toContain(
      "the card names 1 inputs",
    );
  });

  test("a card that says too little, too much or the wrong kind is refused by name", () => {
    const cases: readonly (readonly [string, string, string])[] = [
      ['"format": 1', '"format": 2', "format is not 1"],
      ['"version": "1"', '"version": 1', "version is not a text"],
      ['"version": "1"', '"edition": "1"', "does not know edition"],
      ['"protocol": "set by hand",', "", "does not say protocol"],
      ['"protocol": "set by hand",', '"protocol": "a", "protocol": "b",', "a name twice"],
      ['"value": 0.5', '"value": 5', "metrics/0 lies outside of its interval"],
      ['"level": 0.95', '"level": 95', "level is not between 0 and 1"],
      ['"rows": 0', '"rows": -1', "rows is not a whole number"],
      ['"count": 2', '"count": 3', "counts other parameters"],
      ['"value": 0.5', '"value": 1e999', "not a finite number"],
      ['"name": "model.onnx"', '"name": "other.onnx"', "does not name model.onnx"],
    ];
    for (const [from, to, words] of cases) {
      expect(refusal(() => unpackModel(withCard((text) => text.replace(from, to))))).toContain(
        words,
      );
    }
    expect(refusal(() => unpackModel(withCard((text) => text.slice(0, -3))))).toContain("not JSON");
    expect(refusal(() => decodeCard(new Uint8Array(2 ** 20 + 1)))).toContain("1 MiB");
  });
});
