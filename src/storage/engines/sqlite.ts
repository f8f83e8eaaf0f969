import { closeSync, fdatasync, fstatSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { assert } from "../../assert.ts";
import { isProblem, problem } from "../../errors.ts";
import { worldProblem } from "./world-problem.ts";

/**
 * One SQLite connection behind one small interface: Node's own module where it exists (Node 22 and
 * later), else libsql. The file is held exclusively, so that a second process is refused at once.
 * A commit is written but not yet on the disk: `sync` waits for that on a thread of the pool, so that
 * the event loop never stands while a disk works. Never open the live file in this process by other
 * means: closing any descriptor of it would drop the lock (POSIX).
 */
export type SqlValue = string | number | Uint8Array | null;
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlStatement {
  /** Rows changed. */
  run(values: readonly SqlValue[]): number;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
}

export interface Sqlite {
  readonly driver: "node:sqlite" | "libsql";
  readonly path: string;
  /** Rows changed through statements since opening. */
  readonly changes: number;
  exec(sql: string): void;
  /** Prepared once for each text, then reused. The texts must be few. */
  prepare(sql: string): SqlStatement;
  /** Runs the work in one transaction; an error rolls all of it back. Not durable before `sync`. */
  transaction<T>(work: () => T): T;
  /**
   * Resolves when what was committed before would survive a power cut. After a failure nobody knows
   * what is on the disk: all that follows is refused, until the file is opened again.
   */
  sync(): Promise<void>;
  /** The write-ahead log. @unit pages of 4 KiB */
  logPages(): number;
  /**
   * Moves the write-ahead log into the file and cuts it to nothing. The event loop goes on; the
   * caller sees to it that nothing is written until it resolves (`GroupCommit.alone`).
   */
  moveLog(): Promise<void>;
  /** The same at once, and the event loop waits: for opening. */
  checkpoint(): void;
  close(): void;
}

export interface SqliteOptions {
  /** @unit kibibytes */
  readonly cacheKib: number;
  /** The file never grows beyond this: problem `storage-full`. 0: no limit. @unit pages of 4 KiB */
  readonly maxPages: number;
}

/** What both drivers have in common; their rows and numbers differ in detail, see `asBytes`. */
interface Driver {
  exec(sql: string): unknown;
  prepare(sql: string): DriverStatement;
  close(): unknown;
}

interface DriverStatement {
  run(...values: unknown[]): { readonly changes: number | bigint };
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
}

interface Opened {
  readonly driver: Driver;
  readonly name: Sqlite["driver"];
  /** libsql takes one array, node:sqlite the values themselves. */
  readonly spread: boolean;
}

const MAX_STATEMENTS = 200;
const PAGE_BYTES = 4096;
const datasync = promisify(fdatasync);

/**
 * Opens or creates the file and takes its lock.
 * @throws problem `storage-locked`, `storage-damaged`, `storage-full`
 */
export async function openSqlite(path: string, options: SqliteOptions): Promise<Sqlite> {
  const opened = await connect(path);
  try {
    for (const pragma of [
      "busy_timeout = 0",
      "locking_mode = EXCLUSIVE", // before journal_mode: the log's index then lives in memory
      "journal_mode = WAL",
      "synchronous = NORMAL", // commits wait for no disk; what SQLite moves by itself it syncs
      "secure_delete = ON",
      "temp_store = MEMORY",
      `cache_size = -${options.cacheKib}`,
      "wal_autocheckpoint = 0",
      ...(options.maxPages === 0 ? [] : [`max_page_count = ${options.maxPages}`]),
    ]) {
      opened.driver.prepare(`PRAGMA ${pragma}`).all();
    }
    opened.driver.exec("BEGIN IMMEDIATE; COMMIT"); // takes the lock now, not at the first write
  } catch (error) {
    opened.driver.close();
    throw lockedOr(error, path);
  }
  return wrap(opened, path);
}

function lockedOr(error: unknown, path: string): unknown {
  const found = worldProblem(error, path);
  const locked = found instanceof Error && "code" in found && found.code === "storage-locked";
  if (!locked) return found;
  const detail = `another process has ${dirname(path)} open; stop it or talk to its server`;
  return problem("storage-locked", detail, { cause: error });
}

async function connect(path: string): Promise<Opened> {
  try {
    const builtin = nodeSqlite();
    if (builtin !== undefined) {
      return { driver: new builtin.DatabaseSync(path), name: "node:sqlite", spread: true };
    }
    const { default: Database } = await import("libsql");
    return { driver: new Database(path) as unknown as Driver, name: "libsql", spread: false };
  } catch (error) {
    throw worldProblem(error, path);
  }
}

/** Node 20 has no such module and no types for it. */
interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Driver;
}

