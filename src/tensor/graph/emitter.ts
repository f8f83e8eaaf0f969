import { assert } from "../../assert.ts";
import type { ElementType, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from "../onnx/format.ts";
import type { Shape } from "./shape.ts";
import {
  type Call,
  callsOf,
  type Emitter,
  type ManyOptions,
  readsOf,
  type Spec,
  type Target,
  type Tensor,
  type TensorType,
  type Values,
} from "./tensor.ts";

/**
 * Writes calls as nodes of an ONNX graph: each once, as derivative rules say the same thing in many
 * places, and only those that somebody reads.
 */

/** Operators of the runtime's own, beyond the standard. */
export const MICROSOFT = "com.microsoft";

const elementTypes: Readonly<Record<TensorType, ElementType>> = {
  float32: "float32",
  int32: "int32",
  bool: "bool",
};

/** State of one file, shared by the graph and the bodies of its loops. */
interface File {
  readonly target: Target;
  readonly constants: Map<string, OnnxTensor>;
  /** Numbers for the bytes of large constants, to know them again. */
  readonly known: Map<Values, number>;
  /** Names of inputs and outputs, which nothing else gets. */
  readonly taken: Set<string>;
  names: number;
}

/** @param outputs by the names they get. @param inputs kept even when nothing reads them: none */
export function emitGraph(
  name: string,
  outputs: Readonly<Record<string, Tensor>>,
  target: Target,
): OnnxGraph {
  const taken = new Set(Object.keys(outputs));
  const file: File = { target, constants: new Map(), known: new Map(), taken, names: 0 };
  const inputs = new Map<string, Tensor>();
  const scope = new Map<Tensor, string>();
  const results = Object.values(outputs);
  for (const leaf of outerLeaves(results)) {
    const { source } = leaf;
    if (source.kind === "call" || source.kind === "constant") continue;
    assert(source.kind !== "variable", "a variable is used inside its own loop only");
    assert(!inputs.has(source.name), `one tensor is called ${source.name}`);
    assert(outputs[source.name] === undefined, `no input and output are both ${source.name}`);
    inputs.set(source.name, leaf);
    taken.add(source.name);
    scope.set(leaf, source.name);
  }
  const nodes: OnnxNode[] = [];
  const names = write(file, nodes, scope, results);
  const outputNames = Object.keys(outputs);
  names.forEach((from, at) => {
    nodes.push(identity(from, outputNames[at]));
  });
  return {
    name,
    nodes,
    inputs: [...inputs].map(([called, spec]) => slotOf(called, spec)),
    outputs: results.map((spec, at) => slotOf(outputNames[at], spec)),
    constants: [...file.constants.values()],
  };
}

function freshName(file: File, letter: string): string {
  let name = "";
  do name = `${letter}${file.names++}`;
  while (file.taken.has(name));
  return name;
}

function outerLeaves(results: readonly Tensor[]): Set<Tensor> {
  const leaves = new Set<Tensor>();
  const take = (one: Tensor): void => {
    if (one.source.kind !== "call") leaves.add(one);
  };
  for (const call of callsOf(results, undefined, readsOf)) readsOf(call).forEach(take);
  results.forEach(take);
  return leaves;
}

const identity = (from: string, to: string): OnnxNode => ({
  operator: "Identity",
  domain: "",
  inputs: [from],
  outputs: [to],
  attributes: {},
});

/** A free size is named by how many times the batch it is. */
const slotOf = (name: string, { type, shape }: Spec): OnnxValue => ({
  name,
  type: elementTypes[type],
  shape: shape.map((length) =>
    length >= 0 ? length : length === -1 ? "batch" : `batch_${-length}`,
  ),
});

/** Writes all that the results rest on and the scope does not know yet. */
function write(
  file: File,
  nodes: OnnxNode[],
  scope: Map<Tensor, string>,
  results: readonly Tensor[],
): string[] {
  const emitter = createEmitter(file, nodes);
  const calls = callsOf(results, (tensor) => scope.has(tensor), readsOf);
  const read = new Set<Tensor>(results);
  for (const call of calls) for (const one of readsOf(call)) read.add(one);
  const nameOf = (tensor: Tensor): string => {
    const { source } = tensor;
    const known = scope.get(tensor);
    if (known !== undefined) return known;
    assert(source.kind === "constant", "a tensor is written before it is read");
    return typeof source.values === "number"
      ? emitter.filled(source.values, tensor.shape)
      : emitter.values(source.values as Values, tensor.shape);
  };
  for (const call of calls) emitCall(emitter, call, nameOf, read, scope);
  return results.map(nameOf);
}

function emitCall(
  emitter: Emitter,
  call: Call,
  nameOf: (tensor: Tensor) => string,
  read: ReadonlySet<Tensor>,
  scope: Map<Tensor, string>,
): void {
  const { attributes, inputs, outputs, primitive } = call;
  const used = outputs.map((one) => read.has(one));
  const reads = readsOf(call);
  const names = inputs.map((one) => (reads.includes(one) ? nameOf(one) : ""));
  const written = primitive.lower(emitter, { attributes, inputs, outputs, names, used });
  outputs.forEach((one, at) => {
    assert(!used[at] || written[at] !== "", `${primitive.name} writes what is read`);
    scope.set(one, written[at]);
  });
}

function createEmitter(file: File, nodes: OnnxNode[]): Emitter {
  const equal = new Map<string, readonly string[]>();
  const many = (
    operator: string,
    inputs: readonly string[],
    more: ManyOptions,
  ): readonly string[] => {
    const { domain = "", attributes = {}, wanted } = more;
    const isPlain = !Object.values(attributes).some((one) => "graph" in one);
    const key = JSON.stringify([
      domain,
      operator,
      inputs,
      wanted,
      isPlain ? attributes : file.names,
    ]);
    const found = equal.get(key);
    if (found !== undefined) return found;
    const outputs = wanted.map((isWanted) => (isWanted ? freshName(file, "t") : ""));
    nodes.push({ operator, domain, inputs, outputs, attributes });
    equal.set(key, outputs);
    return outputs;
  };
  const emitter: Emitter = {
    target: file.target,
    nodes: many,
    node: (operator, inputs, more = {}) => many(operator, inputs, { ...more, wanted: [true] })[0],
    scalar: (value) => emitter.values(Float32Array.of(value), []),
    filled: (value, shape) => {
      const one = emitter.scalar(value);
      return shape.length === 0 ? one : emitter.node("Expand", [one, emitter.integers(shape)]);
    },
    integers: (values) => {
      const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
      return keep(file, `i_${values.join("_")}`, "int64", [values.length], bytes);
    },
    values: (values, shape) => keepValues(file, values, shape),
    inline: (names, results) => write(file, nodes, new Map(names), results),
    body: (variables, captured, results) => bodyOf(file, variables, captured, results),
  };
  return emitter;
}

function keep(
  file: File,
  wanted: string,
  type: ElementType,
  shape: Shape,
  bytes: Uint8Array,
): string {
  let name = wanted;
  while (file.taken.has(name)) name = `${name}_`;
  if (!file.constants.has(name)) file.constants.set(name, { name, type, shape, bytes });
  return name;
}

/** Short constants are known again by their values, long ones by identity. */
function keepValues(file: File, values: Values, shape: Shape): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const type =
    values instanceof Float32Array ? "float32" : values instanceof Int32Array ? "int32" : "bool";
  const where = `${type}_${shape.join("x")}`;
  if (values.length <= 8) {
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return keep(file, `c_${where}_${digits}`, type, shape, bytes);
  }
  const number = file.known.get(values) ?? file.known.size;
  file.known.set(values, number);
  return keep(file, `k${number}_${where}`, type, shape, bytes);
}

function bodyOf(
  file: File,
  variables: readonly Tensor[],
  captured: ReadonlyMap<Tensor, string>,
  results: readonly Tensor[],
): OnnxGraph {
  const scope = new Map(captured);
  const inputs = variables.map((spec) => {
    const name = freshName(file, "v");
    scope.set(spec, name);
    return slotOf(name, spec);
  });
  const nodes: OnnxNode[] = [];
  const names = write(file, nodes, scope, results);
  // A result is named by the node that makes it, once; a copy names what is from outside, or named.
  const own = new Set(nodes.flatMap((node) => node.outputs));
  const outputs = results.map((spec, at) => {
    if (own.delete(names[at])) return slotOf(names[at], spec);
    const name = freshName(file, "r");
    nodes.push(identity(names[at], name));
    return slotOf(name, spec);
  });
  return { name: `body${file.names++}`, nodes, inputs, outputs, constants: [] };
}
