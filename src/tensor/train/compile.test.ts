import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { dropoutPoolSize, type Network, poolName } from "../graph/network.ts";
import { meanAll, reshape, sum, sumAll } from "../graph/primitives/arrange.ts";
import { add, multiply, scale, square, subtract, tanh } from "../graph/primitives/elementwise.ts";
import { affine, matmul } from "../graph/primitives/linear.ts";
import { gatherRows, topK } from "../graph/primitives/lookup.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Target } from "../graph/tensor.ts";
import { normal, ones, zeros } from "../layers/initialisers.ts";
import { createRandom } from "../random.ts";
import { type CompileOptions, compileTraining } from "./compile.ts";

type Lists = Readonly<Record<string, ArrayLike<number>>>;
const plain: CompileOptions = { turns: 1, target: "native", clipExamplesTo: undefined };

/** All that one step gives, by name; rows of tables are added in. */
async function stepOf(
  network: Network,
  lists: Lists,
  options: Partial<CompileOptions> = {},
): Promise<Record<string, number[]>> {
  const compiled = compileTraining(network, { ...plain, ...options });
  const { model, inputs, parameters, statistics, metrics } = compiled.program;
  const all: Lists = { ...Object.fromEntries(compiled.initialValues(3)), ...lists };
  const feeds: Record<string, RuntimeTensor> = {};
  for (const { name, shape } of parameters) {
    feeds[name] = new RuntimeTensor("float32", Float32Array.from(all[name]), [...shape]);
  }
  for (const { name, type, shape } of inputs) {
    const values = type === "int32" ? Int32Array.from(all[name]) : Float32Array.from(all[name]);
    feeds[name] = new RuntimeTensor(type as "float32", values as Float32Array, [...shape]);
  }
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const found = await session.run(feeds);
  await session.release();
  const read = (name: string): number[] => Array.from(found[name].data as Float32Array, Number);
  const step: Record<string, number[]> = {};
  for (const name of metrics) step[name] = read(name);
  for (const { name } of statistics) step[name] = read(`statistic:${name}`);
  for (const { name, shape, dense, rows } of parameters) {
    const total = dense ? read(`gradient:${name}`) : new Array<number>(sizeOf(shape)).fill(0);
    const width = sizeOf(shape.slice(1));
    rows.forEach((_, k) => {
      const places = read(`indices:${k}:${name}`);
      read(`rows:${k}:${name}`).forEach((value, at) => {
        total[places[Math.floor(at / width)] * width + (at % width)] += value;
      });
    });
    step[`d ${name}`] = total;
  }
  return step;
}

const batch = 8;
const draw = (length: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
};

/** A table looked up by each example and by places all share, used whole too; a mean is measured. */
const rich: Network = {
  inputs: {
    ids: { type: "int32", shape: [batch, 2] },
    x: { type: "float32", shape: [batch, 3] },
    negatives: { type: "int32", shape: [4], isShared: true },
    unused: { type: "float32", shape: [batch] },
  },
  build: (scope, { ids, x, negatives }) => {
    const table = scope.parameter("table", [6, 3], normal(1));
    const weight = scope.parameter("weight", [3, 3], normal(1));
    const bias = scope.parameter("bias", [3], zeros);
    const hidden = tanh(affine(x, weight, bias));
    const own = sum(gatherRows(table, ids), [1], false);
    const others = matmul(hidden, gatherRows(table, negatives), { transposeB: true });
    const size = scale(sumAll(square(table)), 0.01);
    const error = meanAll(square(subtract(own, hidden)));
    scope.measure("mean", scale(sum(hidden, [0], false), 1 / hidden.shape[0]), {
      initial: zeros,
      keep: 0.9,
    });
    return { loss: add(add(error, meanAll(square(others))), size), error, size };
  },
};
const richLists: Lists = {
  ids: [0, 1, 2, 2, 5, 0, 1, 1, 4, 3, 0, 0, 5, 5, 2, 1],
  x: draw(batch * 3, 1),
  negatives: [3, 3, 0, 5],
};

