import { describe, expect, test } from "vitest";
import type { Network } from "../graph/network.ts";
import { mean, slice, sum, transpose } from "../graph/primitives/arrange.ts";
import { add, divide, relu, sqrt, square, subtract } from "../graph/primitives/elementwise.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import { attentionBlock, attentionBlockAt } from "../layers/attention.ts";
import { ones } from "../layers/initialisers.ts";
import { asBias, seesAll, seesEarlier, seesPresent } from "../layers/visibility.ts";
import { createRandom } from "../random.ts";
import { openSession, type Slot } from "../runtime/session.ts";
import { type CompiledInference, compileInference, type InferenceOptions } from "./compile.ts";
import { openPredictor } from "./predictor.ts";
import { scoringNetwork } from "./score.ts";

/** x against the rows of a table brought to length 1: sqrt, sum and quotient rest on it alone. */
const normalised: Network = {
  inputs: { x: { type: "float32", shape: [1, 2] } },
  build: (scope, { x }) => {
    const table = scope.parameter("table", [3, 2], ones);
    const unit = divide(table, sqrt(sum(square(table), [1], true)));
    return { y: matmul(x, transpose(unit, [1, 0])), rest: scope.dropout(x, 0.5) };
  },
};

const table = new Map([["table", Float32Array.of(3, 4, 0, 2, 5, 12)]]);

const asked: InferenceOptions = {
  parameters: table,
  outputs: ["y"],
  target: "native",
  batch: "free",
};

async function run(
  model: Uint8Array,
  feeds: Readonly<Record<string, Slot>>,
  shape: readonly number[],
  threads = 1,
): Promise<Float32Array> {
  const session = await openSession(model, { threads, spins: false });
  const data = new Float32Array(shape.reduce((size, length) => size * length, 1));
  await session.run(feeds, { y: { type: "float32", shape, data } });
  await session.release();
  return data;
}

const float32 = (shape: readonly number[], ...values: number[]): Slot => ({
  type: "float32",
  shape,
  data: Float32Array.from(values),
});

describe("inference graph", () => {
  test("what rests on parameters alone is folded into one constant", async () => {
    const folded = await compileInference(normalised, asked);
    const whole = await compileInference(normalised, { ...asked, parameters: "inputs" });
    const operators = ({ graph }: CompiledInference): string[] =>
      graph.nodes.map(({ operator }) => operator);
    expect(operators(folded)).toEqual(["FusedMatMul", "Identity"]);
    expect(operators(whole).length).toBeGreaterThan(5);
    expect(folded.graph.constants.map(({ shape }) => shape)).toEqual([[2, 3]]);
    expect(whole.graph.inputs.map(({ name }) => name).sort()).toEqual(["table", "x"]);
    expect(whole.parameters).toEqual([{ name: "table", shape: [3, 2] }]);
    const x = float32([1, 2], 10, 100);
    // Rows of length 1: [.6, .8], [0, 1], [5/13, 12/13].
    const expected = [86, 100, 1250 / 13];
    const given = { x, table: { ...float32([3, 2]), data: table.get("table") as Float32Array } };
    for (const found of [
      await run(folded.model, { x }, [1, 3]),
      await run(whole.model, given, [1, 3]),
    ]) {
      found.forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at], 4);
      });
    }
  });

  test("what nobody asks for is not there, and nothing is dropped in service", async () => {
    const { graph } = await compileInference(normalised, { ...asked, outputs: ["rest"] });
    expect(graph.nodes.map(({ operator }) => operator)).toEqual(["Identity"]);
    expect(graph.constants).toEqual([]);
    expect(graph.inputs).toEqual([{ name: "x", type: "float32", shape: ["batch", 2] }]);
  });

  test("folding does not make a file larger than its parameters", async () => {
    const network: Network = {
      inputs: { x: { type: "float32", shape: [1, 500] } },
      build: (scope, { x }) => {
        const row = scope.parameter("row", [1, 500], ones);
        const column = scope.parameter("column", [500, 1], ones);
        return { y: matmul(x, add(row, column)) };
      },
    };
    const values = new Float32Array(500).fill(1);
    const { model } = await compileInference(network, {
      ...asked,
      parameters: new Map([
        ["row", values],
        ["column", values],
      ]),
    });
    expect(model.length).toBeLessThan(6000);
  });
});

/** Two blocks over 6 places; padding is not seen. */
const encoder: Network = {
  inputs: {
    x: { type: "float32", shape: [1, 6, 8] },
    present: { type: "float32", shape: [1, 6] },
  },
  build: (scope, { x, present }) => {
    const bias = asBias(seesAll([seesEarlier(6), seesPresent(present)]));
    const options = { heads: 2, bias, hidden: 16, activation: relu, dropout: 0.1 };
    const first = attentionBlock(scope.child("first"), x, options);
    return { y: mean(attentionBlock(scope.child("second"), first, options), [1], false) };
  },
};

async function encoderModel(): Promise<Uint8Array> {
  const { parameters } = await compileInference(encoder, { ...asked, parameters: "inputs" });
  const random = createRandom(3);
  const values = parameters.map(({ name, shape }): [string, Float32Array] => [
    name,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.3 * random.normal()),
  ]);
  return (await compileInference(encoder, { ...asked, parameters: new Map(values) })).model;
}

