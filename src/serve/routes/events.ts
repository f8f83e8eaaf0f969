import { z } from "zod";
import { type EventInput, eventInputSchema } from "../../collect/event.ts";
import { type MapOptions, mapGa4 } from "../../collect/map-ga4.ts";
import { mapSegment } from "../../collect/map-segment.ts";
import { eventsTakenSchema } from "../answers.ts";
import { lineLimits, linesTakenSchema, takeLines } from "../http/ndjson.ts";
import { type Route, route, streamOf } from "../http/route.ts";
import { takeEvents } from "../ingest.ts";

const eventBatchSchema = z
  .strictObject({ events: z.array(eventInputSchema).min(1) })
  .meta({ id: "EventBatch" });

const AS_JUDGED =
  "Each event is judged by itself: the good ones are taken, and `rejected` says what is wrong " +
  "with the others. What is answered for is on disk. An `eventId` that was taken before changes " +
  "nothing, so a request may be repeated safely. JSON may also come as `text/plain`, as beacons send.";

interface Foreign {
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  map(payload: unknown, options: MapOptions): EventInput[];
}

/** Another vocabulary's payload, mapped to ours event by event. */
const foreign = ({ map, ...spec }: Foreign): Route =>
  route({
    ...spec,
    method: "POST",
    tag: "events",
    about: `${AS_JUDGED} What has no place in our vocabulary is kept in \`properties\`.`,
    scope: "publishable",
    shop: "required",
    protected: true,
    stage: "append",
    body: z.unknown(),
    bodyLike: z.looseObject({}),
    answer: eventsTakenSchema,
    problems: ["invalid-event", "invalid-request", "storage-full"],
    run: ({ platform, shop, body }) =>
      platform.collect.events(shop, map(body, { currency: platform.config.collect.currency })),
  });

export const eventRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/v1/events",
    id: "sendEvents",
    tag: "events",
    summary: "Send one event, or a batch",
    about: `${AS_JUDGED} One event by itself that is not valid is a problem of the request.`,
    scope: "publishable",
    shop: "required",
    protected: true,
    stage: "append",
    body: z.unknown(),
    bodyLike: z.union([eventBatchSchema, eventInputSchema]),
    answer: eventsTakenSchema,
    problems: ["not-allowed", "invalid-event", "invalid-request", "storage-full"],
    run: ({ platform, shop, caller, body }) =>
      takeEvents(platform.collect, shop, body, caller.role === "publishable"),
  }),
  foreign({
    path: "/v1/events/ga4",
    id: "sendGa4Events",
    summary: "Send Google Analytics 4 events as they are",
    map: mapGa4,
  }),
  foreign({
    path: "/v1/events/segment",
    id: "sendSegmentEvents",
    summary: "Send Segment calls as they are",
    map: mapSegment,
  }),
  route({
    method: "POST",
    path: "/v1/events/stream",
    id: "streamEvents",
    tag: "events",
    summary: "Send any number of events as lines of JSON",
    about: `${AS_JUDGED} The stream is read no faster than the disk can write.`,
    scope: "secret",
    shop: "required",
    protected: true,
    slow: true,
    stage: "append",
    consumes: ["application/x-ndjson"],
    answer: linesTakenSchema,
    problems: ["storage-full"],
    run: ({ platform, shop, request }) =>
      takeLines(platform.collect, shop, {
        source: streamOf(request),
        limits: lineLimits(platform.config),
        items: false,
      }),
  }),
];
