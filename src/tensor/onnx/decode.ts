import { decodeTensor } from "./decode-tensor.ts";
import { decodeValue } from "./decode-value.ts";
import {
  attributeFields,
  attributeKinds,
  entryFields,
  graphFields,
  modelFields,
  nodeFields,
  operatorSetFields,
  operatorSets,
  readableVersions,
  wordFields,
} from "./fields.ts";
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "./format.ts";
import {
  addIntegers,
  addReals,
  badModel,
  bytesOf,
  integerOf,
  type Place,
  passing,
  type Readers,
  readMessage,
  realOf,
  textOf,
} from "./wire.ts";

/**
 * Reads ONNX files that may come from anywhere. Idea: a table for each kind of message says what to
 * do with each of its fields; a field that is in no table is refused, as passing over a part that is
 * not understood would make another model of it. Constants are views of the file; nodes that only
 * hold a constant become constants.
 * Source: onnx.proto3. Left out: whether each operator is given what it wants, and whether names
 * are made before they are used: the runtime says that when it opens the model.
 * Not for files of other operator sets, of functions, or with weights in files beside them.
 */
const maxDepth = 16;
const maxFields = 1_000_000;
const maxBytes = 2 ** 31;

/**
 * The model of a file. O(bytes); memory beyond the file grows with its nodes, not its weights.
 * @throws problem `invalid-model-file`
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  if (bytes.length > maxBytes) throw badModel("the file has more than 2 GiB");
  const place = { budget: { fields: maxFields }, depth: 0 };
  const held: HeldModel = { version: 0, sets: new Map(), metadata: new Map(), graph: undefined };
  readMessage("the model", bytes, place, modelReaders, held);
  checkVersions(held);
  if (held.graph === undefined) throw badModel("the file has no graph");
  return { graph: held.graph, metadata: Object.fromEntries(held.metadata) };
}

interface HeldModel {
  version: number;
  graph: OnnxGraph | undefined;
  readonly sets: Map<string, number>;
  readonly metadata: Map<string, string>;
}

const modelReaders: Readers<HeldModel> = {
  ...passing(wordFields.model),
  [modelFields.version]: (model, field) => {
    model.version = integerOf(field);
  },
  [modelFields.graph]: (model, field, place) => {
    if (model.graph !== undefined) throw badModel("the file has two graphs");
    model.graph = decodeGraph(bytesOf(field), place);
  },
  [modelFields.operators]: ({ sets }, field, place) => {
    const held = { domain: "", version: 0 };
    readMessage("an operator set", bytesOf(field), place, setReaders, held);
    sets.set(held.domain, held.version);
  },
  [modelFields.metadata]: ({ metadata }, field, place) => {
    const held = { key: "", value: "" };
    readMessage("the metadata", bytesOf(field), place, entryReaders, held);
    if (metadata.has(held.key)) throw badModel(`two words of metadata are called ${held.key}`);
    metadata.set(held.key, held.value);
  },
};

/** The standard set goes by two names. */
const domainOf = (text: string): string => (text === "ai.onnx" ? "" : text);

const setReaders: Readers<{ domain: string; version: number }> = {
  [operatorSetFields.domain]: (set, field) => {
    set.domain = domainOf(textOf(field));
  },
  [operatorSetFields.version]: (set, field) => {
    set.version = integerOf(field);
  },
};

const entryReaders: Readers<{ key: string; value: string }> = {
  [entryFields.key]: (entry, field) => {
    entry.key = textOf(field);
  },
  [entryFields.value]: (entry, field) => {
    entry.value = textOf(field);
  },
};

function checkVersions({ version, sets }: HeldModel): void {
  const { first, last } = readableVersions;
  if (version < first || version > last) {
    throw badModel(`the format's version is ${version}; ${first} to ${last} can be read`);
  }
  if (!sets.has("")) throw badModel("the file names no version of the standard operators");
  for (const [domain, wanted] of Object.entries(operatorSets)) {
    const found = sets.get(domain) ?? wanted;
    if (found === wanted) continue;
    const called = domain === "" ? "standard" : domain;
    throw badModel(`the ${called} operators are of version ${found}, not ${wanted}`);
  }
}

interface HeldGraph {
  name: string;
  readonly nodes: OnnxNode[];
  readonly inputs: OnnxValue[];
  readonly outputs: OnnxValue[];
  readonly constants: OnnxTensor[];
}

function decodeGraph(bytes: Uint8Array, place: Place): OnnxGraph {
  if (place.depth > maxDepth) throw badModel(`graphs are nested deeper than ${maxDepth}`);
  const held: HeldGraph = { name: "", nodes: [], inputs: [], outputs: [], constants: [] };
  readMessage("a graph", bytes, place, graphReaders, held);
  for (const values of [held.inputs, held.outputs, held.constants]) checkNames(values);
  return held;
}

const graphReaders: Readers<HeldGraph> = {
  ...passing(wordFields.graph),
  [graphFields.name]: (graph, field) => {
    graph.name = textOf(field);
  },
  [graphFields.node]: ({ nodes, constants }, field, place) => {
    const part = decodeNode(bytesOf(field), place);
    if (isConstant(part)) constants.push(part);
    else nodes.push(part);
  },
  [graphFields.constant]: ({ constants }, field, place) => {
    constants.push(decodeTensor(bytesOf(field), place));
  },
  [graphFields.input]: ({ inputs }, field, place) => {
    inputs.push(decodeValue(bytesOf(field), place));
  },
  [graphFields.output]: ({ outputs }, field, place) => {
    outputs.push(decodeValue(bytesOf(field), place));
  },
};

