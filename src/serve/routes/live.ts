import { z } from "zod";
import { type Route, route } from "../http/route.ts";
import { liveSnapshotSchema } from "../live/snapshot.ts";

export const liveRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/live",
    id: "watchShop",
    tag: "live",
    summary: "The shop as it is right now, told every second",
    about:
      "Server-sent events named `snapshot`; the data of each is JSON as below. It ends after " +
      "`snapshots` of them, when the server stops, and when the key or session does.",
    scope: "secret",
    shop: "required",
    slow: true,
    query: z.strictObject({
      snapshots: z.coerce.number().int().min(1).max(1_000_000_000).default(1_000_000_000),
    }),
    produces: "text/event-stream",
    event: liveSnapshotSchema,
    problems: ["overloaded"],
    run: ({ live, shop, caller, query, reply }) => {
      // A stream that ends takes its connection along, so that a stop need not wait for it.
      reply.header("cache-control", "no-store").header("connection", "close");
      reply.header("x-accel-buffering", "no");
      return live.watch(shop, { snapshots: query.snapshots, isStillIn: caller.isStillIn });
    },
  }),
];
