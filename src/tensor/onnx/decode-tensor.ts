import type { Problem } from "../../errors.ts";
import { elementCodes, elementWidths, tensorFields, wordFields } from "./fields.ts";
import type { ElementType, OnnxTensor } from "./format.ts";
import {
  addIntegers,
  badModel,
  bytesOf,
  integerOf,
  type Place,
  passing,
  type Readers,
  readMessage,
  textOf,
} from "./wire.ts";

/**
 * Reads the constants of ONNX files: raw bytes as views of the file, and the older form of values in
 * fields by type. Source: onnx.proto3, message TensorProto. Left out: texts and complex numbers.
 */
const typeOfCode = new Map(
  Object.entries(elementCodes).map(([type, code]) => [code, type as ElementType]),
);

export function elementTypeOf(code: number, name: string): ElementType {
  const type = typeOfCode.get(code);
  if (type === undefined) throw badModel(`${name} has elements of type ${code}, not supported`);
  return type;
}

interface HeldTensor {
  name: string;
  code: number;
  raw?: Uint8Array;
  readonly shape: number[];
  /** Packed values, which lie in the file as raw bytes would. */
  readonly packed: Uint8Array[];
  readonly integers: number[];
}

/** A constant. O(bytes). @throws problem `invalid-model-file` */
export function decodeTensor(bytes: Uint8Array, place: Place): OnnxTensor {
  const held: HeldTensor = { name: "", code: 0, shape: [], packed: [], integers: [] };
  readMessage("a constant", bytes, place, readers, held);
  const { name, shape } = held;
  const type = elementTypeOf(held.code, name);
  if (shape.some((size) => size < 0)) throw badModel(`${name} has a negative size`);
  const length = shape.reduce((product, size) => product * size, 1);
  const content = held.raw ?? bytesOfValues(held, type);
  if (content.length !== length * elementWidths[type]) {
    throw badModel(`${name} has ${content.length} bytes, not those of its shape`);
  }
  return { name, type, shape, bytes: content };
}

const readers: Readers<HeldTensor> = {
  ...passing(wordFields.tensor),
  [tensorFields.size]: ({ shape }, field, place) => addIntegers(shape, field, place),
  [tensorFields.element]: (tensor, field) => {
    tensor.code = integerOf(field);
  },
  [tensorFields.name]: (tensor, field) => {
    tensor.name = textOf(field);
  },
  [tensorFields.bytes]: (tensor, field) => {
    tensor.raw = bytesOf(field);
  },
  [tensorFields.reals]: ({ packed }, field) => {
    packed.push(field.bytes);
  },
  [tensorFields.doubles]: ({ packed }, field) => {
    packed.push(field.bytes);
  },
  [tensorFields.small]: ({ integers }, field, place) => addIntegers(integers, field, place),
  [tensorFields.integers]: ({ integers }, field, place) => addIntegers(integers, field, place),
  [tensorFields.location]: (_, field) => {
    if (integerOf(field) !== 0) throw external();
  },
  [tensorFields.external]: () => {
    throw external();
  },
};

const external = (): Problem => badModel("the file keeps weights in another file, not read here");

function bytesOfValues({ packed, integers }: HeldTensor, type: ElementType): Uint8Array {
  if (type === "float32" || type === "float64") return joined(packed);
  const width = elementWidths[type];
  const bytes = new Uint8Array(integers.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < integers.length; i++) {
    const value = integers[i];
    if (width === 1) view.setUint8(i, value);
    else if (width === 2) view.setUint16(i * 2, value, true);
    else view.setInt32(i * width, value, true);
    // Two halves: the upper one of a whole number below 2^53 with its sign.
    if (width === 8) view.setInt32(i * 8 + 4, Math.floor(value / 2 ** 32), true);
  }
  return bytes;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
