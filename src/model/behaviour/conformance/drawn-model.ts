import { emptyDeclarations, initialValues, openScope } from "../../../tensor/graph/network.ts";
import { input, scalar } from "../../../tensor/graph/tensor.ts";
import { createRandom } from "../../../tensor/random.ts";
import { type NetworkShape, stateNetwork } from "../network.ts";

/** A model that has learned nothing: its parameters are drawn, large enough to make a difference. */
export function drawnModel(shape: NetworkShape): {
  readonly shape: NetworkShape;
  readonly parameters: ReadonlyMap<string, Float32Array>;
} {
  const declared = emptyDeclarations();
  const scope = openScope(declared, { isTraining: false, startOf: () => scalar(0) });
  const { inputs, build } = stateNetwork(shape);
  const given = Object.entries(inputs).map(([name, spec]) => [
    name,
    input(name, spec.type, spec.shape),
  ]);
  build(scope, Object.fromEntries(given));
  const random = createRandom(9).split("items");
  const parameters = new Map(initialValues(declared, 3));
  parameters.set(
    "items",
    (parameters.get("items") as Float32Array).map(() => random.normal()),
  );
  return { shape, parameters };
}

/** Histories of one to `length` tokens. */
export function drawnHistories(shape: NetworkShape, count: number): Int32Array[] {
  const random = createRandom(4);
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: 1 + random.int(shape.length) }, () => random.int(shape.vocabulary)),
  );
}
