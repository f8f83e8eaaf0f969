import type { EventInput } from "./made/schemas.ts";

/**
 * UUIDs of version 7 (RFC 9562): 48 bits of time, 74 of chance. They sort by time, so the log's
 * index grows at its end. @unit atMs epoch ms
 */
export function newEventId(atMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const time = atMs.toString(16).padStart(12, "0");
  const rest = Array.from(bytes.subarray(6), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = ((Number.parseInt(rest.charAt(4), 16) & 0x3) | 0x8).toString(16);
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(1, 4)}` +
    `-${variant}${rest.slice(5, 8)}-${rest.slice(8)}`
  );
}

/** The event with an id, so that sending it twice counts once. */
export const withEventId = (event: EventInput, atMs: number): EventInput =>
  event.eventId === undefined ? { eventId: newEventId(atMs), ...event } : event;

type Events = { readonly events: readonly EventInput[] } | EventInput;

/** Body of `sendEvents` with an id in each event. */
export function withEventIds(body: Events, atMs: number): Events {
  if ("events" in body) return { events: body.events.map((event) => withEventId(event, atMs)) };
  return withEventId(body, atMs);
}
