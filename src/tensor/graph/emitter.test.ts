import { describe, expect, test } from "vitest";
import { runTensors } from "../conformance/run-tensors.ts";
import type { OnnxGraph, OnnxNode } from "../onnx/format.ts";
import { emitGraph } from "./emitter.ts";
import { concat, pad, reshape, slice, split, sumAll } from "./primitives/arrange.ts";
import { add, exp, multiply, negate, relu, scale, tanh } from "./primitives/elementwise.ts";
import { affine, matmul } from "./primitives/linear.ts";
import { scan } from "./scan.ts";
import {
  constant,
  filled,
  input,
  parameter,
  scalar,
  type Target,
  type Tensor,
  variable,
} from "./tensor.ts";

const x = input("x", "float32", [2, 3]);

const emit = (outputs: Readonly<Record<string, Tensor>>, target: Target = "native"): OnnxGraph =>
  emitGraph("graph", outputs, target);

/** Operators, without the identities that name the results. */
const operatorsOf = ({ nodes }: OnnxGraph): string[] =>
  nodes.map(({ operator }) => operator).filter((one) => one !== "Identity");

function bodyOf({ attributes }: OnnxNode): OnnxGraph {
  const { body } = attributes;
  if (!("graph" in body)) throw new Error("a loop has a body");
  return body.graph;
}

const loopsOf = ({ nodes }: OnnxGraph): OnnxNode[] =>
  nodes.filter(({ operator }) => operator === "Scan");

