import { nothingMasked, topKInto } from "../../../algorithms/top-k.ts";
import {
  type InvertedLists,
  openSearchedTable,
  type SearchedTable,
} from "../../../algorithms/vectors/inverted-lists.ts";
import { codeScratch, scoreCodesInto } from "../../../algorithms/vectors/product-quantization.ts";
import type { EncoderOptions, PackedReading } from "../encode.ts";
import type { NetworkShape } from "../network.ts";
import { openReader, type Reader } from "../reader.ts";
import { type Codes, type Kept, type KeptParameters, rowInto, unpacked, valuesOf } from "./kept.ts";

/**
 * A behaviour model in service, whatever it is packed in: histories become states, states become scores
 * of all items. A packed item table is read and scored as it is kept, and stays packed: 8 bits by whole
 * numbers, codes by looked-up products. What is sparse is filled in when it is opened: there are no
 * kernels for it, so that it takes as much memory and time as before.
 */
export interface OpenKept extends SearchedTable {
  readonly reader: Reader;
  /** The vector of an item, from place `at` of `out` on. */
  rowInto(token: number, out: Float32Array, at: number): void;
}

export interface KeptModel {
  readonly shape: NetworkShape;
  readonly parameters: KeptParameters;
  /** Of the items, where only some are looked at to find the best. */
  readonly lists?: InvertedLists | undefined;
}

/** Up to this many items their vectors are scored as they are, beyond it in 8 bits. */
const FLOATS_MOST = 4_000;
const TABLE_BYTES_MOST = 2 ** 30;

export function openKept(
  { shape, parameters, lists }: KeptModel,
  { provider, threads, batch }: Pick<EncoderOptions, "provider" | "threads" | "batch">,
): OpenKept {
  const { items, ...others } = parameters;
  const table = tableOf(items, shape, lists);
  const int8 = Object.values(others).some((one) => "kind" in one && one.kind === "bytes");
  const packed: PackedReading | undefined = table.isPacked
    ? { rowInto: table.rowInto, int8 }
    : undefined;
  const whole = (): Map<string, Float32Array> =>
    unpacked(packed === undefined ? parameters : others);
  return { ...table, reader: openReader(shape, whole, { provider, threads, batch, packed }) };
}

interface Table extends Omit<OpenKept, "reader"> {
  readonly isPacked: boolean;
}

/** Codes are scored as they are, one and all. */
function tableOf(
  items: Kept,
  { vocabulary: rows, width }: NetworkShape,
  lists: InvertedLists | undefined,
): Table {
  if (!(items instanceof Float32Array) && items.kind === "codes") return codedTable(items);
  const isPacked = !(items instanceof Float32Array) && items.kind === "bytes";
  const precision = isPacked || rows > FLOATS_MOST ? "int8" : "float32";
  const values = valuesOf(items);
  const how = { rows, width, precision, bytesMost: TABLE_BYTES_MOST, lists } as const;
  const unpackedRow: Table["rowInto"] = (token, out, at) =>
    out.set(values.subarray(token * width, (token + 1) * width), at);
  return {
    ...openSearchedTable(values, how),
    isPacked,
    rowInto: isPacked ? (token, out, at) => rowInto(items, token, out, at) : unpackedRow,
  };
}

function codedTable(items: Codes): Table {
  const scratch = codeScratch(items);
  const scores = new Float32Array(items.rows);
  const scoreInto: Table["scoreInto"] = (state, out) => scoreCodesInto(items, state, scratch, out);
  return {
    isPacked: true,
    scoreInto,
    bestInto(state, top) {
      scoreInto(state, scores);
      return topKInto(top, scores, nothingMasked);
    },
    scoresOf(state, asked) {
      scoreInto(state, scores);
      return Float32Array.from(asked, (token) => scores[token] as number);
    },
    rowInto: (token, out, at) => rowInto(items, token, out, at),
  };
}
