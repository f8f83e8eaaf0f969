import { env, InferenceSession, Tensor } from "onnxruntime-node";
import type { Shape } from "../graph/shape.ts";
import type { TensorType } from "../graph/tensor.ts";

/**
 * A file of the runtime, opened: the one seam between graphs and whoever computes them. Values lie in
 * memory of the caller's, in and out, so that a step allocates next to nothing.
 */
export interface Session {
  /** Reads `feeds`, fills `fetches`. Blocks its thread while it computes. */
  run(
    feeds: Readonly<Record<string, Slot>>,
    fetches: Readonly<Record<string, Slot>>,
  ): Promise<void>;
  release(): Promise<void>;
}

/** Memory with the shape it is read or written by. */
export interface Slot {
  readonly type: TensorType;
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** What it would print it also throws, in the same words. */
env.logLevel = "fatal";

export interface SessionOptions {
  /** Threads of one run. The same number gives the same bytes. @unit 1 .. cores */
  readonly threads: number;
  /** Whether threads wait by spinning: faster alone on a machine, far slower beside others. */
  readonly spins: boolean;
}

/** Opens a file for the processor. */
export const openSession = (model: Uint8Array, options: SessionOptions): Promise<Session> =>
  openNativeSession(model, options, ["cpu"]);

/** The same by providers of the native runtime, each node by the first that knows it. */
export async function openNativeSession(
  model: Uint8Array,
  options: SessionOptions,
  providers: readonly ("cpu" | "webgpu" | "cuda")[],
): Promise<Session> {
  const session = await InferenceSession.create(model, {
    executionProviders: [...providers],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: {
      session: {
        intra_op: { allow_spinning: options.spins ? "1" : "0" },
        // Numbers below 1e-38 would make every product that meets them ten times slower.
        set_denormal_as_zero: "1",
      },
    },
  });
  // A tensor is a view that is looked at anew in each run; made once, it costs nothing later.
  const tensors = new WeakMap<Slot, Tensor>();
  const tensorOf = (slot: Slot): Tensor => {
    const known = tensors.get(slot);
    if (known !== undefined) return known;
    const made = new Tensor(slot.type, slot.data as never, slot.shape);
    tensors.set(slot, made);
    return made;
  };
  const tensorsOf = (slots: Readonly<Record<string, Slot>>): Record<string, Tensor> => {
    const found: Record<string, Tensor> = {};
    for (const name in slots) found[name] = tensorOf(slots[name]);
    return found;
  };
  return {
    run: async (feeds, fetches) => {
      await session.run(tensorsOf(feeds), tensorsOf(fetches));
    },
    release: () => session.release(),
  };
}
