import type { Collect, EventsTaken } from "../collect/collect.ts";
import { problem } from "../errors.ts";

/** Events of a JSON body: `{ events: [...] }`, a bare array, or one event by itself. */
export async function takeEvents(
  collect: Collect,
  shop: string,
  body: unknown,
): Promise<EventsTaken> {
  const batch = batchOf(body);
  if (batch) return await collect.events(shop, batch);
  return answerForOne(await collect.events(shop, [body]));
}

function batchOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body === "object" && body !== null && "events" in body) {
    if (Array.isArray(body.events)) return body.events;
    const detail = "must be an array of events";
    throw problem("invalid-request", `/events: ${detail}`, {
      errors: [{ pointer: "/events", detail }],
    });
  }
  return undefined;
}

/** Who sent one event wants to hear of its fault as the fault of the request. */
function answerForOne(taken: EventsTaken): EventsTaken {
  const [rejected] = taken.rejected;
  if (rejected) throw problem(rejected.code, rejected.detail, { errors: rejected.errors });
  return taken;
}
