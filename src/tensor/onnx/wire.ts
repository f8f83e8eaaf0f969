import { type Problem, problem } from "../../errors.ts";
import { decodeUtf8 } from "../interchange/utf8.ts";

/**
 * Reads the fields of protocol buffers out of bytes that may be anything. Idea: one field after
 * another, each checked against the end of its message before it is looked at; a budget of fields
 * for the whole file, since an object in memory is much larger than the two bytes that ask for one.
 * Source: the encoding page of the protocol buffers' documentation.
 * Left out: groups (refused), unsigned and zigzag numbers: the formats read here have none.
 */
export interface Place {
  /** Fields that may still be read. */
  readonly budget: { fields: number };
  /** How many graphs lie around this one. */
  readonly depth: number;
}

export interface Field {
  readonly number: number;
  /** Of the message it stands in, for words. */
  readonly what: string;
  readonly wire: number;
  /** The whole number, where it is one. */
  readonly whole: number;
  /** The bytes, where it is a chunk or a number of fixed width. */
  readonly bytes: Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const CHUNK = 2;
const FIXED32 = 5;
const none = new Uint8Array(0);

export const badModel = (detail: string): Problem => problem("invalid-model-file", detail);

/** What to do with each field of a message, by its number. */
export type Readers<Held> = Readonly<Record<number, Reader<Held> | undefined>>;
type Reader<Held> = (held: Held, field: Field, place: Place) => void;

/** Readers that pass over words, which change nothing. */
export const passing = (numbers: readonly number[]): Readers<unknown> =>
  Object.fromEntries(numbers.map((number) => [number, () => undefined]));

/**
 * Reads a message into what `held` holds, and gives it back; a field without a reader is refused.
 * @param what it is, for words: "a node"
 * @throws problem `invalid-model-file`
 */
export function readMessage<Held>(
  what: string,
  bytes: Uint8Array,
  place: Place,
  readers: Readers<Held>,
  held: Held,
): Held {
  const cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    spend(place);
    const tag = varint(cursor);
    const number = Math.floor(tag / 8);
    const field = fieldOf(cursor, what, number, tag - number * 8);
    const read = readers[number];
    if (read === undefined) throw badModel(`field ${number} of ${what} is not supported`);
    read(held, field, place);
  }
  return held;
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function spend({ budget }: Place): void {
  if (budget.fields-- <= 0) throw badModel("the file has more fields than a model needs");
}

function fieldOf(cursor: Cursor, what: string, number: number, wire: number): Field {
  if (wire === VARINT) return { number, what, wire, whole: varint(cursor), bytes: none };
  if (wire !== FIXED64 && wire !== CHUNK && wire !== FIXED32) {
    throw badModel(`field ${number} of ${what} is of a kind that no model has`);
  }
  const length = wire === CHUNK ? varint(cursor) : wire === FIXED32 ? 4 : 8;
  const end = cursor.at + length;
  if (length < 0 || end > cursor.bytes.length) throw badModel(`the file is cut off within ${what}`);
  const bytes = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return { number, what, wire, whole: Number.NaN, bytes };
}

/** A whole number of up to 64 bits with a sign; inexact above 2^53, which `integerOf` refuses. */
function varint(cursor: Cursor): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (cursor.at >= cursor.bytes.length) throw badModel("the file is cut off within a number");
    const byte = cursor.bytes[cursor.at++];
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high |= bits >> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) return (high | 0) * 2 ** 32 + (low >>> 0);
  }
  throw badModel("a number of the file does not end");
}

/** A whole number. */
export function integerOf(field: Field): number {
  if (field.wire !== VARINT) throw wrongKind(field, "a whole number");
  return exact(field, field.whole);
}

/** A real of 32 bits. */
export function realOf(field: Field): number {
  if (field.wire !== FIXED32) throw wrongKind(field, "a real");
  return viewOf(field.bytes).getFloat32(0, true);
}

export function bytesOf(field: Field): Uint8Array {
  if (field.wire !== CHUNK) throw wrongKind(field, "a list of bytes");
  return field.bytes;
}

export function textOf(field: Field): string {
  const text = decodeUtf8(bytesOf(field));
  if (text === undefined) throw badModel(`field ${field.number} of ${field.what} is not UTF-8`);
  return text;
}

/** Adds the whole numbers of a repeated field, which may be packed or not. */
export function addIntegers(to: number[], field: Field, place: Place): void {
  if (field.wire === VARINT) {
    to.push(integerOf(field));
    return;
  }
  const cursor = { bytes: bytesOf(field), at: 0 };
  while (cursor.at < cursor.bytes.length) {
    spend(place);
    to.push(exact(field, varint(cursor)));
  }
}

/** Adds the reals of a repeated field, which may be packed or not. */
export function addReals(to: number[], field: Field, place: Place): void {
  if (field.wire === FIXED32) {
    to.push(realOf(field));
    return;
  }
  const bytes = bytesOf(field);
  if (bytes.length % 4 !== 0) throw wrongKind(field, "a list of reals");
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += 4) {
    spend(place);
    to.push(view.getFloat32(at, true));
  }
}

function exact(field: Field, whole: number): number {
  if (!Number.isSafeInteger(whole)) {
    throw badModel(`field ${field.number} of ${field.what} is beyond 2^53`);
  }
  return whole;
}

const wrongKind = (field: Field, wanted: string): Problem =>
  badModel(`field ${field.number} of ${field.what} is not ${wanted}`);

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
