import { assert } from "../../assert.ts";
import { type Problem, problem } from "../../errors.ts";
import type { Change, ListOptions, Page, Records, Stored } from "../records.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Sqlite, SqlRow } from "./sqlite.ts";

/**
 * Records as JSON texts in one SQLite table. Texts compare by their UTF-8 bytes there, which is the
 * order of code points that the port asks for.
 */
export function sqliteRecords(db: Sqlite, commit: GroupCommit): Records {
  const read = <T>(shop: string, kind: string, id: string) =>
    stored<T>(
      db
        .prepare("SELECT id, version, value FROM documents WHERE shop = ? AND kind = ? AND id = ?")
        .get([shop, kind, id]),
    );
  return {
    get: async <T>(shop: string, kind: string, id: string) => read<T>(shop, kind, id),
    getMany: async <T>(shop: string, kind: string, ids: readonly string[]) =>
      ids.map((id) => read<T>(shop, kind, id)),
    write: async (shop, changes) => {
      if (changes.length === 0) return [];
      const texts = changes.map(textOf);
      return await commit.write(changes.length, () => apply(db, shop, changes, texts));
    },
    list: async <T>(shop: string, kind: string, options: ListOptions) =>
      list<T>(db, shop, kind, options),
    count: async (shop, kind) => count(db, shop, kind),
    clear: async (shop, kind) =>
      await commit.write(1, () =>
        db.prepare("DELETE FROM documents WHERE shop = ? AND kind = ?").run([shop, kind]),
      ),
  };
}

function stored<T>(row: SqlRow | undefined): Stored<T> | undefined {
  if (row === undefined) return undefined;
  const { id, version, value } = row as { id: string; version: number; value: string };
  return { id, version, value: JSON.parse(value) as T };
}

function textOf(change: Change): string | undefined {
  assert(change.id !== "" && !change.id.includes("\0"), "an id has characters, none of them zero");
  if ("remove" in change) return undefined;
  const text = JSON.stringify(change.put) as string | undefined;
  assert(text !== undefined, "a document is a JSON value");
  return text;
}

/** Checks every expectation before the first write, as if the changes were done one by one. */
function apply(
  db: Sqlite,
  shop: string,
  changes: readonly Change[],
  texts: readonly (string | undefined)[],
): readonly number[] | Problem {
  const versions = nextVersions(db, shop, changes);
  if (!Array.isArray(versions)) return versions as Problem;
  for (const [index, change] of changes.entries()) {
    const text = texts[index];
    if (text === undefined) remove(db, shop, change);
    else put(db, [shop, change.kind, change.id, versions[index] as number, text]);
  }
  return versions as readonly number[];
}

function nextVersions(
  db: Sqlite,
  shop: string,
  changes: readonly Change[],
): readonly number[] | Problem {
  const current = new Map<string, number>();
  const versions: number[] = [];
  for (const change of changes) {
    const key = `${change.kind}\0${change.id}`;
    const now = current.get(key) ?? versionOf(db, shop, change);
    if (change.expect !== undefined && change.expect !== now) return conflict(change, now);
    const next = "remove" in change ? 0 : now + 1;
    current.set(key, next);
    versions.push(next);
  }
  return versions;
}

function conflict(change: Change, now: number): Problem {
  const is = now === 0 ? "is not there" : `is at version ${now}`;
  const wanted = change.expect === 0 ? "absent" : `at version ${change.expect}`;
  return problem("conflict", `${change.kind} ${change.id} ${is}, expected it ${wanted}`);
}

function versionOf(db: Sqlite, shop: string, change: Change): number {
  const sql = "SELECT version FROM documents WHERE shop = ? AND kind = ? AND id = ?";
  return Number(db.prepare(sql).get([shop, change.kind, change.id])?.["version"] ?? 0);
}

function put(db: Sqlite, values: readonly (string | number)[]): void {
  const sql = `INSERT INTO documents (shop, kind, id, version, value) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value`;
  db.prepare(sql).run(values);
}

function remove(db: Sqlite, shop: string, change: Change): void {
  const sql = "DELETE FROM documents WHERE shop = ? AND kind = ? AND id = ?";
  db.prepare(sql).run([shop, change.kind, change.id]);
}

/** One row more than asked for is read, to know whether there is a next page. */
function list<T>(db: Sqlite, shop: string, kind: string, options: ListOptions): Page<T> {
  assert(options.limit > 0, "a page has at least one row");
  const { after, prefix = "", limit } = options;
  const from = after === undefined ? "id >= ?" : "id > ? AND +id >= ?";
  const sql = `SELECT id, version, value FROM documents
     WHERE shop = ? AND kind = ? AND ${from} AND id < ? || CAST(x'ff' AS TEXT)
     ORDER BY id LIMIT ?`; // no UTF-8 text begins a byte with ff: the end of the prefix's range
  const lower = after === undefined ? [prefix] : [after, prefix];
  const found = db.prepare(sql).all([shop, kind, ...lower, prefix, limit + 1]);
  const rows = found.slice(0, limit).map((row) => stored<T>(row) as Stored<T>);
  return { rows, next: found.length > limit ? rows.at(-1)?.id : undefined };
}

function count(db: Sqlite, shop: string, kind: string): number {
  const sql = "SELECT count(*) AS n FROM documents WHERE shop = ? AND kind = ?";
  return Number(db.prepare(sql).get([shop, kind])?.["n"]);
}
