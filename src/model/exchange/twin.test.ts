import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { distancesOf } from "../../tensor/conformance/compare.ts";
import type { Fixture } from "../../tensor/conformance/fixture.ts";
import { encodeModel } from "../../tensor/onnx/encode.ts";
import { openPredictor } from "../../tensor/serve/predictor.ts";
import { openEncoder } from "../behaviour/encode.ts";
import { type NetworkShape, trainingNetwork } from "../behaviour/network.ts";
import type { Objective } from "../behaviour/objective.ts";
import { servingGraph } from "./serving-graph.ts";

/** Reference values by bench/peers/torch/fixture.py. */
interface TwinFixture extends Omit<Fixture, "sizes"> {
  readonly sizes: NetworkShape;
  readonly objective: {
    readonly negatives: number | "all";
    readonly logQ: readonly number[] | null;
    readonly gbce?: number;
  };
}

const fixtureOf = (name: string): TwinFixture =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));

/** Rounding of float32. */
const close = 1e-5;

test.each(["sampled-softmax", "full-softmax", "corrected", "gbce"])(
  "loss and gradients by %s are those of the twin in PyTorch",
  async (name) => {
    const { sizes, objective, ...values } = fixtureOf(name);
    const { negatives, logQ, gbce } = objective;
    const [rows] = values.inputs["tokens"].shape;
    const asked: Objective = {
      ...{ negatives, gbce, chunk: rows * sizes.length },
      logQ: logQ === null ? undefined : Float32Array.from(logQ),
    };
    const { build } = trainingNetwork(sizes, asked, rows);
    const found = await distancesOf({
      fixture: { ...values, outputs: {}, sizes: {} },
      build,
      moving: [],
      turns: 1,
    });
    expect(found.loss).toBeLessThan(close);
    expect(found.gradients).toBeLessThan(close);
    expect(found.free).toBeLessThan(close);
  },
);

describe.each(["sampled-softmax", "full-softmax"])(
  "a history, as the twin of %s reads it",
  (name) => {
    const { sizes, inputs, parameters, outputs } = fixtureOf(name);
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([key, { shape, values }]) => [
        key,
        { type: "float32", shape, data: Float32Array.from(values) } as const,
      ]),
    );
    // The first three places of the first row are a history by themselves.
    const history = Int32Array.from(inputs["tokens"].values.slice(0, 3));
    const wanted = outputs["states"].values.slice(2 * sizes.width, 3 * sizes.width);
    const gapTo = (state: ArrayLike<number>): number => {
      const gaps = wanted.map((value, at) => Math.abs(value - state[at]));
      return gaps.length === sizes.width ? Math.max(...gaps) : Number.NaN;
    };

    test("is read in service", async () => {
      const values = Object.entries(weights).map(([key, { data }]) => [key, data] as const);
      const encoder = await openEncoder(sizes, new Map(values), {
        provider: "cpu",
        threads: 1,
        batch: 4,
      });
      const state = await encoder.encode([history]);
      await encoder.release();
      expect(gapTo(state)).toBeLessThan(close);
    });

    test("is read by the graph that leaves, fed with the weights that leave", async () => {
      const { graph, shapes } = await servingGraph(sizes);
      expect(new Set(shapes.keys())).toEqual(new Set(Object.keys(weights)));
      const predictor = await openPredictor(encodeModel({ graph, metadata: {} }), {
        ...{ provider: "cpu", session: { threads: 1, spins: false }, kept: weights, batchMost: 4 },
      });
      const place = (first: readonly number[]) => {
        const data = new Int32Array(sizes.length);
        data.set(first);
        return { type: "int32", shape: [1, sizes.length], data } as const;
      };
      const learned = sizes.positions === "learned" ? { positions: place([0, 1, 2]) } : {};
      const { state } = await predictor.run({
        ...learned,
        tokens: place([...history]),
        segments: place([1, 1, 1]),
        last: { type: "int32", shape: [1], data: Int32Array.of(2) },
      });
      await predictor.release();
      expect(gapTo(state.data as Float32Array)).toBeLessThan(close);
    });
  },
);
