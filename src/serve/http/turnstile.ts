import { problem } from "../../errors.ts";

/**
 * Answers are made a few at a time, in the order in which they were asked for. Idea: what one processor
 * does is done no sooner for being begun together: of a thousand lists begun at once all are finished last,
 * when nobody waits for them any more. Who has waited too long is turned away, and while the first in the
 * row has, so is whoever comes: then those who are answered are answered in time. Source: the bounded wait
 * of Nichols & Jacobson 2012 (controlled delay), kept to one bound.
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
  /** @unit result ms */
  readonly now: () => number;
}

interface Waiting {
  readonly since: number;
  /** Its turn has come; false when it waited too long. */
  called(inTime: boolean): void;
}

const RETRY_AFTER_SECONDS = 5;

export function openTurnstile({ atOnce, waitMost, now }: TurnstileOptions): Turnstile {
  /** In the order of coming; each is looked at once, from `first` on. */
  let row: Waiting[] = [];
  let first = 0;
  let inside = 0;
  const isLate = ({ since }: Waiting): boolean => now() - since > waitMost;
  const leave = (): void => {
    inside--;
    while (inside < atOnce && first < row.length) {
      const next = row[first++] as Waiting;
      const inTime = !isLate(next);
      if (inTime) inside++;
      next.called(inTime);
    }
    if (first === row.length) [row, first] = [[], 0];
  };
  const enter = (): Promise<boolean> | boolean => {
    const front = row[first];
    if (front === undefined && inside < atOnce) {
      inside++;
      return true;
    }
    if (front !== undefined && isLate(front)) return false;
    return new Promise((called) => row.push({ since: now(), called }));
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
        leave();
      }
    },
  };
}
