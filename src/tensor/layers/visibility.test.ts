import { expect, test } from "vitest";
import { createRunner, outputsOf, type Value, type Values } from "../conformance/run-network.ts";
import { drawn, whole } from "../conformance/slope.ts";
import type { Build, Network } from "../graph/network.ts";
import { meanAll } from "../graph/primitives/arrange.ts";
import { add, gelu } from "../graph/primitives/elementwise.ts";
import { attentionBlock } from "./attention.ts";
import { gapBucket, positionBias, timeBias } from "./attention-bias.ts";
import { hstuBlock } from "./hstu.ts";
import { asBias, seesAll, seesEarlier, seesPresent, seesSegment } from "./visibility.ts";

const length = 6;
const width = 4;

/** One block over packed histories with padding, with learned biases of each head. */
const blockOf =
  (kind: "attention" | "hstu"): Build =>
  (scope, { x, segments, present, gaps }) => {
    const sees = seesAll([seesEarlier(length), seesSegment(segments), seesPresent(present)]);
    const near = positionBias(scope, length, { distances: 4, heads: 2 });
    const learned = add(near, timeBias(scope, gaps, { buckets: 3, heads: 2 }));
    const y =
      kind === "hstu"
        ? hstuBlock(scope, x, { heads: 2, sees, bias: learned, dropout: 0 })
        : attentionBlock(scope, x, {
            heads: 2,
            bias: add(learned, asBias(sees)),
            hidden: 8,
            activation: gelu,
            dropout: 0,
          });
    return { loss: meanAll(y), y };
  };

const networkOf = (kind: "attention" | "hstu", batch: number): Network => ({
  inputs: {
    x: { type: "float32", shape: [batch, length, width] },
    segments: { type: "int32", shape: [batch, length] },
    present: { type: "float32", shape: [batch, length] },
    gaps: { type: "int32", shape: [batch, length, length] },
  },
  build: blockOf(kind),
});

/** Two histories of three places; the last place of the second is padding. */
const packed: Values = {
  x: drawn([1, length, width], 1),
  segments: whole([1, length], [0, 0, 0, 1, 1, 1]),
  present: { type: "float32", shape: [1, length], values: [1, 1, 1, 1, 1, 0] },
  gaps: whole(
    [1, length, length],
    Array.from({ length: length * length }, (_, at) => at % 3),
  ),
};

/** The values with one place of x moved. */
function movedAt(values: Values, place: number): Values {
  const x = values["x"];
  const moved = Float64Array.from(x.values);
  for (let at = 0; at < width; at++) moved[place * width + at] += 3 + at;
  return { ...values, x: { ...x, values: moved } };
}

async function parametersOf(kind: "attention" | "hstu"): Promise<Values> {
  const runner = await createRunner(networkOf(kind, 1), 1);
  const started = runner.initialValues(5);
  await runner.release();
  return started;
}

/** Places whose result differs when one place of x moves. */
async function reachedFrom(kind: "attention" | "hstu", place: number): Promise<number[]> {
  const all = { ...packed, ...(await parametersOf(kind)) };
  const network = networkOf(kind, 1);
  const before = await outputsOf(network, all, { isTraining: true });
  const after = await outputsOf(network, movedAt(all, place), { isTraining: true });
  return Array.from({ length }, (_, at) => at).filter((at) =>
    Array.from({ length: width }, (_, k) => at * width + k).some(
      (index) => before["y"][index] !== after["y"][index],
    ),
  );
}

test.each(["attention", "hstu"] as const)("%s: what is hidden changes nothing", async (kind) => {
  expect(await reachedFrom(kind, 0)).toEqual([0, 1, 2]);
  expect(await reachedFrom(kind, 2)).toEqual([2]);
  expect(await reachedFrom(kind, 3)).toEqual([3, 4, 5]);
  // Padding reaches itself alone, by the way around the attention.
  expect(await reachedFrom(kind, 5)).toEqual([5]);
});

test.each(["attention", "hstu"] as const)("%s serves a batch of any size", async (kind) => {
  const parameters = await parametersOf(kind);
  const twice = (value: Value): Value => ({
    ...value,
    shape: [2, ...value.shape.slice(1)],
    values: [...Array.from(value.values), ...Array.from(value.values)],
  });
  const free = networkOf(kind, -1);
  const serving: Network = {
    ...free,
    build: (scope, inputs) => ({ y: blockOf(kind)(scope, inputs)["y"] }),
  };
  const one = await outputsOf(serving, { ...packed, ...parameters }, { isTraining: false });
  const doubled = Object.fromEntries(Object.entries(packed).map(([k, v]) => [k, twice(v)]));
  const two = await outputsOf(serving, { ...doubled, ...parameters }, { isTraining: false });
  const size = length * width;
  expect(one["y"]).toHaveLength(size);
  two["y"].forEach((value, at) => {
    expect(value).toBeCloseTo(one["y"][at % size], 5);
  });
});

test("a bucket of time for each doubling", () => {
  const gaps = [0, 0.5, 1, 2, 3, 6, 7, 1e9];
  expect(gaps.map((gap) => gapBucket(gap, 5))).toEqual([0, 0, 1, 1, 2, 2, 3, 4]);
});
