import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { assert } from "../../assert.ts";
import { emitGraph } from "../graph/emitter.ts";
import { emptyDeclarations, type Network, openScope } from "../graph/network.ts";
import { type Shape, sizeOf } from "../graph/shape.ts";
import { input, scalar, type Target, type TensorType } from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";
import { compileTraining } from "../train/compile.ts";

/** Runs networks on the runtime, one value at a time and without care for speed: for tests alone. */
export interface Value {
  readonly type: TensorType;
  readonly shape: Shape;
  readonly values: ArrayLike<number>;
}

export type Values = Readonly<Record<string, Value>>;
export type Found = Readonly<Record<string, Float64Array>>;

const oneThread = { intraOpNumThreads: 1, interOpNumThreads: 1 } as const;

function feed({ type, shape, values }: Value): RuntimeTensor {
  const list = Array.from(values);
  if (type === "float32") return new RuntimeTensor("float32", Float32Array.from(list), [...shape]);
  if (type === "int32") return new RuntimeTensor("int32", Int32Array.from(list), [...shape]);
  return new RuntimeTensor("bool", Uint8Array.from(list), [...shape]);
}

async function run(session: InferenceSession, values: Values): Promise<Found> {
  const feeds = session.inputNames.map((name) => {
    assert(values[name] !== undefined, `a value for ${name} is given`);
    return [name, feed(values[name])] as const;
  });
  const found = await session.run(Object.fromEntries(feeds));
  return Object.fromEntries(
    Object.entries(found).map(([name, one]) => [
      name,
      Float64Array.from(Array.from(one.data as Float32Array, Number)),
    ]),
  );
}

export interface OutputOptions {
  readonly isTraining: boolean;
}

/** All that the network gives, of any shape. */
export async function outputsOf(
  network: Network,
  values: Values,
  { isTraining }: OutputOptions,
): Promise<Found> {
  const scope = openScope(emptyDeclarations(), { isTraining, startOf: () => scalar(0) });
  const inputs = Object.fromEntries(
    Object.entries(network.inputs).map(([name, { type, shape }]) => [
      name,
      input(name, type, shape),
    ]),
  );
  const built = Object.entries(network.build(scope, inputs));
  const outputs = Object.fromEntries(built.map(([name, one]) => [`${given}${name}`, one]));
  const graph = emitGraph("outputs", outputs, "native");
  const session = await InferenceSession.create(encodeModel({ graph, metadata: {} }), oneThread);
  const found = await run(session, values);
  await session.release();
  return Object.fromEntries(
    Object.entries(found).map(([name, one]) => [name.slice(given.length), one]),
  );
}

/** Before the names of outputs, as an input may be called the same. */
const given = "given:";

export interface Step {
  readonly loss: number;
  /** Of every parameter, rows added in. */
  readonly gradients: Found;
}

export interface Runner {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Values that parameters begin with. */
  initialValues(seed: number): Values;
  step(values: Values): Promise<Step>;
  release(): Promise<void>;
}

/** The training graph of a network, its batch taken in as many turns. */
export async function createRunner(
  network: Network,
  turns: number,
  target: Target = "native",
): Promise<Runner> {
  const onlyLoss: Network = {
    ...network,
    build: (scope, inputs) => ({ loss: network.build(scope, inputs)["loss"] }),
  };
  const compiled = compileTraining(onlyLoss, { turns, target, clipExamplesTo: undefined });
  const { program } = compiled;
  const session = await InferenceSession.create(program.model, oneThread);
  return {
    shapes: new Map(program.parameters.map(({ name, shape }) => [name, shape])),
    initialValues: (seed) => {
      const first = compiled.initialValues(seed);
      return Object.fromEntries(
        program.parameters.map(({ name, shape }) => {
          const values = first.get(name) ?? new Float32Array(0);
          return [name, { type: "float32", shape, values } as const];
        }),
      );
    },
    step: async (values) => {
      const found = await run(session, values);
      const gradients = program.parameters.map(({ name, shape, dense, rows }) => {
        const total = dense ? found[`gradient:${name}`].slice() : new Float64Array(sizeOf(shape));
        const width = sizeOf(shape.slice(1));
        rows.forEach((_, k) => {
          addRows(total, found[`rows:${k}:${name}`], found[`indices:${k}:${name}`], width);
        });
        return [name, total] as const;
      });
      return { loss: found["loss"][0], gradients: Object.fromEntries(gradients) };
    },
    release: () => session.release(),
  };
}

function addRows(total: Float64Array, rows: Float64Array, places: Float64Array, width: number) {
  for (let at = 0; at < rows.length; at++) {
    total[places[Math.floor(at / width)] * width + (at % width)] += rows[at];
  }
}
