import { assert } from "../../assert.ts";
import type { EpochMs } from "../../schema.ts";
import type { Appended, EventLog, LogRow, OldRow, ReadOptions, StoredRow } from "../event-log.ts";
import type { GroupCommit } from "./group-commit.ts";
import { asBytes, type Sqlite, type SqlRow, type SqlValue } from "./sqlite.ts";

/**
 * The event log in one SQLite table. Places (`seq`) are given out here, not by SQLite: a row that
 * was a duplicate then shows as a place that stayed empty, which costs nothing while all are new.
 */
export interface SqliteLog extends EventLog {
  /** Places up to this one are taken, over all shops. */
  lastSeq(): number;
  /** Is told of every erasure and reassignment as it is written; a running backup repeats them. */
  onRewrite: ((rewrite: Rewrite) => void) | undefined;
}

/** A statement that changes rows already written: for this log's table or for a copy of it. */
export interface Rewrite {
  readonly sql: (table: string) => string;
  readonly values: readonly SqlValue[];
}

const ROWS_PER_INSERT = 64;
/** Lists in queries are filled up to one of these lengths, so that statements are few. */
const LIST_LENGTHS = [1, 8, 64, 500];
const IDS_PER_QUERY = 500;
const COLUMNS = "seq, event_id, person, name, at, received_at, body";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function sqliteLog(db: Sqlite, commit: GroupCommit): SqliteLog {
  const shopIds = knownShops(db);
  const last = lastPlace(db);
  const sequence = { last, durable: last };
  const select = (where: string) => db.prepare(`SELECT ${COLUMNS} FROM events WHERE ${where}`);
  const eraseBy = async (
    column: "person" | "seq",
    shop: number,
    values: readonly SqlValue[],
  ): Promise<number> => {
    const rewrites = erasures(column, shop, values);
    const gone = await commit.write(
      values.length,
      () => erase(db, rewrites, sequence.last),
      () => rewrites.forEach((rewrite) => void log.onRewrite?.(rewrite)),
    );
    await commit.alone(() => db.moveLog()); // until then the rows can be read from it
    return gone;
  };
  const log: SqliteLog = {
    onRewrite: undefined,
    lastSeq: () => sequence.last,
    get syncs() {
      return commit.syncs;
    },
    append: (shop, rows, onWritten) =>
      append({ db, commit, shopIds, sequence }, shop, rows, onWritten),
    read: (shop, options) => readBatches(db, shopIds.get(shop), sequence.durable, options),
    recent: async (shop, person, limit, names = []) =>
      select(`shop = ? AND person = ? ${among("name", names)} ORDER BY seq DESC LIMIT ?`)
        .all([shopIds.get(shop) ?? 0, person, ...names, limit])
        .map(toRow)
        .reverse(),
    find: async (shop, eventIds) => findIds(db, shopIds.get(shop) ?? 0, eventIds),
    reassign: async (shop, from, to) => {
      const rewrite = reassignment(shopIds.get(shop) ?? 0, from, to);
      return await commit.write(
        1,
        () => rewriteRows(db, rewrite),
        () => log.onRewrite?.(rewrite),
      );
    },
    erase: (shop, persons) => eraseBy("person", shopIds.get(shop) ?? 0, persons),
    remove: (shop, places) => eraseBy("seq", shopIds.get(shop) ?? 0, places),
    before: (shop, moment, span) =>
      oldRows(db, shopIds.get(shop), sequence.durable, { moment, span }),
    head: async (shop) => headOf(db, shopIds.get(shop) ?? 0, sequence.durable),
    count: async (shop) => countOf(db, shopIds.get(shop) ?? 0, sequence.durable),
    shops: async () =>
      db
        .prepare("SELECT name FROM shops WHERE events > 0 ORDER BY name")
        .all([])
        .map((row) => String(row["name"])),
  };
  return log;
}

interface Appending {
  readonly db: Sqlite;
  readonly commit: GroupCommit;
  readonly shopIds: Map<string, number>;
  /** The last place that was given out, and the last that is durable. */
  readonly sequence: { last: number; durable: number };
}

