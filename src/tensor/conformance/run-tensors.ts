import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { emitGraph } from "../graph/emitter.ts";
import type { Target, Tensor } from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";

/** Runs tensors on the runtime with flat lists of numbers in and out: for tests alone. */
export type Lists = Readonly<Record<string, readonly number[]>>;

export interface RunOptions {
  readonly target?: Target;
  /** How large a free size of 1 is; 1 unless given. */
  readonly batch?: number;
}

/** What the results are, given a list for every leaf by its name. @shape lists row-major */
export async function runTensors(
  results: Readonly<Record<string, Tensor>>,
  lists: Lists,
  { target = "native", batch = 1 }: RunOptions = {},
): Promise<Readonly<Record<string, number[]>>> {
  const graph = emitGraph("run", results, target);
  const session = await InferenceSession.create(encodeModel({ graph, metadata: {} }), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const feeds = graph.inputs.map(({ name, type, shape }) => {
    const lengths = shape.map((length) => (typeof length === "number" ? length : sized(length)));
    return [name, feed(type, lists[name], lengths)] as const;
  });
  const found = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(found).map(([name, { data }]) => [
      name,
      Array.from(data as Float32Array, Number),
    ]),
  );

  function sized(length: string): number {
    return batch * Number(length.split("_")[1] ?? 1);
  }
}

function feed(type: string, list: readonly number[], shape: readonly number[]): RuntimeTensor {
  if (type === "int32") return new RuntimeTensor("int32", Int32Array.from(list), shape);
  if (type === "bool") return new RuntimeTensor("bool", Uint8Array.from(list), shape);
  return new RuntimeTensor("float32", Float32Array.from(list), shape);
}
