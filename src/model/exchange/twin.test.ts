import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { distancesOf } from "../../tensor/conformance/compare.ts";
import type { Fixture } from "../../tensor/conformance/fixture.ts";
import { openEncoder } from "../behaviour/encode.ts";
import { type NetworkShape, trainingNetwork } from "../behaviour/network.ts";
import type { Objective } from "../behaviour/objective.ts";

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
    const [rows = 0] = values.inputs["tokens"]?.shape ?? [];
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

test.each(["sampled-softmax", "full-softmax"])(
  "histories are read as the twin of %s reads them",
  async (name) => {
    const { sizes, inputs, parameters, outputs } = fixtureOf(name);
    const values = Object.entries(parameters).map(
      ([key, one]) => [key, Float32Array.from(one.values)] as const,
    );
    const encoder = await openEncoder(sizes, new Map(values), { threads: 1, batch: 4 });
    // The first three places of the first row are a history by themselves.
    const history = Int32Array.from(inputs["tokens"]?.values.slice(0, 3) ?? []);
    const state = await encoder.encode([history]);
    await encoder.release();
    const wanted = outputs["states"]?.values.slice(2 * sizes.width, 3 * sizes.width) ?? [];
    const gaps = wanted.map((value, at) => Math.abs(value - (state[at] ?? Number.NaN)));
    expect(gaps).toHaveLength(sizes.width);
    expect(Math.max(...gaps)).toBeLessThan(close);
  },
);
