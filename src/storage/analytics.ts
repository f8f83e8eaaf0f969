/**
 * Analytics: the log as columns, for scans and aggregates. It is derived: it can be dropped and
 * rebuilt from the log at any time, and its cursor moves in the same transaction as its rows.
 * Queries are SQL of the engine's dialect; they live in `features` beside the tables they read.
 */
export type Column = Int32Array | Float64Array | BigInt64Array | readonly (string | null)[];

/** Column name to values; all columns of one length. Numeric nulls arrive as NaN in Float64Array. */
export type Columns = Readonly<Record<string, Column>>;

export type Parameter = string | number | boolean | bigint | null;

export interface Batch {
  readonly table: string;
  /** One array per column of the table, in its order, all of one length. */
  readonly columns: readonly (readonly Parameter[])[];
}

export interface Analytics {
  /** Creates what is missing. `ddl` statements must be idempotent. */
  migrate(ddl: readonly string[]): Promise<void>;
  /**
   * Appends all batches, runs the statements, then sets the named cursor: one transaction.
   * @throws problem `conflict` when the cursor is not at `from` (another projector moved it).
   */
  apply(
    move: CursorMove,
    batches: readonly Batch[],
    statements: readonly Statement[],
  ): Promise<void>;
  /** 0 when never set. */
  cursor(name: string): Promise<number>;
  /** Results as typed columns: INTEGER → Int32Array, BIGINT → BigInt64Array, DOUBLE → Float64Array. */
  columns(sql: string, parameters?: readonly Parameter[]): Promise<Columns>;
  /** Small results as objects; numbers and strings only (BIGINT becomes number when safe). */
  rows<T>(sql: string, parameters?: readonly Parameter[]): Promise<readonly T[]>;
  run(sql: string, parameters?: readonly Parameter[]): Promise<void>;
  /** Drops every table and cursor: the next projection starts from the beginning. */
  drop(): Promise<void>;
}

export interface CursorMove {
  readonly cursor: string;
  readonly from: number;
  readonly to: number;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}
