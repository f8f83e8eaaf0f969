/**
 * How long something took lately: the last thousand times of each shop, in memory. The 99th percentile is
 * the nearest rank, so it is a time that was really taken. Left out: sketches, which would remember longer
 * and forget the newest among the old.
 */
export interface Lately {
  /** How many of the last are looked back on. */
  readonly count: number;
  /** The newest of them. @unit ms */
  readonly lastMs: number;
  /** @unit ms */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LatelyBook {
  /** O(1). @unit ms */
  add(shop: string, ms: number): void;
  /** Null until there is one. O(n log n) of the last thousand. */
  of(shop: string): Lately | null;
}

const LAST = 1_000;

export function openLately(): LatelyBook {
  const rings = new Map<string, { readonly last: Float64Array; added: number }>();
  return {
    add(shop, ms) {
      const ring = rings.get(shop) ?? { last: new Float64Array(LAST), added: 0 };
      rings.set(shop, ring);
      ring.last[ring.added % LAST] = ms;
      ring.added++;
    },
    of(shop) {
      const ring = rings.get(shop);
      if (ring === undefined) return null;
      const count = Math.min(LAST, ring.added);
      const sorted = ring.last.slice(0, count).sort();
      const at = (share: number): number => sorted[Math.ceil(share * count) - 1] as number;
      const lastMs = ring.last[(ring.added - 1) % LAST] as number;
      return { count, lastMs, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}