describe("a batch in turns", () => {
  const targets: readonly Target[] = ["native", "portable"];

  test.each(targets)("gives what the whole batch gives, %s", async (target) => {
    const wanted = await stepOf(rich, richLists);
    expect(Object.keys(wanted)).toEqual([
      "loss",
      "error",
      "size",
      "mean",
      "d table",
      "d weight",
      "d bias",
    ]);
    for (const turns of [1, 2, 4, 8]) {
      const found = await stepOf(rich, richLists, { turns, target });
      expect(Object.keys(found)).toEqual(Object.keys(wanted));
      for (const [name, values] of Object.entries(wanted)) {
        expect(found[name]).toHaveLength(values.length);
        values.forEach((value, at) => {
          expect(found[name][at], `${name} ${at}, ${turns} turns`).toBeCloseTo(value, 5);
        });
      }
    }
  });

  test("keeps rows of places that all share once, and those of examples apart", () => {
    const rowsOf = (turns: number) => {
      const [table, ...others] = compileTraining(rich, { ...plain, turns }).program.parameters;
      expect(others.map(({ rows }) => rows)).toEqual([[], []]);
      return [table.dense, ...table.rows.map(({ count }) => count).sort((a, b) => a - b)];
    };
    expect(rowsOf(1)).toEqual([true, 4, 2 * batch]);
    expect(rowsOf(4)).toEqual([true, 4, 2 * batch]);
  });

  test("takes places that rest on a parameter", async () => {
    const network: Network = {
      inputs: { x: { type: "float32", shape: [4, 2] } },
      build: (scope, { x }) => {
        const scores = scope.parameter("scores", [3], () => Float32Array.of(1, 3, 2));
        const table = scope.parameter("table", [3, 2], ones);
        const { values, places } = topK(reshape(scores, [1, 3]), 2);
        const best = sum(gatherRows(table, reshape(places, [2])), [0], true);
        return { loss: add(meanAll(multiply(x, best)), sumAll(values)) };
      },
    };
    const lists = { x: [1, 2, 3, 4, 5, 6, 7, 8] };
    // Columns of x sum to 16 and 20, of 8 values; rows 1 and 2 are the best.
    const wanted = { loss: [9 + 5], "d scores": [0, 1, 1], "d table": [0, 0, 2, 2.5, 2, 2.5] };
    expect(await stepOf(network, lists)).toEqual(wanted);
    expect(await stepOf(network, lists, { turns: 2 })).toEqual(wanted);
  });

  test("leaves inputs out that nobody reads, and parameters from among them", () => {
    for (const turns of [1, 2]) {
      const { program } = compileTraining(rich, { ...plain, turns });
      const shapes = program.inputs.map(({ name, type, shape }) => [name, [type, ...shape]]);
      expect(Object.fromEntries(shapes)).toEqual({
        ids: ["int32", batch, 2],
        x: ["float32", batch, 3],
        negatives: ["int32", 4],
      });
      expect(program.parameters.map(({ name }) => name)).toEqual(["table", "weight", "bias"]);
      expect(program.statistics).toEqual([{ name: "mean", shape: [3], keep: 0.9 }]);
      expect(program.metrics).toEqual(["loss", "error", "size"]);
    }
  });

  test("begins with the same values, whatever the turns", () => {
    const first = compileTraining(rich, plain).initialValues(9);
    expect(compileTraining(rich, { ...plain, turns: 4 }).initialValues(9)).toEqual(first);
    expect([...first.keys()]).toEqual(["table", "weight", "bias", "mean"]);
  });
});

/** loss = mean of dropout(x w), with a mask of its own for every value of x. */
const dropped = (rate: number): Network => ({
  inputs: { x: { type: "float32", shape: [4, 3] } },
  build: (scope, { x }) => {
    const w = scope.parameter("w", [3], ones);
    return { loss: meanAll(scope.dropout(multiply(x, w), rate)) };
  },
});

