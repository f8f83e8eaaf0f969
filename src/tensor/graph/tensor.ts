import { assert } from "../../assert.ts";
import type { OnnxAttribute, OnnxGraph } from "../onnx/format.ts";
import { type Shape, sameShape, shapeText, sizeOf } from "./shape.ts";

/**
 * Symbolic tensors: what a network computes, before anything is computed. A tensor is a leaf
 * (input, parameter, constant, variable of a loop) or a result of a primitive applied to others;
 * a graph is nothing but what can be reached from its results. Source: the trace of JAX (Frostig,
 * Johnson & Leary 2018), without the trace.
 */
export type TensorType = "float32" | "int32" | "bool";

export interface Spec {
  readonly type: TensorType;
  readonly shape: Shape;
}

export interface Tensor extends Spec {
  readonly source: Leaf | Call;
  /** Which result of its call it is. */
  readonly place: number;
}

export interface Leaf {
  readonly kind: "input" | "parameter" | "constant" | "variable";
  readonly name: string;
  /** Of constants only: all values, or one number for every place. */
  readonly values: Values | number | undefined;
}

export type Values = Float32Array | Int32Array | Uint8Array;

/** A primitive applied to tensors. */
export interface Call {
  readonly kind: "call";
  /** Calls are made in an order in which they can run. */
  readonly order: number;
  readonly primitive: AnyPrimitive;
  readonly attributes: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Rows to be added to a table: table[indices[i]] += rows[i]. @shape indices [n], rows [n, width] */
export interface RowGradient {
  readonly indices: Tensor;
  readonly rows: Tensor;
}

export type Cotangent = Tensor | RowGradient | undefined;

/** What a derivative rule sees. Inputs that need no gradient may be answered with undefined. */
export interface Pullback<A> {
  readonly attributes: A;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Of each output; undefined is zero. */
  readonly gradients: readonly (Tensor | undefined)[];
  /** Whether anyone asks for the gradient of each input. */
  readonly needs: readonly boolean[];
}

/** What a lowering sees. */
export interface Lowering<A> {
  readonly attributes: A;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Names of the inputs in the file; "" of those that are not read. */
  readonly names: readonly string[];
  /** Whether anyone reads each output; for those nobody reads "" may be answered. */
  readonly used: readonly boolean[];
}

/** What a lowering writes with; see emitter.ts. */
export interface Emitter {
  /** "native" may use what only the CPU provider has: fused products and Scan. */
  readonly target: Target;
  /** Adds a node, or finds an equal one; the name of its result. */
  node(operator: string, inputs: readonly string[], more?: NodeOptions): string;
  /** As `node`, for operators with several results; "" for those not wanted. */
  nodes(operator: string, inputs: readonly string[], more: ManyOptions): readonly string[];
  scalar(value: number): string;
  /** The same number everywhere, without a byte for each place. */
  filled(value: number, shape: Shape): string;
  /** A list of whole numbers as shapes, axes and pads are given. */
  integers(values: readonly number[]): string;
  values(values: Values, shape: Shape): string;
  /** The body of a loop: its variables become inputs; `captured` are names of the graph around. */
  body(
    variables: readonly Tensor[],
    captured: ReadonlyMap<Tensor, string>,
    results: readonly Tensor[],
  ): OnnxGraph;
  /** The same calls, written here once more with other names for the variables. */
  inline(names: ReadonlyMap<Tensor, string>, results: readonly Tensor[]): readonly string[];
}

/** "portable" keeps to operators that every provider has. */
export type Target = "native" | "portable";

export interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface ManyOptions extends NodeOptions {
  /** Which of the results are wanted. */
  readonly wanted: readonly boolean[];
}

/**
 * One operation on tensors, whole: its shape, its ONNX form and its derivative. A cotangent may have
 * the broadcast shape of its input; whoever collects it sums it back.
 */
export interface Primitive<A> {
  readonly name: string;
  shape(inputs: readonly Tensor[], attributes: A): readonly Spec[];
  /** Those inputs that the results rest on, where others serve the derivative alone. */
  reads?(inputs: readonly Tensor[], attributes: A): readonly Tensor[];
  lower(to: Emitter, call: Lowering<A>): readonly string[];
  /** "none" where the result does not move with the input, such as a comparison. */
  readonly derive: "none" | Derive<A>;
}

/** An answer for each input; several where it is used in several ways, such as dense and by rows. */
export type Derive<A> = {
  bivariant(call: Pullback<A>): readonly (Cotangent | readonly Cotangent[])[];
}["bivariant"];
export type AnyPrimitive = Primitive<unknown>;
export type NoAttributes = Readonly<Record<never, never>>;

let calls = 0;

/** Applies a primitive; the results are as many as its shape rule names. */
export function apply<A>(
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const call: Call = {
    kind: "call",
    order: calls++,
    primitive: primitive as AnyPrimitive,
    attributes,
    inputs,
    outputs,
  };
  primitive.shape(inputs, attributes).forEach((spec, place) => {
    outputs.push({ ...spec, source: call, place });
  });
  return outputs;
}

/** Applies a primitive with one result. */
export const applyOne = <A>(
  primitive: Primitive<A>,
  inputs: readonly Tensor[],
  attributes: A,
): Tensor => apply(primitive, inputs, attributes)[0];

function leaf(kind: Leaf["kind"], name: string, spec: Spec, values?: Values | number): Tensor {
  sizeOf(spec.shape);
  return { type: spec.type, shape: spec.shape, source: { kind, name, values }, place: 0 };
}

/** A value given anew at each run. */
export const input = (name: string, type: TensorType, shape: Shape): Tensor =>
  leaf("input", name, { type, shape });

/** A value that training moves. */
export const parameter = (name: string, shape: Shape): Tensor =>
  leaf("parameter", name, { type: "float32", shape });

/** A value of a loop's turn. */
export const variable = (name: string, spec: Spec): Tensor => leaf("variable", name, spec);

/** A fixed value. @shape values row-major, as many as the shape holds */
export function constant(values: Values, shape: Shape): Tensor {
  assert(values.length === sizeOf(shape), `${values.length} values fill ${shapeText(shape)}`);
  const type =
    values instanceof Float32Array ? "float32" : values instanceof Int32Array ? "int32" : "bool";
  return leaf("constant", "", { type, shape }, values);
}

/** The same number everywhere. */
export const filled = (shape: Shape, value: number): Tensor =>
  leaf("constant", "", { type: "float32", shape }, value);

export const scalar = (value: number): Tensor => filled([], value);

/** The number of a constant that is the same everywhere, else undefined. */
export const constantValue = ({ source }: Tensor): number | undefined =>
  source.kind === "constant" && typeof source.values === "number" ? source.values : undefined;

export const isRows = (cotangent: Tensor | RowGradient): cotangent is RowGradient =>
  "rows" in cotangent;

/** The calls that the results rest on, in an order in which they can run. Stops at `known`. */
export function callsOf(
  results: readonly Tensor[],
  known: (tensor: Tensor) => boolean = () => false,
  inputsOf: (call: Call) => readonly Tensor[] = ({ inputs }) => inputs,
): Call[] {
  const found = new Set<Call>();
  const waiting = [...results];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { source } = next;
    if (source.kind !== "call" || found.has(source) || known(next)) continue;
    found.add(source);
    waiting.push(...inputsOf(source));
  }
  return [...found].sort((a, b) => a.order - b.order);
}

/** What must be computed for the results of a call. */
export const readsOf = ({ primitive, inputs, attributes }: Call): readonly Tensor[] =>
  primitive.reads?.(inputs, attributes) ?? inputs;

/** Leaves of a kind that the results rest on, each once, in the order of their first use. */
export function leavesOf(results: readonly Tensor[], kind: Leaf["kind"]): Tensor[] {
  const seen = new Set<Tensor>();
  for (const call of callsOf(results)) {
    for (const one of call.inputs) if (one.source.kind === kind) seen.add(one);
  }
  for (const one of results) if (one.source.kind === kind) seen.add(one);
  return [...seen];
}

export function mustBe(tensor: Tensor, type: TensorType, what: string): void {
  assert(tensor.type === type, `${what} is ${type}, not ${tensor.type}`);
}

export function mustHave(tensor: Tensor, shape: Shape, what: string): void {
  assert(
    sameShape(tensor.shape, shape),
    `${what} has shape ${shapeText(shape)}, not ${shapeText(tensor.shape)}`,
  );
}
