import { assert } from "../assert.ts";
import { problem } from "../errors.ts";

/**
 * A fitted model as bytes and back. Idea: what is plain (numbers, words, lists, records) goes into
 * one JSON text, and every typed array goes as it lies in memory into its own segment, so that a
 * matrix of a hundred megabytes is neither printed nor parsed.
 *
 *   bytes 0..3   "SKM1"
 *   bytes 4..7   length of the JSON text in bytes, unsigned, little-endian
 *   then         the JSON text: { root, segments: [{ type, offset, length }] }
 *   then         the segments, each beginning at a multiple of 8 counted from the first byte
 *
 * In `root` a typed array stands as { "#": number of its segment } and infinity as { "#": "inf" }
 * or { "#": "-inf" }; a record that has a key "#" of its own would be mistaken for one, so it is
 * refused, and so is NaN. The same model gives the same bytes.
 * Integrity is not looked after here: blobs carry the SHA-256 of their bytes as their name.
 * Not for: Maps, Dates, classes, cycles (refused as bugs). Big-endian machines are refused.
 */
const arrayTypes = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;
type ArrayType = keyof typeof arrayTypes;
type TypedArray = InstanceType<(typeof arrayTypes)[ArrayType]>;

interface Segment {
  readonly type: ArrayType;
  /** Bytes after the first segment's beginning. */
  readonly offset: number;
  /** Elements. */
  readonly length: number;
}

const MAGIC = 0x31_4d_4b_53; // "SKM1" read as a little-endian word
const PREFIX = 8;
const MARK = "#";
const DEPTH_MOST = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

/** O(size of the model); needs its size once more in memory. */
export function modelToBytes(model: unknown): Uint8Array {
  assert(new Uint8Array(new Uint16Array([1]).buffer)[0] === 1, "the machine is little-endian");
  const arrays: TypedArray[] = [];
  const root = withoutArrays(model, arrays, 0);
  const segments: Segment[] = [];
  let size = 0;
  for (const array of arrays) {
    segments.push({ type: typeOf(array), offset: size, length: array.length });
    size = aligned(size + array.byteLength);
  }
  const text = new TextEncoder().encode(JSON.stringify({ root, segments }));
  const start = aligned(PREFIX + text.length);
  const bytes = new Uint8Array(start + size);
  new Uint32Array(bytes.buffer, 0, 2).set([MAGIC, text.length]);
  bytes.set(text, PREFIX);
  for (const [index, array] of arrays.entries()) {
    const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    bytes.set(view, start + (segments[index]?.offset ?? 0));
  }
  return bytes;
}

/** Arrays are copies: the model does not hold on to `bytes`. @throws problem `storage-damaged` */
export function modelFromBytes(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREFIX || view.getUint32(0, true) !== MAGIC) {
    throw problem("storage-damaged", "the bytes are not a model");
  }
  const textLength = view.getUint32(4, true);
  const start = aligned(PREFIX + textLength);
  if (start > bytes.length) throw problem("storage-damaged", "the model is cut off");
  const text = new TextDecoder().decode(bytes.subarray(PREFIX, PREFIX + textLength));
  const header = parseHeader(text);
  const arrays = header.segments.map((segment) => readSegment(bytes, start, segment));
  return withArrays(header.root, arrays);
}

interface Header {
  readonly root: unknown;
  readonly segments: readonly Segment[];
}

function parseHeader(text: string): Header {
  try {
    return JSON.parse(text) as Header;
  } catch (cause) {
    throw problem("storage-damaged", "the model's header is not JSON", { cause });
  }
}

function readSegment(bytes: Uint8Array, start: number, segment: Segment): TypedArray {
  const make = arrayTypes[segment.type];
  const from = start + segment.offset;
  const to = from + segment.length * make.BYTES_PER_ELEMENT;
  if (to > bytes.length) throw problem("storage-damaged", "the model is cut off");
  // Not bytes.slice: where the bytes are a Node Buffer, that is a view and no copy.
  return new make(new Uint8Array(bytes.subarray(from, to)).buffer);
}

function typeOf(array: TypedArray): ArrayType {
  const name = array.constructor.name;
  assert(name in arrayTypes, `a model holds no ${name}`);
  return name as ArrayType;
}

function withoutArrays(value: unknown, arrays: TypedArray[], depth: number): unknown {
  assert(depth < DEPTH_MOST, "a model is not nested deeper than 64");
  if (ArrayBuffer.isView(value)) {
    arrays.push(value as TypedArray);
    return { [MARK]: arrays.length - 1 };
  }
  if (value === null || typeof value !== "object") return plain(value);
  if (Array.isArray(value)) return value.map((part) => withoutArrays(part, arrays, depth + 1));
  assert(Object.getPrototypeOf(value) === Object.prototype, "a model's records are plain objects");
  assert(!Object.hasOwn(value, MARK), `a model's records have no key "${MARK}"`);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, withoutArrays(part, arrays, depth + 1)]),
  );
}

function plain(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY) return { [MARK]: "inf" };
  if (value === Number.NEGATIVE_INFINITY) return { [MARK]: "-inf" };
  assert(!Number.isNaN(value), "a model holds no NaN");
  assert(typeof value !== "function" && typeof value !== "bigint", "a model is plain data");
  return value;
}

function withArrays(value: unknown, arrays: readonly TypedArray[]): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((part) => withArrays(part, arrays));
  const record = value as Record<string, unknown>;
  if (Object.hasOwn(record, MARK)) {
    const marked = record[MARK];
    if (typeof marked === "number") return arrays[marked];
    return marked === "inf" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }
  return Object.fromEntries(
    Object.entries(record).map(([key, part]) => [key, withArrays(part, arrays)]),
  );
}
