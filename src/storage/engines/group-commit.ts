import { isProblem, type Problem, problem } from "../../errors.ts";
import type { Sqlite } from "./sqlite.ts";

/**
 * Group commit: all writes asked for in one turn of the event loop run in one transaction and wait
 * for one sync, so many small writers cost the disk as little as one large one. Idea: DeWitt et
 * al., "Implementation techniques for main memory database systems", SIGMOD 1984.
 *
 * A piece of work refuses by returning a problem before it has written anything; only it fails
 * then. When storage itself fails, the whole transaction is undone and everybody in it is told.
 */
export interface GroupCommit {
  /** Resolves with the work's result once it is durable. `rows` counts against the limit. */
  write<T>(rows: number, work: () => T | Problem): Promise<T>;
  /** Transactions that reached the disk: one sync each. Checkpoints are SQLite's own and extra. */
  readonly syncs: number;
  /** Writes what waits; later writes are refused. */
  close(): Promise<void>;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

interface Turn {
  readonly waiting: Waiting[];
  rows: number;
}

const newTurn = (): Turn => ({ waiting: [], rows: 0 });

/** @unit maxRows rows that may wait for one turn's transaction */
export function groupCommit(db: Sqlite, maxRows: number): GroupCommit {
  const state = { turn: newTurn(), syncs: 0, closed: false };

  const flush = (): void => {
    const { waiting } = state.turn;
    state.turn = newTurn();
    const before = db.changes;
    try {
      const outcomes = db.transaction(() => waiting.map((each) => each.work()));
      if (db.changes > before) state.syncs += 1;
      for (const [index, each] of waiting.entries()) settle(each, outcomes[index]);
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

  return {
    get syncs() {
      return state.syncs;
    },
    write: (rows, work) =>
      new Promise((resolve, reject) => {
        const refused = refusal(state.turn, rows, maxRows, state.closed);
        if (refused === undefined) enter(rows, { work, resolve, reject });
        else reject(refused);
      }),
    close: async () => {
      state.closed = true;
      await new Promise((resolve) => setImmediate(resolve)); // after the flush that may be due
    },
  };
}

/** One write alone may be larger than the limit; it then has a transaction of its own. */
function refusal(turn: Turn, rows: number, max: number, closed: boolean): Problem | undefined {
  if (closed) return problem("not-ready", "the storage is closed");
  if (turn.rows === 0 || turn.rows + rows <= max) return undefined;
  const detail = `more than ${max} rows wait to be written`;
  return problem("overloaded", detail, { retryAfterSeconds: 1 });
}

function settle(each: Waiting, outcome: unknown): void {
  if (isProblem(outcome)) each.reject(outcome);
  else each.resolve(outcome as never);
}
