import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import type { PrimitiveCase } from "../../conformance/primitive-case.ts";
import { primitiveCases } from "../../conformance/primitive-cases.ts";
import { evaluate } from "../../conformance/reference.ts";
import type { Leaves, Values } from "../../conformance/reference-rule.ts";
import { encodeModel } from "../../onnx/encode.ts";
import { createRandom, type Random } from "../../random.ts";
import { emitGraph } from "../emitter.ts";
import { gradientsOf } from "../gradient.ts";
import { sizeOf } from "../shape.ts";
import { constant, input, parameter, scalar, type Target, type Tensor } from "../tensor.ts";
import { reshape, sumAll } from "./arrange.ts";
import { add, multiply } from "./elementwise.ts";
import { scatterRows } from "./lookup.ts";
import { type PrimitiveName, primitives } from "./table.ts";

/** Width of the differences; in double precision they are then good to some 1e-9. */
const H = 1e-5;
/** Of a derivative, against differences: their own error, on values of about 1. */
const DIFFERENCE = 1e-6;
/** Of the runtime, in single precision, against double. */
const SINGLE = 3e-5;

interface Bench {
  readonly results: readonly Tensor[];
  /** Sum of all results that are real numbers, each times a drawn one. */
  readonly loss: Tensor;
  readonly moving: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly leaves: Map<string, Values>;
  readonly inputs: readonly Tensor[];
}

/** Values that single precision holds exactly, away from the places where a function jumps. */
function drawnValue(random: Random, range: PrimitiveCase["range"]): number {
  const x = random.normal();
  if (range === "positive") return Math.fround(0.3 + Math.abs(x));
  if (range === "apart") return Math.fround(x + Math.sign(x) * 0.2);
  return Math.fround(x);
}

function benchOf(one: PrimitiveCase, seed: number): Bench {
  const random = createRandom(seed);
  const leaves = new Map<string, Values>();
  const moving = one.moving.map((shape, at) => {
    const values = Float64Array.from({ length: sizeOf(shape) }, () =>
      drawnValue(random, one.range),
    );
    leaves.set(`x${at}`, values);
    return parameter(`x${at}`, shape);
  });
  const whole = (one.whole ?? []).map(({ shape, below }, at) => {
    leaves.set(
      `n${at}`,
      Float64Array.from({ length: sizeOf(shape) }, () => random.int(below)),
    );
    return input(`n${at}`, "int32", shape);
  });
  const built = one.build(moving, whole);
  const results = Array.isArray(built) ? built : [built as Tensor];
  const loss = results
    .filter(({ type }) => type === "float32")
    .map((y: Tensor) => {
      const weights = Float32Array.from({ length: sizeOf(y.shape) }, () => random.normal());
      return sumAll(multiply(y, constant(weights, y.shape)));
    })
    .reduce((a: Tensor, b: Tensor) => add(a, b), scalar(0));
  const gradients = gradientsOf(loss, moving).map(({ dense, rows }, at) => {
    const { shape } = moving[at];
    const parts = [...(dense ? [dense] : []), ...rows.map((row) => scatterRows(row, shape))];
    return parts.length === 0
      ? multiply(moving[at], scalar(0))
      : parts.map((part) => reshape(part, shape)).reduce((a, b) => add(a, b));
  });
  return { results, loss, moving, gradients, leaves, inputs: [...moving, ...whole] };
}

/** d loss / d x by central differences on the reference. */
function differences({ loss, moving, leaves }: Bench): Values[] {
  const lossAt = (name: string, values: Values): number =>
    evaluate([loss], new Map<string | Tensor, Values>([...leaves, [name, values]]))[0][0];
  return moving.map((_, k) => {
    const name = `x${k}`;
    const values = leaves.get(name) as Values;
    return values.map((value, at) => {
      const moved = (by: number): number => lossAt(name, values.with(at, value + by));
      return (moved(H) - moved(-H)) / (2 * H);
    });
  });
}

function farthest(found: readonly ArrayLike<number>[], wanted: readonly Values[]): number {
  let most = 0;
  wanted.forEach((values, k) => {
    expect(found[k].length).toBe(values.length);
    const scale = Math.max(1, ...values.map(Math.abs));
    values.forEach((value, at) => {
      const gap = Math.abs(Number(found[k][at]) - value) / scale;
      most = Number.isNaN(gap) ? Number.NaN : Math.max(most, gap);
    });
  });
  return most;
}

/** All cases of a primitive, with their gradients, as one file. */
async function run(benches: readonly Bench[], target: Target, threads: number): Promise<number[]> {
  const outputs: Record<string, Tensor> = {};
  const feeds: Record<string, RuntimeTensor> = {};
  benches.forEach(({ results, gradients }, k) => {
    results.forEach((one, at) => {
      outputs[`y${k}_${at}`] = one;
    });
    gradients.forEach((one, at) => {
      outputs[`g${k}_${at}`] = one;
    });
  });
  const gaps: number[] = [];
  for (const [k, bench] of benches.entries()) {
    const own = Object.fromEntries(
      Object.entries(outputs).filter(([name]) => name.slice(1).startsWith(`${k}_`)),
    );
    const graph = emitGraph("case", own, target);
    const session = await InferenceSession.create(encodeModel({ graph, metadata: {} }), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    for (const { source, type, shape } of bench.inputs) {
      const name = "name" in source ? source.name : "";
      const values = bench.leaves.get(name) as Values;
      const data = type === "int32" ? Int32Array.from(values) : Float32Array.from(values);
      feeds[name] = new RuntimeTensor(type as "int32", data as Int32Array, [...shape]);
    }
    const asked = Object.fromEntries(graph.inputs.map(({ name }) => [name, feeds[name]]));
    const found = await session.run(asked);
    await session.release();
    const wanted = evaluate([...bench.results, ...bench.gradients], bench.leaves as Leaves);
    const got = Object.keys(own).map((name) => found[name].data as unknown as ArrayLike<number>);
    gaps.push(farthest(got, wanted));
  }
  return gaps;
}

const names = Object.keys(primitives) as PrimitiveName[];

describe.each(names)("%s", (name) => {
  const cases = primitiveCases[name];
  // Made inside of tests: what throws while tests are counted would count as no test at all.
  const benchAt = (at: number): Bench => benchOf(cases[at], at + 1);

  test("is used by its cases", () => {
    expect(cases.length).toBeGreaterThan(0);
  });

  test.each(cases.map((one, at) => [one.says, at] as const))(
    "its derivative is what differences say: %s",
    (_, at) => {
      const bench = benchAt(at);
      const found = evaluate(bench.gradients, bench.leaves);
      expect(farthest(found, differences(bench))).toBeLessThan(DIFFERENCE);
    },
  );

  test.each([
    ["native", 1],
    ["native", 2],
    ["portable", 1],
  ] as const)(
    "the runtime computes it, and its gradients: %s, %i threads",
    async (target, threads) => {
      const benches = cases.map((_, at) => benchAt(at));
      const gaps = await run(benches, target, threads);
      expect(gaps.map((gap) => gap < SINGLE)).toEqual(gaps.map(() => true));
    },
  );
});
