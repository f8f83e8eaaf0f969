import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { problem } from "../../errors.ts";

/**
 * Failures counted by address and by name. An attempt counts until it has succeeded, so that many
 * at once are no way around the limit. Who knows a name can keep its owner waiting, no longer than
 * the window: that is the price of a limit that a thousand addresses cannot get around.
 */
export interface Throttle {
  /** @throws problem `too-many-requests` saying how long to wait */
  attempt(key: string): void;
  succeeded(key: string): void;
}

export interface ThrottleLimits {
  readonly most: number;
  /** @unit ms */
  readonly window: number;
  readonly what: string;
}

/** Keys whose failures are remembered; the one unseen for longest is forgotten. */
const KEYS_MOST = 20_000;

export function openThrottle(clock: Clock, { most, window, what }: ThrottleLimits): Throttle {
  const counts = new LRUCache<string, { failures: number; readonly until: number }>({
    max: KEYS_MOST,
  });
  return {
    attempt(key) {
      const now = clock();
      const kept = counts.get(key);
      const count = kept && kept.until > now ? kept : { failures: 0, until: now + window };
      if (count.failures >= most) {
        const retryAfterSeconds = Math.ceil((count.until - now) / 1_000);
        const detail = `too many sign-ins failed ${what}; wait ${retryAfterSeconds} s`;
        throw problem("too-many-requests", detail, { retryAfterSeconds });
      }
      count.failures++;
      counts.set(key, count);
    },
    succeeded(key) {
      const count = counts.get(key);
      if (count && count.failures > 0) count.failures--;
    },
  };
}
