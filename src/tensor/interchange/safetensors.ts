import { assert } from "../../assert.ts";
import { badFile, readJson, recordOf } from "./json.ts";
import { encodeUtf8 } from "./utf8.ts";

/**
 * Weights as safetensors files. Idea of the format: the length of a JSON text (8 bytes), the text
 * that says where each array lies, then the arrays without gaps. Wider types come first, so that
 * each array lies where it can be viewed in place; within a type names are in order.
 * Source: the format's description and, for the order, its own library: equal bytes.
 * Left out: types below a byte, complex numbers, int16 and uint16 to uint64. Not for texts.
 */
export type WeightType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I8" | "U8" | "BOOL";

/** @shape bytes little-endian, row-major */
export interface Weight {
  readonly type: WeightType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export interface WeightFile {
  readonly weights: ReadonlyMap<string, Weight>;
  /** Free words. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes of one element, in the order of the types in a file. */
const widths = { I64: 8, F64: 8, F32: 4, I32: 4, BF16: 2, F16: 2, I8: 1, U8: 1, BOOL: 1 } as const;
const order = Object.keys(widths);
const METADATA = "__metadata__";
const PREFIX = 8;
const maxHeaderBytes = 100_000_000;

const lengthOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1);

/** The bytes of a file: equal weights, equal bytes. O(bytes). */
export function encodeSafetensors({ weights, metadata }: WeightFile): Uint8Array {
  const sorted = [...weights].sort(
    ([nameA, a], [nameB, b]) =>
      order.indexOf(a.type) - order.indexOf(b.type) || (nameA < nameB ? -1 : 1),
  );
  const words = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const members: string[] = [];
  if (words.length > 0) {
    const parts = words.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    members.push(`"${METADATA}":{${parts.join(",")}}`);
  }
  let end = 0;
  for (const [name, { type, shape, bytes }] of sorted) {
    assert(name !== METADATA, `no weight is called ${METADATA}`);
    assert(bytes.length === lengthOf(shape) * widths[type], `the bytes of ${name} fit its shape`);
    const begin = end;
    end += bytes.length;
    const about = { dtype: type, shape, data_offsets: [begin, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(about)}`);
  }
  return assembled(encodeUtf8(`{${members.join(",")}}`), sorted, end);
}

function assembled(
  text: Uint8Array,
  sorted: readonly (readonly [string, Weight])[],
  size: number,
): Uint8Array {
  const start = PREFIX + Math.ceil(text.length / 8) * 8;
  assert(start - PREFIX <= maxHeaderBytes, "the header of a weight file is below 100 MB");
  const file = new Uint8Array(start + size);
  new DataView(file.buffer).setUint32(0, start - PREFIX, true);
  file.set(text, PREFIX);
  file.fill(0x20, PREFIX + text.length, start);
  let at = start;
  for (const [, { bytes }] of sorted) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/**
 * The weights of a file, as views of it. O(header), but for BOOL, whose bytes are looked at.
 * @throws problem `invalid-model-file`
 */
export function decodeSafetensors(file: Uint8Array): WeightFile {
  if (file.length < PREFIX) throw badFile("the weight file is cut off");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = view.getUint32(0, true);
  if (view.getUint32(4, true) !== 0 || length > maxHeaderBytes) {
    throw badFile("the file is no weight file, or its header has more than 100 MB");
  }
  if (PREFIX + length > file.length) throw badFile("the header of the weight file is cut off");
  const text = file.subarray(PREFIX, PREFIX + length);
  if (text[0] !== 0x7b) throw badFile("the header of the weight file is no record");
  const header = recordOf(readJson(text, "the header of the weight file"), "the header");
  const data = file.subarray(PREFIX + length);
  const places = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => placeOf(name, value));
  checkContiguous(places, data.length);
  const weights = places.map((place): [string, Weight] => [place.name, weightOf(place, data)]);
  return { weights: new Map(weights), metadata: metadataOf(header[METADATA]) };
}

interface Place {
  readonly name: string;
  readonly type: WeightType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function placeOf(name: string, value: unknown): Place {
  const about = recordOf(value, name);
  const { dtype, shape, data_offsets: offsets, ...more } = about;
  if (Object.keys(more).length > 0) throw badFile(`${name} says more than type, shape and place`);
  if (typeof dtype !== "string" || !order.includes(dtype)) {
    throw badFile(`${name} has elements of type ${String(dtype)}, which is not supported`);
  }
  if (!isSizes(shape)) throw badFile(`the shape of ${name} is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2) throw badFile(`${name} does not say its place`);
  const type = dtype as WeightType;
  const [begin, end] = offsets;
  if (end - begin !== lengthOf(shape) * widths[type]) {
    throw badFile(`the place of ${name} does not fit its shape`);
  }
  return { name, type, shape, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

function checkContiguous(places: readonly Place[], size: number): void {
  let at = 0;
  for (const { name, begin, end } of [...places].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== at) throw badFile(`${name} overlaps another array or leaves a gap`);
    at = end;
  }
  if (at > size) throw badFile("the arrays of the weight file are cut off");
  if (at < size) throw badFile("the weight file has bytes that belong to no array");
}

function weightOf({ name, type, shape, begin, end }: Place, data: Uint8Array): Weight {
  const bytes = data.subarray(begin, end);
  if (type === "BOOL" && bytes.some((byte) => byte > 1)) {
    throw badFile(`${name} has a value that is neither true nor false`);
  }
  return { type, shape, bytes };
}

function metadataOf(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const words = Object.entries(recordOf(value, METADATA)).map(([key, word]): [string, string] => {
    if (typeof word !== "string") throw badFile(`${key} of the metadata is not a text`);
    return [key, word];
  });
  return Object.fromEntries(words);
}

/** A weight of type F32 that is a view of the values. O(1). @shape values [product of shape] */
export function float32Weight(values: Float32Array, shape: readonly number[]): Weight {
  assert(values.length === lengthOf(shape), "the values of a weight fit its shape");
  const { buffer, byteOffset, byteLength } = values;
  return { type: "F32", shape, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

/**
 * The values of a weight of type F32: a view where its bytes are aligned, else a copy. O(1) or O(n).
 * @shape [product of the weight's shape]
 */
export function float32Of({ type, bytes }: Weight): Float32Array {
  assert(type === "F32", "the weight is of type F32");
  const aligned = bytes.byteOffset % 4 === 0;
  // Not slice: where the bytes are a Node Buffer, that is a view and no copy.
  const { buffer, byteOffset, byteLength } = aligned ? bytes : new Uint8Array(bytes);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}
