import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventLogConformance, logRow, uuid } from "../conformance/event-log.ts";
import type { Opened } from "../conformance/opened.ts";
import { recordsConformance } from "../conformance/records.ts";
import { type GroupCommit, groupCommit } from "./group-commit.ts";
import { openSqlite, type Sqlite, type SqliteOptions } from "./sqlite.ts";
import { sqliteLog } from "./sqlite-log.ts";
import { sqliteRecords } from "./sqlite-records.ts";
import { migrate } from "./sqlite-schema.ts";

const options: SqliteOptions = { cacheKib: 8192, maxPages: 0 };

async function openWith<Port>(
  make: (db: Sqlite, commit: GroupCommit) => Port,
): Promise<Opened<Port>> {
  const folder = await mkdtemp(join(tmpdir(), "shopkeeper-sqlite-"));
  const open = async () => {
    const db = await openSqlite(join(folder, "store.sqlite"), options);
    migrate(db);
    const commit = groupCommit(db, { rowsWaiting: 100_000, logPages: 1_000 });
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

test("no question to the log reads more than its answer: each goes through an index", async () => {
  const asked: string[] = [];
  const opened = await openWith((db, commit) => {
    const listening: Sqlite = {
      ...db,
      prepare: (sql) => {
        asked.push(sql);
        return db.prepare(sql);
      },
    };
    return sqliteLog(listening, commit);
  });
  const log = opened.port;
  await log.append("a", [logRow(1)]);
  asked.splice(0);
  await log.recent("a", "shopper-1", 5);
  await log.find("a", [uuid(1)]);
  await log.head("a");
  await log.reassign("a", "shopper-1", "x");
  await log.erase("a", ["x"]);
  for await (const _ of log.read("a", { after: 0, batch: 1 }));
  await opened.close();
  const twin = await openSqlite(":memory:", options); // libsql cannot close what it has explained
  migrate(twin);
  const plans = asked
    .filter((sql) => /\bevents\b.*WHERE/s.test(sql) && !sql.includes("UPDATE shops"))
    .map((sql) => {
      const values = (sql.match(/\?/g) ?? []).map(() => 1);
      const plan = twin.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values);
      return String(plan[0]?.["detail"]).replace(/^SEARCH events USING (COVERING )?INDEX /, "");
    });
  expect(plans).toEqual([
    "events_by_person (shop=? AND person=?)",
    "events_by_id (shop=? AND event_id=?)",
    "events_by_shop (shop=? AND rowid<?)",
    "events_by_person (shop=? AND person=?)",
    "events_by_person (shop=? AND person=?)",
    "events_by_shop (shop=? AND rowid<?)",
    "events_by_shop (shop=? AND rowid>? AND rowid<?)",
  ]);
});

test("a reader that goes on after the closing is told", async () => {
  const opened = await openWith(sqliteLog);
  await opened.port.append("a", [logRow(1), logRow(2)]);
  const reading = opened.port.read("a", { after: 0, batch: 1 })[Symbol.asyncIterator]();
  await reading.next();
  await opened.close();
  await expect(reading.next()).rejects.toMatchObject({ code: "not-ready" });
});
