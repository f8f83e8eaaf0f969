import type { EpochMs } from "../schema.ts";
import type { LogRow, StoredRow } from "../storage/event-log.ts";
import type { Consent, Event, EventInput } from "./event.ts";

/** How an event is kept: the whole of it as JSON text in the row's body, fields in a fixed order. */
export interface Origin {
  readonly eventId: string;
  readonly shop: string;
  readonly receivedAt: EpochMs;
  /** Set only where it must be on record: stated, or not everything allowed. */
  readonly consent: Consent | undefined;
  /** Currency of amounts that name none. */
  readonly currency: string;
}

/** Completes what was sent. O(items). */
export function completeEvent(input: EventInput, origin: Origin): Event {
  const items = input.items ?? [];
  const context = input.context ?? {};
  const { consent } = origin;
  const hasAmount =
    input.valueMinor !== undefined || items.some((line) => line.unitPriceMinor !== undefined);
  return {
    eventId: origin.eventId,
    shop: origin.shop,
    shopper: input.shopper,
    anonymous: input.anonymous,
    session: input.session,
    at: input.at ?? origin.receivedAt,
    receivedAt: origin.receivedAt,
    name: input.name,
    items,
    context:
      consent === undefined || context.consent !== undefined ? context : { ...context, consent },
    valueMinor: input.valueMinor,
    currency: input.currency ?? (hasAmount ? origin.currency : undefined),
    properties: input.properties,
  };
}

/** The row of an event whose JSON text is `body`. */
export function rowOf(event: Event, body: string, person: string | null): LogRow {
  return {
    eventId: event.eventId,
    person,
    name: event.name,
    at: event.at as EpochMs,
    receivedAt: event.receivedAt as EpochMs,
    body,
  };
}

/** The event of a row of the log, as it was sent and completed. Whose it is now is `row.person`. */
export function readEvent(row: Pick<StoredRow, "body">): Event {
  return JSON.parse(row.body) as Event;
}

/** May this event shape what its shopper is shown? An event on which nothing is said may. */
export function mayPersonalise(event: Pick<Event, "context">): boolean {
  return event.context.consent?.personalise ?? true;
}

/** May this event be counted in figures that name nobody? */
export function mayMeasure(event: Pick<Event, "context">): boolean {
  return event.context.consent?.measure ?? true;
}
