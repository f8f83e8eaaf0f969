import protobuf from "protobufjs/minimal.js";

/**
 * Graphs of arrays in the exchange format of the ONNX runtime: as much of its protocol buffers as a
 * graph of float operators with free sizes needs. Source: onnx.proto3 (field numbers below).
 * Left out: constants, sub-graphs, other element types; they come with the training engine.
 */
export interface GraphNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whole numbers and reals are different kinds in the format, so they are apart here. */
  readonly integers?: Readonly<Record<string, number>>;
  readonly reals?: Readonly<Record<string, number>>;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  /** Names of the sizes of each float32 input and output; equal names are equal sizes. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly outputs: Readonly<Record<string, readonly string[]>>;
}

type Writer = protobuf.Writer;

const operatorSet = 20;
const formatVersion = 9;
const float32 = 1;
const realAttribute = 1;
const integerAttribute = 2;

const varint = (field: number): number => field << 3;
const fixed32 = (field: number): number => (field << 3) | 5;
const chunk = (field: number): number => (field << 3) | 2;

/** The bytes of a model. O(size of the graph). */
export function encodeGraph(graph: Graph): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(varint(1)).int64(formatVersion);
  part(writer, 7, () => writeGraph(writer, graph));
  part(writer, 8, () => writer.uint32(chunk(1)).string("").uint32(varint(2)).int64(operatorSet));
  return writer.finish();
}

function part(writer: Writer, field: number, write: () => void): void {
  writer.uint32(chunk(field)).fork();
  write();
  writer.ldelim();
}

function writeGraph(writer: Writer, graph: Graph): void {
  for (const node of graph.nodes) part(writer, 1, () => writeNode(writer, node));
  writer.uint32(chunk(2)).string("graph");
  for (const [name, sizes] of Object.entries(graph.inputs)) writeValue(writer, 11, name, sizes);
  for (const [name, sizes] of Object.entries(graph.outputs)) writeValue(writer, 12, name, sizes);
}

function writeNode(writer: Writer, node: GraphNode): void {
  for (const name of node.inputs) writer.uint32(chunk(1)).string(name);
  for (const name of node.outputs) writer.uint32(chunk(2)).string(name);
  writer.uint32(chunk(4)).string(node.operator);
  for (const [name, value] of Object.entries(node.integers ?? {})) {
    part(writer, 5, () => {
      writer.uint32(chunk(1)).string(name).uint32(varint(3)).int64(value);
      writer.uint32(varint(20)).int32(integerAttribute);
    });
  }
  for (const [name, value] of Object.entries(node.reals ?? {})) {
    part(writer, 5, () => {
      writer.uint32(chunk(1)).string(name).uint32(fixed32(2)).float(value);
      writer.uint32(varint(20)).int32(realAttribute);
    });
  }
}

function writeValue(writer: Writer, field: number, name: string, sizes: readonly string[]): void {
  part(writer, field, () => {
    writer.uint32(chunk(1)).string(name);
    part(writer, 2, () =>
      part(writer, 1, () => {
        writer.uint32(varint(1)).int32(float32);
        part(writer, 2, () => {
          for (const size of sizes) part(writer, 1, () => writer.uint32(chunk(2)).string(size));
        });
      }),
    );
  });
}
