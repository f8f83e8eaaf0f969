import { describe, expect, test } from "vitest";
import type { Network } from "../tensor/graph/network.ts";
import { decodeModel } from "../tensor/onnx/decode.ts";
import type { OnnxGraph } from "../tensor/onnx/format.ts";
import { type Provider, reportFor, targetOf } from "../tensor/runtime/providers.ts";
import { compileInference } from "../tensor/serve/compile.ts";
import { compileTraining } from "../tensor/train/compile.ts";
import { type ArchitectureName, architectures } from "./behaviour/architectures/architectures.ts";
import { type NetworkShape, stateNetwork, trainingNetwork } from "./behaviour/network.ts";
import { predictionService, predictionTraining } from "./prediction/network.ts";

/** All that a shop trains and serves, as a graphics card is given it. */
const sizes = { width: 8, blocks: 2, heads: 2, length: 8, hidden: 16, dropout: 0.1 };
const prediction = { ...sizes, items: 12, counted: 3, chances: 2, choices: 4 };
const bodies = Object.keys(architectures) as ArchitectureName[];
const shapeOf = (architecture: ArchitectureName): NetworkShape => {
  return { ...sizes, architecture, vocabulary: 12, positions: "relative" };
};

const step = (network: Network, provider: Provider): OnnxGraph => {
  const how = { turns: 1, target: targetOf(provider), clipExamplesTo: undefined };
  return decodeModel(compileTraining(network, how).program.model).graph;
};

async function service(
  network: Network,
  outputs: readonly string[],
  provider: Provider,
): Promise<OnnxGraph> {
  const form = { batch: "free", parameters: "inputs", target: targetOf(provider) } as const;
  return decodeModel((await compileInference(network, { ...form, outputs })).model).graph;
}

const whole = { negatives: "all", logQ: undefined, chunk: 16 } as const;
const drawn = { ...whole, negatives: 4, gbce: 0.5 };

describe.each(["webgpu", "cuda"] as const)("the networks of a shop on %s", (provider) => {
  const leftOf = (graph: OnnxGraph) => reportFor(provider, graph).fallbacks;

  test.each(bodies)("the behaviour model with the body %s leaves nothing behind", async (body) => {
    const shape = shapeOf(body);
    for (const objective of [whole, drawn]) {
      expect(leftOf(step(trainingNetwork(shape, objective, 4), provider))).toEqual({});
    }
    expect(leftOf(await service(stateNetwork(shape), ["states"], provider))).toEqual({});
  });

  test("nor does the network of prediction", async () => {
    const training = predictionTraining(prediction, { rows: 4, moments: 6 });
    expect(leftOf(step(training, provider))).toEqual({});
    const outputs = ["chances", "choices", "value"];
    const serving = await service(predictionService(prediction), outputs, provider);
    expect(leftOf(serving)).toEqual({});
  });
});

test("what is written for the processor would leave products behind on a card", () => {
  const native = step(trainingNetwork(shapeOf("transformer"), whole, 4), "cpu");
  expect(reportFor("webgpu", native).fallbacks["FusedMatMul"]).toBeGreaterThan(0);
});
