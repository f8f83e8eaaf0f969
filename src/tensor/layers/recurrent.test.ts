import { expect, test } from "vitest";
import { createRunner, outputsOf, type Values } from "../conformance/run-network.ts";
import { drawn } from "../conformance/slope.ts";
import type { Build, Network } from "../graph/network.ts";
import { meanAll } from "../graph/primitives/arrange.ts";
import { add, square } from "../graph/primitives/elementwise.ts";
import { gru, lstm, type RecurrentOptions } from "./recurrent.ts";

const kinds = { gru, lstm } as const;
type Kind = keyof typeof kinds;

const buildOf =
  (kind: Kind, options: RecurrentOptions): Build =>
  (scope, { x }) => {
    const { states } = kinds[kind](scope, x, options);
    return { loss: meanAll(square(states)), states };
  };

const networkOf = (kind: Kind, unroll: boolean, batch: number, length: number): Network => ({
  inputs: { x: { type: "float32", shape: [batch, length, 3] } },
  build: buildOf(kind, { hidden: 4, unroll }),
});

/** Loss and all gradients, in one list. */
async function stepOf(network: Network, inputs: Values): Promise<number[]> {
  const runner = await createRunner(network, 1);
  const { loss, gradients } = await runner.step({ ...runner.initialValues(3), ...inputs });
  await runner.release();
  return [loss, ...Object.values(gradients).flatMap((one) => [...one])];
}

const sizes = [
  [1, 1],
  [1, 7],
  [3, 1],
  [2, 5],
] as const;

test.each(
  (["gru", "lstm"] as const).flatMap((kind) =>
    sizes.map(([batch, length]) => ({ kind, batch, length })),
  ),
)("$kind, batch $batch, length $length: a loop is the same unrolled", async (one) => {
  const { kind, batch, length } = one;
  const inputs = { x: drawn([batch, length, 3], 11) };
  const [loop, flat] = await Promise.all(
    [false, true].map((unroll) => stepOf(networkOf(kind, unroll, batch, length), inputs)),
  );
  expect(loop).toHaveLength(flat.length);
  expect(Math.max(...loop.map(Math.abs))).toBeGreaterThan(1e-3);
  loop.forEach((value, at) => {
    expect(value).toBeCloseTo(flat[at], 6);
  });
});

/** What is asked of the last state alone, and of both its halves. */
test.each(["hidden", "cell", "both"] as const)(
  "the %s of an LSTM's last state: a loop is the same unrolled",
  async (part) => {
    const lastOf = (unroll: boolean): Network => ({
      inputs: { x: { type: "float32", shape: [2, 5, 3] } },
      build: (scope, { x }) => {
        const { states, last } = lstm(scope, x, { hidden: 4, unroll });
        const all = part === "both" ? [states, last.hidden, last.cell] : [last[part]];
        return { loss: all.map((one) => meanAll(square(one))).reduce(add) };
      },
    });
    const inputs = { x: drawn([2, 5, 3], 12) };
    const [loop, flat] = await Promise.all([false, true].map((at) => stepOf(lastOf(at), inputs)));
    expect(loop).toHaveLength(flat.length);
    expect(Math.max(...loop.map(Math.abs))).toBeGreaterThan(1e-3);
    loop.forEach((value, at) => {
      expect(value).toBeCloseTo(flat[at], 6);
    });
  },
);

test.each(["gru", "lstm"] as const)("%s serves a batch of any size in both forms", async (kind) => {
  const runner = await createRunner(networkOf(kind, true, 1, 5), 1);
  const parameters = runner.initialValues(3);
  await runner.release();
  const values = { ...parameters, x: drawn([2, 5, 3], 4) };
  const found = await Promise.all(
    [
      [true, 2],
      [true, -1],
      [false, -1],
    ].map(([unroll, batch]) => {
      const network = networkOf(kind, unroll as boolean, batch as number, 5);
      const build: Build = (scope, inputs) => ({ states: network.build(scope, inputs)["states"] });
      return outputsOf({ ...network, build }, values, { isTraining: false });
    }),
  );
  for (const { states } of found) {
    expect(states).toHaveLength(40);
    states.forEach((value, at) => {
      expect(value).toBeCloseTo(found[0]["states"][at], 6);
    });
  }
});

test("an LSTM begins by forgetting little", async () => {
  const runner = await createRunner(networkOf("lstm", true, 1, 1), 1);
  const bias = Array.from(runner.initialValues(0)["input.bias"].values);
  await runner.release();
  expect(bias).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});
