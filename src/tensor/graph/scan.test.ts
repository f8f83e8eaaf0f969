import { describe, expect, test } from "vitest";
import { runTensors } from "../conformance/run-tensors.ts";
import { createRandom } from "../random.ts";
import { gradientsOf } from "./gradient.ts";
import { reshape, slice, sumAll } from "./primitives/arrange.ts";
import { add, addScalar, cast, multiply, scale, square, tanh } from "./primitives/elementwise.ts";
import { matmul } from "./primitives/linear.ts";
import { gatherRows, scatterRows } from "./primitives/lookup.ts";
import { scan, type Turn } from "./scan.ts";
import { constant, filled, input, parameter, scalar, type Target, type Tensor } from "./tensor.ts";

const targets: readonly Target[] = ["native", "portable"];

const allGradients = (loss: Tensor, wrt: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(
    gradientsOf(loss, wrt).map(({ dense }, at) => [`d${at}`, dense as Tensor] as const),
  );

/** Sums so far, of each column. */
const cumulative = (x: Tensor, isReverse = false): Turn =>
  scan({ states: [filled(x.shape.slice(1), 0)], slices: [x], isReverse }, ([sum], [now]) => {
    const next = add(sum, now);
    return { states: [next], outputs: [next] };
  });

describe.each(targets)("a loop, %s", (target) => {
  const x = input("x", "float32", [4, 2]);
  const values = { x: [1, 10, 2, 20, 3, 30, 4, 40] };

  test("hands its states on: cumulative sums", async () => {
    const { states, outputs } = cumulative(x);
    const results = { last: states[0], sums: outputs[0] };
    expect(results.sums.shape).toEqual([4, 2]);
    expect(await runTensors(results, values, { target })).toEqual({
      last: [10, 100],
      sums: [1, 10, 3, 30, 6, 60, 10, 100],
    });
  });

  test("backwards keeps the outputs in the order of the slices", async () => {
    const { states, outputs } = cumulative(x, true);
    const found = await runTensors({ last: states[0], sums: outputs[0] }, values, { target });
    expect(found).toEqual({ last: [10, 100], sums: [10, 100, 9, 90, 7, 70, 4, 40] });
  });

  test("reads several slices and captures, and gives several outputs", async () => {
    const y = input("y", "int32", [4]);
    const factor = input("factor", "float32", [2]);
    const { states, outputs } = scan({ states: [], slices: [x, y] }, (_, [row, place]) => ({
      states: [],
      outputs: [multiply(row, factor), add(place, constant(Int32Array.of(1), [])), factor],
    }));
    expect(states).toEqual([]);
    const results = { scaled: outputs[0], next: outputs[1], same: outputs[2] };
    const lists = { ...values, y: [4, 3, 2, 1], factor: [1, 0.5] };
    expect(await runTensors(results, lists, { target })).toEqual({
      scaled: [1, 5, 2, 10, 3, 15, 4, 20],
      next: [5, 4, 3, 2],
      same: [1, 0.5, 1, 0.5, 1, 0.5, 1, 0.5],
    });
  });

  test("swaps its states: Fibonacci", async () => {
    const { states, outputs } = scan(
      { states: [scalar(0), scalar(1)], slices: [filled([7], 0)] },
      ([a, b]) => ({ states: [b, add(a, b)], outputs: [a] }),
    );
    const results = { a: states[0], b: states[1], all: outputs[0] };
    expect(await runTensors(results, {}, { target })).toEqual({
      a: [13],
      b: [21],
      all: [0, 1, 1, 2, 3, 5, 8],
    });
  });

  test("keeps states that others rest on by way of others: tetrahedral numbers", async () => {
    const { states } = scan(
      { states: [scalar(0), scalar(0), scalar(1), scalar(7)], slices: [x] },
      ([a, b, c, idle]) => ({
        states: [add(a, b), add(b, c), addScalar(c, 1), tanh(idle)],
        outputs: [],
      }),
    );
    expect(await runTensors({ a: states[0] }, values, { target })).toEqual({ a: [10] });
  });

  test("in a loop sums rows and then columns", async () => {
    const { states, outputs } = scan({ states: [scalar(0)], slices: [x] }, ([total], [row]) => {
      const inner = scan({ states: [total], slices: [row] }, ([sum], [one]) => {
        const next = add(sum, one);
        return { states: [next], outputs: [next] };
      });
      return { states: inner.states, outputs: inner.outputs };
    });
    const results = { total: states[0], sums: outputs[0] };
    expect(results.sums.shape).toEqual([4, 2]);
    expect(await runTensors(results, values, { target })).toEqual({
      total: [110],
      sums: [1, 11, 13, 33, 36, 66, 70, 110],
    });
  });

  test("of one turn is its body", async () => {
    const one = input("one", "float32", [1, 3]);
    const { outputs } = cumulative(one);
    const found = await runTensors({ out: outputs[0] }, { one: [1, 2, 3] }, { target });
    expect(found).toEqual({ out: [1, 2, 3] });
  });
});

/** A recurrent cell h' = tanh(h W + x), each turn written out. */
function writtenOut(h: Tensor, w: Tensor, x: Tensor, isReverse: boolean): readonly Tensor[] {
  const turns = x.shape[0];
  const outputs = new Array<Tensor>(turns);
  let now = h;
  for (let turn = 0; turn < turns; turn++) {
    const at = isReverse ? turns - 1 - turn : turn;
    now = tanh(add(matmul(now, w), reshape(slice(x, 0, at, at + 1), x.shape.slice(1))));
    outputs[at] = now;
  }
  return outputs;
}

const cell = (h: Tensor, w: Tensor, x: Tensor, isReverse: boolean): Turn =>
  scan({ states: [h], slices: [x], isReverse }, ([now], [part]) => {
    const next = tanh(add(matmul(now, w), part));
    return { states: [next], outputs: [next] };
  });

describe.each(targets)("the derivative of a loop, %s", (target) => {
  const h = parameter("h", [2, 3]);
  const w = parameter("w", [3, 3]);
  const x = parameter("x", [5, 2, 3]);
  const weights = input("weights", "float32", [5, 2, 3]);
  const random = createRandom(7);
  const list = (length: number): number[] => Array.from({ length }, () => random.normal());
  const values = { h: list(6), w: list(9), x: list(30), weights: list(30) };
  const weighted = (outputs: readonly Tensor[]): Tensor =>
    outputs
      .map((one, at) => sumAll(multiply(one, reshape(slice(weights, 0, at, at + 1), [2, 3]))))
      .reduce(add);

  test.each([false, true])("is that of the turns written out, reverse %s", async (isReverse) => {
    const inLoop = sumAll(multiply(cell(h, w, x, isReverse).outputs[0], weights));
    const wanted = weighted(writtenOut(h, w, x, isReverse));
    const looped = { loss: inLoop, ...allGradients(inLoop, [h, w, x]) };
    const written = { loss: wanted, ...allGradients(wanted, [h, w, x]) };
    const found = await runTensors(looped, values, { target });
    const right = await runTensors(written, values, { target });
    for (const name of ["loss", "d0", "d1", "d2"]) {
      expect(found[name]).toHaveLength(right[name].length);
      found[name].forEach((one, at) => {
        expect(one).toBeCloseTo(right[name][at], 5);
      });
    }
  });

  test("goes through the last state alone: of 2^n s + ... it is powers of two", async () => {
    const s = parameter("s", []);
    const parts = parameter("parts", [4]);
    const { states } = scan({ states: [s], slices: [parts] }, ([now], [part]) => ({
      states: [add(scale(now, 2), part)],
      outputs: [],
    }));
    const found = allGradients(states[0], [s, parts]);
    expect(await runTensors(found, { s: [1], parts: [1, 1, 1, 1] }, { target })).toEqual({
      d0: [16],
      d1: [8, 4, 2, 1],
    });
  });

  test("through outputs and states at once is their sum", async () => {
    const parts = parameter("parts", [3]);
    const { states, outputs } = cumulative(parts);
    const loss = add(scale(states[0], 100), sumAll(outputs[0]));
    const found = await runTensors(allGradients(loss, [parts]), { parts: [1, 2, 3] }, { target });
    expect(found).toEqual({ d0: [103, 102, 101] });
  });

  test("leaves integer states and slices alone", async () => {
    const factor = parameter("factor", []);
    const { states } = scan(
      {
        states: [constant(Int32Array.of(0), []), scalar(0)],
        slices: [constant(Int32Array.of(5, 6, 7), [3])],
      },
      ([count, total], [value]) => {
        const product = multiply(cast(multiply(count, value), "float32"), factor);
        return {
          states: [add(count, constant(Int32Array.of(1), [])), add(total, product)],
          outputs: [],
        };
      },
    );
    const results = { total: states[1], ...allGradients(states[1], [factor]) };
    // 0 5 + 1 6 + 2 7 = 20.
    expect(await runTensors(results, { factor: [3] }, { target })).toEqual({
      total: [60],
      d0: [20],
    });
  });

  test("of a loop in a loop is that of the whole product", async () => {
    const grid = parameter("grid", [2, 3]);
    const { states } = scan({ states: [scalar(1)], slices: [grid] }, ([product], [row]) => ({
      states: scan({ states: [product], slices: [row] }, ([now], [one]) => ({
        states: [multiply(now, one)],
        outputs: [],
      })).states,
      outputs: [],
    }));
    const results = { product: states[0], ...allGradients(states[0], [grid]) };
    expect(await runTensors(results, { grid: [1, 2, 3, 4, 5, 6] }, { target })).toEqual({
      product: [720],
      d0: [720, 360, 240, 180, 144, 120],
    });
  });

  test("may be taken twice: of s^8 by three squarings", async () => {
    const s = parameter("s", []);
    const { states } = scan({ states: [s], slices: [filled([3], 0)] }, ([now]) => ({
      states: [square(now)],
      outputs: [],
    }));
    const [{ dense: first }] = gradientsOf(states[0], [s]);
    const results = { first: first as Tensor, ...allGradients(first as Tensor, [s]) };
    // 8 s^7 and 56 s^6 at 2.
    expect(await runTensors(results, { s: [2] }, { target })).toEqual({
      first: [1024],
      d0: [3584],
    });
  });
});

describe.each(targets)("a table in a loop, %s", (target) => {
  const table = parameter("table", [3, 2]);
  const indices = input("indices", "int32", [3, 2]);
  const weights = input("weights", "float32", [3, 2, 2]);
  const values = {
    table: [1, 2, 3, 4, 5, 6],
    indices: [0, 2, 2, 2, 1, 0],
    weights: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
  };
  const lookUp = (whole: Tensor): Tensor => {
    const { states } = scan(
      { states: [scalar(0)], slices: [indices, weights] },
      ([total], [at, weight]) => ({
        states: [add(total, sumAll(multiply(gatherRows(whole, at), weight)))],
        outputs: [],
      }),
    );
    return states[0];
  };

  test("gets the rows of all turns, and nothing dense", async () => {
    const loss = lookUp(table);
    const [{ dense, rows }] = gradientsOf(loss, [table]);
    expect(dense).toBeUndefined();
    expect(rows.map((one) => [one.indices.shape, one.rows.shape])).toEqual([[[6], [6, 2]]]);
    const results = { loss, at: rows[0].indices, added: rows[0].rows };
    expect(await runTensors(results, values, { target })).toEqual({
      // 1 3 + 2 11 + 3 11 + 4 11 + 5 7 + 6 3.
      loss: [155],
      at: values.indices,
      added: values.weights,
    });
  });

  test("that is computed outside gets one gradient", async () => {
    const found = await runTensors(allGradients(lookUp(scale(table, 10)), [table]), values, {
      target,
    });
    // Row 0: 1 + 6, row 1: 5, row 2: 2 + 3 + 4; ten times each.
    expect(found).toEqual({ d0: [70, 70, 50, 50, 90, 90] });
  });

  test("used whole too gets both", async () => {
    const { states } = scan({ states: [scalar(0)], slices: [indices] }, ([total], [at]) => ({
      states: [add(total, add(sumAll(gatherRows(table, at)), sumAll(square(table))))],
      outputs: [],
    }));
    const [{ dense, rows }] = gradientsOf(states[0], [table]);
    const results = { dense: dense as Tensor, added: scatterRows(rows[0], [3, 2]) };
    expect(await runTensors(results, values, { target })).toEqual({
      dense: [6, 12, 18, 24, 30, 36],
      added: [2, 2, 1, 1, 3, 3],
    });
  });

  test("looked up by what is outside gets its rows once a turn", async () => {
    const places = input("places", "int32", [2]);
    const { states } = scan({ states: [scalar(0)], slices: [filled([3], 0)] }, ([total]) => ({
      states: [add(total, sumAll(gatherRows(table, places)))],
      outputs: [],
    }));
    const [{ rows }] = gradientsOf(states[0], [table]);
    const results = { added: scatterRows(rows[0], [3, 2]) };
    const found = await runTensors(results, { ...values, places: [1, 1] }, { target });
    expect(found).toEqual({ added: [0, 0, 6, 6, 0, 0] });
  });

  test("may be a state: rows looked up in it move what it began with", async () => {
    const { states, outputs } = scan({ states: [table], slices: [indices] }, ([now], [at]) => ({
      states: [scale(now, 2)],
      outputs: [gatherRows(now, at)],
    }));
    expect(states[0].shape).toEqual([3, 2]);
    const found = await runTensors(allGradients(sumAll(outputs[0]), [table]), values, { target });
    // The turns count 1, 2 and 4: row 0 has 1 + 4, row 1 has 4, row 2 has 1 + 2 + 2.
    expect(found).toEqual({ d0: [5, 5, 4, 4, 5, 5] });
  });

  test("may be a slice: rows looked up in it move it", async () => {
    const slices = parameter("slices", [3, 2, 2]);
    const place = constant(Int32Array.of(1, 1), [2]);
    const { outputs } = scan({ states: [], slices: [slices] }, (_, [part]) => ({
      states: [],
      outputs: [gatherRows(part, place)],
    }));
    const loss = sumAll(multiply(outputs[0], weights));
    const zeros = new Array<number>(12).fill(0);
    const found = await runTensors(
      allGradients(loss, [slices]),
      { ...values, slices: zeros },
      { target },
    );
    expect(found).toEqual({ d0: [0, 0, 3, 3, 0, 0, 7, 7, 0, 0, 11, 11] });
  });
});

describe("a loop is refused", () => {
  const x = input("x", "float32", [4, 2]);
  const nothing: Turn = { states: [], outputs: [] };

  test("without slices, or without turns", () => {
    expect(() => scan({ states: [], slices: [] }, () => nothing)).toThrow("a loop reads slices");
    const none = input("none", "float32", [0, 2]);
    expect(() => scan({ states: [], slices: [none] }, () => nothing)).toThrow("has turns");
    const free = input("free", "float32", [-1, 2]);
    expect(() => scan({ states: [], slices: [free] }, () => nothing)).toThrow("has turns");
  });

  test("with slices of other lengths", () => {
    const y = input("y", "float32", [3, 2]);
    expect(() => scan({ states: [], slices: [x, y] }, () => nothing)).toThrow("as many turns");
  });

  test("when a state is lost or changes its shape", () => {
    const states = [scalar(0)];
    expect(() => scan({ states, slices: [x] }, () => nothing)).toThrow("hands every state on");
    expect(() =>
      scan({ states, slices: [x] }, (_, parts) => ({ states: parts, outputs: [] })),
    ).toThrow("a state handed on has shape [], not [2]");
    const asInteger = (): Turn => ({
      states: [cast(addScalar(scalar(0), 1), "int32")],
      outputs: [],
    });
    expect(() => scan({ states, slices: [x] }, asInteger)).toThrow("float32, not int32");
  });
});
