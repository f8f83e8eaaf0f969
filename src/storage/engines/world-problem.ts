import { Bug } from "../../assert.ts";
import { isProblem, type Problem, type ProblemCode, problem } from "../../errors.ts";

/**
 * What engines and file systems say when the world fails them, as problems. Anything else is a bug
 * and passes through unchanged.
 */
const codeOfSystemError: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: "storage-full",
  EDQUOT: "storage-full",
  ENOENT: "missing-data",
  EISDIR: "invalid-file",
  ENOTDIR: "missing-data",
  EACCES: "not-allowed",
  EPERM: "not-allowed",
  EROFS: "not-allowed",
  EIO: "storage-damaged",
};

/** SQLite's primary result codes. @source sqlite.org/rescode.html */
const codeOfSqliteResult: Readonly<Record<number, ProblemCode>> = {
  5: "storage-locked", // SQLITE_BUSY
  6: "storage-locked", // SQLITE_LOCKED
  8: "not-allowed", // SQLITE_READONLY
  10: "storage-damaged", // SQLITE_IOERR: the disk itself fails
  11: "storage-damaged", // SQLITE_CORRUPT
  13: "storage-full", // SQLITE_FULL
  14: "missing-data", // SQLITE_CANTOPEN
  26: "storage-damaged", // SQLITE_NOTADB
};

/** What DuckDB writes, for it gives no codes. First match wins. */
const codeOfDuckdbMessage: readonly (readonly [RegExp, ProblemCode])[] = [
  [/Could not set lock|Conflicting lock/i, "storage-locked"],
  [/No space left|failed to offload|max_temp_directory_size/i, "storage-full"],
  [/Out of Memory/i, "limit-reached"],
  [/corrupt|not a valid DuckDB|checksum|Could not read enough bytes/i, "storage-damaged"],
  [/Failure while replaying WAL|database has been invalidated/i, "storage-damaged"],
  [/Serialization Error|Trying to read a database file with version/i, "storage-damaged"],
];

interface Fault {
  readonly message: string;
  readonly code?: unknown;
  /** libsql's name for the extended SQLite result. */
  readonly rawCode?: unknown;
  /** node:sqlite's name for it. */
  readonly errcode?: unknown;
}

/** The problem for a failure of the file system, SQLite or DuckDB at `what`; else the error itself. */
export function worldProblem(error: unknown, what: string): unknown {
  if (isProblem(error) || !(error instanceof Error) || error instanceof Bug) return error;
  const code = codeOf(error);
  return code === undefined ? error : at(code, what, error);
}

function codeOf(fault: Fault): ProblemCode | undefined {
  const result = typeof fault.rawCode === "number" ? fault.rawCode : fault.errcode;
  if (typeof result === "number") return codeOfSqliteResult[result & 0xff];
  if (typeof fault.code === "string") return codeOfSystemError[fault.code];
  return codeOfDuckdbMessage.find(([pattern]) => pattern.test(fault.message))?.[1];
}

function at(code: ProblemCode, what: string, cause: Error): Problem {
  const firstLine = cause.message.split("\n", 1)[0] ?? "";
  return problem(code, `${what}: ${firstLine}`, { cause });
}
