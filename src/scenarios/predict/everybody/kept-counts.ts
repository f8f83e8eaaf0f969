import type { Clock } from "../../../clock.ts";

/**
 * What is counted over everybody costs as much as the shop is large, and changes slowly. A count is
 * therefore told again for a minute; for an hour it is told at once while it is counted anew; after that
 * who asks waits. Who asks at the same time shares one count. Each says as of when. One small answer a
 * shop is held.
 */
export interface KeptCounts<Count> {
  /** @throws whatever the count throws, unless it was only to renew */
  of(shop: string): Promise<Count>;
  /** Another model answers now, more is on record, or somebody may be counted no more. */
  forget(shop: string): void;
}

const FRESH_MS = 60_000;
const KEPT_MS = 3_600_000;

interface Place<Count> {
  told?: Count;
  counting?: Promise<Count> | undefined;
}

export function keepCounts<Count extends { readonly asOf: number }>(
  clock: Clock,
  count: (shop: string) => Promise<Count>,
): KeptCounts<Count> {
  const places = new Map<string, Place<Count>>();
  const renew = async (shop: string, place: Place<Count>): Promise<Count> => {
    try {
      place.told = await count(shop);
      return place.told;
    } catch (error) {
      // Whoever asks next counts anew, and hears of it.
      if (places.get(shop) === place) places.delete(shop);
      throw error;
    } finally {
      place.counting = undefined;
    }
  };
  return {
    async of(shop) {
      const place = places.get(shop) ?? {};
      places.set(shop, place);
      const { told } = place;
      const age = told === undefined ? Number.POSITIVE_INFINITY : clock() - told.asOf;
      if (told !== undefined && age < FRESH_MS) return told;
      place.counting ??= renew(shop, place);
      if (told === undefined || age >= KEPT_MS) return await place.counting;
      // That it failed is told to whoever asks next.
      place.counting.catch(() => undefined);
      return told;
    },
    forget: (shop) => void places.delete(shop),
  };
}
