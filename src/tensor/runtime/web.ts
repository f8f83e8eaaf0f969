import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-web";
import { problem } from "../../errors.ts";
import type { Session, SessionOptions, Slot } from "./session.ts";

/**
 * The runtime as WebAssembly, for machines that the native one has no binary for (Alpine, Intel Mac).
 * Idea: the same files, kernels and loops; a third of the speed. Loaded when it is first asked for.
 * Left out: memory shared with the caller. Results are copied once, into the slots given.
 */
interface WebRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof RuntimeTensor;
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** Threads are the whole process's: those of the first session opened hold for all later ones. */
let loaded: Promise<WebRuntime> | undefined;

async function load(threads: number): Promise<WebRuntime> {
  try {
    const runtime = (await import("onnxruntime-web")) as unknown as WebRuntime;
    runtime.env.wasm.numThreads = threads;
    return runtime;
  } catch (cause) {
    loaded = undefined;
    const how = "install it: npm install onnxruntime-web@1.30.0";
    throw problem("not-ready", `the WebAssembly runtime is not there; ${how}`, { cause });
  }
}

/** Opens a file for the WebAssembly runtime. */
export async function openWebSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  loaded ??= load(options.threads);
  const { InferenceSession, Tensor } = await loaded;
  const session = await InferenceSession.create(model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
  return {
    run: async (feeds, fetches) => {
      const given: Record<string, RuntimeTensor> = {};
      for (const [name, { type, data, shape }] of Object.entries(feeds)) {
        given[name] = new Tensor(type, data as never, shape);
      }
      const results = await session.run(given, Object.keys(fetches));
      for (const [name, slot] of Object.entries(fetches)) fill(slot, results[name]);
    },
    release: () => session.release(),
  };
}

function fill({ data }: Slot, result: RuntimeTensor): void {
  data.set(result.data as Float32Array);
  result.dispose();
}
