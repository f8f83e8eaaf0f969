import protobuf from "protobufjs/minimal.js";
import { assert } from "../../assert.ts";
import {
  attributeFields,
  attributeKinds,
  dimensionFields,
  elementCodes,
  elementWidths,
  entryFields,
  formatVersion,
  graphFields,
  modelFields,
  nodeFields,
  operatorSetFields,
  operatorSets,
  shapeFields,
  tensorFields,
  tensorTypeFields,
  typeFields,
  valueFields,
} from "./fields.ts";
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "./format.ts";

/**
 * Writes models as ONNX files. Idea: the fields one after another in the order of their numbers, as
 * the format's own library writes them, attributes and metadata by name: equal models, equal bytes.
 * Source: onnx.proto3. Left out: values packed into fields by type; all constants are raw bytes.
 * Not for models of 2 GiB and more: the format ends there; keep such weights beside the file.
 */
type Writer = protobuf.Writer;

/** The format's own limit. */
const maxConstantBytes = 2 ** 31 - 2 ** 20;

const varint = (field: number): number => field << 3;
const chunk = (field: number): number => (field << 3) | 2;
const fixed32 = (field: number): number => (field << 3) | 5;

/** The bytes of a model. O(size of the graph and its constants). */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new protobuf.Writer();
  writer.uint32(varint(modelFields.version)).int64(formatVersion);
  text(writer, modelFields.producer, "shopkeeper");
  part(writer, modelFields.graph, () => writeGraph(writer, model.graph));
  for (const [domain, version] of Object.entries(operatorSets)) {
    part(writer, modelFields.operators, () => {
      text(writer, operatorSetFields.domain, domain);
      integer(writer, operatorSetFields.version, version);
    });
  }
  for (const [key, value] of byName(model.metadata)) {
    part(writer, modelFields.metadata, () => {
      text(writer, entryFields.key, key);
      text(writer, entryFields.value, value);
    });
  }
  const bytes = writer.finish();
  // Small results lie in a larger pool, which must not travel with them.
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}

function part(writer: Writer, field: number, write: () => void): void {
  writer.uint32(chunk(field)).fork();
  write();
  writer.ldelim();
}

function text(writer: Writer, field: number, value: string): void {
  writer.uint32(chunk(field)).string(value);
}

function integer(writer: Writer, field: number, value: number): void {
  assert(Number.isSafeInteger(value), "a whole number of a model is exact");
  writer.uint32(varint(field)).int64(value);
}

const byName = <Value>(record: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  const constantBytes = graph.constants.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert(constantBytes <= maxConstantBytes, "the constants of a model file are below 2 GiB");
  for (const node of graph.nodes) part(writer, graphFields.node, () => writeNode(writer, node));
  text(writer, graphFields.name, graph.name);
  for (const constant of graph.constants) {
    part(writer, graphFields.constant, () => writeTensor(writer, constant));
  }
  for (const value of graph.inputs) {
    part(writer, graphFields.input, () => writeValue(writer, value));
  }
  for (const value of graph.outputs) {
    part(writer, graphFields.output, () => writeValue(writer, value));
  }
}

function writeNode(writer: Writer, node: OnnxNode): void {
  assert(operatorSets[node.domain] !== undefined, `no operator set is called ${node.domain}`);
  for (const name of node.inputs) text(writer, nodeFields.input, name);
  for (const name of node.outputs) text(writer, nodeFields.output, name);
  text(writer, nodeFields.operator, node.operator);
  for (const [name, attribute] of byName(node.attributes)) {
    part(writer, nodeFields.attribute, () => writeAttribute(writer, name, attribute));
  }
  if (node.domain !== "") text(writer, nodeFields.domain, node.domain);
}

function writeAttribute(writer: Writer, name: string, attribute: OnnxAttribute): void {
  text(writer, attributeFields.name, name);
  const kind = writeContent(writer, attribute);
  writer.uint32(varint(attributeFields.kind)).int32(kind);
}

/** Writes what the attribute holds; the number of its kind. */
function writeContent(writer: Writer, attribute: OnnxAttribute): number {
  if ("integer" in attribute) {
    integer(writer, attributeFields.integer, attribute.integer);
    return attributeKinds.integer;
  }
  if ("real" in attribute) {
    writer.uint32(fixed32(attributeFields.real)).float(attribute.real);
    return attributeKinds.real;
  }
  if ("text" in attribute) {
    text(writer, attributeFields.text, attribute.text);
    return attributeKinds.text;
  }
  if ("integers" in attribute) {
    for (const value of attribute.integers) integer(writer, attributeFields.integers, value);
    return attributeKinds.integers;
  }
  if ("reals" in attribute) {
    for (const value of attribute.reals) {
      writer.uint32(fixed32(attributeFields.reals)).float(value);
    }
    return attributeKinds.reals;
  }
  part(writer, attributeFields.graph, () => writeGraph(writer, attribute.graph));
  return attributeKinds.graph;
}

function writeTensor(writer: Writer, { name, type, shape, bytes }: OnnxTensor): void {
  const length = shape.reduce((product, size) => product * size, 1);
  assert(bytes.length === length * elementWidths[type], `the bytes of ${name} fit its shape`);
  for (const size of shape) integer(writer, tensorFields.size, size);
  writer.uint32(varint(tensorFields.element)).int32(elementCodes[type]);
  text(writer, tensorFields.name, name);
  writer.uint32(chunk(tensorFields.bytes)).bytes(bytes);
}

function writeValue(writer: Writer, { name, type, shape }: OnnxValue): void {
  text(writer, valueFields.name, name);
  part(writer, valueFields.type, () =>
    part(writer, typeFields.tensor, () => {
      writer.uint32(varint(tensorTypeFields.element)).int32(elementCodes[type]);
      part(writer, tensorTypeFields.shape, () => {
        for (const size of shape) {
          part(writer, shapeFields.dimension, () => writeSize(writer, size));
        }
      });
    }),
  );
}

function writeSize(writer: Writer, size: number | string): void {
  if (typeof size === "string") text(writer, dimensionFields.name, size);
  else integer(writer, dimensionFields.size, size);
}
