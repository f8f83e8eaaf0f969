import type { Network } from "../graph/network.ts";
import { createRandom } from "../random.ts";
import { createRunner, type Value, type Values } from "./run-network.ts";

/** What a step along one direction does to the loss, and what the gradient says it does. */
export interface Slope {
  readonly measured: number;
  readonly computed: number;
}

/**
 * Central differences of the loss along a drawn direction of length 1 of all parameters, at two widths
 * that cancel the third derivative (Richardson 1911). In float32 good to about 1e-5, which is enough to
 * tell a wrong derivative from a right one.
 */
export async function slopeAlong(network: Network, inputs: Values, seed: number): Promise<Slope> {
  const runner = await createRunner(network, 1);
  const random = createRandom(seed);
  const start = runner.initialValues(seed);
  const drawnOnes = Object.entries(start).map(([name, { values }]) => {
    return [name, Float64Array.from(values, () => random.normal())] as const;
  });
  const norm = Math.hypot(...drawnOnes.flatMap(([, values]) => [...values]));
  const direction = Object.fromEntries(
    drawnOnes.map(([name, values]) => [name, values.map((value) => value / norm)]),
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
  const { gradients } = await runner.step({ ...inputs, ...start });
  const quotient = async (width: number): Promise<number> => {
    const up = await runner.step({ ...inputs, ...moved(width) });
    const down = await runner.step({ ...inputs, ...moved(-width) });
    return (up.loss - down.loss) / (2 * width);
  };
  const measured = (4 * (await quotient(2 ** -6)) - (await quotient(2 ** -5))) / 3;
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
