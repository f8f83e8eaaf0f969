import type { Collect } from "../../collect/collect.ts";
import { exposureEvents } from "../../evaluate/exposures.ts";
import type { RecommendDecision, Recommended, RecommendRequest } from "./schema.ts";

/**
 * Writes what was shown into the log: items, places, propensities, and what made the list. The id of
 * the answer is the request id that clicks and purchases send back. Of the ids only the best known is
 * written: whoever asks for a list does not say who is who.
 */
export async function recordExposure(
  collect: Collect,
  shop: string,
  { shopper, anonymous, locale }: RecommendRequest,
  decision: RecommendDecision,
): Promise<void> {
  const { request, surface, model, rules, seed, asOf: at } = decision;
  const items = decision.items.map((one) => ({ ...one, source: loudest(one) }));
  const made = { request, surface, model, rules, seed, at, items };
  const who = shopper === undefined ? { anonymous } : { shopper };
  const events = exposureEvents({ ...made, ...who, locale });
  if (events.length === 0) return;
  await collect.shown(shop, events);
}

/** The source that gave most to the score. */
function loudest({ sources }: Recommended): string | undefined {
  return Object.entries(sources).reduce<[string, number] | undefined>(
    (most, one) => (most === undefined || one[1] > most[1] ? one : most),
    undefined,
  )?.[0];
}
