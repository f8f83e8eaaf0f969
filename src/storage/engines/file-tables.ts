import { stat } from "node:fs/promises";
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  JsonDuckDBValueConverter,
} from "@duckdb/node-api";
import { assert } from "../../assert.ts";
import { isProblem, problem } from "../../errors.ts";
import type { BadLine, Cell, TableBatch, TableFormat, TableOptions, Tables } from "../tables.ts";
import { append } from "./duckdb.ts";
import { chunksOf, plain } from "./duckdb-values.ts";
import { writeDurably } from "./durable-file.ts";
import { tableBatches } from "./table-batches.ts";
import { delimiterOf, headerOf, readText } from "./text-tables.ts";
import { worldProblem } from "./world-problem.ts";

/**
 * Foreign files. Texts are read line by line here (see csv.ts for why); Parquet, and CSV with a
 * query over it, by an in-memory DuckDB, which spills to `temporary` beyond its memory.
 */
export interface FileTablesOptions {
  readonly memoryMib: number;
  readonly threads: number;
  /** Folder for what does not fit into memory. */
  readonly temporary: string;
  /** @unit bytes */
  readonly maxLineBytes: number;
  /** Bad lines of one file kept while a query runs over it; more is problem `invalid-file`. */
  readonly maxBadLines: number;
}

export interface FileTables extends Tables {
  close(): Promise<void>;
}

export function fileTables(options: FileTablesOptions): FileTables {
  let opened: Promise<DuckDBInstance> | undefined;
  const withConnection = async function* <T>(
    work: (connection: DuckDBConnection) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    opened ??= openInMemory(options);
    const connection = await (await opened).connect();
    try {
      yield* work(connection);
    } finally {
      connection.closeSync();
    }
  };
  const query = (path: string, read: TableOptions) =>
    withConnection((connection) => readQuery(connection, path, read, options));
  return {
    read: (path, read) => guarded(path, () => open(path, read, options, query)),
    count: async (path, format) => await count(path, format, options, query),
    write: async (path, format, columns) => {
      const done = withConnection(async function* (connection) {
        yield await write(connection, path, format, columns);
      });
      for await (const _ of guarded(path, () => done));
    },
    close: async () => {
      if (opened !== undefined) (await opened).closeSync();
      opened = undefined;
    },
  };
}

