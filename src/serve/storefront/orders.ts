import { randomUUID } from "node:crypto";
import type { Event, EventInput } from "../../collect/event.ts";
import type { Platform } from "../../platform.ts";
import { DEMO } from "../pages/demo.ts";
import { type Basket, basketOf } from "./basket.ts";
import type { Visit } from "./front.ts";

/**
 * Orders of the demo: nothing is paid. An order is a purchase in the event log and less stock in
 * the catalogue. They are taken one after the other, so nothing is sold twice.
 */
export interface Orders {
  /** The id of the purchase event; undefined when the cart cannot be had as it is. */
  place(visit: Visit, session: string | undefined): Promise<string | undefined>;
  /** An order of whoever is here, as the log holds it. */
  find(visit: Visit, eventId: string): Promise<Event | undefined>;
}

export function openOrders({ collect, storage }: Platform): Orders {
  let before: Promise<unknown> = Promise.resolve();
  const take = async (visit: Visit, session: string | undefined): Promise<string | undefined> => {
    const basket = basketOf(visit);
    if (!basket.isFine) return undefined;
    const eventId = randomUUID();
    await collect.events(DEMO, [purchase(visit, basket, eventId, session)]);
    for (const { item, quantity } of basket.lines) {
      const left = visit.catalogue.item(item)?.stock;
      if (left === undefined) continue;
      await collect.patchItem(DEMO, item, { stock: Math.max(0, left - quantity) });
    }
    return eventId;
  };
  return {
    place(visit, session) {
      const placed = before.then(() => take(visit, session));
      before = placed.catch(() => undefined);
      return placed;
    },
    async find({ ids }, eventId) {
      const [row] = await storage.log.find(DEMO, [eventId]);
      const isOurs = row?.name === "purchase" && row.person === collect.personOf(DEMO, ids);
      return row !== undefined && isOurs ? (JSON.parse(row.body) as Event) : undefined;
    },
  };
}

/** The order is credited to the list of the line put in last that came from one; all are told. */
function purchase(
  { ids, visitor }: Visit,
  { lines, total, currency }: Basket,
  eventId: string,
  session: string | undefined,
): EventInput {
  const found = lines.filter(({ request }) => request !== undefined);
  const requests = Object.fromEntries(found.map(({ item, request }) => [item, request]));
  return {
    ...ids,
    session,
    eventId,
    name: "purchase",
    items: lines.map(({ item, quantity, unitPriceMinor }) => ({ item, quantity, unitPriceMinor })),
    context: {
      surface: "checkout",
      order: orderOf(eventId),
      request: found.at(-1)?.request,
      locale: visitor.locale,
    },
    valueMinor: total,
    currency,
    ...(found.length > 0 ? { properties: { requests } } : {}),
  };
}

/** A number that can be read aloud. */
const orderOf = (eventId: string): string => `D-${eventId.slice(0, 8).toUpperCase()}`;
