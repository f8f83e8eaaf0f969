import type { Build, Network } from "../graph/network.ts";
import type { Target } from "../graph/tensor.ts";
import type { AdamFixture, Fixture, FixtureTensor } from "./fixture.ts";
import { createRunner, type Found, outputsOf, type Runner, type Value } from "./run-network.ts";

/** How far a network lies from its reference, each as a share of the largest value of its tensor. */
export interface Distances {
  readonly loss: number;
  readonly outputs: number;
  readonly gradients: number;
  /** The largest of the gradients that are zero in truth. */
  readonly free: number;
  /** Losses along ten steps of Adam, and parameters after them; 0 where the reference takes none. */
  readonly adamLosses: number;
  readonly adamParameters: number;
}

export interface Comparison {
  readonly fixture: Fixture;
  readonly build: Build;
  /** Inputs that the network takes as parameters, as their gradients are wanted. */
  readonly moving: readonly string[];
  readonly turns: number;
  /** Operators to keep to; those of the CPU provider unless given. */
  readonly target?: Target;
}

type Mutable = Record<string, { type: "float32"; shape: readonly number[]; values: Float64Array }>;

/** Names of parameters must be those of the reference exactly. */
export async function distancesOf(comparison: Comparison): Promise<Distances> {
  const { fixture, build, moving, turns, target } = comparison;
  const fixed = Object.entries(fixture.inputs).filter(([name]) => !moving.includes(name));
  const network: Network = { inputs: Object.fromEntries(fixed), build };
  const started = { ...fixture.parameters, ...fixture.inputs };
  const outputs = await outputsOf(network, started, { isTraining: true });
  const runner = await createRunner(network, turns, target);
  const names = [...Object.keys(fixture.parameters), ...moving].sort();
  const asked = [...runner.shapes.keys()].sort();
  if (asked.join() !== names.join()) throw new Error(`parameters are ${asked}, not ${names}`);
  const { loss, gradients } = await runner.step(started);
  const counted = names.filter((name) => !fixture.free.includes(name));
  const adam = await adamDistances(runner, fixture);
  await runner.release();
  return {
    loss: share(Math.abs(loss - fixture.loss), Math.abs(fixture.loss)),
    outputs: farthest(outputs, fixture.outputs, Object.keys(fixture.outputs)),
    gradients: farthest(gradients, fixture.gradients, counted),
    free: Math.max(0, ...fixture.free.flatMap((name) => [...gradients[name].map(Math.abs)])),
    ...adam,
  };
}

/** Tensors whose values are all tiny are compared as they are. */
const leastScale = 1e-3;
const share = (gap: number, scale: number): number => gap / Math.max(leastScale, scale);

function farthest(
  found: Found,
  wanted: Readonly<Record<string, FixtureTensor>>,
  names: readonly string[],
): number {
  const gaps = names.map((name) => {
    const { values } = wanted[name];
    if (found[name]?.length !== values.length) throw new Error(`${name} has another shape`);
    const gap = Math.max(0, ...values.map((value, at) => Math.abs(value - found[name][at])));
    return share(gap, Math.max(...values.map(Math.abs)));
  });
  return gaps.some(Number.isNaN) ? Number.NaN : Math.max(0, ...gaps);
}

async function adamDistances(
  runner: Runner,
  fixture: Fixture,
): Promise<Pick<Distances, "adamLosses" | "adamParameters">> {
  const { adam, parameters, inputs, free } = fixture;
  if (adam === undefined) return { adamLosses: 0, adamParameters: 0 };
  const now: Mutable = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, values }]) => [
      name,
      { type: "float32", shape, values: Float64Array.from(values) },
    ]),
  );
  const update = adamOf(adam);
  const gaps: number[] = [];
  for (let step = 0; step < adam.losses.length; step++) {
    const all: Record<string, Value> = { ...inputs, ...now };
    const { loss, gradients } = await runner.step(all);
    gaps.push(share(Math.abs(loss - adam.losses[step]), Math.abs(adam.losses[step])));
    if (step < adam.losses.length - 1) update(now, gradients);
  }
  const last = Object.fromEntries(Object.entries(now).map(([name, one]) => [name, one.values]));
  const names = Object.keys(adam.parameters).filter((name) => !free.includes(name));
  return {
    adamLosses: Math.max(...gaps),
    adamParameters: farthest(last, adam.parameters, names),
  };
}

/** Adam in double precision, so that what differs is the gradient's. */
function adamOf(rule: AdamFixture): (parameters: Mutable, gradients: Found) => void {
  const { rate, beta1, beta2, epsilon } = rule;
  const first = new Map<string, Float64Array>();
  const second = new Map<string, Float64Array>();
  let steps = 0;
  const stateOf = (kept: Map<string, Float64Array>, name: string, size: number): Float64Array => {
    const known = kept.get(name) ?? new Float64Array(size);
    kept.set(name, known);
    return known;
  };
  return (parameters, gradients) => {
    steps++;
    const [unbias1, unbias2] = [1 - beta1 ** steps, 1 - beta2 ** steps];
    for (const [name, { values }] of Object.entries(parameters)) {
      const m = stateOf(first, name, values.length);
      const v = stateOf(second, name, values.length);
      gradients[name].forEach((g, at) => {
        m[at] = beta1 * m[at] + (1 - beta1) * g;
        v[at] = beta2 * v[at] + (1 - beta2) * g * g;
        values[at] -= ((rate / unbias1) * m[at]) / (Math.sqrt(v[at] / unbias2) + epsilon);
      });
    }
  };
}
