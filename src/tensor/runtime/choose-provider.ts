import { problem } from "../../errors.ts";
import { emitGraph } from "../graph/emitter.ts";
import { matmul } from "../graph/primitives/linear.ts";
import { input } from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";
import { openSessionOn, type Provider } from "./providers.ts";

/**
 * Which provider computes on this machine: the one that is asked for if it is here and multiplies right,
 * else the processor, by native code if there is a binary, else by WebAssembly. Each that was passed over
 * is named with its reason.
 */
export interface ProviderChoice {
  readonly asked: Provider;
  readonly inUse: Provider;
  /** Passed over, in the order in which they were tried. */
  readonly fallbacks: readonly PassedOver[];
}

export interface PassedOver {
  readonly provider: Provider;
  /** What is missing, in the words of the runtime. */
  readonly why: string;
  /** What to do to have it. */
  readonly remedy: string;
}

/** @param threads of the runs to come: WebAssembly keeps those of its first. @throws `not-ready` */
export async function chooseProvider(asked: Provider, threads: number): Promise<ProviderChoice> {
  const fallbacks: PassedOver[] = [];
  for (const provider of new Set<Provider>([asked, "cpu", "wasm"])) {
    const why = await whyNot(provider, threads);
    if (why === undefined) return { asked, inUse: provider, fallbacks };
    fallbacks.push({ provider, why, remedy: remedies[provider] });
  }
  const tried = fallbacks.map(({ provider, why }) => `${provider}: ${why}`).join("; ");
  throw problem("not-ready", `nothing here can compute networks: ${tried}`);
}

/** That another one computes than was asked for, why, and what to do. */
export function notAsAsked({ asked, inUse, fallbacks }: ProviderChoice): string {
  const why = fallbacks.map(({ provider, why, remedy }) => `no ${provider}: ${why}. ${remedy}`);
  return (
    `networks are computed by ${inUse}, not by ${asked} as compute.provider says; ` +
    `${why.join(" ")} Or set compute.provider to ${inUse}.`
  );
}

const remedies: Readonly<Record<Provider, string>> = {
  cpu: "The runtime has native code for Linux with glibc, Windows, and Macs with Apple silicon.",
  wasm: "Install it: npm install onnxruntime-web@1.30.0.",
  webgpu:
    "It takes a graphics card and its driver: Vulkan on Linux, Direct3D 12 on Windows, Metal on a Mac.",
  cuda:
    "It takes Linux on x64, NVIDIA's driver, CUDA 12 and cuDNN 9, and the runtime's library for them: " +
    "ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false.",
};

/** Why a provider cannot be used, in a line; undefined if it multiplied two by three. */
async function whyNot(provider: Provider, threads: number): Promise<string | undefined> {
  try {
    const session = await openSessionOn(provider, product(), { threads, spins: false });
    try {
      const result = new Float32Array(1);
      const slot = (data: Float32Array) => ({ type: "float32", shape: [1, 1], data }) as const;
      const feeds = { a: slot(Float32Array.of(2)), b: slot(Float32Array.of(3)) };
      await session.run(feeds, { product: slot(result) });
      return result[0] === 6 ? undefined : `two by three is ${result[0]} there`;
    } finally {
      await session.release();
    }
  } catch (error) {
    return inALine(error);
  }
}

const product = (): Uint8Array => {
  const [a, b] = [input("a", "float32", [1, 1]), input("b", "float32", [1, 1])];
  const graph = emitGraph("trial", { product: matmul(a, b) }, "portable");
  return encodeModel({ graph, metadata: {} });
};

/** The runtime names its source files and conditions before it says what is the matter. */
function inALine(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return (words.split(" was false. ").at(-1) ?? words).trim().split("\n")[0] ?? words;
}