/** Loading it prints a warning on Node 22, which our conformance suite has answered. */
function nodeSqlite(): NodeSqlite | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite") as NodeSqlite | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function wrap(opened: Opened, path: string): Sqlite {
  const { driver, name } = opened;
  const statements = new Map<string, SqlStatement>();
  const told = <T>(work: () => T): T => {
    if (state.closed) throw problem("not-ready", "the storage is closed");
    if (state.failed !== undefined) throw state.failed;
    try {
      return work();
    } catch (error) {
      throw worldProblem(error, path);
    }
  };
  const state = { changes: 0, closed: false as boolean, failed: undefined as unknown };
  const exec = (sql: string): void => void told(() => driver.exec(sql));
  const prepare = (sql: string): SqlStatement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    assert(statements.size < MAX_STATEMENTS, "SQL texts are constants, values are parameters");
    const made = told(() => statementOf(driver.prepare(sql), opened.spread, state, told));
    statements.set(sql, made);
    return made;
  };
  const files = besides(path);
  const sync = async (file: "log" | "store"): Promise<void> => {
    const descriptor = told(files[file]);
    try {
      await datasync(descriptor);
    } catch (error) {
      state.failed = worldProblem(error, path);
      throw state.failed;
    }
  };
  return {
    driver: name,
    path,
    get changes() {
      return state.changes;
    },
    exec,
    prepare,
    transaction: (work) => inTransaction(exec, work),
    sync: () => sync("log"),
    logPages: () => Math.ceil(fstatSync(files.log()).size / PAGE_BYTES),
    moveLog: () => moveLog({ exec, prepare, path }, sync),
    checkpoint: () => checkpoint(prepare, path, "TRUNCATE"),
    close: () => {
      if (state.failed === undefined) told(() => release(driver, path));
      else driver.close();
      state.closed = true;
      files.close();
    },
  };
}

/** Descriptors of our own, since SQLite syncs on the thread that calls it. Opened at the first use. */
function besides(path: string) {
  const open = new Map<string, number>();
  const of = (file: string): number => {
    const fd = open.get(file) ?? openSync(file, "r+");
    open.set(file, fd);
    return fd;
  };
  return {
    log: () => of(`${path}-wal`),
    store: () => of(path),
    close: () => {
      for (const fd of open.values()) closeSync(fd);
    },
  };
}

function statementOf(
  statement: DriverStatement,
  spread: boolean,
  counter: { changes: number },
  told: <T>(work: () => T) => T,
): SqlStatement {
  const given = (values: readonly SqlValue[]): unknown[] =>
    spread ? (values as unknown[]) : [values];
  return {
    run: (values) =>
      told(() => {
        const changes = Number(statement.run(...given(values)).changes);
        counter.changes += changes;
        return changes;
      }),
    get: (values) => told(() => statement.get(...given(values)) as SqlRow | undefined),
    all: (values) => told(() => statement.all(...given(values)) as SqlRow[]),
  };
}

function inTransaction<T>(exec: (sql: string) => void, work: () => T): T {
  exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    exec("COMMIT");
    return result;
  } catch (error) {
    rollback(exec, error);
    throw error;
  }
}

/** A full disk makes SQLite roll back by itself; the second rollback then finds nothing to do. */
function rollback(exec: (sql: string) => void, reason: unknown): void {
  try {
    exec("ROLLBACK");
  } catch (error) {
    const nothingToDo = error instanceof Error && /no transaction is active/.test(error.message);
    if (!nothingToDo) throw new AggregateError([reason, error], "the rollback failed too");
  }
}

type Moving = "PASSIVE" | "TRUNCATE";

function checkpoint(prepare: (sql: string) => SqlStatement, path: string, how: Moving): void {
  const row = prepare(`PRAGMA main.wal_checkpoint(${how})`).get([]);
  assert(row?.["busy"] === 0, `the only connection to ${path} finds nobody in its way`);
  assert(row["log"] === row["checkpointed"], "all of the log was moved");
}

/**
 * A checkpoint whose syncs do not hold the event loop, in the order that a power cut cannot break: the
 * log is on the disk before a page of the file is overwritten, the file before the log is cut.
 * @source sqlite.org/walformat.html
 */
async function moveLog(
  { exec, prepare, path }: Pick<Sqlite, "exec" | "prepare" | "path">,
  sync: (file: "log" | "store") => Promise<void>,
): Promise<void> {
  const move = (how: Moving): void => {
    exec("PRAGMA synchronous = OFF");
    try {
      checkpoint(prepare, path, how);
    } finally {
      exec("PRAGMA synchronous = NORMAL");
    }
  };
  await sync("log");
  move("PASSIVE");
  await sync("store");
  move("TRUNCATE");
}

/**
 * libsql keeps the file open until its statements are collected, so the lock is given back by
 * hand: leaving WAL mode also moves the log into the file and removes it. A full disk has no room
 * for that; then the log stays beside the file and is read at the next opening.
 */
function release(driver: Driver, path: string): void {
  if (leavesLog(driver, path)) {
    driver.prepare("PRAGMA locking_mode = NORMAL").all();
    driver.prepare("SELECT count(*) FROM sqlite_schema").all(); // the lock falls at the next read
  }
  driver.close();
}

function leavesLog(driver: Driver, path: string): boolean {
  try {
    driver.prepare("PRAGMA journal_mode = DELETE").all();
    return true;
  } catch (error) {
    const found = worldProblem(error, path);
    if (isProblem(found) && found.code === "storage-full") return false;
    throw error;
  }
}

/** A blob of a row, whichever driver read it. */
export function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  assert(value instanceof ArrayBuffer, "a blob column holds bytes");
  return new Uint8Array(value);
}
