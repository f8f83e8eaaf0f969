import { rm } from "node:fs/promises";
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBType,
  SQLNULL,
  VARCHAR,
} from "@duckdb/node-api";
import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import type { Analytics, Batch, CursorMove, Parameter, Statement } from "../analytics.ts";
import { chunkFrom, readColumns, readRows } from "./duckdb-values.ts";
import { worldProblem } from "./world-problem.ts";

/**
 * Analytics in one DuckDB file. One connection writes, one statement after the other; a few read
 * beside it. Queries see no files and no network, and nothing is downloaded. The file is derived:
 * when it is damaged, `deleteDuckdb` and open again.
 */
export interface DuckdbOptions {
  /** @unit mebibytes */
  readonly memoryMib: number;
  readonly threads: number;
  /** Queries that run side by side; others wait. */
  readonly readers: number;
  /** Queries that may wait; more is problem `overloaded`. */
  readonly maxWaiting: number;
}

export interface DuckdbAnalytics extends Analytics {
  close(): Promise<void>;
}

const CURSORS = "shopkeeper_cursors";

/** @throws problem `storage-damaged` when the file cannot be read, `storage-locked` */
export async function openDuckdb(path: string, options: DuckdbOptions): Promise<DuckdbAnalytics> {
  const writer = await connect(path, options);
  const readers = pool(writer.connections, options.maxWaiting);
  const told = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw worldProblem(error, path);
    }
  };
  const { write, drain } = oneAfterTheOther(writer.connection);
  const query = async <T>(
    sql: string,
    parameters: readonly Parameter[],
    read: (result: DuckDBResult) => Promise<T>,
  ): Promise<T> => {
    const use = async (connection: DuckDBConnection) =>
      await read(await connection.stream(sql, [...parameters], parameters.map(typeOf)));
    return await told(() => readers.use(use));
  };
  return {
    migrate: async (ddl) =>
      await told(() => write((to) => inTransaction(to, () => runAll(to, ddl.map(asStatement))))),
    apply: async (move, batches, statements) =>
      await told(() =>
        write((to) => inTransaction(to, () => apply(to, move, batches, statements))),
      ),
    cursor: async (name) => await told(() => write((to) => cursorAt(to, name))),
    columns: async (sql, parameters = []) => await query(sql, parameters, readColumns),
    rows: async <T>(sql: string, parameters: readonly Parameter[] = []) =>
      await query(sql, parameters, readRows<T>),
    run: async (sql, parameters = []) =>
      await told(() => write((to) => runAll(to, [{ sql, parameters }]))),
    drop: async () => await told(() => write((to) => dropEverything(to))),
    close: async () => {
      await Promise.all([readers.close(), drain()]);
      writer.connection.closeSync();
      writer.instance.closeSync();
    },
  };
}

/** Removes the file and what belongs to it. The next opening starts anew. */
export async function deleteDuckdb(path: string): Promise<void> {
  for (const name of [path, `${path}.wal`, `${path}.tmp`]) {
    await rm(name, { recursive: true, force: true });
  }
}

interface Connected {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly connections: readonly DuckDBConnection[];
}

async function connect(path: string, options: DuckdbOptions): Promise<Connected> {
  assert(options.readers > 0, "there is at least one reader");
  try {
    const instance = await DuckDBInstance.create(path, {
      memory_limit: `${options.memoryMib}MiB`,
      threads: String(options.threads),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      enable_external_access: "false",
    });
    const connection = await instance.connect();
    await ensureCursors(connection);
    const connections = await Promise.all(
      Array.from({ length: options.readers }, () => instance.connect()),
    );
    return { instance, connection, connections };
  } catch (error) {
    throw worldProblem(error, path);
  }
}

async function ensureCursors(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `CREATE TABLE IF NOT EXISTS ${CURSORS} (name VARCHAR NOT NULL, position BIGINT NOT NULL)`,
  );
}

interface Writing {
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** Resolves when all writes have ended; later ones are refused. */
  drain(): Promise<void>;
}

function oneAfterTheOther(connection: DuckDBConnection): Writing {
  const state = { last: Promise.resolve() as Promise<unknown>, closed: false as boolean };
  return {
    write: async (work) => {
      if (state.closed) throw problem("not-ready", "analytics are closed");
      const done = state.last.then(() => work(connection));
      state.last = done.catch(() => undefined); // whoever asked is told; the next one may go on
      return await done;
    },
    drain: async () => {
      state.closed = true;
      await state.last;
    },
  };
}

