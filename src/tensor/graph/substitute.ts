import { apply, callsOf, type Tensor } from "./tensor.ts";

/** The same calls on other tensors: what does not rest on one that is replaced stays as it is. */
export function substitute(
  results: readonly Tensor[],
  replaced: ReadonlyMap<Tensor, Tensor>,
): readonly Tensor[] {
  const now = new Map(replaced);
  const nowOf = (tensor: Tensor): Tensor => now.get(tensor) ?? tensor;
  for (const call of callsOf(results, (tensor) => replaced.has(tensor))) {
    if (!call.inputs.some((one) => now.has(one))) continue;
    const outputs = apply(call.primitive, call.inputs.map(nowOf), call.attributes);
    outputs.forEach((one, place) => {
      now.set(call.outputs[place], one);
    });
  }
  return results.map(nowOf);
}

/**
 * The outermost tensors that the results rest on and that no variable moves; constants are not
 * among them. In the order of their first use.
 */
export function capturedBy(
  results: readonly Tensor[],
  variables: ReadonlySet<Tensor>,
): readonly Tensor[] {
  const inside = new Set<Tensor>(variables);
  const captured = new Set<Tensor>();
  const take = (one: Tensor): void => {
    if (!inside.has(one) && one.source.kind !== "constant") captured.add(one);
  };
  for (const { inputs, outputs } of callsOf(results)) {
    if (!inputs.some((one) => inside.has(one))) continue;
    for (const one of outputs) inside.add(one);
    inputs.forEach(take);
  }
  results.forEach(take);
  return [...captured];
}
