import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventLogConformance } from "../conformance/event-log.ts";
import type { Opened } from "../conformance/opened.ts";
import { recordsConformance } from "../conformance/records.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { openSqlite, type Sqlite, type SqliteOptions } from "./sqlite.ts";
import { sqliteLog } from "./sqlite-log.ts";
import { sqliteRecords } from "./sqlite-records.ts";
import { migrate } from "./sqlite-schema.ts";

const options: SqliteOptions = { cacheKib: 8192, checkpointPages: 1000, maxPages: 0 };

async function openWith<Port>(
  make: (db: Sqlite, commit: GroupCommit) => Port,
): Promise<Opened<Port>> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-sqlite-"));
  const open = async () => {
    const db = await openSqlite(join(folder, "store.sqlite"), options);
    migrate(db);
    const commit = groupCommit(db, 100_000);
    return { db, commit, port: make(db, commit) };
  };
  let now = await open();
  const close = async () => {
    await now.commit.close();
    now.db.close();
  };
  return {
    port: now.port,
    reopen: async () => {
      await close();
      now = await open();
      return now.port;
    },
    close: async () => {
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

eventLogConformance("SQLite", async () => await openWith(sqliteLog));
recordsConformance("SQLite", async () => await openWith(sqliteRecords));