/** The last place of two blocks, in the second of which only it looks. */
const lastOf: Network = {
  inputs: encoder.inputs,
  build: (scope, { x, present }) => {
    const options = { heads: 2, hidden: 16, activation: relu, dropout: 0.1 };
    const bias = asBias(seesAll([seesEarlier(6), seesPresent(present)]));
    const first = attentionBlock(scope.child("first"), x, { ...options, bias });
    const second = scope.child("second");
    const last = (all: Tensor): Tensor => slice(all, 1, 5, 6);
    const whole = last(attentionBlock(second, first, { ...options, bias }));
    const own = { ...options, bias: asBias(seesPresent(present)) };
    const alone = attentionBlockAt(second, first, last, own);
    return { whole, alone, difference: subtract(whole, alone) };
  },
};

test("a block asked for one place gives what it gives to all", async () => {
  const form = { ...asked, parameters: "inputs", outputs: ["alone"] } as const;
  const { parameters } = await compileInference(lastOf, form);
  const random = createRandom(5);
  const draw = (size: number): Float32Array =>
    Float32Array.from({ length: size }, () => 0.3 * random.normal());
  const values = new Map(parameters.map(({ name, shape }) => [name, draw(sizeOf(shape))]));
  const { model } = await compileInference(lastOf, {
    ...asked,
    parameters: values,
    outputs: ["difference", "alone"],
  });
  const session = await openSession(model, { threads: 1, spins: false });
  const [difference, alone] = [0, 1].map(() => float32([2, 1, 8], ...new Float32Array(16)));
  const x = { ...float32([2, 6, 8]), data: draw(96) };
  const present = float32([2, 6], 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1);
  await session.run({ x, present }, { difference, alone });
  await session.release();
  expect(Math.max(...alone.data.map(Math.abs))).toBeGreaterThan(0.1);
  expect(Math.max(...difference.data.map(Math.abs))).toBeLessThan(1e-5);
});

describe("batches and threads", () => {
  const random = createRandom(4);
  const values = Array.from({ length: 3 * 48 }, () => random.normal());
  const present = float32([3, 6], ...new Array<number>(18).fill(1));

  test("three together are each alone", async () => {
    const model = await encoderModel();
    const together = await run(model, { x: float32([3, 6, 8], ...values), present }, [3, 8]);
    for (let at = 0; at < 3; at++) {
      const x = float32([1, 6, 8], ...values.slice(at * 48, at * 48 + 48));
      const alone = await run(model, { x, present: float32([1, 6], 1, 1, 1, 1, 1, 1) }, [1, 8]);
      alone.forEach((value, column) => {
        expect(value).toBeCloseTo(together[at * 8 + column], 5);
      });
    }
  });

  test.each([1, 2])("with %s threads, the same bytes in every session and run", async (threads) => {
    const model = await encoderModel();
    expect(await encoderModel()).toEqual(model);
    const feeds = { x: float32([3, 6, 8], ...values), present };
    const first = await run(model, feeds, [3, 8], threads);
    for (let again = 0; again < 5; again++) {
      const found = await run(model, feeds, [3, 8], threads);
      expect(new Uint8Array(found.buffer)).toEqual(new Uint8Array(first.buffer));
    }
  });
});

describe("best rows", () => {
  const users = float32([2, 2], 1, 0, 0, 1);
  const rows = new Map([["table", Float32Array.of(1, 5, 3, 5, 3, 1, 2, 9)]]);
  const open = async (mask: "none" | "add" | "allow") => {
    const network = scoringNetwork({ rows: 4, width: 2, k: 3, mask });
    const { model } = await compileInference(network, {
      ...asked,
      parameters: rows,
      outputs: ["ids", "scores"],
    });
    return openPredictor(model, {
      provider: "cpu",
      session: { threads: 1, spins: false },
      kept: {},
      batchMost: 8,
    });
  };

  test("the largest first; of equals the lower row", async () => {
    const predictor = await open("none");
    const { ids, scores } = await predictor.run({ users });
    expect([...ids.data]).toEqual([1, 2, 3, 3, 0, 1]);
    expect([...scores.data]).toEqual([3, 3, 2, 9, 5, 5]);
    await predictor.release();
  });

  test("a mask of reals is added; a mask of booleans allows", async () => {
    const adding = await open("add");
    const mask = float32([2, 4], 0, -9, 0, 0, 0.5, 0, 0, -9);
    const added = await adding.run({ users, mask });
    expect([...added["ids"].data]).toEqual([2, 3, 0, 0, 1, 2]);
    await adding.release();
    const allowing = await open("allow");
    const allowed: Slot = {
      type: "bool",
      shape: [2, 4],
      data: Uint8Array.of(1, 0, 1, 1, 1, 1, 1, 0),
    };
    const found = await allowing.run({ users, mask: allowed });
    expect([...found["ids"].data]).toEqual([2, 3, 0, 0, 1, 2]);
    await allowing.release();
  });

  test("all equal: the first rows in their order, also in many rows and threads", async () => {
    const network = scoringNetwork({ rows: 5000, width: 4, k: 100, mask: "none" });
    const { model } = await compileInference(network, {
      ...asked,
      parameters: new Map([["table", new Float32Array(20_000).fill(1)]]),
      outputs: ["ids"],
    });
    const predictor = await openPredictor(model, {
      provider: "cpu",
      session: { threads: 2, spins: false },
      kept: {},
      batchMost: 8,
    });
    const found = await predictor.run({ users: float32([1, 4], 1, 1, 1, 1) });
    expect([...found["ids"].data]).toEqual(Array.from({ length: 100 }, (_, at) => at));
    await predictor.release();
  });
});
