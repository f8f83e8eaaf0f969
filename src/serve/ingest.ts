import type { Collect, EventsTaken } from "../collect/collect.ts";
import { problem } from "../errors.ts";

/**
 * Events of a JSON body: `{ events: [...] }`, a bare array, or one event by itself. What a model expects
 * is not for a visitor's browser to say: reports are made of it.
 */
export async function takeEvents(
  collect: Collect,
  shop: string,
  body: unknown,
  isPublic: boolean,
): Promise<EventsTaken> {
  const batch = batchOf(body);
  if (isPublic) refusePredictions(batch ?? [body], batch === undefined ? "" : "/events");
  if (batch) return await collect.events(shop, batch);
  return answerForOne(await collect.events(shop, [body]));
}

function refusePredictions(batch: readonly unknown[], base: string): void {
  const at = batch.findIndex((one) => (one as { name?: unknown } | null)?.name === "prediction");
  if (at < 0) return;
  const pointer = base === "" ? "/name" : `${base}/${at}/name`;
  const detail = "a prediction is sent with a secret key";
  throw problem("not-allowed", `${pointer}: ${detail}`, { errors: [{ pointer, detail }] });
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
