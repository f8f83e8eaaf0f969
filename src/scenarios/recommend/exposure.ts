import { assert } from "../../assert.ts";
import type { Collect } from "../../collect/collect.ts";
import type { EventInput } from "../../collect/event.ts";
import { hashedEventId } from "../../collect/event-id.ts";
import type { RecommendDecision, RecommendRequest } from "./schema.ts";

/** Items of one event; a longer list is as many events of one request. */
const ITEMS_PER_EVENT = 200;

/**
 * Writes what was shown into the log: items, places, propensities, and what made the list. Durable
 * when it resolves. The id of the answer is the request id that clicks and purchases send back.
 */
export async function recordExposure(
  collect: Collect,
  shop: string,
  request: RecommendRequest,
  decision: RecommendDecision,
): Promise<void> {
  if (decision.items.length === 0) return;
  const events: EventInput[] = [];
  for (let from = 0; from < decision.items.length; from += ITEMS_PER_EVENT) {
    events.push(exposureOf(request, decision, from));
  }
  const { rejected } = await collect.events(shop, events);
  assert(rejected.length === 0, `an exposure is a valid event: ${rejected[0]?.detail ?? ""}`);
}

function exposureOf(
  { shopper, anonymous, locale }: RecommendRequest,
  decision: RecommendDecision,
  from: number,
): EventInput {
  const { request, model, rules, seed, asOf } = decision;
  const shown = decision.items.slice(from, from + ITEMS_PER_EVENT);
  return {
    eventId: from === 0 ? request : hashedEventId("exposure", `${request} ${from}`),
    ...(shopper === undefined ? {} : { shopper }),
    ...(anonymous === undefined ? {} : { anonymous }),
    at: asOf,
    name: "exposure",
    items: shown.map(({ item, position, propensity, priceMinor }) => ({
      item,
      position,
      propensity,
      ...(priceMinor === undefined ? {} : { unitPriceMinor: priceMinor }),
    })),
    context: { surface: decision.surface, request, locale },
    properties: { model, rules, seed, asOf },
  };
}