async function append(
  { db, commit, shopIds, sequence }: Appending,
  shop: string,
  rows: readonly LogRow[],
  onWritten: (() => void) | undefined,
): Promise<Appended> {
  if (rows.length === 0) return { appended: 0, duplicates: 0, fresh: [] };
  const packed = pack(rows);
  const now = { shop: 0, last: 0 };
  const write = (): Appended => {
    now.shop = shopIds.get(shop) ?? addShop(db, shop);
    const appended = insert(db, now.shop, packed, sequence);
    now.last = sequence.last;
    return appended;
  };
  const appended = await commit.write(rows.length, write, () => {
    shopIds.set(shop, now.shop);
    onWritten?.();
  });
  sequence.durable = Math.max(sequence.durable, now.last);
  return appended;
}

const among = (column: string, values: readonly string[]): string =>
  values.length === 0 ? "" : `AND ${column} IN (${values.map(() => "?").join(", ")})`;

function knownShops(db: Sqlite): Map<string, number> {
  const rows = db.prepare("SELECT id, name FROM shops").all([]);
  return new Map(rows.map((row) => [String(row["name"]), Number(row["id"])]));
}

/** Once in a shop's life, or again where the transaction is undone. */
function addShop(db: Sqlite, shop: string): number {
  assert(!shop.includes("\0"), "a shop's name has no zero character");
  db.prepare("INSERT OR IGNORE INTO shops (name) VALUES (?)").run([shop]);
  return Number(db.prepare("SELECT id FROM shops WHERE name = ?").get([shop])?.["id"]);
}

/** A mark keeps the place of erased rows, so that it is not given out again. */
function lastPlace(db: Sqlite): number {
  const row = db
    .prepare(
      `SELECT max(coalesce((SELECT max(seq) FROM events), 0),
                  coalesce((SELECT value FROM marks WHERE name = 'seq'), 0)) AS last`,
    )
    .get([]);
  return Number(row?.["last"]);
}

/** Of rows that are written but not durable nobody is told who might go on from them. */
function headOf(db: Sqlite, shop: number, durable: number): number {
  const sql = "SELECT max(seq) AS head FROM events WHERE shop = ? AND seq <= ?";
  const row = db.prepare(sql).get([shop, durable]);
  return Number(row?.["head"] ?? 0);
}

/** Of the rows that came since the last sync there are few. */
function countOf(db: Sqlite, shop: number, durable: number): number {
  const of = "SELECT events FROM shops WHERE id = ?";
  const since = "SELECT count(*) AS n FROM events WHERE shop = ? AND seq > ?";
  const all = Number(db.prepare(of).get([shop])?.["events"] ?? 0);
  return all - Number(db.prepare(since).get([shop, durable])?.["n"]);
}

type Packed = readonly (readonly SqlValue[])[];

function pack(rows: readonly LogRow[]): Packed {
  return rows.map((row) => {
    assert(row.body !== "", "an event has a body");
    return [packId(row.eventId), row.person, row.name, row.at, row.receivedAt, row.body];
  });
}

function packId(eventId: string): Uint8Array {
  assert(UUID.test(eventId), "an event id is a UUID in canonical lower case");
  return Buffer.from(eventId.replaceAll("-", ""), "hex");
}

function unpackId(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  const at = (from: number, to: number) => hex.slice(from, to);
  return `${at(0, 8)}-${at(8, 12)}-${at(12, 16)}-${at(16, 20)}-${at(20, 32)}`;
}

const toRow = (row: SqlRow): StoredRow => ({
  seq: row["seq"] as number,
  eventId: unpackId(asBytes(row["event_id"])),
  person: row["person"] as string | null,
  name: row["name"] as string,
  at: row["at"] as EpochMs,
  receivedAt: row["received_at"] as EpochMs,
  body: row["body"] as string,
});

function insert(db: Sqlite, shop: number, rows: Packed, sequence: { last: number }): Appended {
  const fresh: boolean[] = [];
  let appended = 0;
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const part = rows.slice(start, start + ROWS_PER_INSERT);
    const first = sequence.last + 1;
    sequence.last += part.length;
    const values = part.flatMap((row, index) => [first + index, shop, ...row]);
    const written = db.prepare(insertSql(part.length)).run(values);
    appended += written;
    for (const isNew of whichAreNew(db, first, part.length, written)) fresh.push(isNew);
  }
  if (appended > 0) {
    db.prepare("UPDATE shops SET events = events + ? WHERE id = ?").run([appended, shop]);
  }
  return { appended, duplicates: rows.length - appended, fresh };
}

const insertSql = (rows: number): string =>
  `INSERT INTO events (seq, shop, event_id, person, name, at, received_at, body)
   VALUES ${Array(rows).fill("(?, ?, ?, ?, ?, ?, ?, ?)").join(", ")}
   ON CONFLICT (shop, event_id) DO NOTHING`;

