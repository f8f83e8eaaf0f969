import type { Network } from "../graph/network.ts";
import { createRandom } from "../random.ts";
import { createRunner, type Value, type Values } from "./run-network.ts";

/** What a step along one direction does to the loss, and what the gradient says it does. */
export interface Slope {
  readonly measured: number;
  readonly computed: number;
}

/**
 * Central difference of the loss along a drawn direction of all parameters. In float32: good to about
 * 1e-3 of the slope, enough to tell a wrong derivative from a right one.
 */
export async function slopeAlong(network: Network, inputs: Values, seed: number): Promise<Slope> {
  const runner = await createRunner(network, 1);
  const random = createRandom(seed);
  const start = runner.initialValues(seed);
  const direction = Object.fromEntries(
    Object.entries(start).map(([name, { values }]) => [
      name,
      Float64Array.from(values, () => random.normal()),
    ]),
  );
  const moved = (step: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(start).map(([name, one]) => [
        name,
        {
          ...one,
          values: Float64Array.from(one.values, (value, at) => value + step * direction[name][at]),
        },
      ]),
    );
  const width = 2 ** -7;
  const [up, here, down] = [width, 0, -width].map((step) => ({ ...inputs, ...moved(step) }));
  const { gradients } = await runner.step(here);
  const measured = ((await runner.step(up)).loss - (await runner.step(down)).loss) / (2 * width);
  await runner.release();
  const computed = Object.entries(direction).reduce(
    (total, [name, along]) => along.reduce((sum, d, at) => sum + d * gradients[name][at], total),
    0,
  );
  return { measured, computed };
}

/** Numbers as a network's input takes them, drawn from a normal distribution. */
export function drawn(shape: readonly number[], seed: number): Value {
  const random = createRandom(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    type: "float32",
    shape,
    values: Float32Array.from({ length: size }, () => random.normal()),
  };
}

export const whole = (shape: readonly number[], values: readonly number[]): Value => ({
  type: "int32",
  shape,
  values,
});
