import { codeScratch, scoreCodesInto } from "../../../algorithms/vectors/product-quantization.ts";
import {
  type ItemTable,
  openItemTable,
  type TablePrecision,
} from "../../../tensor/serve/item-table.ts";
import type { EncoderOptions, PackedReading } from "../encode.ts";
import type { NetworkShape } from "../network.ts";
import { openReader, type Reader } from "../reader.ts";
import { type Kept, type KeptParameters, rowInto, unpacked, valuesOf } from "./kept.ts";

/**
 * A behaviour model in service, whatever it is packed in: histories become states, states become scores
 * of all items. A packed item table is read and scored as it is kept, and stays packed: 8 bits by whole
 * numbers, codes by looked-up products. What is sparse is filled in when it is opened: there are no
 * kernels for it, so that it takes as much memory and time as before.
 */
export interface OpenKept {
  readonly reader: Reader;
  /** out[item] = <item, state>. @shape state [width], out [vocabulary] */
  scoreInto(state: Float32Array, out: Float32Array): void;
  /** The vector of an item, from place `at` of `out` on. */
  rowInto(token: number, out: Float32Array, at: number): void;
}

export interface KeptModel {
  readonly shape: NetworkShape;
  readonly parameters: KeptParameters;
}

/** Up to this many items their vectors are scored as they are, beyond it in 8 bits. */
const FLOATS_MOST = 4_000;
const TABLE_BYTES_MOST = 2 ** 30;

export function openKept(
  { shape, parameters }: KeptModel,
  { provider, threads, batch }: Pick<EncoderOptions, "provider" | "threads" | "batch">,
): OpenKept {
  const { items, ...others } = parameters;
  const table = tableOf(items, shape);
  const int8 = Object.values(others).some((one) => "kind" in one && one.kind === "bytes");
  const packed: PackedReading | undefined = table.isPacked
    ? { rowInto: table.rowInto, int8 }
    : undefined;
  const whole = (): Map<string, Float32Array> =>
    unpacked(packed === undefined ? parameters : others);
  return { ...table, reader: openReader(shape, whole, { provider, threads, batch, packed }) };
}

interface Table extends Pick<OpenKept, "scoreInto" | "rowInto"> {
  readonly isPacked: boolean;
}

function tableOf(items: Kept, { vocabulary: rows, width }: NetworkShape): Table {
  const open = (values: Float32Array, precision: TablePrecision): ItemTable =>
    openItemTable(values, { rows, width, precision, bytesMost: TABLE_BYTES_MOST });
  if (items instanceof Float32Array || items.kind === "sparse") {
    const values = valuesOf(items);
    return {
      isPacked: false,
      scoreInto: open(values, rows <= FLOATS_MOST ? "float32" : "int8").scoreInto,
      rowInto: (token, out, at) => out.set(values.subarray(token * width, (token + 1) * width), at),
    };
  }
  const row: Table["rowInto"] = (token, out, at) => rowInto(items, token, out, at);
  if (items.kind === "bytes") {
    return { isPacked: true, scoreInto: open(valuesOf(items), "int8").scoreInto, rowInto: row };
  }
  const scratch = codeScratch(items);
  const scoreInto: Table["scoreInto"] = (state, out) => scoreCodesInto(items, state, scratch, out);
  return { isPacked: true, scoreInto, rowInto: row };
}
