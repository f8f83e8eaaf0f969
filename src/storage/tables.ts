/**
 * Tables: foreign files as rows of text-keyed values, read in bounded memory and in file order.
 * CSV, TSV and JSONL are read line by line, so that a bad line costs no other; Parquet, and CSV
 * with `select` or `orderBy`, by the engine's own parser.
 */
export type TableFormat = "csv" | "tsv" | "jsonl" | "parquet";

export type Cell = string | number | boolean | bigint | null | object;

export interface TableRow {
  /** 1-based line on which the row begins; for Parquet and queries the number of the row. */
  readonly line: number;
  readonly values: Readonly<Record<string, Cell>>;
}

/** A line that could not be read as a row at all. */
export interface BadLine {
  readonly line: number;
  readonly text: string;
  readonly reason: string;
}

export interface TableBatch {
  readonly rows: readonly TableRow[];
  readonly bad: readonly BadLine[];
  /** Share of the file read so far, 0..1. */
  readonly share: number;
}

export interface TableOptions {
  readonly format: TableFormat;
  /** Skip rows up to and including this line: how an import resumes. */
  readonly afterLine: number;
  readonly batch: number;
  /** SELECT-list over the file's columns and ORDER BY, for adapters of known files (Parquet, CSV). */
  readonly select?: string;
  readonly orderBy?: string;
}

export interface Tables {
  /** Rows in file order, or in `orderBy` order. @throws problem `invalid-file`, `missing-data` */
  read(path: string, options: TableOptions): AsyncIterable<TableBatch>;
  count(path: string, format: TableFormat): Promise<number>;
  /** Writes columns as Parquet (zstd) or CSV, whole or not at all. */
  write(
    path: string,
    format: "parquet" | "csv",
    columns: Readonly<Record<string, ArrayLike<unknown>>>,
  ): Promise<void>;
}
