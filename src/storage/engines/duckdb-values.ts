import {
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBResult,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from "@duckdb/node-api";
import { assert } from "../../assert.ts";
import type { Column, Columns, Parameter } from "../analytics.ts";

/**
 * Values between DuckDB's column chunks (2048 rows) and ours. Times cross as epoch milliseconds,
 * dates as ISO text; lists, structs and blobs do not cross: a query casts them.
 */
const DAY_MS = 86_400_000;

/** How a column leaves: as 32-bit integers, 64-bit integers, floats or texts. */
type Kind = "int32" | "int64" | "float64" | "text";

const kinds: Partial<Record<DuckDBTypeId, Kind>> = {
  [DuckDBTypeId.BOOLEAN]: "int32",
  [DuckDBTypeId.TINYINT]: "int32",
  [DuckDBTypeId.UTINYINT]: "int32",
  [DuckDBTypeId.SMALLINT]: "int32",
  [DuckDBTypeId.USMALLINT]: "int32",
  [DuckDBTypeId.INTEGER]: "int32",
  [DuckDBTypeId.BIGINT]: "int64",
  [DuckDBTypeId.UINTEGER]: "float64",
  [DuckDBTypeId.UBIGINT]: "float64",
  [DuckDBTypeId.HUGEINT]: "float64", // what sum() of integers is
  [DuckDBTypeId.FLOAT]: "float64",
  [DuckDBTypeId.DOUBLE]: "float64",
  [DuckDBTypeId.DECIMAL]: "float64",
  [DuckDBTypeId.TIMESTAMP]: "float64",
  [DuckDBTypeId.TIMESTAMP_TZ]: "float64",
  [DuckDBTypeId.DATE]: "text",
  [DuckDBTypeId.VARCHAR]: "text",
  [DuckDBTypeId.ENUM]: "text",
  [DuckDBTypeId.UUID]: "text",
  [DuckDBTypeId.SQLNULL]: "text",
};

function kindOf(name: string, type: DuckDBType): Kind {
  const kind = kinds[type.typeId];
  assert(kind !== undefined, `column ${name} is ${type}: cast it in the query`);
  return kind;
}

/** Reads a whole result into one array a column, chunk by chunk. O(values). */
export async function readColumns(result: DuckDBResult): Promise<Columns> {
  const names = result.columnNames();
  const gathering = names.map((name, index) => gather(kindOf(name, result.columnType(index))));
  for await (const chunk of chunksOf(result)) {
    for (const [index, column] of gathering.entries()) column.add(chunk, index);
  }
  return Object.fromEntries(names.map((name, i) => [name, gathering[i]?.finish() ?? []]));
}

/** Reads a whole result as objects; integers beyond 2^53 become texts, booleans 0 or 1. */
export async function readRows<T>(result: DuckDBResult): Promise<readonly T[]> {
  const names = result.columnNames();
  for (const [index, name] of names.entries()) kindOf(name, result.columnType(index));
  const rows: T[] = [];
  for await (const chunk of chunksOf(result)) {
    for (const values of chunk.getRows()) {
      rows.push(Object.fromEntries(names.map((name, i) => [name, plain(values[i])])) as T);
    }
  }
  return rows;
}

export async function* chunksOf(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk;
  }
}

/** A value as a number or text. */
export function plain(value: DuckDBValue | undefined): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "bigint") return safe(value);
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return Number(value.micros) / 1000;
  }
  return String(value);
}

