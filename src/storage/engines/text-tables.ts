import { stat } from "node:fs/promises";
import { problem } from "../../errors.ts";
import type { BadLine, Cell, TableBatch, TableOptions, TableRow } from "../tables.ts";
import { type CsvReader, columnNames, csvReader } from "./csv.ts";
import { tableBatches } from "./table-batches.ts";
import { type Line, type Piece, piecesOf } from "./text-lines.ts";

/** CSV, TSV and JSONL files as rows, in one pass and bounded memory. */
export interface TextOptions {
  /** @unit bytes */
  readonly maxLineBytes: number;
}

type TextFormat = "csv" | "tsv" | "jsonl";

interface Parsed {
  readonly rows: readonly TableRow[];
  readonly bad: readonly BadLine[];
}

/** Takes lines, gives rows; `last`: no more lines will come. */
type Parser = (lines: readonly Line[], last: boolean) => Parsed;

export async function* readText(
  path: string,
  format: TextFormat,
  options: TableOptions,
  limits: TextOptions,
): AsyncGenerator<TableBatch> {
  const { size } = await stat(path);
  const parse = format === "jsonl" ? jsonParser() : csvParser(path, delimiterOf(format));
  const batches = tableBatches(options.batch, options.afterLine);
  for await (const { lines, bytes, last } of withLast(piecesOf(path, limits.maxLineBytes))) {
    const { rows, bad } = parse(lines, last);
    batches.add(rows, bad);
    yield* batches.full(last ? 1 : bytes / Math.max(size, bytes));
  }
  yield* batches.rest();
}

export const delimiterOf = (format: "csv" | "tsv"): "," | "\t" => (format === "csv" ? "," : "\t");

/** Marks the last piece, so that a parser knows when nothing more will come. */
async function* withLast(
  pieces: AsyncIterable<Piece>,
): AsyncGenerator<Piece & { readonly last: boolean }> {
  let held: Piece | undefined;
  for await (const piece of pieces) {
    if (held !== undefined) yield { ...held, last: false };
    held = piece;
  }
  if (held !== undefined) yield { ...held, last: true };
}

function csvParser(path: string, delimiter: "," | "\t"): Parser {
  let header: readonly string[] | undefined;
  const reader: CsvReader = csvReader(delimiter);
  return (lines, last) => {
    const { records, bad } = reader.read(lines, last);
    const [first] = records;
    if (header === undefined && (first === undefined || bad.some((b) => b.line < first.line))) {
      refuseHeader(path, bad);
      return { rows: [], bad: [] };
    }
    const named = header ?? columnNames(first?.cells ?? []);
    const body = header === undefined ? records.slice(1) : records;
    header = named;
    return { rows: body.map(({ line, cells }) => ({ line, values: toObject(named, cells) })), bad };
  };
}

function refuseHeader(path: string, bad: readonly BadLine[]): void {
  const [first] = bad;
  if (first === undefined) return;
  throw problem("invalid-file", `${path} has no header: line ${first.line}, ${first.reason}`);
}

function toObject(
  names: readonly string[],
  cells: readonly (string | null)[],
): Record<string, Cell> {
  const values: Record<string, Cell> = {};
  for (let i = 0; i < names.length; i += 1) values[names[i] as string] = cells[i] ?? null;
  return values;
}

function jsonParser(): Parser {
  return (lines) => {
    const rows: TableRow[] = [];
    const bad: BadLine[] = [];
    for (const { number: line, text, fault } of lines) {
      if (fault === undefined && text.trim() === "") continue;
      const value = fault ?? objectOf(text);
      if (typeof value === "string") bad.push({ line, text, reason: value });
      else rows.push({ line, values: value });
    }
    return { rows, bad };
  };
}

/** The object, or why there is none. */
function objectOf(text: string): Record<string, Cell> | string {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, Cell>) : "the line is not a JSON object";
  } catch (error) {
    return (error as Error).message;
  }
}

/** The column names of a CSV or TSV file. @throws problem `invalid-file` */
export async function headerOf(
  path: string,
  format: "csv" | "tsv",
  limits: TextOptions,
): Promise<readonly string[]> {
  const reader = csvReader(delimiterOf(format));
  for await (const { lines, last } of withLast(piecesOf(path, limits.maxLineBytes))) {
    const { records, bad } = reader.read(lines, last);
    const [first] = records;
    if (first !== undefined) return columnNames(first.cells);
    refuseHeader(path, bad);
  }
  throw problem("invalid-file", `${path} is empty`);
}
