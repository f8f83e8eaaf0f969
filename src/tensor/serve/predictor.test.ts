import { afterAll, describe, expect, test } from "vitest";
import { isProblem, type Problem } from "../../errors.ts";
import type { Network } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { softmax } from "../graph/primitives/normalise.ts";
import { embedding } from "../layers/embedding.ts";
import { linear } from "../layers/linear.ts";
import type { Slot } from "../runtime/session.ts";
import { compileInference } from "./compile.ts";
import { openPredictor, type Predictor, type PredictorOptions } from "./predictor.ts";
import { createServedModel } from "./served-model.ts";

/** y = softmax(table[ids] W + b + x), ids of 4. */
const network: Network = {
  inputs: { ids: { type: "int32", shape: [1, 1] }, x: { type: "float32", shape: [1, 2] } },
  build: (scope, { ids, x }) => {
    const row = reshape(embedding(scope, ids, { rows: 4, width: 2 }), x.shape);
    const sum = linear(scope, row, { width: 2 });
    return { y: softmax(sum), sum };
  },
};

/** The weight swaps the columns and adds [0, scale]. */
const valuesOf = (factor: number): Map<string, Float32Array> =>
  new Map([
    ["table", Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7)],
    ["weight", Float32Array.of(0, 1, 1, 0)],
    ["bias", Float32Array.of(0, factor)],
  ]);

const cpu: PredictorOptions = {
  provider: "cpu",
  session: { threads: 1, spins: false },
  kept: {},
  batchMost: 8,
};

const compile = (factor: number): Promise<{ readonly model: Uint8Array }> =>
  compileInference(network, {
    parameters: valuesOf(factor),
    outputs: ["sum"],
    target: "native",
    batch: "free",
  });

const ids = (...values: number[]): Slot => ({
  type: "int32",
  shape: [values.length, 1],
  data: Int32Array.from(values),
});

const opened: Predictor[] = [];
async function open(factor: number, more: Partial<PredictorOptions> = {}): Promise<Predictor> {
  const predictor = await openPredictor((await compile(factor)).model, { ...cpu, ...more });
  opened.push(predictor);
  return predictor;
}
afterAll(() => Promise.all(opened.map((one) => one.release())));

const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const found = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!isProblem(found)) throw new Error("no problem was thrown", { cause: found });
  return found;
};

