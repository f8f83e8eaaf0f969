/**
 * How many events were taken and lists answered, by shop and minute, for the last quarter of an
 * hour. It costs a few additions a batch, for it is kept whether anybody looks or not. A clock that
 * is set far forward or back begins anew.
 */
export interface MinuteCount {
  /** Beginning of the minute. @unit epoch ms */
  readonly at: number;
  readonly events: number;
  readonly lists: number;
}

export interface Counts {
  /** Events that came in, and how many of them have just happened: those stand in their minute. */
  addEvents(shop: string, count: number, fresh: number, now: number): void;
  addList(shop: string, now: number): void;
  /** Events taken since the start. */
  total(shop: string): number;
  /** The last 15 minutes, the one that is passing last. */
  minutes(shop: string, now: number): readonly MinuteCount[];
}

export const MINUTES_SHOWN = 15;
const MINUTE_MS = 60_000;

interface Ring {
  /** The newest minute that is counted, since the epoch. */
  minute: number;
  total: number;
  /** Minute m at place m % 15. */
  readonly events: Int32Array;
  readonly lists: Int32Array;
}

export function openCounts(): Counts {
  const rings = new Map<string, Ring>();
  const ringAt = (shop: string, now: number): Ring => {
    let ring = rings.get(shop);
    if (ring === undefined) {
      const [events, lists] = [new Int32Array(MINUTES_SHOWN), new Int32Array(MINUTES_SHOWN)];
      ring = { minute: 0, total: 0, events, lists };
      rings.set(shop, ring);
    }
    turnTo(ring, Math.floor(now / MINUTE_MS));
    return ring;
  };
  return {
    addEvents(shop, count, fresh, now) {
      const ring = ringAt(shop, now);
      ring.total += count;
      const place = ring.minute % MINUTES_SHOWN;
      ring.events[place] = (ring.events[place] ?? 0) + fresh;
    },
    addList(shop, now) {
      const ring = ringAt(shop, now);
      const place = ring.minute % MINUTES_SHOWN;
      ring.lists[place] = (ring.lists[place] ?? 0) + 1;
    },
    total: (shop) => rings.get(shop)?.total ?? 0,
    minutes(shop, now) {
      const { minute, events, lists } = ringAt(shop, now);
      return Array.from({ length: MINUTES_SHOWN }, (_, nth) => {
        const shown = minute - MINUTES_SHOWN + 1 + nth;
        const place = shown % MINUTES_SHOWN;
        return {
          at: shown * MINUTE_MS,
          events: events[place] ?? 0,
          lists: lists[place] ?? 0,
        };
      });
    },
  };
}

/** Empties the places of the minutes that have begun since; a little back is still now. */
function turnTo(ring: Ring, minute: number): void {
  const passed = minute - ring.minute;
  if (passed === 0 || (passed < 0 && passed > -MINUTES_SHOWN)) return;
  const emptied = passed < 0 ? MINUTES_SHOWN : Math.min(passed, MINUTES_SHOWN);
  for (let nth = 0; nth < emptied; nth++) {
    const place = (minute - nth) % MINUTES_SHOWN;
    ring.events[place] = 0;
    ring.lists[place] = 0;
  }
  ring.minute = minute;
}
