import { isProblem, type Problem, problem } from "../../errors.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * Group commit: all writes asked for in one turn of the event loop run in one transaction, and all that
 * are written while the disk works wait for one next sync together, so many small writers cost the disk
 * as little as one large one. Idea: DeWitt et al., "Implementation techniques for main memory database
 * systems", SIGMOD 1984.
 *
 * A piece of work refuses by returning a problem before it has written anything; only it fails
 * then. When storage itself fails, the whole transaction is undone and everybody in it is told.
 */
export interface GroupCommit {
  /**
   * Resolves with the work's result once it is durable. `rows` counts against the limit. `onWritten`
   * hears earlier of what outlives this process, though not yet a power cut.
   */
  write<T>(rows: number, work: () => T | Problem, onWritten?: () => void): Promise<T>;
  /** Runs when all that was written is durable, and nothing else is written until it has ended. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Times that the disk was waited for. Those that move the log into the file are extra. */
  readonly syncs: number;
  /** Writes what waits; later writes are refused. */
  close(): Promise<void>;
}

export interface GroupCommitLimits {
  /** Rows that may wait for one turn's transaction. */
  readonly rowsWaiting: number;
  /** The write-ahead log is moved into the file beyond. @unit pages of 4 KiB */
  readonly logPages: number;
}

interface Waiting {
  readonly work: () => unknown;
  readonly onWritten: (() => void) | undefined;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

interface Turn {
  readonly waiting: Waiting[];
  rows: number;
}

/** Told of once the disk has what was written. */
interface Written {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const newTurn = (): Turn => ({ waiting: [], rows: 0 });

export function groupCommit(db: Sqlite, limits: GroupCommitLimits): GroupCommit {
  const state = { turn: newTurn(), closed: false, aloneNow: 0, last: Promise.resolve() };
  const disk = openDisk(db, limits.logPages, (move) => void alone(move));

  const flush = (): void => {
    const { waiting } = state.turn;
    if (waiting.length === 0 || state.aloneNow > 0) return; // whoever is alone flushes at its end
    state.turn = newTurn();
    try {
      const before = db.changes;
      const outcomes = db.transaction(() => waiting.map((each) => each.work()));
      const written = waiting.flatMap((each, index) => writtenOf(each, outcomes[index]));
      disk.take(written, db.changes > before);
    } catch (error) {
      for (const each of waiting) each.reject(error);
    }
  };

  const enter = (rows: number, each: Waiting): void => {
    const { turn } = state;
    if (turn.waiting.length === 0) setImmediate(flush);
    turn.waiting.push(each);
    turn.rows += rows;
  };

  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    state.aloneNow += 1;
    const ended = state.last
      .then(() => disk.settled())
      .then(work)
      .finally(() => {
        state.aloneNow -= 1;
        flush();
      });
    state.last = ended.then(
      () => undefined,
      () => undefined,
    );
    return ended;
  };

  return {
    get syncs() {
      return disk.syncs();
    },
    write: (rows, work, onWritten) =>
      new Promise((resolve, reject) => {
        const refused = refusal(state.turn, rows, limits.rowsWaiting, state.closed);
        if (refused === undefined) enter(rows, { work, onWritten, resolve, reject });
        else reject(refused);
      }),
    alone,
    close: async () => {
      state.closed = true;
      do {
        await new Promise((resolve) => setImmediate(resolve)); // after the flush that may be due
        await state.last;
        await disk.settled();
      } while (state.turn.waiting.length > 0);
    },
  };
}

interface Disk {
  /** What was written now, all of it in one transaction; whether it changed anything. */
  take(written: readonly Written[], changed: boolean): void;
  /** Resolves when everything that was written is durable. */
  settled(): Promise<void>;
  syncs(): number;
}

/** One sync after the other; the log is moved when it is long, by someone who sees to it that nobody writes. */
function openDisk(db: Sqlite, logPages: number, move: (work: () => Promise<void>) => void): Disk {
  const state = { written: [] as Written[], isDirty: false as boolean, syncs: 0 };
  const log = { isMoving: false as boolean, longAbove: logPages };
  let syncing: Promise<void> | undefined;

  const syncNext = async (): Promise<void> => {
    const { written, isDirty } = state;
    state.written = [];
    state.isDirty = false;
    try {
      if (isDirty) await db.sync();
      if (isDirty) state.syncs += 1;
      for (const each of written) each.resolve();
    } catch (error) {
      for (const each of written) each.reject(error);
    }
  };
  const syncAll = async (): Promise<void> => {
    while (state.written.length > 0) {
      await syncNext();
      moveIfLong();
    }
  };
  const moveIfLong = (): void => {
    if (log.isMoving || db.logPages() <= log.longAbove) return;
    log.isMoving = true;
    move(async () => {
      try {
        await db.moveLog();
        log.longAbove = logPages;
      } catch {
        log.longAbove += logPages; // a full disk: tried again later, and writers are told meanwhile
      } finally {
        log.isMoving = false;
      }
    });
  };
  return {
    take(written, changed) {
      state.written.push(...written);
      state.isDirty ||= changed;
      syncing ??= syncAll().finally(() => {
        syncing = undefined;
      });
    },
    settled: async () => await syncing,
    syncs: () => state.syncs,
  };
}

/** One write alone may be larger than the limit; it then has a transaction of its own. */
function refusal(turn: Turn, rows: number, max: number, closed: boolean): Problem | undefined {
  if (closed) return problem("not-ready", "the storage is closed");
  if (turn.rows === 0 || turn.rows + rows <= max) return undefined;
  const detail = `more than ${max} rows wait to be written`;
  return problem("overloaded", detail, { retryAfterSeconds: 1 });
}

/** Nobody, where the work refused. */
function writtenOf({ onWritten, resolve, reject }: Waiting, outcome: unknown): readonly Written[] {
  if (isProblem(outcome)) {
    reject(outcome);
    return [];
  }
  onWritten?.();
  return [{ resolve: () => resolve(outcome as never), reject }];
}
