import { sizeOf } from "../graph/shape.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Rules, Values } from "./reference-rule.ts";

/** A loop, turn by turn. */
export const loopRules: Rules<"scan"> = {
  scan: ({ attributes: { body, turns, isReverse }, values, evaluate }) => {
    const [states, slices] = [body.states.length, body.slices.length];
    const given = values.slice(states, states + slices);
    const captured = values.slice(states + slices);
    let now = values.slice(0, states);
    const stacks = [...body.outputs, ...body.states].map(
      ({ shape }) => new Float64Array(turns * sizeOf(shape)),
    );
    for (let turn = 0; turn < turns; turn++) {
      const at = isReverse ? turns - 1 - turn : turn;
      const part = given.map((all) =>
        all.subarray((at * all.length) / turns, ((at + 1) * all.length) / turns),
      );
      const leaves = new Map<string | Tensor, Values>();
      const all = [...now, ...part, ...captured];
      [...body.states, ...body.slices, ...body.captures].forEach((one, k) => {
        leaves.set(one, all[k]);
      });
      const results = evaluate([...body.nextStates, ...body.outputs], leaves);
      [...results.slice(states), ...now].forEach((one, k) => {
        stacks[k].set(one, at * one.length);
      });
      now = results.slice(0, states);
    }
    return [...now, ...stacks];
  },
};
