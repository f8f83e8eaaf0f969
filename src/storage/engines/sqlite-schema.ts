import { problem } from "../../errors.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * The tables of the file, as steps forward. A step, once released, is never edited: a change is a
 * new step. `PRAGMA user_version` says how many have run.
 *
 * `events` is found by place, by shop, by person and by id. Every index ends in the row's `seq` by
 * SQLite's own rule, so (shop) is already "by shop, in order". Ids are 16 bytes, shops small
 * integers: at 50 M events that saves about 3 GB over texts.
 */
const steps: readonly string[] = [
  `CREATE TABLE shops (
     id INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     events INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
   CREATE TABLE events (
     seq INTEGER PRIMARY KEY,
     shop INTEGER NOT NULL,
     event_id BLOB NOT NULL,
     person TEXT,
     name TEXT NOT NULL,
     at INTEGER NOT NULL,
     received_at INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE UNIQUE INDEX events_by_id ON events (shop, event_id);
   CREATE INDEX events_by_person ON events (shop, person) WHERE person IS NOT NULL;
   CREATE INDEX events_by_shop ON events (shop);
   CREATE TABLE documents (
     shop TEXT NOT NULL,
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     version INTEGER NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (shop, kind, id)
   ) STRICT;`,
];

export const schemaVersion: number = steps.length;

/**
 * Brings the file to this program's schema; every step is a transaction of its own.
 * @throws problem `storage-damaged` when a later program wrote the file.
 */
export function migrate(db: Sqlite): void {
  const version = userVersion(db);
  if (version > steps.length) {
    const detail = `${db.path} has schema ${version}, this program knows ${steps.length}`;
    throw problem("storage-damaged", `${detail}: use the version that wrote it, or a backup`);
  }
  for (const [index, step] of steps.slice(version).entries()) {
    db.transaction(() => {
      db.exec(step);
      db.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  }
}

export function userVersion(db: Sqlite): number {
  return Number(db.prepare("PRAGMA user_version").get([])?.["user_version"]);
}
