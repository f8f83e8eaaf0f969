import { assert } from "../../assert.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/format.ts";
import { float32Values, type Int8Matrix, quantiseColumns, quantiseRows } from "./int8.ts";

/**
 * Weights as whole numbers of 8 bits. Idea: each column of a product's weight, and each row of a table
 * that is looked up, is scaled by its own largest value; what comes in is scaled at each run. A fourth
 * of the bytes. Source: Jacob et al. 2018; the runtime's dynamic form. Left out: products inside loops
 * (none in service), weights that are computed, calibration. When not: where a column's values differ
 * in size so much that the error passes the bound; such layers are left as they are and named.
 */
export interface QuantiseOptions {
  /** Largest ||w - w'|| / ||w|| of a layer that is quantised. @unit 0..1 */
  readonly relativeErrorMost: number;
  /**
   * Largest whole number in products. 127; or 63 for processors without VNNI (before 2019), whose sums of
   * two products would else overflow. What is looked up is summed with nothing and has 127.
   */
  readonly levels: 127 | 63;
  /** Smaller weights are not worth it. @unit values */
  readonly valuesLeast: number;
}

export interface QuantiseReport {
  /** Of all constants. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly layers: readonly QuantisedLayer[];
}

export interface QuantisedLayer {
  readonly weight: string;
  readonly operator: string;
  readonly shape: readonly number[];
  readonly relativeError: number;
  /** False where the error passed the bound. */
  readonly isQuantised: boolean;
}

export interface Quantised {
  readonly graph: OnnxGraph;
  readonly report: QuantiseReport;
}

/** O(values). */
export function quantiseGraph(graph: OnnxGraph, options: QuantiseOptions): Quantised {
  const state: State = {
    options,
    weights: new Map(graph.constants.map((one) => [one.name, one])),
    made: new Map(),
    nodes: [],
    layers: [],
  };
  for (const node of graph.nodes) state.nodes.push(...rewritten(state, node));
  const constants = stillRead(state, graph);
  return {
    graph: { ...graph, nodes: state.nodes, constants },
    report: {
      bytesBefore: bytesOf(graph.constants),
      bytesAfter: bytesOf(constants),
      layers: state.layers,
    },
  };
}

interface State {
  readonly options: QuantiseOptions;
  readonly weights: ReadonlyMap<string, OnnxTensor>;
  /** New constants by name. */
  readonly made: Map<string, OnnxTensor>;
  readonly nodes: OnnxNode[];
  readonly layers: QuantisedLayer[];
}

const bytesOf = (constants: readonly OnnxTensor[]): number =>
  constants.reduce((sum, { bytes }) => sum + bytes.length, 0);

function stillRead({ nodes, weights, made }: State, graph: OnnxGraph): OnnxTensor[] {
  const read = new Set<string>(graph.outputs.map(({ name }) => name));
  const visit = (list: readonly OnnxNode[]): void => {
    for (const { inputs, attributes } of list) {
      for (const name of inputs) read.add(name);
      for (const one of Object.values(attributes)) if ("graph" in one) visit(one.graph.nodes);
    }
  };
  visit(nodes);
  return [...weights.values(), ...made.values()].filter(({ name }) => read.has(name));
}

function rewritten(state: State, node: OnnxNode): readonly OnnxNode[] {
  if (node.operator === "Gather") return quantisedLookup(state, node);
  const product = productOf(node);
  return product === undefined ? [node] : quantisedProduct(state, node, product);
}

/** alpha a op(weight) + bias. */
interface Product {
  readonly a: string;
  readonly weight: string;
  readonly bias: string;
  readonly transposed: boolean;
  readonly alpha: number;
}

function productOf({ operator, inputs, attributes }: OnnxNode): Product | undefined {
  const isProduct = operator === "Gemm" || operator === "MatMul" || operator === "FusedMatMul";
  const isPlain = integer(attributes, "transA", 0) === 0 && real(attributes, "beta", 1) === 1;
  if (!isProduct || !isPlain) return undefined;
  const [a, weight, bias = ""] = inputs;
  const transposed = integer(attributes, "transB", 0) === 1;
  return { a, weight, bias, transposed, alpha: real(attributes, "alpha", 1) };
}

type Attributes = Readonly<Record<string, OnnxAttribute>>;

function integer(attributes: Attributes, name: string, otherwise: number): number {
  const found = attributes[name];
  return found !== undefined && "integer" in found ? found.integer : otherwise;
}

