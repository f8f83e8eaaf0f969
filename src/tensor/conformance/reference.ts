import { assert } from "../../assert.ts";
import { type PrimitiveName, primitives } from "../graph/primitives/table.ts";
import { sizeOf } from "../graph/shape.ts";
import { callsOf, type Tensor } from "../graph/tensor.ts";
import { shapeRules } from "./reference-arrange.ts";
import { convolveRules } from "./reference-convolve.ts";
import { loopRules } from "./reference-loop.ts";
import { rowRules } from "./reference-rows.ts";
import type { Leaves, Rule, Rules, Values } from "./reference-rule.ts";
import { valueRules } from "./reference-values.ts";

/**
 * What every primitive means, in plain loops of double precision and without a thought for speed: what
 * the runtime's answers and the derivatives are held against. A primitive without a rule here does not
 * compile.
 */
const rules: Rules<PrimitiveName> = {
  ...shapeRules,
  ...convolveRules,
  ...loopRules,
  ...rowRules,
  ...valueRules,
};

/** Values of tensors, those of leaves by their names or, of variables, by themselves. */
export function evaluate(results: readonly Tensor[], leaves: Leaves): readonly Values[] {
  const known = new Map<Tensor, Values>();
  const held = (tensor: Tensor): Values => {
    const { source } = tensor;
    const found = known.get(tensor) ?? leaves.get(tensor);
    if (found !== undefined) return found;
    assert(source.kind !== "call", "a tensor is computed before it is read");
    const given = leaves.get(source.name);
    if (typeof source.values === "number") {
      return new Float64Array(sizeOf(tensor.shape)).fill(source.values);
    }
    assert((given ?? source.values) !== undefined, `there are values for ${source.name}`);
    return Float64Array.from(given ?? (source.values as ArrayLike<number>));
  };
  for (const { primitive, attributes, inputs, outputs } of callsOf(results)) {
    const name = primitive.name as PrimitiveName;
    assert(primitives[name] !== undefined, `${name} is in the table`);
    const rule = rules[name] as Rule<unknown>;
    const found = rule({ attributes, inputs, outputs, values: inputs.map(held), evaluate });
    outputs.forEach((one, at) => {
      assert(found[at].length === sizeOf(one.shape), `${name} fills its shape`);
      known.set(one, found[at]);
    });
  }
  return results.map(held);
}
