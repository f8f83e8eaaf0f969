import type { Target } from "../graph/tensor.ts";
import type { OnnxGraph } from "../onnx/format.ts";
import type { Session, SessionOptions } from "./session.ts";

/**
 * Who computes: the processor by native code, the processor by WebAssembly, or a graphics card. What a
 * card has no kernel for goes back to the processor, with a copy there and one back; the report says
 * which. Not for a card: graphs written for the target "native".
 */
export const providers = ["cpu", "wasm", "webgpu", "cuda"] as const;
export type Provider = (typeof providers)[number];

/** The operators a graph for the provider may use. */
export const targetOf = (provider: Provider): Target =>
  provider === "cpu" || provider === "wasm" ? "native" : "portable";

/** What is known not to run where it was asked for. */
export interface ProviderReport {
  readonly provider: Provider;
  /** Nodes of the graph, those inside loops included. */
  readonly nodes: number;
  /** Operators that the processor takes over, with how many nodes each. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/**
 * Without a kernel on the card in runtime 1.30: FusedMatMul and Scan were seen to fall back, the rest
 * are expected to be missing, not measured. Others may be missing too. Of portable graphs WebGPU was
 * seen to leave to the processor what places windows of dropout (Add and Slice of whole numbers), and
 * nothing else; CUDA was not tried.
 */
const missing: Readonly<Record<Provider, ReadonlySet<string>>> = {
  cpu: new Set(),
  wasm: new Set(),
  webgpu: new Set([
    "FusedMatMul",
    "Scan",
    "DynamicQuantizeLinear",
    "DynamicQuantizeMatMul",
    "MatMulInteger",
  ]),
  cuda: new Set(["DynamicQuantizeLinear", "DynamicQuantizeMatMul"]),
};

/** O(nodes). */
export function reportFor(provider: Provider, graph: OnnxGraph): ProviderReport {
  const fallbacks: Record<string, number> = {};
  let nodes = 0;
  const visit = (part: OnnxGraph): void => {
    for (const { operator, attributes } of part.nodes) {
      nodes++;
      if (missing[provider].has(operator)) fallbacks[operator] = (fallbacks[operator] ?? 0) + 1;
      for (const one of Object.values(attributes)) if ("graph" in one) visit(one.graph);
    }
  };
  visit(graph);
  return { provider, nodes, fallbacks };
}

/** Each runtime is loaded when it is first asked for, so that none needs the other. */
export async function openSessionOn(
  provider: Provider,
  model: Uint8Array,
  options: SessionOptions,
): Promise<Session> {
  if (provider === "wasm") {
    const { openWebSession } = await import("./web.ts");
    return openWebSession(model, options);
  }
  const { openNativeSession } = await import("./session.ts");
  return openNativeSession(model, options, provider === "cpu" ? ["cpu"] : [provider, "cpu"]);
}

/**
 * Opens a file for the processor: by native code where this machine has a binary of it, else by
 * WebAssembly. For what is computed beside the networks, wherever they are.
 */
export async function openSessionHere(
  model: Uint8Array,
  options: SessionOptions,
): Promise<Session> {
  return openSessionOn((await isNative()) ? "cpu" : "wasm", model, options);
}

let native: Promise<boolean> | undefined;

/** Whether there is a binary of the runtime that this machine can load. */
function isNative(): Promise<boolean> {
  native ??= import("./session.ts").then(
    () => true,
    () => false,
  );
  return native;
}