describe("nodes", () => {
  test("that are equal are written once", async () => {
    const results = { out: add(exp(negate(x)), exp(negate(x))) };
    expect(operatorsOf(emit(results))).toEqual(["Neg", "Exp", "Add"]);
    const found = await runTensors({ out: results.out }, { x: [0, 0, 0, 0, 0, 0] });
    expect(found["out"]).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test("that differ in an attribute, an input or its place are not", () => {
    const y = input("y", "float32", [2, 3]);
    expect(operatorsOf(emit({ a: exp(x), b: exp(y) }))).toEqual(["Exp", "Exp"]);
    const products = {
      a: matmul(x, y, { transposeB: true }),
      b: matmul(y, x, { transposeB: true }),
    };
    expect(operatorsOf(emit(products))).toEqual(["FusedMatMul", "FusedMatMul"]);
    const alphas = [1, 2].map((alpha) => matmul(x, y, { transposeB: true, alpha }));
    expect(operatorsOf(emit({ a: alphas[0], b: alphas[1] }))).toHaveLength(2);
  });

  test("that nobody reads are not written", () => {
    exp(x);
    const [left] = split(negate(x), 1, [1, 2]);
    expect(operatorsOf(emit({ left }))).toEqual(["Neg", "Split"]);
  });

  test("are in an order in which they can run", () => {
    const graph = emit({ out: add(multiply(exp(x), x), tanh(x)), early: negate(x) });
    const known = new Set([...graph.inputs, ...graph.constants].map(({ name }) => name));
    for (const { inputs, outputs } of graph.nodes) {
      expect(inputs.filter((name) => !known.has(name))).toEqual([]);
      for (const name of outputs) known.add(name);
    }
    expect(known.has("out") && known.has("early")).toBe(true);
  });

  test("give several results of one name each, whatever the tensor is called inside", async () => {
    const twice = scale(x, 2);
    const found = await runTensors({ a: twice, b: twice, c: x }, { x: [1, 2, 3, 4, 5, 6] });
    expect(found).toEqual({
      a: [2, 4, 6, 8, 10, 12],
      b: [2, 4, 6, 8, 10, 12],
      c: [1, 2, 3, 4, 5, 6],
    });
  });

  test("have names that no input or output has", async () => {
    const names = ["t0", "t1", "i_1", "v0", "r1"];
    const inputs = names.map((name) => input(name, "float32", [2]));
    const lists = Object.fromEntries(names.map((name, at) => [name, [at, 10 * at]]));
    const total = inputs.reduce((sum, one) => add(exp(negate(exp(sum))), one));
    const { states } = scan({ states: [scalar(0)], slices: [total] }, ([sum], [part]) => ({
      states: [add(sum, part)],
      outputs: [],
    }));
    const out = reshape(slice(total, 0, 0, 1), []);
    const found = await runTensors({ t2: out, t3: states[0], body4: total }, lists);
    expect(found["t2"][0]).toBe(found["body4"][0]);
    expect(found["t3"][0]).toBeCloseTo(found["body4"][0] + found["body4"][1], 5);
  });
});

describe("constants", () => {
  test("of equal numbers are one, and of other bits are not", () => {
    const results = {
      a: scale(x, 2),
      b: add(x, scalar(2)),
      c: add(x, scalar(0)),
      d: add(x, scalar(-0)),
    };
    expect(emit(results).constants).toHaveLength(3);
  });

  test("of few values are known by them, but not in another shape or type", () => {
    const of = (shape: readonly number[]): Tensor => constant(Float32Array.of(1, 2, 3), shape);
    const same = { a: multiply(x, of([3])), b: add(x, of([3])) };
    expect(emit(same).constants).toHaveLength(1);
    expect(emit({ ...same, c: multiply(x, of([1, 3])) }).constants).toHaveLength(2);
    const bits = new Int32Array(Float32Array.of(1, 2, 3).buffer);
    const whole = add(constant(bits, [3]), input("n", "int32", [3]));
    expect(emit({ ...same, whole }).constants.map(({ type }) => type)).toEqual([
      "float32",
      "int32",
    ]);
  });

  test("of many values are known by their array", () => {
    const values = Float32Array.from({ length: 12 }, (_, at) => at);
    const wide = input("wide", "float32", [4, 3]);
    const [first, again] = [constant(values, [4, 3]), constant(values, [4, 3])];
    const other = constant(values.slice(), [4, 3]);
    expect(emit({ a: add(wide, first), b: multiply(wide, again) }).constants).toHaveLength(1);
    expect(emit({ a: add(wide, first), b: multiply(wide, other) }).constants).toHaveLength(2);
  });

  test("that are the same everywhere take one number", async () => {
    const big = filled([1000, 1000], 3);
    const graph = emit({ out: sumAll(big) });
    const bytes = graph.constants.map((one) => one.bytes.length).reduce((a, b) => a + b);
    expect(bytes).toBeLessThan(100);
    expect(await runTensors({ out: sumAll(big) }, {})).toEqual({ out: [3_000_000] });
  });

  test("may be results, and of truth values and whole numbers too", async () => {
    const results = {
      real: constant(Float32Array.of(1.5, -2), [2]),
      whole: constant(Int32Array.of(7, -8), [2]),
      truth: constant(Uint8Array.of(1, 0), [2]),
    };
    expect(await runTensors(results, {})).toEqual({
      real: [1.5, -2],
      whole: [7, -8],
      truth: [1, 0],
    });
  });
});

describe.each(["native", "portable"] as const)("a free batch, %s", (target) => {
  const free = input("free", "float32", [-1, 3]);
  const weight = parameter("weight", [3, 2]);
  const values = { weight: [1, 0, 0, 1, 1, 1] };
  const hidden = relu(affine(free, weight, constant(Float32Array.of(0, -1), [2])));
  const results = { hidden, flat: reshape(hidden, [-2]), padded: pad(hidden, 1, 1, 0) };

  test("is named by how many times it is", () => {
    const graph = emit({ ...results, twice: concat([free, free], 0) }, target);
    const shapes = [...graph.inputs, ...graph.outputs].map(({ name, shape }) => [name, shape]);
    expect(Object.fromEntries(shapes)).toEqual({
      free: ["batch", 3],
      weight: [3, 2],
      hidden: ["batch", 2],
      flat: ["batch_2"],
      padded: ["batch", 3],
      twice: ["batch_2", 3],
    });
  });

  test.each([1, 2, 5])("runs with %i", async (batch) => {
    const rows = Array.from({ length: batch }, (_, at) => [at, at + 1, -1]);
    const wanted = rows.map(([a, b, c]) => [Math.max(0, a + c), Math.max(0, b + c - 1)]);
    const lists = { ...values, free: rows.flat() };
    expect(await runTensors(results, lists, { target, batch })).toEqual({
      hidden: wanted.flat(),
      flat: wanted.flat(),
      padded: wanted.flatMap((row) => [0, ...row]),
    });
  });
});

describe("loops", () => {
  const running = (slices: Tensor): readonly Tensor[] =>
    scan({ states: [scalar(0)], slices: [slices] }, ([sum], [row]) => {
      const next = add(sum, sumAll(exp(row)));
      return { states: [next], outputs: [next] };
    }).outputs;

  test("have unique names throughout, nested ones too", () => {
    const { states } = scan({ states: [scalar(0)], slices: [x] }, ([total], [row]) => ({
      states: scan({ states: [total], slices: [row] }, ([sum], [one]) => ({
        states: [add(sum, exp(one))],
        outputs: [],
      })).states,
      outputs: [],
    }));
    const graph = emit({ a: states[0], b: running(x)[0], c: running(negate(x))[0] });
    const names: string[] = [];
    const visit = ({ name, inputs, nodes }: OnnxGraph): void => {
      names.push(name, ...inputs.map((one) => one.name));
      for (const node of nodes) names.push(...node.outputs);
      loopsOf({ name, inputs, nodes, outputs: [], constants: [] }).forEach((loop) => {
        visit(bodyOf(loop));
      });
    };
    visit(graph);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(bodyOf(loopsOf(bodyOf(loopsOf(graph)[0]))[0]).nodes.length).toBeGreaterThan(0);
  });

  test("are not written when nobody reads them, and once when several do", () => {
    const [sums] = running(x);
    expect(operatorsOf(emit({ out: exp(x) }))).not.toContain("Scan");
    expect(loopsOf(emit({ a: sums, b: exp(sums) }))).toHaveLength(1);
  });

  test("leave out states nobody needs and outputs nobody reads", async () => {
    const { states, outputs } = scan(
      { states: [scalar(0), scalar(1), scalar(1), scalar(2)], slices: [x] },
      ([sum, product, helper, idle], [row]) => ({
        states: [
          add(sum, sumAll(row)),
          multiply(product, helper),
          add(helper, scalar(1)),
          tanh(idle),
        ],
        outputs: [exp(row), scale(row, 2)],
      }),
    );
    const results = { product: states[1], doubled: outputs[1] };
    const [loop] = loopsOf(emit(results));
    // The product rests on the helper; the sum, the idle one and the powers are gone.
    expect(loop.inputs).toHaveLength(3);
    expect(operatorsOf(bodyOf(loop))).toEqual(["Mul", "Add", "Mul"]);
    const found = await runTensors(results, { x: [1, 2, 3, 4, 5, 6] });
    expect(found).toEqual({ product: [2], doubled: [2, 4, 6, 8, 10, 12] });
  });

  test("keep the states that each turn began with only where the derivative reads them", () => {
    const [loop] = loopsOf(emit({ out: running(x)[0] }));
    expect(loop.outputs.filter((name) => name !== "")).toHaveLength(2);
    expect(operatorsOf(emit({ out: running(x)[0] }, "portable"))).not.toContain("Scan");
  });

  test("written out go without what nobody reads", () => {
    const { states } = scan(
      { states: [scalar(0), scalar(2)], slices: [x] },
      ([sum, idle], [row]) => ({
        states: [add(sum, sumAll(row)), tanh(idle)],
        outputs: [exp(row)],
      }),
    );
    const operators = operatorsOf(emit({ out: states[0] }, "portable"));
    expect(operators).not.toContain("Exp");
    expect(operators).not.toContain("Tanh");
    expect(operators).not.toContain("Unsqueeze");
    expect(operators.filter((one) => one === "ReduceSum")).toHaveLength(2);
  });

  test("take only slices that a turn reads, or one to know how many turns there are", () => {
    const y = input("y", "float32", [2, 4]);
    const over = (turn: (a: Tensor, b: Tensor) => Tensor): string[] => {
      const { outputs } = scan({ states: [], slices: [x, y] }, (_, [a, b]) => ({
        states: [],
        outputs: [turn(a, b)],
      }));
      return emit({ out: outputs[0] }).inputs.map(({ name }) => name);
    };
    expect(over((a, b) => add(sumAll(a), sumAll(b)))).toEqual(["x", "y"]);
    expect(over((_, b) => exp(b))).toEqual(["y"]);
    expect(over(() => scalar(1))).toEqual(["x"]);
  });

  test("compute outside what does not move with the turns", () => {
    const w = parameter("w", [3]);
    const { outputs } = scan({ states: [], slices: [x] }, (_, [row]) => ({
      states: [],
      outputs: [multiply(row, exp(w))],
    }));
    const graph = emit({ out: outputs[0] });
    expect(operatorsOf(graph)).toEqual(["Exp", "Scan"]);
    expect(operatorsOf(bodyOf(loopsOf(graph)[0]))).toEqual(["Mul"]);
  });
});

describe("a graph is refused", () => {
  test("with two inputs of one name", () => {
    const other = input("x", "float32", [3]);
    expect(() => emit({ out: add(x, other) })).toThrow("one tensor is called x");
  });

  test("with an output called as an input", () => {
    expect(() => emit({ x: exp(x) })).toThrow("no input and output are both x");
  });

  test("with a variable of a loop outside it", () => {
    const part = variable("part", { type: "float32", shape: [3] });
    expect(() => emit({ out: add(x, part) })).toThrow("inside its own loop only");
    let kept: Tensor = x;
    scan({ states: [], slices: [x] }, (_, [row]) => {
      kept = exp(row);
      return { states: [], outputs: [row] };
    });
    expect(() => emit({ out: kept })).toThrow("inside its own loop only");
  });
});