/** Looks only when some were duplicates: their places stayed empty. */
function whichAreNew(db: Sqlite, first: number, length: number, written: number): boolean[] {
  if (written === length) return Array<boolean>(length).fill(true);
  const sql = "SELECT seq FROM events WHERE seq BETWEEN ? AND ?";
  const found = db.prepare(sql).all([first, first + length - 1]);
  const taken = new Set(found.map((row) => Number(row["seq"])));
  return Array.from({ length }, (_, index) => taken.has(first + index));
}

/** Asks for one batch at a time and gives the event loop a turn between two of them. */
async function* readBatches(
  db: Sqlite,
  shop: number | undefined,
  durable: number,
  options: ReadOptions,
): AsyncGenerator<readonly StoredRow[]> {
  assert(options.batch > 0, "a batch has at least one row");
  if (shop === undefined) return;
  const end = headOf(db, shop, durable);
  const statement = db.prepare(
    `SELECT ${COLUMNS} FROM events INDEXED BY events_by_shop
     WHERE shop = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
  );
  let after = options.after;
  while (after < end) {
    const rows = statement.all([shop, after, end, options.batch]).map(toRow);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Gives the event loop a turn between two spans. */
async function* oldRows(
  db: Sqlite,
  shop: number | undefined,
  durable: number,
  { moment, span }: { readonly moment: EpochMs; readonly span: number },
): AsyncGenerator<readonly OldRow[]> {
  assert(span > 0, "a span has at least one place");
  if (shop === undefined) return;
  const end = headOf(db, shop, durable);
  const statement = db.prepare(
    `SELECT seq, person, at FROM events INDEXED BY events_by_shop
     WHERE shop = ? AND seq > ? AND seq <= ? AND at < ? ORDER BY seq`,
  );
  for (let after = 0; after < end; after += span) {
    const rows = statement.all([shop, after, Math.min(end, after + span), moment]);
    yield rows.map((row) => ({
      seq: row["seq"] as number,
      person: row["person"] as string | null,
      at: row["at"] as EpochMs,
    }));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function findIds(db: Sqlite, shop: number, eventIds: readonly string[]): readonly StoredRow[] {
  const found: StoredRow[] = [];
  for (const ids of slices(eventIds, IDS_PER_QUERY)) {
    const { marks, values } = listOf(ids.map(packId));
    const sql = `SELECT ${COLUMNS} FROM events WHERE shop = ? AND event_id IN (${marks})`;
    for (const row of db.prepare(sql).all([shop, ...values])) found.push(toRow(row));
  }
  return found;
}

function reassignment(shop: number, from: string, to: string): Rewrite {
  const sql = (table: string) => `UPDATE ${table} SET person = ? WHERE shop = ? AND person = ?`;
  return { sql, values: [to, shop, from] };
}

const rewriteRows = (db: Sqlite, { sql, values }: Rewrite): number =>
  db.prepare(sql("events")).run(values);

function erasures(
  column: "person" | "seq",
  shop: number,
  wanted: readonly SqlValue[],
): readonly Rewrite[] {
  return slices(wanted, IDS_PER_QUERY).map((part) => {
    const { marks, values } = listOf(part);
    const sql = (table: string) =>
      `DELETE FROM ${table} WHERE shop = ? AND ${column} IN (${marks})`;
    return { sql, values: [shop, ...values] };
  });
}

function erase(db: Sqlite, rewrites: readonly Rewrite[], lastSeq: number): number {
  let gone = 0;
  for (const rewrite of rewrites) {
    const deleted = rewriteRows(db, rewrite);
    const shop = rewrite.values[0] ?? null;
    db.prepare("UPDATE shops SET events = events - ? WHERE id = ?").run([deleted, shop]);
    gone += deleted;
  }
  db.prepare("INSERT OR REPLACE INTO marks (name, value) VALUES ('seq', ?)").run([lastSeq]);
  return gone;
}

function slices<T>(values: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}

/** What is added is NULL, which equals nothing. */
function listOf(values: readonly SqlValue[]): {
  readonly marks: string;
  readonly values: readonly SqlValue[];
} {
  const length = LIST_LENGTHS.find((each) => each >= values.length) ?? values.length;
  const marks = Array(length).fill("?").join(", ");
  return { marks, values: [...values, ...Array<null>(length - values.length).fill(null)] };
}