async function openInMemory(options: FileTablesOptions): Promise<DuckDBInstance> {
  return await DuckDBInstance.create(":memory:", {
    memory_limit: `${options.memoryMib}MiB`,
    threads: String(options.threads),
    temp_directory: options.temporary,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
}

type Query = (path: string, read: TableOptions) => AsyncGenerator<TableBatch>;

function open(
  path: string,
  read: TableOptions,
  options: FileTablesOptions,
  query: Query,
): AsyncGenerator<TableBatch> {
  const { format } = read;
  assert(read.batch > 0, "a batch has at least one row");
  const asQuery = read.select !== undefined || read.orderBy !== undefined;
  assert(format !== "jsonl" || !asQuery, "JSONL files are read as they are");
  if (format === "parquet" || (asQuery && format !== "jsonl")) return query(path, read);
  return readText(path, format, read, options);
}

/** Every failure of reading or writing a foreign file is the file's, and says which one. */
async function* guarded<T>(path: string, work: () => AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* work();
  } catch (error) {
    const known = worldProblem(error, path);
    if (isProblem(known) && known.code !== "storage-damaged") throw known;
    if (!(known instanceof Error) || known.name === "Bug") throw known;
    throw problem("invalid-file", `${path}: ${known.message.split("\n", 1)[0]}`, { cause: error });
  }
}

async function count(
  path: string,
  format: TableFormat,
  options: FileTablesOptions,
  query: Query,
): Promise<number> {
  const all = { format, afterLine: 0, batch: 10_000 };
  const select = { ...all, select: "count(*) AS n" };
  let rows = 0;
  const read = format === "parquet" ? select : all;
  for await (const batch of guarded(path, () => open(path, read, options, query))) {
    rows += format === "parquet" ? Number(batch.rows[0]?.values["n"]) : batch.rows.length;
  }
  return rows;
}

async function* readQuery(
  connection: DuckDBConnection,
  path: string,
  read: TableOptions,
  options: FileTablesOptions,
): AsyncGenerator<TableBatch> {
  await stat(path); // a missing file is told as such
  const { total, bad, source } = await examine(connection, path, read.format, options);
  const order = read.orderBy === undefined ? "" : ` ORDER BY ${read.orderBy}`;
  const result = await connection.stream(`SELECT ${read.select ?? "*"} FROM ${source}${order}`);
  const columns = result.columnNames();
  const batches = tableBatches(read.batch, read.afterLine);
  batches.add([], bad);
  let seen = 0;
  for await (const chunk of chunksOf(result)) {
    const first = seen;
    seen += chunk.rowCount;
    if (seen <= read.afterLine) continue;
    const rows = rowsOf(chunk, columns);
    batches.add(
      rows.map((values, index) => ({ line: first + index + 1, values })),
      [],
    );
    yield* batches.full(Math.min(1, seen / Math.max(1, total)));
  }
  yield* batches.rest();
}

interface Examined {
  readonly total: number;
  readonly bad: readonly BadLine[];
  /** What to select from; bad lines are left out. */
  readonly source: string;
}

/** For CSV a pass of its own, for DuckDB tells of bad lines only when it has seen all. */
async function examine(
  connection: DuckDBConnection,
  path: string,
  format: TableFormat,
  options: FileTablesOptions,
): Promise<Examined> {
  if (format === "parquet") {
    const source = `read_parquet(${quoted(path)})`;
    const found = await connection.runAndReadAll(`SELECT count(*) FROM ${source}`);
    return { total: Number(found.getRows()[0]?.[0]), bad: [], source };
  }
  assert(format !== "jsonl", "JSONL files are read as they are");
  const header = await headerOf(path, format, options);
  const columns = header.map((column) => `${quoted(column)}: 'VARCHAR'`).join(", ");
  const reader = `read_csv(${quoted(path)}, auto_detect = false, columns = {${columns}},
    header = true, delim = '${delimiterOf(format)}', quote = '"', escape = '"'`;
  // Only a column that is used is checked, so all are counted.
  const counts = header.map((column) => `count(${identifier(column)})`).join(", ");
  const limit = options.maxBadLines + 1;
  const found = await connection.runAndReadAll(
    `SELECT count(*), ${counts} FROM ${reader}, store_rejects = true, rejects_limit = ${limit})`,
  );
  const bad = await rejected(connection, path, options);
  const source = `${reader}, ignore_errors = true)`;
  return { total: Number(found.getRows()[0]?.[0]), bad, source };
}

async function rejected(
  connection: DuckDBConnection,
  path: string,
  options: FileTablesOptions,
): Promise<readonly BadLine[]> {
  const found = await connection.runAndReadAll(
    `SELECT line, any_value(csv_line) AS text, string_agg(error_message, '; ') AS reason
     FROM reject_errors GROUP BY line ORDER BY line`,
  );
  const bad = found.getRows().map(
    ([line, text, reason]): BadLine => ({
      line: Number(line),
      text: String(text ?? "").replace(/^\n/, ""),
      reason: String(reason),
    }),
  );
  if (bad.length > options.maxBadLines) {
    throw problem("invalid-file", `${path} has more than ${options.maxBadLines} bad lines`);
  }
  const open = bad.find(({ reason, text }) => /unterminated quote/.test(reason) && /\n/.test(text));
  if (open === undefined) return bad;
  const detail = `${path}, line ${open.line}: a quote is never closed, so rows would be lost`;
  throw problem("invalid-file", detail);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const identifier = (text: string): string => `"${text.replaceAll('"', '""')}"`;

function rowsOf(chunk: DuckDBDataChunk, columns: readonly string[]): Record<string, Cell>[] {
  return chunk.convertRows(cellOf).map((cells) => {
    const values: Record<string, Cell> = {};
    for (let i = 0; i < columns.length; i += 1) values[columns[i] as string] = cells[i] ?? null;
    return values;
  });
}

/** Numbers where they are safe, times as epoch milliseconds, lists and structs as plain JSON. */
function cellOf(value: DuckDBValue, type: DuckDBType): Cell {
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  const nested = [DuckDBTypeId.LIST, DuckDBTypeId.STRUCT, DuckDBTypeId.MAP, DuckDBTypeId.ARRAY];
  if (!nested.includes(type.typeId)) return plain(value);
  return JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter) as Cell;
}

/** Through a table in memory, so that the writer sees rows in order and types are settled. */
async function write(
  connection: DuckDBConnection,
  path: string,
  format: "parquet" | "csv",
  columns: Readonly<Record<string, ArrayLike<unknown>>>,
): Promise<void> {
  const names = Object.keys(columns);
  assert(names.length > 0, "a table has at least one column");
  const ddl = names.map((each) => `${identifier(each)} ${sqlTypeOf(columns[each] ?? [])}`);
  await connection.run(`CREATE TEMP TABLE written (${ddl.join(", ")})`);
  await append(connection, "written", Object.values(columns));
  const how = format === "parquet" ? "FORMAT parquet, COMPRESSION zstd" : "FORMAT csv, HEADER";
  await writeDurably(path, async (temporary) => {
    await connection.run(`COPY written TO ${quoted(temporary)} (${how})`);
  });
}

function sqlTypeOf(column: ArrayLike<unknown>): string {
  if (column instanceof Float64Array) return "DOUBLE";
  if (column instanceof Float32Array) return "FLOAT";
  if (column instanceof BigInt64Array || column instanceof Uint32Array) return "BIGINT";
  if (ArrayBuffer.isView(column)) return "INTEGER";
  const types = new Set<string>();
  for (let i = 0; i < column.length; i += 1) types.add(typeOfValue(column[i]));
  types.delete("null");
  const [only = "VARCHAR"] = types;
  if (types.size <= 1) return only;
  assert(types.size === 2 && types.has("BIGINT") && types.has("DOUBLE"), "a column has one type");
  return "DOUBLE";
}

function typeOfValue(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return "VARCHAR";
  if (typeof value === "boolean") return "BOOLEAN";
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return "BIGINT";
  assert(typeof value === "number", "a column holds texts, numbers, truths or nulls");
  return "DOUBLE";
}