interface Pool {
  use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Lends each connection to one query at a time, first come, first served. */
function pool(connections: readonly DuckDBConnection[], maxWaiting: number): Pool {
  const free = [...connections];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];
  const state = { closed: false as boolean };
  const take = async (): Promise<DuckDBConnection> => {
    const connection = free.pop();
    if (connection !== undefined) return connection;
    if (waiting.length >= maxWaiting) {
      throw problem("overloaded", `${maxWaiting} queries wait already`, { retryAfterSeconds: 1 });
    }
    return await new Promise((resolve) => waiting.push(resolve));
  };
  const give = (connection: DuckDBConnection): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
  };
  return {
    use: async (work) => {
      if (state.closed) throw problem("not-ready", "analytics are closed");
      const connection = await take();
      try {
        return await work(connection);
      } finally {
        give(connection);
      }
    },
    close: async () => {
      state.closed = true; // those who wait already are served first
      for (const _ of connections) (await take()).closeSync();
    },
  };
}

/** Whole numbers go as BIGINT, so that LIMIT and integer columns take them. */
function typeOf(value: Parameter): DuckDBType {
  if (value === null) return SQLNULL;
  if (typeof value === "string") return VARCHAR;
  if (typeof value === "boolean") return BOOLEAN;
  return typeof value === "bigint" || Number.isSafeInteger(value) ? BIGINT : DOUBLE;
}

const asStatement = (sql: string): Statement => ({ sql, parameters: [] });

async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run("BEGIN");
  try {
    const result = await work();
    await connection.run("COMMIT");
    return result;
  } catch (error) {
    // A failed COMMIT has ended the transaction already; then there is nothing to roll back.
    await connection.run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function runAll(
  connection: DuckDBConnection,
  statements: readonly Statement[],
): Promise<void> {
  for (const { sql, parameters } of statements) {
    await connection.run(sql, [...parameters], parameters.map(typeOf));
  }
}

async function apply(
  connection: DuckDBConnection,
  move: CursorMove,
  batches: readonly Batch[],
  statements: readonly Statement[],
): Promise<void> {
  const at = await cursorAt(connection, move.cursor);
  if (at !== move.from) {
    throw problem("conflict", `cursor ${move.cursor} is at ${at}, expected it at ${move.from}`);
  }
  for (const batch of batches) await append(connection, batch.table, batch.columns);
  await runAll(connection, statements);
  await runAll(connection, [
    { sql: `DELETE FROM ${CURSORS} WHERE name = ?`, parameters: [move.cursor] },
    { sql: `INSERT INTO ${CURSORS} VALUES (?, ?)`, parameters: [move.cursor, move.to] },
  ]);
}

async function cursorAt(connection: DuckDBConnection, name: string): Promise<number> {
  const sql = `SELECT position FROM ${CURSORS} WHERE name = ?`;
  const found = await connection.runAndReadAll(sql, [name]);
  return Number(found.getRows()[0]?.[0] ?? 0);
}

/** So many take the event loop a few milliseconds, which whoever asks meanwhile waits for. */
const ROWS_A_TURN = 256;
const aTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Appends the columns a few rows at a time, within the transaction that is open. All have one length. */
export async function append(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ArrayLike<unknown>[],
): Promise<void> {
  const rows = columns[0]?.length ?? 0;
  assert(
    columns.every((column) => column.length === rows),
    "all columns are of one length",
  );
  if (rows === 0) return;
  const appender = await connection.createAppender(table);
  assert(appender.columnCount === columns.length, `${table} is given one array for each column`);
  const types = columns.map((_, index) => appender.columnType(index));
  try {
    for (let start = 0; start < rows; start += ROWS_A_TURN) {
      const end = Math.min(rows, start + ROWS_A_TURN);
      appender.appendDataChunk(chunkFrom(types, columns, start, end));
      appender.flushSync();
      await aTurn();
    }
  } catch (error) {
    appender.clear(); // else the rows would be flushed when it is collected
    throw error;
  } finally {
    appender.closeSync();
  }
}

async function dropEverything(connection: DuckDBConnection): Promise<void> {
  const found = await connection.runAndReadAll(
    `SELECT 'DROP VIEW IF EXISTS ' || quoted FROM
       (SELECT '"' || replace(view_name, '"', '""') || '"' AS quoted FROM duckdb_views()
        WHERE NOT internal)
     UNION ALL SELECT 'DROP TABLE IF EXISTS ' || quoted || ' CASCADE' FROM
       (SELECT '"' || replace(table_name, '"', '""') || '"' AS quoted FROM duckdb_tables()
        WHERE NOT internal)`,
  );
  for (const [sql] of found.getRows()) await connection.run(String(sql));
  await ensureCursors(connection);
  await connection.run("CHECKPOINT");
}
