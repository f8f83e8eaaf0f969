import { toFloat16Into } from "../interchange/half.ts";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/format.ts";
import { float32Values } from "./int8.ts";
import { castNode } from "./quantise.ts";

/**
 * Weights stored as reals of 16 bits and widened when the file is opened: half of the bytes on disk,
 * as much memory and time as before. Weights with values past 65,504 stay as they are and are named.
 */
export interface HalfStored {
  readonly graph: OnnxGraph;
  /** Of all constants. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly refused: readonly string[];
}

const largestHalf = 65_504;
const float32Code = 1;

/** O(values). @param valuesLeast smaller constants are not worth it */
export function storeAsHalves(graph: OnnxGraph, valuesLeast: number): HalfStored {
  const casts: OnnxNode[] = [];
  const refused: string[] = [];
  const constants = graph.constants.map((one): OnnxTensor => {
    if (one.type !== "float32" || one.bytes.length / 4 < valuesLeast) return one;
    const values = float32Values(one);
    if (values.some((value) => Math.abs(value) > largestHalf)) {
      refused.push(one.name);
      return one;
    }
    const halves = new Uint16Array(values.length);
    toFloat16Into(halves, values);
    const name = `${one.name}.half`;
    casts.push(castNode(name, one.name, float32Code));
    return { name, type: "float16", shape: one.shape, bytes: new Uint8Array(halves.buffer) };
  });
  const size = (list: readonly OnnxTensor[]): number =>
    list.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    graph: { ...graph, nodes: [...casts, ...graph.nodes], constants },
    bytesBefore: size(graph.constants),
    bytesAfter: size(constants),
    refused,
  };
}