function real(attributes: Attributes, name: string, otherwise: number): number {
  const found = attributes[name];
  return found !== undefined && "real" in found ? found.real : otherwise;
}

/** The constant, when it is a matrix of reals that is large enough. */
function weightOf({ weights, options }: State, name: string): OnnxTensor | undefined {
  const found = weights.get(name);
  if (found === undefined || found.type !== "float32" || found.shape.length !== 2) return undefined;
  return found.shape[0] * found.shape[1] < options.valuesLeast ? undefined : found;
}

/** Enters the layer into the report; whether its error is within the bound. */
function passes(
  state: State,
  weight: OnnxTensor,
  operator: string,
  { relativeError }: Int8Matrix,
): boolean {
  const isQuantised = relativeError <= state.options.relativeErrorMost;
  const { name, shape } = weight;
  state.layers.push({ weight: name, operator, shape, relativeError, isQuantised });
  return isQuantised;
}

function quantisedProduct(state: State, node: OnnxNode, product: Product): readonly OnnxNode[] {
  const weight = weightOf(state, product.weight);
  if (weight === undefined) return [node];
  const { levels } = state.options;
  const { transposed, alpha, bias, a } = product;
  const matrix = quantiseColumns(float32Values(weight), weight.shape, { transposed, levels });
  if (!passes(state, weight, node.operator, matrix)) return [node];
  const name = `${weight.name}${transposed ? ".turned" : ""}`;
  const scales = matrix.scales.map((one) => one * alpha);
  const values = keep(state, `${name}.int8`, "int8", matrix.shape, matrix.values);
  const scale = keep(state, `${name}.scales.${alpha}`, "float32", [scales.length], scales);
  return scaledProduct(node, { a, values, scale, bias });
}

interface Parts {
  readonly a: string;
  readonly values: string;
  readonly scale: string;
  readonly bias: string;
}

/**
 * In standard operators, which the runtime joins into one kernel when it opens the file: measured as
 * fast as its own operator DynamicQuantizeMatMul.
 */
function scaledProduct(node: OnnxNode, { a, values, scale, bias }: Parts): readonly OnnxNode[] {
  const [result] = node.outputs;
  const of = (what: string): string => `${result}.${what}`;
  const small = ["small", "scale", "zero"].map(of);
  return [
    plain("DynamicQuantizeLinear", [a], small),
    plain("MatMulInteger", [small[0], values, small[2]], [of("whole")]),
    castNode(of("whole"), of("real"), 1),
    plain("Mul", [small[1], scale], [of("scales")]),
    plain("Mul", [of("real"), of("scales")], [bias === "" ? result : of("scaled")]),
    ...(bias === "" ? [] : [plain("Add", [of("scaled"), bias], [result])]),
  ];
}

const lookupLevels = 127;

/** Rows are looked up as whole numbers and scaled after. */
function quantisedLookup(state: State, node: OnnxNode): readonly OnnxNode[] {
  const weight = weightOf(state, node.inputs[0]);
  if (weight === undefined || integer(node.attributes, "axis", 0) !== 0) return [node];
  const matrix = quantiseRows(float32Values(weight), weight.shape, lookupLevels);
  if (!passes(state, weight, node.operator, matrix)) return [node];
  const { name } = weight;
  const rows = matrix.scales.length;
  const values = keep(state, `${name}.rows.int8`, "int8", matrix.shape, matrix.values);
  const scales = keep(state, `${name}.rows.scales`, "float32", [rows, 1], matrix.scales);
  const { attributes } = node;
  const [, indices] = node.inputs;
  const [result] = node.outputs;
  const of = (what: string): string => `${result}.${what}`;
  return [
    { ...plain("Gather", [values, indices], [of("small")]), attributes },
    { ...plain("Gather", [scales, indices], [of("scale")]), attributes },
    castNode(of("small"), of("real"), 1),
    plain("Mul", [of("real"), of("scale")], [result]),
  ];
}

const plain = (
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
): OnnxNode => ({ operator, domain: "", inputs, outputs, attributes: {} });

/** @param code the format's number of the type */
export const castNode = (from: string, to: string, code: number): OnnxNode => ({
  ...plain("Cast", [from], [to]),
  attributes: { to: { integer: code } },
});

function keep(
  { made, weights }: State,
  name: string,
  type: "int8" | "float32",
  shape: readonly number[],
  values: Int8Array | Float32Array,
): string {
  assert(!weights.has(name), `no constant is called ${name} yet`);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (!made.has(name)) made.set(name, { name, type, shape, bytes });
  return name;
}