describe("predictor", () => {
  test("one file serves any batch", async () => {
    const predictor = await open(10);
    expect(predictor.signature.inputs.map(({ name }) => name)).toEqual(["ids"]);
    const { sum } = await predictor.run({ ids: ids(1) });
    expect([sum.shape, [...sum.data]]).toEqual([
      [1, 2],
      [3, 12],
    ]);
    const three = (await predictor.run({ ids: ids(0, 3, 1) }))["sum"];
    expect([three.shape, [...three.data]]).toEqual([
      [3, 2],
      [1, 10, 7, 16, 3, 12],
    ]);
    expect((await predictor.run({ ids: ids() }))["sum"].shape).toEqual([0, 2]);
  });

  test.each<[string, Record<string, Slot>, string, string]>([
    ["a missing input", {}, "/ids", "is missing"],
    ["an unknown input", { ids: ids(1), z: ids(1) }, "/z", "is not an input of the model"],
    [
      "a wrong type",
      { ids: { type: "float32", shape: [1, 1], data: Float32Array.of(1) } },
      "/ids",
      "is float32, not int32",
    ],
    [
      "a wrong shape",
      { ids: { type: "int32", shape: [1, 2], data: Int32Array.of(1, 2) } },
      "/ids",
      "has shape [1, 2], not [batch, 1]",
    ],
    [
      "too few values",
      { ids: { type: "int32", shape: [2, 1], data: Int32Array.of(1) } },
      "/ids",
      "has 1 values, not 2",
    ],
    [
      "an array of another type",
      { ids: { type: "int32", shape: [1, 1], data: Float32Array.of(1) } },
      "/ids",
      "does not lie in an array of int32",
    ],
  ])("%s is a problem that names it", async (_, feeds, pointer, detail) => {
    const predictor = await open(10);
    const found = await problemOf(predictor.run(feeds));
    expect([found.code, found.errors]).toEqual(["invalid-request", [{ pointer, detail }]]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("a value of %s is refused", async (value) => {
    const { model } = await compileInference(
      {
        inputs: { x: { type: "float32", shape: [1, 2] } },
        build: (_, { x }) => ({ y: softmax(x) }),
      },
      { parameters: "inputs", outputs: ["y"], target: "native", batch: "free" },
    );
    const predictor = await openPredictor(model, cpu);
    const x: Slot = { type: "float32", shape: [1, 2], data: Float32Array.of(1, value) };
    const found = await problemOf(predictor.run({ x }));
    expect(found.errors).toEqual([{ pointer: "/x", detail: "has a value that is no number" }]);
    await predictor.release();
  });

  test("an index outside the table and a batch too large are problems; it serves on", async () => {
    const predictor = await open(10);
    expect((await problemOf(predictor.run({ ids: ids(4) }))).code).toBe("invalid-request");
    const nine = ids(0, 1, 2, 3, 0, 1, 2, 3, 0);
    expect((await problemOf(predictor.run({ ids: nine }))).code).toBe("too-large");
    expect([...(await predictor.run({ ids: ids(1) }))["sum"].data]).toEqual([3, 12]);
  });

  test("parameters can stay where the trainer has them", async () => {
    const { model } = await compileInference(network, {
      parameters: "inputs",
      outputs: ["sum"],
      target: "native",
      batch: "free",
    });
    const bias = Float32Array.of(0, 10);
    const kept: Record<string, Slot> = {
      table: { type: "float32", shape: [4, 2], data: valuesOf(0).get("table") as Float32Array },
      weight: { type: "float32", shape: [2, 2], data: Float32Array.of(0, 1, 1, 0) },
      bias: { type: "float32", shape: [2], data: bias },
    };
    const predictor = await openPredictor(model, { ...cpu, kept });
    opened.push(predictor);
    expect([...(await predictor.run({ ids: ids(1) }))["sum"].data]).toEqual([3, 12]);
    bias[0] = 100;
    expect([...(await predictor.run({ ids: ids(1) }))["sum"].data]).toEqual([103, 12]);
    const { weight: _, ...less } = kept;
    const found = await problemOf(
      openPredictor(model, { ...cpu, kept: less }).then((one) => {
        opened.push(one);
        return one.run({ ids: ids(1) });
      }),
    );
    expect(found.errors).toEqual([{ pointer: "/weight", detail: "is missing" }]);
  });

  test("WebAssembly serves the same file", async () => {
    const predictor = await open(10, { provider: "wasm" });
    expect(predictor.report.fallbacks).toEqual({});
    const { sum } = await predictor.run({ ids: ids(0, 3, 1) });
    expect([...sum.data]).toEqual([1, 10, 7, 16, 3, 12]);
  });

  test("every cut of a file, and a file of something else, is a bad model file", async () => {
    const { model } = await compile(10);
    const cuts = [0, 1, 7, model.length >> 1, model.length - 1];
    for (const cut of cuts) {
      const found = await problemOf(openPredictor(model.slice(0, cut), cpu));
      expect([cut, found.code]).toEqual([cut, "invalid-model-file"]);
    }
    const foreign = new TextEncoder().encode("PK\u0003\u0004 this is an archive, not a model");
    expect((await problemOf(openPredictor(foreign, cpu))).code).toBe("invalid-model-file");
  });
});

describe("served model", () => {
  test("runs in flight end on the model they began with", async () => {
    const served = createServedModel(await open(10));
    const before = [served.run({ ids: ids(1) }), served.run({ ids: ids(1) })];
    const swapped = served.swap(await open(20));
    const after = served.run({ ids: ids(1) });
    const results = await Promise.all([...before, after]);
    expect(results.map(({ sum }) => sum.data[1])).toEqual([12, 12, 22]);
    await swapped;
    await served.release();
  });

  test("the old model is released after its last run, and once", async () => {
    const log: string[] = [];
    let end: (() => void) | undefined;
    const slow = await open(10);
    const old: Predictor = {
      ...slow,
      run: async () => {
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        log.push("run ended");
        return {};
      },
      release: async () => {
        log.push("released");
      },
    };
    const served = createServedModel(old);
    const run = served.run({});
    const swapped = served.swap(await open(20));
    await Promise.resolve();
    expect(log).toEqual([]);
    end?.();
    await Promise.all([run, swapped]);
    expect(log).toEqual(["run ended", "released"]);
    await served.release();
    await served.release();
    expect((await problemOf(served.run({ ids: ids(1) }))).code).toBe("not-ready");
    expect((await problemOf(served.swap(await open(1)))).code).toBe("not-ready");
  });
});