function checkNames(values: readonly { readonly name: string }[]): void {
  const seen = new Set<string>();
  for (const { name } of values) {
    if (name === "") throw badModel("an input, output or constant has no name");
    if (seen.has(name)) throw badModel(`two inputs, outputs or constants are called ${name}`);
    seen.add(name);
  }
}

interface HeldNode {
  operator: string;
  domain: string;
  readonly inputs: string[];
  readonly outputs: string[];
  readonly attributes: Map<string, OnnxAttribute | OnnxTensor>;
}

const isConstant = (part: OnnxNode | OnnxAttribute | OnnxTensor): part is OnnxTensor =>
  "bytes" in part;

/** A node; or the constant that a node of the operator Constant holds. */
function decodeNode(bytes: Uint8Array, place: Place): OnnxNode | OnnxTensor {
  const empty = { operator: "", domain: "", inputs: [], outputs: [], attributes: new Map() };
  const held = readMessage<HeldNode>("a node", bytes, place, nodeReaders, empty);
  const { operator, domain, inputs, outputs, attributes } = held;
  if (operator === "") throw badModel("a node names no operator");
  if (operatorSets[domain] === undefined) throw badModel(`no operator set is called ${domain}`);
  const value = attributes.get("value");
  if (operator === "Constant" && value !== undefined && isConstant(value)) {
    if (outputs.length !== 1) throw badModel("a constant has one name");
    return { ...value, name: outputs[0] };
  }
  const kept = [...attributes].map(([name, attribute]): [string, OnnxAttribute] => {
    if (!isConstant(attribute)) return [name, attribute];
    throw badModel(`attribute ${name} of ${operator} is an array, which is not supported`);
  });
  return { operator, domain, inputs, outputs, attributes: Object.fromEntries(kept) };
}

const nodeReaders: Readers<HeldNode> = {
  ...passing(wordFields.node),
  [nodeFields.input]: ({ inputs }, field) => {
    inputs.push(textOf(field));
  },
  [nodeFields.output]: ({ outputs }, field) => {
    outputs.push(textOf(field));
  },
  [nodeFields.operator]: (node, field) => {
    node.operator = textOf(field);
  },
  [nodeFields.domain]: (node, field) => {
    node.domain = domainOf(textOf(field));
  },
  [nodeFields.attribute]: ({ attributes }, field, place) => {
    const [name, attribute] = decodeAttribute(bytesOf(field), place);
    if (attributes.has(name)) throw badModel(`a node has two attributes ${name}`);
    attributes.set(name, attribute);
  },
};

/** All that an attribute may hold; its kind says which of it counts. */
interface HeldAttribute {
  name: string;
  kind: number;
  integer: number;
  real: number;
  text: string;
  tensor?: OnnxTensor;
  graph?: OnnxGraph;
  readonly integers: number[];
  readonly reals: number[];
}

function decodeAttribute(bytes: Uint8Array, place: Place): [string, OnnxAttribute | OnnxTensor] {
  const empty = { name: "", kind: 0, integer: 0, real: 0, text: "", integers: [], reals: [] };
  const held: HeldAttribute = empty;
  readMessage("an attribute", bytes, place, attributeReaders, held);
  if (held.name === "") throw badModel("an attribute has no name");
  return [held.name, contentOf(held)];
}

const attributeReaders: Readers<HeldAttribute> = {
  ...passing(wordFields.attribute),
  [attributeFields.name]: (held, field) => {
    held.name = textOf(field);
  },
  [attributeFields.kind]: (held, field) => {
    held.kind = integerOf(field);
  },
  [attributeFields.integer]: (held, field) => {
    held.integer = integerOf(field);
  },
  [attributeFields.real]: (held, field) => {
    held.real = realOf(field);
  },
  [attributeFields.text]: (held, field) => {
    held.text = textOf(field);
  },
  [attributeFields.tensor]: (held, field, place) => {
    held.tensor = decodeTensor(bytesOf(field), place);
  },
  [attributeFields.graph]: (held, field, { budget, depth }) => {
    held.graph = decodeGraph(bytesOf(field), { budget, depth: depth + 1 });
  },
  [attributeFields.integers]: (held, field, place) => addIntegers(held.integers, field, place),
  [attributeFields.reals]: (held, field, place) => addReals(held.reals, field, place),
};

function contentOf(held: HeldAttribute): OnnxAttribute | OnnxTensor {
  const { kind, integer, real, text, tensor, graph, integers, reals } = held;
  if (kind === attributeKinds.integer) return { integer };
  if (kind === attributeKinds.real) return { real };
  if (kind === attributeKinds.text) return { text };
  if (kind === attributeKinds.integers) return { integers };
  if (kind === attributeKinds.reals) return { reals };
  if (kind === attributeKinds.graph && graph !== undefined) return { graph };
  if (kind === attributeKinds.tensor && tensor !== undefined) return tensor;
  throw badModel(`attribute ${held.name} is of kind ${kind}, which is not supported`);
}
