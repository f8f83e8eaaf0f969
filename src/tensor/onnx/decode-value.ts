import { elementTypeOf } from "./decode-tensor.ts";
import {
  dimensionFields,
  shapeFields,
  tensorTypeFields,
  typeFields,
  valueFields,
  wordFields,
} from "./fields.ts";
import type { OnnxValue } from "./format.ts";
import {
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
 * Reads what ONNX files say of inputs and outputs. Source: onnx.proto3, message ValueInfoProto.
 * Left out: sequences, maps, sparse arrays, and sizes that are neither given nor named.
 */
interface HeldValue {
  name: string;
  code: number;
  shape?: (number | string)[];
}

/** An input or output. O(bytes). @throws problem `invalid-model-file` */
export function decodeValue(bytes: Uint8Array, place: Place): OnnxValue {
  const held: HeldValue = { name: "", code: 0 };
  const { name, code, shape } = readMessage("an input or output", bytes, place, readers, held);
  if (shape === undefined) throw badModel(`${name} is not an array with a shape`);
  return { name, type: elementTypeOf(code, name), shape };
}

const readers: Readers<HeldValue> = {
  ...passing(wordFields.value),
  [valueFields.name]: (value, field) => {
    value.name = textOf(field);
  },
  [valueFields.type]: (value, field, place) => {
    readMessage("a type", bytesOf(field), place, typeReaders, value);
  },
};

const typeReaders: Readers<HeldValue> = {
  ...passing(wordFields.type),
  [typeFields.tensor]: (value, field, place) => {
    readMessage("the type of an array", bytesOf(field), place, arrayReaders, value);
  },
};

const arrayReaders: Readers<HeldValue> = {
  [tensorTypeFields.element]: (value, field) => {
    value.code = integerOf(field);
  },
  [tensorTypeFields.shape]: (value, field, place) => {
    value.shape = readMessage("a shape", bytesOf(field), place, shapeReaders, []);
  },
};

const shapeReaders: Readers<(number | string)[]> = {
  [shapeFields.dimension]: (shape, field, place) => {
    const held: HeldSize = { size: "" };
    const { size } = readMessage("a size", bytesOf(field), place, sizeReaders, held);
    if (size === "" || (typeof size === "number" && size < 0)) {
      throw badModel("a shape has a size with neither number nor name");
    }
    shape.push(size);
  },
};

interface HeldSize {
  size: number | string;
}

const sizeReaders: Readers<HeldSize> = {
  ...passing(wordFields.dimension),
  [dimensionFields.size]: (held, field) => {
    held.size = integerOf(field);
  },
  [dimensionFields.name]: (held, field) => {
    held.size = textOf(field);
  },
};
