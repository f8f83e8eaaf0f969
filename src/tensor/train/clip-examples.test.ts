import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import type { Network } from "../graph/network.ts";
import { reshape } from "../graph/primitives/arrange.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { gatherRows } from "../graph/primitives/lookup.ts";
import type { Shape } from "../graph/shape.ts";
import { tiedSoftmax } from "../losses/softmax.ts";
import type { Random } from "../random.ts";
import { compileTraining } from "./compile.ts";

const items = 5;
const width = 3;
const length = 4;
const examples = 3;
const normal = (shape: Shape, random: Random): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());

/** A table that is looked up, with places named twice, and multiplied too. */
const network = (batch: number): Network => ({
  inputs: {
    ids: { type: "int32", shape: [batch, length] },
    targets: { type: "int32", shape: [batch, length] },
  },
  build: (scope, { ids, targets }) => {
    const table = scope.parameter("table", [items, width], normal);
    const weight = scope.parameter("weight", [width, width], normal);
    const rows = ids.shape[0] * length;
    const x = matmul(reshape(gatherRows(table, ids), [rows, width]), weight);
    const loss = tiedSoftmax(x, table, reshape(targets, [rows]), {
      chunk: rows,
      weights: undefined,
    });
    return { loss };
  },
});

const ids = Int32Array.of(1, 1, 1, 2, 0, 3, 3, 4, 2, 2, 4, 0);
const targets = Int32Array.of(1, 2, 2, 2, 3, 3, 4, 4, 0, 1, 4, 1);

/** The gradient of each parameter, rows added in. */
async function gradientsOf(
  batch: number,
  turns: number,
  clipExamplesTo: number | undefined,
  first: number,
): Promise<Float64Array[]> {
  const compiled = compileTraining(network(batch), { turns, target: "native", clipExamplesTo });
  const { model, parameters } = compiled.program;
  const values = compiled.initialValues(1);
  const part = (all: Int32Array): Tensor =>
    new Tensor("int32", all.slice(first * length, (first + batch) * length), [batch, length]);
  const feeds: Record<string, Tensor> = { ids: part(ids), targets: part(targets) };
  for (const { name, shape } of parameters) {
    feeds[name] = new Tensor("float32", values.get(name) ?? new Float32Array(), [...shape]);
  }
  const session = await InferenceSession.create(model);
  const found = await session.run(feeds);
  await session.release();
  const read = (name: string): ArrayLike<number> => found[name].data as Float32Array;
  return parameters.map(({ name, shape, dense, rows }) => {
    const total = new Float64Array(shape[0] * shape[1]);
    if (dense) {
      Array.from(read(`gradient:${name}`)).forEach((v, at) => {
        total[at] += v;
      });
    }
    rows.forEach(({ count }, k) => {
      const [places, added] = [read(`indices:${k}:${name}`), read(`rows:${k}:${name}`)];
      for (let at = 0; at < count * shape[1]; at++) {
        total[places[Math.floor(at / shape[1])] * shape[1] + (at % shape[1])] += added[at];
      }
    });
    return total;
  });
}

test("each example is clipped by its own exact norm before the mean is taken", async () => {
  // Between the largest and the smallest of the norms, so that some are clipped and some are not.
  const limit = 2.5;
  const norms: number[] = [];
  const expected = [new Float64Array(items * width), new Float64Array(width * width)];
  for (let example = 0; example < examples; example++) {
    const own = await gradientsOf(1, 1, undefined, example);
    const norm = Math.sqrt(own.flatMap((one) => [...one]).reduce((sum, v) => sum + v * v, 0));
    norms.push(norm);
    own.forEach((one, parameter) => {
      one.forEach((v, at) => {
        expected[parameter][at] += (v * Math.min(1, limit / norm)) / examples;
      });
    });
  }
  expect(Math.max(...norms)).toBeGreaterThan(limit);
  expect(Math.min(...norms)).toBeLessThan(limit);
  const clipped = await gradientsOf(examples, examples, limit, 0);
  clipped.forEach((one, parameter) => {
    one.forEach((v, at) => {
      expect(v).toBeCloseTo(expected[parameter][at], 5);
    });
  });
});