function safe(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

interface Gathering {
  add(chunk: DuckDBDataChunk, index: number): void;
  finish(): Column;
}

function gather(kind: Kind): Gathering {
  if (kind === "text") return gatherTexts();
  return gatherNumbers(kind);
}

function gatherTexts(): Gathering {
  const texts: (string | null)[] = [];
  return {
    add: (chunk, index) => {
      chunk.visitColumnValues(index, (value) => texts.push(value === null ? null : String(value)));
    },
    finish: () => texts,
  };
}

type NumericArray = Int32Array | BigInt64Array | Float64Array;

/** With a null in it, any numeric column becomes floats, the nulls NaN. */
function gatherNumbers(kind: "int32" | "int64" | "float64"): Gathering {
  const parts: NumericArray[] = [];
  let floats = kind === "float64";
  return {
    add: (chunk, index) => {
      const part = wholeItems(chunk, index, kind) ?? slowItems(chunk, index);
      if (kind !== "float64" && part instanceof Float64Array) floats = true;
      parts.push(part);
    },
    finish: () => join(parts, floats ? "float64" : kind),
  };
}

/** The engine's own array, copied at once, when it has the wanted type and no nulls. */
function wholeItems(
  chunk: DuckDBDataChunk,
  index: number,
  kind: "int32" | "int64" | "float64",
): NumericArray | undefined {
  // Not in the published types, but the documented way to read without a call for each value.
  const vector = chunk.getColumnVector(index) as unknown as {
    readonly items?: unknown;
    readonly validity?: { readonly data: BigUint64Array | null };
  };
  const { items, validity } = vector;
  if (validity !== undefined && hasNulls(validity.data, chunk.rowCount)) return undefined;
  if (kind === "int32" && items instanceof Int32Array) return items.slice();
  if (kind === "int64" && items instanceof BigInt64Array) return items.slice();
  if (kind === "float64" && items instanceof Float64Array) return items.slice();
  return kind === "int32" ? Int32Array.from(slowItems(chunk, index)) : undefined;
}

const ALL_VALID = 0xffff_ffff_ffff_ffffn;

/** One bit a row, 1 = there; the last word is only as valid as it is long. */
function hasNulls(words: BigUint64Array | null, rows: number): boolean {
  if (words === null) return false;
  const whole = Math.floor(rows / 64);
  for (let i = 0; i < whole; i += 1) if (words[i] !== ALL_VALID) return true;
  const rest = (1n << BigInt(rows % 64)) - 1n;
  return rest !== 0n && ((words[whole] ?? 0n) & rest) !== rest;
}

function slowItems(chunk: DuckDBDataChunk, index: number): Float64Array {
  const values = new Float64Array(chunk.rowCount);
  chunk.visitColumnValues(index, (value, row) => {
    const number = plain(value);
    values[row] = number === null ? Number.NaN : Number(number);
  });
  return values;
}

function join(parts: readonly NumericArray[], kind: "int32" | "int64" | "float64"): Column {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (kind === "int32") return fill(new Int32Array(length), parts as Int32Array[]);
  if (kind === "int64") return fill(new BigInt64Array(length), parts as BigInt64Array[]);
  return fill(new Float64Array(length), parts.map(toFloats));
}

function fill<A extends NumericArray>(whole: A, parts: readonly A[]): A {
  let at = 0;
  for (const part of parts) {
    whole.set(part as never, at);
    at += part.length;
  }
  return whole;
}

const toFloats = (part: NumericArray): Float64Array =>
  part instanceof Float64Array ? part : Float64Array.from(part as ArrayLike<number>, Number);

/** Rows [start, end) of the columns as one chunk for an appender. At most the 2048 that a chunk holds. */
export function chunkFrom(
  types: readonly DuckDBType[],
  columns: readonly ArrayLike<unknown>[],
  start: number,
  end: number,
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, end - start);
  for (const [index, type] of types.entries()) {
    const column = columns[index] ?? [];
    const convert = into(type);
    const values: DuckDBValue[] = [];
    for (let row = start; row < end; row += 1) {
      const value = column[row] as Parameter | undefined;
      values.push(value === null || value === undefined ? null : convert(value));
    }
    chunk.setColumnValues(index, values);
  }
  return chunk;
}

type Given = Exclude<Parameter, null>;

/** How a given value becomes one of the column's type. */
function into(type: DuckDBType): (value: Given) => DuckDBValue {
  assert(kinds[type.typeId] !== undefined, `a ${type} column cannot be appended to`);
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
      return (value) => BigInt(value);
    case DuckDBTypeId.VARCHAR:
      return String;
    case DuckDBTypeId.BOOLEAN:
      return Boolean;
    case DuckDBTypeId.TIMESTAMP:
      return (value) => new DuckDBTimestampValue(BigInt(Math.round(Number(value) * 1000)));
    case DuckDBTypeId.DATE:
      return (value) => new DuckDBDateValue(Math.floor(Date.parse(String(value)) / DAY_MS));
    default:
      return Number;
  }
}