describe("dropout", () => {
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const pool = Float32Array.from({ length: dropoutPoolSize }, (_, at) =>
    at % 3 === 1 ? 0 : at % 7,
  );
  const w = [1, 10, 100];
  const lists = (offsets: readonly number[]): Lists => ({
    x,
    w,
    [poolName(0.5)]: pool,
    "dropout.offsets": offsets,
  });

  /** Loss and gradient by w, where the mask of row r begins at starts[r]. */
  function wanted(starts: readonly number[]): { loss: number; slopes: number[] } {
    const slopes = [0, 1, 2].map((column) =>
      starts.reduce((total, start, row) => {
        return total + (pool[start + column] * x[3 * row + column]) / 12;
      }, 0),
    );
    return { loss: slopes.reduce((total, slope, at) => total + slope * w[at], 0), slopes };
  }

  test.each([
    [1, [5], [5, 8, 11, 14]],
    [2, [5, 100], [5, 8, 100, 103]],
    [4, [0, 9, 2, dropoutPoolSize - 3], [0, 9, 2, dropoutPoolSize - 3]],
  ])(
    "in %i turns has one mask forward and backward, from %j on",
    async (turns, offsets, starts) => {
      const step = await stepOf(dropped(0.5), lists(offsets), { turns });
      const { loss, slopes } = wanted(starts);
      expect(step["loss"][0]).toBeCloseTo(loss, 3);
      step["d w"].forEach((slope, at) => {
        expect(slope).toBeCloseTo(slopes[at], 5);
      });
    },
  );

  test("asks for an offset a turn and site, and masks of a turn's size", () => {
    for (const turns of [1, 2, 4]) {
      const { program } = compileTraining(dropped(0.5), { ...plain, turns });
      expect(program.dropout).toEqual([{ rate: 0.5, size: 12 / turns }]);
      const shapes = program.inputs.map(({ name, shape }) => [name, shape]);
      expect(Object.fromEntries(shapes)).toEqual({
        x: [4, 3],
        [poolName(0.5)]: [dropoutPoolSize],
        "dropout.offsets": [turns, 1],
      });
    }
  });

  test("of rate 0 asks for nothing", () => {
    const { program } = compileTraining(dropped(0), plain);
    expect(program.dropout).toEqual([]);
    expect(program.inputs.map(({ name }) => name)).toEqual(["x"]);
  });

  test.each([1, 2])("of two sites reads two masks, in %i turns", async (turns) => {
    const network: Network = {
      inputs: { x: { type: "float32", shape: [2, 1] } },
      build: (scope, { x: one }) => {
        const by = scope.parameter("w", [1], ones);
        return { loss: meanAll(scope.dropout(scope.dropout(multiply(one, by), 0.5), 0.5)) };
      },
    };
    // Masks of one turn are two long; of two turns, one long.
    const offsets = turns === 1 ? [2, 5] : [2, 5, 3, 6];
    const step = await stepOf(network, { ...lists(offsets), x: [1, 1], w: [1] }, { turns });
    const product = (pool[2] * pool[5] + pool[3] * pool[6]) / 2;
    expect(step).toEqual({ loss: [product], "d w": [product] });
  });
});

describe("a training is refused", () => {
  test.each([1, 2])("with a parameter that does not move the loss, in %i turns", (turns) => {
    const network: Network = {
      inputs: { x: { type: "float32", shape: [4, 2] } },
      build: (scope, { x }) => {
        scope.parameter("idle", [3], zeros);
        return { loss: meanAll(multiply(x, scope.parameter("w", [2], ones))) };
      },
    };
    expect(() => compileTraining(network, { ...plain, turns })).toThrow(
      "the loss moves with parameter idle",
    );
  });

  test("with turns that do not divide the batch", () => {
    expect(() => compileTraining(dropped(0.5), { ...plain, turns: 3 })).toThrow(
      "3 turns divide the first axis of x",
    );
    expect(() => compileTraining(dropped(0.5), { ...plain, turns: 8 })).toThrow("8 turns divide");
  });

  test.each([0, -1, 1.5, Number.NaN])("with %d turns", (turns) => {
    expect(() => compileTraining(dropped(0.5), { ...plain, turns })).toThrow("one part or more");
  });

  test("with examples clipped in turns of several", () => {
    const options = { ...plain, turns: 2, clipExamplesTo: 1 };
    expect(() => compileTraining(dropped(0), options)).toThrow("a turn of its own");
  });

  test("without a loss, or with one that is no scalar", () => {
    const giving = (shape: readonly number[], name: string): Network => ({
      inputs: { x: { type: "float32", shape: [4, 2] } },
      build: (scope, { x }) => {
        const y = multiply(x, scope.parameter("w", [2], ones));
        const whole = shape.length === 0 ? meanAll(y) : y;
        return name === "loss" ? { loss: whole } : { loss: meanAll(y), [name]: whole };
      },
    });
    const none: Network = { inputs: {}, build: () => ({}) };
    expect(() => compileTraining(none, plain)).toThrow("the network gives a loss");
    expect(() => compileTraining(giving([4, 2], "loss"), plain)).toThrow("has shape []");
    expect(() => compileTraining(giving([4, 2], "more"), plain)).toThrow("has shape []");
    expect(() => compileTraining(giving([], "more"), plain)).not.toThrow();
  });
});
