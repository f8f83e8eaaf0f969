import { assert } from "../../assert.ts";
import { emitGraph } from "../graph/emitter.ts";
import { emptyDeclarations, type InputSpec, type Network, openScope } from "../graph/network.ts";
import { freeBatch, type Shape } from "../graph/shape.ts";
import { substitute } from "../graph/substitute.ts";
import { constant, input, scalar, type Target, type Tensor } from "../graph/tensor.ts";
import { encodeModel } from "../onnx/encode.ts";
import type { OnnxGraph } from "../onnx/format.ts";
import { foldConstants } from "./fold.ts";

/**
 * A network as a file for service: no gradients, no dropout, a batch of any size. Parameters become
 * constants, which the runtime packs for its products when it opens the file, or stay inputs, so that
 * one memory serves the trainer and the server.
 */
export interface InferenceOptions {
  /** Values by name, or "inputs" to be given at each run. */
  readonly parameters: ReadonlyMap<string, Float32Array> | "inputs";
  /** Names of those results that are wanted; what nobody asks for is not computed. */
  readonly outputs: readonly string[];
  readonly target: Target;
  /** "free" takes any batch in one file; "fixed" keeps the sizes of the network's inputs. */
  readonly batch: "free" | "fixed";
}

export interface CompiledInference {
  readonly graph: OnnxGraph;
  readonly model: Uint8Array;
  /** Parameters that the outputs rest on. */
  readonly parameters: readonly { readonly name: string; readonly shape: Shape }[];
}

export async function compileInference(
  network: Network,
  options: InferenceOptions,
): Promise<CompiledInference> {
  const declared = emptyDeclarations();
  const scope = openScope(declared, { isTraining: false, startOf: () => scalar(0) });
  const all = network.build(scope, inputsOf(network, options.batch));
  for (const name of options.outputs) assert(name in all, `the network gives ${name}`);
  const wanted = options.outputs.map((name) => all[name]);
  const parameters = [...declared.parameters].map(([name, { tensor }]) => ({ name, tensor }));
  const results =
    options.parameters === "inputs"
      ? wanted
      : await foldConstants(asConstants(wanted, parameters, options.parameters));
  const outputs = Object.fromEntries(options.outputs.map((name, at) => [name, results[at]]));
  const graph = emitGraph("inference", outputs, options.target);
  return {
    graph,
    model: encodeModel({ graph, metadata: {} }),
    parameters: parameters.map(({ name, tensor }) => ({ name, shape: tensor.shape })),
  };
}

function inputsOf({ inputs }: Network, batch: "free" | "fixed"): Record<string, Tensor> {
  const shapeOf = ({ shape, isShared }: InputSpec): Shape =>
    batch === "fixed" || isShared ? shape : [freeBatch, ...shape.slice(1)];
  return Object.fromEntries(
    Object.entries(inputs).map(([name, spec]) => [name, input(name, spec.type, shapeOf(spec))]),
  );
}

function asConstants(
  results: readonly Tensor[],
  parameters: readonly { readonly name: string; readonly tensor: Tensor }[],
  values: ReadonlyMap<string, Float32Array>,
): readonly Tensor[] {
  const replaced = parameters.map(({ name, tensor }): [Tensor, Tensor] => {
    const found = values.get(name);
    assert(found !== undefined, `there are values for parameter ${name}`);
    return [tensor, constant(found, tensor.shape)];
  });
  return substitute(results, new Map(replaced));
}
