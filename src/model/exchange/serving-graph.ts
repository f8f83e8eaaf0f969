import { assert } from "../../assert.ts";
import { float32Weight, type Weight } from "../../tensor/interchange/safetensors.ts";
import type { OnnxGraph } from "../../tensor/onnx/format.ts";
import { compileInference } from "../../tensor/serve/compile.ts";
import { type NetworkShape, stateNetwork } from "../behaviour/network.ts";

/**
 * The network in service with its weights beside it: an input of the graph each, by the names that
 * training knows them by.
 */
export interface ServingGraph {
  readonly graph: OnnxGraph;
  /** What a weight of each name must look like. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
}

/** In operators of ONNX alone, for any runtime. */
export async function servingGraph(shape: NetworkShape): Promise<ServingGraph> {
  const { graph, parameters } = await compileInference(stateNetwork(shape), {
    parameters: "inputs",
    outputs: ["state"],
    target: "portable",
    batch: "free",
  });
  return { graph, shapes: new Map(parameters.map((one) => [one.name, one.shape])) };
}

/** Views of the parameters that the network in service has. @shape parameters each as `shapes` says */
export function weightsOf(
  { shapes }: ServingGraph,
  parameters: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Weight> {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const values = parameters.get(name);
      assert(values !== undefined, `there are values for ${name}`);
      return [name, float32Weight(values, shape)];
    }),
  );
}
