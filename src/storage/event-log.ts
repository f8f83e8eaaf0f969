import type { EpochMs } from "../schema.ts";

/**
 * The event log: append-only, durable, ordered by arrival. It does not know what an event is; the
 * few columns beside `body` are those that every engine must be able to find rows by.
 */
export interface LogRow {
  /** UUID in canonical lower case: the idempotency key, unique in a shop. */
  readonly eventId: string;
  /** Whose history the row belongs to: the known shopper, else the anonymous id, else null. */
  readonly person: string | null;
  readonly name: string;
  /** When it happened; may be years before `receivedAt` in an import. */
  readonly at: EpochMs;
  readonly receivedAt: EpochMs;
  /** The whole event as JSON text. */
  readonly body: string;
}

/** A row with its place in the log. `seq` grows with arrival, per engine, and is never reused. */
export interface StoredRow extends LogRow {
  readonly seq: number;
}

/** What is asked about a row before it is let go. */
export type OldRow = Pick<StoredRow, "seq" | "person" | "at">;

export interface Appended {
  /** Rows written now. */
  readonly appended: number;
  /** Rows whose `eventId` was already there: nothing changed. */
  readonly duplicates: number;
  /** For each row given, whether it was new. */
  readonly fresh: readonly boolean[];
}

export interface ReadOptions {
  /** Only rows after this place; 0 reads from the start. */
  readonly after: number;
  /** Rows per batch handed out. */
  readonly batch: number;
}

export interface EventLog {
  /**
   * Writes the rows in order and resolves when they would survive a power cut. Appends made in the
   * same turn of the event loop share one transaction and one sync. All rows are written, or none.
   * `onWritten` hears earlier: from then on they survive the end of this process, and `recent` and
   * `find` know of them; `read`, `head` and `count` do not before they are durable.
   */
  append(shop: string, rows: readonly LogRow[], onWritten?: () => void): Promise<Appended>;
  /** Batches in log order up to what was durable when the read began. */
  read(shop: string, options: ReadOptions): AsyncIterable<readonly StoredRow[]>;
  /**
   * The newest rows of one person, oldest first, at most `limit`; where names are given, of events so
   * named alone. O(limit log n), with names O(rows of the person log n).
   */
  recent(
    shop: string,
    person: string,
    limit: number,
    names?: readonly string[],
  ): Promise<readonly StoredRow[]>;
  /** The rows with these event ids, in no particular order; unknown ids are left out. */
  find(shop: string, eventIds: readonly string[]): Promise<readonly StoredRow[]>;
  /** Gives every row of `from` to `to`; returns how many. The bodies stay as they were sent. */
  reassign(shop: string, from: string, to: string): Promise<number>;
  /** Deletes every row of the persons beyond recovery from the file; returns how many. */
  erase(shop: string, persons: readonly string[]): Promise<number>;
  /**
   * The rows that happened before a moment, in log order up to what was durable when the read
   * began; each step looks at no more than `span` places, so a batch may be empty.
   */
  before(shop: string, moment: EpochMs, span: number): AsyncIterable<readonly OldRow[]>;
  /** Deletes the rows at these places beyond recovery from the file; returns how many. */
  remove(shop: string, places: readonly number[]): Promise<number>;
  /** Place of the newest durable row, 0 when empty. */
  head(shop: string): Promise<number>;
  /** Durable rows of the shop. */
  count(shop: string): Promise<number>;
  /** Shops that have rows. */
  shops(): Promise<readonly string[]>;
  /** Syncs to disk since opening: what benches divide by. */
  readonly syncs: number;
}
