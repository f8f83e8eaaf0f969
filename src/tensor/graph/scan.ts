import { assert } from "../../assert.ts";
import { denseOf, type Gradient, pullback } from "./gradient.ts";
import { reshape } from "./primitives/arrange.ts";
import { accumulate } from "./primitives/linear.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { capturedBy, substitute } from "./substitute.ts";
import {
  apply,
  type Cotangent,
  type Emitter,
  filled,
  type Lowering,
  leavesOf,
  mustBe,
  mustHave,
  type Primitive,
  type Pullback,
  type Spec,
  type Tensor,
  variable,
} from "./tensor.ts";

/**
 * A loop over the first axis: states are handed from turn to turn, slices are read and outputs are
 * stacked. One node of the file, whatever the number of turns. The derivative is the same loop
 * backwards: it computes each turn once more from the state that the turn began with, so that only
 * states are kept. Source: scan of Haskell and JAX; recomputation of Chen et al. 2016.
 */
export interface ScanAttributes {
  readonly body: Body;
  readonly turns: number;
  /** From the last slice to the first. */
  readonly isReverse: boolean;
}

/** Closed: rests on its variables and constants alone. */
interface Body {
  readonly states: readonly Tensor[];
  readonly slices: readonly Tensor[];
  /** Stand for tensors of outside, the same in every turn. */
  readonly captures: readonly Tensor[];
  readonly nextStates: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Results: last states, stacked outputs, and the states that each turn began with. */
export const scanPrimitive: Primitive<ScanAttributes> = {
  name: "scan",
  shape: (_, { body, turns }) => [
    ...body.nextStates,
    ...[...body.outputs, ...body.states].map((one) => stacked(one, turns)),
  ],
  lower: (to, call) => (to.target === "native" ? lowerLoop(to, call) : lowerUnrolled(to, call)),
  derive: scanSlope,
};

const stacked = ({ type, shape }: Spec, turns: number): Spec => ({
  type,
  shape: [turns, ...shape],
});

export interface Turn {
  /** As many, of the same shapes, as were given. */
  readonly states: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

export interface ScanOptions {
  readonly states: readonly Tensor[];
  /** @shape each [turns, ...] */
  readonly slices: readonly Tensor[];
  readonly isReverse?: boolean;
}

/** @shape result states as given, outputs [turns, ...] in the order of the slices */
export function scan(
  { states, slices, isReverse = false }: ScanOptions,
  turn: (states: readonly Tensor[], slices: readonly Tensor[]) => Turn,
): Turn {
  assert(slices.length > 0, "a loop reads slices");
  const turns = slices[0].shape[0];
  assert(turns > 0, "a loop has turns");
  for (const one of slices) assert(one.shape[0] === turns, "all slices have as many turns");
  const stateVariables = states.map((one) => variable("state", one));
  const sliceVariables = slices.map(({ type, shape }) =>
    variable("slice", { type, shape: shape.slice(1) }),
  );
  const made = turn(stateVariables, sliceVariables);
  assert(made.states.length === states.length, "a turn hands every state on");
  made.states.forEach((one, at) => {
    mustHave(one, states[at].shape, "a state handed on");
    mustBe(one, states[at].type, "a state handed on");
  });
  const results = [...made.states, ...made.outputs];
  const outer = capturedBy(results, new Set([...stateVariables, ...sliceVariables]));
  const captures = outer.map((one) => variable("captured", one));
  const closed = substitute(results, new Map(outer.map((one, at) => [one, captures[at]])));
  const read = placesRead(sliceVariables, results);
  const body: Body = {
    states: stateVariables,
    slices: read.map((at) => sliceVariables[at]),
    captures,
    nextStates: closed.slice(0, states.length),
    outputs: closed.slice(states.length),
  };
  const inputs = [...states, ...read.map((at) => slices[at]), ...outer];
  const all = apply(scanPrimitive, inputs, { body, turns, isReverse });
  const count = states.length + made.outputs.length;
  return { states: all.slice(0, states.length), outputs: all.slice(states.length, count) };
}

/** Which slices a turn reads; the first, where it reads none, as it says how many turns there are. */
function placesRead(slices: readonly Tensor[], results: readonly Tensor[]): readonly number[] {
  const leaves = new Set(leavesOf(results, "variable"));
  const read = slices.flatMap((one, at) => (leaves.has(one) ? [at] : []));
  return read.length === 0 ? [0] : read;
}

/** Parts of a list, in the order they were joined in. */
function split<T>(list: readonly T[], ...lengths: readonly number[]): (readonly T[])[] {
  let start = 0;
  return lengths.map((length) => {
    start += length;
    return list.slice(start - length, start);
  });
}

const paired = <T>(keys: readonly Tensor[], values: readonly T[]): Map<Tensor, T> =>
  new Map(keys.map((key, at) => [key, values[at]]));

/** States that nothing wanted rests on are left out, and so are outputs that nobody reads. */
function lowerLoop(to: Emitter, { attributes, names, used }: Lowering<ScanAttributes>): string[] {
  const { body, isReverse } = attributes;
  const [initial, slices, captured] = split(
    names,
    body.states.length,
    body.slices.length,
    body.captures.length,
  );
  const results = [...body.nextStates, ...body.outputs, ...body.states];
  const keptStates = statesNeeded(body, used);
  const outputsKept = results.map((_, at) => at >= body.states.length && used[at]);
  const wanted = results.map((_, at) => (at < body.states.length ? keptStates[at] : used[at]));
  const graph = to.body(
    [...body.states.filter((_, at) => keptStates[at]), ...body.slices],
    new Map(body.captures.map((one, at) => [one, captured[at]])),
    [
      ...body.nextStates.filter((_, at) => keptStates[at]),
      ...results.filter((_, at) => outputsKept[at]),
    ],
  );
  const directions = (length: number): { integers: number[] } => ({
    integers: new Array<number>(length).fill(isReverse ? 1 : 0),
  });
  const inputs = [...initial.filter((_, at) => keptStates[at]), ...slices];
  const found = to.nodes("Scan", inputs, {
    wanted: wanted.filter(Boolean),
    attributes: {
      body: { graph },
      num_scan_inputs: { integer: slices.length },
      scan_input_directions: directions(slices.length),
      scan_output_directions: directions(outputsKept.filter(Boolean).length),
    },
  });
  return spread(found, wanted);
}

/** Names of what is wanted, "" in the places between. */
function spread(names: readonly string[], wanted: readonly boolean[]): string[] {
  let next = 0;
  return wanted.map((isWanted) => (isWanted ? names[next++] : ""));
}

/** Which states the wanted results rest on, by way of other states too. */
function statesNeeded(body: Body, used: readonly boolean[]): boolean[] {
  const count = body.states.length;
  const needed = body.states.map((_, at) => used[at] || used[count + body.outputs.length + at]);
  const place = new Map(body.states.map((one, at) => [one, at]));
  const waiting = [
    ...body.nextStates.filter((_, at) => needed[at]),
    ...body.outputs.filter((_, at) => used[count + at]),
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const one of leavesOf([next], "variable")) {
      const at = place.get(one);
      if (at === undefined || needed[at]) continue;
      needed[at] = true;
      waiting.push(body.nextStates[at]);
    }
  }
  return needed;
}

/** One turn after the other, for providers without loops; what nobody wants is left out too. */
function lowerUnrolled(to: Emitter, call: Lowering<ScanAttributes>): string[] {
  const { attributes, names, used } = call;
  const { body, turns, isReverse } = attributes;
  const [initial, slices, captured] = split(
    names,
    body.states.length,
    body.slices.length,
    body.captures.length,
  );
  const count = body.states.length;
  const kept = statesNeeded(body, used);
  const results = [...body.nextStates, ...body.outputs];
  const wanted = results.map((_, at) => (at < count ? kept[at] : used[at]));
  const stacks: string[][] = [...body.outputs, ...body.states].map(() => []);
  let states = initial;
  for (let turn = 0; turn < turns; turn++) {
    const at = isReverse ? turns - 1 - turn : turn;
    const part = slices.map((name) =>
      to.node("Gather", [name, to.values(Int32Array.of(at), [])], {
        attributes: { axis: { integer: 0 } },
      }),
    );
    const scope = paired(
      [...body.states, ...body.slices, ...body.captures],
      [...states, ...part, ...captured],
    );
    const found = to.inline(
      scope,
      results.filter((_, place) => wanted[place]),
    );
    const all = spread(found, wanted);
    [...all.slice(count), ...states].forEach((name, place) => {
      if (!used[count + place]) return;
      stacks[place][at] = to.node("Unsqueeze", [name, to.integers([0])]);
    });
    states = all.slice(0, count);
  }
  const joined = stacks.map((parts, place) =>
    used[count + place] ? to.node("Concat", parts, { attributes: { axis: { integer: 0 } } }) : "",
  );
  return [...states, ...joined];
}

/** The loop backwards; see the head of the file. */
function scanSlope(call: Pullback<ScanAttributes>): readonly (Cotangent | readonly Cotangent[])[] {
  const { attributes, inputs, outputs, gradients } = call;
  const { body, turns, isReverse } = attributes;
  const [states, slices, captured] = split(
    inputs,
    body.states.length,
    body.slices.length,
    body.captures.length,
  );
  const [, , history] = split(outputs, states.length, body.outputs.length, states.length);
  const ofStates = gradients.slice(0, states.length);
  const { stateSlopes, read, gradientOf } = turnSlope(body, gradients.slice(states.length));
  const moving = body.states.flatMap((one, at) => (isReal(one) ? [at] : []));
  const dense = body.captures.filter((one) => gradientOf.get(one)?.dense !== undefined);
  const result = scan(
    {
      isReverse: !isReverse,
      states: [
        ...moving.map((at) => ofStates[at] ?? zerosOf(states[at].shape)),
        ...dense.map(({ shape }) => zerosOf(shape)),
      ],
      slices: [...slices, ...history, ...read.map(({ whole }) => whole)],
    },
    (now, parts) => {
      const [nowSlopes, totals] = split(now, moving.length, dense.length);
      const [sliceParts, stateParts, slopeParts] = split(
        parts,
        slices.length,
        states.length,
        read.length,
      );
      const replaced = paired(
        [
          ...moving.map((at) => stateSlopes[at]),
          ...read.map(({ part }) => part),
          ...body.slices,
          ...body.states,
          ...body.captures,
        ],
        [...nowSlopes, ...slopeParts, ...sliceParts, ...stateParts, ...captured],
      );
      const next = moving.map((at) => wholeOf(body.states[at], gradientOf));
      const sums = dense.map((one) => gradientOf.get(one)?.dense as Tensor);
      const added = substitute([...next, ...sums], replaced);
      const out = substitute(outputsOf(body, gradientOf), replaced);
      return {
        states: [
          ...added.slice(0, next.length),
          ...totals.map((one, at) => accumulate(one, added[next.length + at])),
        ],
        outputs: out,
      };
    },
  );
  return answersOf(body, turns, gradientOf, moving, dense, result);
}

/** One turn's derivative, in variables that stand for what the loop backwards brings along. */
interface TurnSlope {
  readonly stateSlopes: readonly Tensor[];
  /** Stacked results of which anything is asked. */
  readonly read: readonly { readonly whole: Tensor; readonly part: Tensor }[];
  readonly gradientOf: ReadonlyMap<Tensor, Gradient>;
}

/** @param ofStacked of the outputs, then of the states that each turn began with */
function turnSlope(body: Body, ofStacked: readonly (Tensor | undefined)[]): TurnSlope {
  const results = [...body.outputs, ...body.states];
  const stateSlopes = body.states.map((one) => variable("slope", { ...one, type: "float32" }));
  const read = results.flatMap((one, at) => {
    const whole = ofStacked[at];
    return whole === undefined ? [] : [{ at, whole, part: variable("slope", one) }];
  });
  const partOf = new Map(read.map(({ at, part }) => [at, part]));
  const asked = [...body.states, ...body.slices, ...body.captures].filter(isReal);
  const known = pullback(
    [...body.nextStates, ...results],
    [
      ...body.nextStates.map((one, at) => (isReal(one) ? stateSlopes[at] : undefined)),
      ...results.map((_, at) => partOf.get(at)),
    ],
    asked,
  );
  return { stateSlopes, read, gradientOf: new Map(asked.map((one, at) => [one, known[at]])) };
}

const isReal = ({ type }: Spec): boolean => type === "float32";
const zerosOf = (shape: Shape): Tensor => filled(shape, 0);
/** Of a state or slice, each turn's own, so that rows of it are added up; zeros where it has none. */
const wholeOf = (one: Tensor, gradientOf: ReadonlyMap<Tensor, Gradient>): Tensor =>
  denseOf(one, gradientOf.get(one)) ?? zerosOf(one.shape);

/** What the backward loop stacks: gradients of slices, then rows and indices of tables. */
function outputsOf(body: Body, gradientOf: ReadonlyMap<Tensor, Gradient>): Tensor[] {
  const ofSlices = body.slices.filter(isReal).map((one) => wholeOf(one, gradientOf));
  const ofTables = body.captures.flatMap((one) =>
    (gradientOf.get(one)?.rows ?? []).flatMap(({ rows, indices }) => [rows, indices]),
  );
  return [...ofSlices, ...ofTables];
}

function answersOf(
  body: Body,
  turns: number,
  gradientOf: ReadonlyMap<Tensor, Gradient>,
  moving: readonly number[],
  dense: readonly Tensor[],
  { states, outputs }: Turn,
): (Cotangent | readonly Cotangent[])[] {
  const stateAt = new Map(moving.map((at, place) => [at, states[place]]));
  const totalOf = new Map(dense.map((one, at) => [one, states[moving.length + at]]));
  let next = 0;
  const ofSlices = body.slices.map((one) => (isReal(one) ? outputs[next++] : undefined));
  const ofCaptures = body.captures.map((one) => [
    totalOf.get(one),
    ...(gradientOf.get(one)?.rows ?? []).map(({ rows, indices }) => ({
      rows: reshape(outputs[next++], [turns * rows.shape[0], ...rows.shape.slice(1)]),
      indices: reshape(outputs[next++], [turns * sizeOf(indices.shape)]),
    })),
  ]);
  return [...body.states.map((_, at) => stateAt.get(at)), ...ofSlices, ...ofCaptures];
}
