import { problem } from "../../errors.ts";

/**
 * Answers are made a few at a time, in the order in which they were asked for. Idea: what one processor
 * does is done no sooner for being begun together: of a thousand lists begun at once all are finished last,
 * when nobody waits for them any more. Who has waited too long is turned away, and while the first in the
 * row has, so is whoever comes: then those who are answered are answered in time. Source: the bounded wait
 * of Nichols & Jacobson 2012 (controlled delay), kept to one bound.
 *
 * The runtime takes one new connection at each turn of its loop, and answers make turns long: a thousand
 * callers who come at once would keep an event behind them waiting at the door for as long as it takes to
 * answer them all. So nobody who had to wait goes in before the next turn, and while callers still come through the
 * door nobody does, until the first in the row has waited half of what may be waited.
 * Left out: priorities; what goes first has a turnstile of its own.
 */
export interface Turnstile {
  /** @throws problem `overloaded` when its turn does not come in time */
  pass<T>(work: () => Promise<T> | T): Promise<T>;
}

/** Whose turn it is, row by row. */
export interface Turns {
  readonly visitors: Turnstile;
  readonly shop: Turnstile;
  /** Nobody waits. */
  readonly free: Turnstile;
}

export const openTurns = (options: TurnstileOptions): Turns => ({
  visitors: openTurnstile(options),
  shop: openTurnstile(options),
  free: { pass: async (work) => work() },
});

export interface TurnstileOptions {
  readonly atOnce: number;
  /** @unit ms */
  readonly waitMost: number;
  /** Connections that came since the server was opened. */
  readonly arrivals: () => number;
  /** @unit result ms */
  readonly now: () => number;
}

interface Waiting {
  readonly since: number;
  /** Its turn has come; false when it waited too long. */
  called(inTime: boolean): void;
}

const RETRY_AFTER_SECONDS = 5;

export function openTurnstile(options: TurnstileOptions): Turnstile {
  const { atOnce, waitMost, arrivals, now } = options;
  /** In the order of coming; each is looked at once, from `first` on. */
  let row: Waiting[] = [];
  let first = 0;
  let inside = 0;
  let isDue = false;
  let arrived = arrivals();
  const waitedBy = ({ since }: Waiting): number => now() - since;
  const isLate = (one: Waiting): boolean => waitedBy(one) > waitMost;
  const someCame = (): boolean => {
    const before = arrived;
    arrived = arrivals();
    return arrived > before;
  };
  const admitSome = (): void => {
    isDue = false;
    const isHeld = someCame() && waitedBy(row[first] as Waiting) < waitMost / 2;
    while (!isHeld && inside < atOnce && first < row.length) {
      const next = row[first++] as Waiting;
      const inTime = !isLate(next);
      if (inTime) inside++;
      next.called(inTime);
    }
    if (first === row.length) [row, first] = [[], 0];
    admitNextTurn();
  };
  const admitNextTurn = (): void => {
    if (isDue || inside >= atOnce || first === row.length) return;
    isDue = true;
    setImmediate(admitSome);
  };
  const enter = (): Promise<boolean> | boolean => {
    const front = row[first];
    if (front === undefined && inside < atOnce && !someCame()) {
      inside++;
      return true;
    }
    if (front !== undefined && isLate(front)) return false;
    const called = new Promise<boolean>((resolve) => row.push({ since: now(), called: resolve }));
    admitNextTurn();
    return called;
  };
  return {
    async pass(work) {
      if (!(await enter())) {
        const detail = `the server is behind with its work by more than ${waitMost} ms`;
        throw problem("overloaded", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      try {
        return await work();
      } finally {
        inside--;
        admitNextTurn();
      }
    },
  };
}
