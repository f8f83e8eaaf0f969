import { z } from "zod";
import type { Quarantined } from "../../collect/importing.ts";
import { countSchema, listOf, pagedSchema } from "../answers.ts";
import { exportEvents, exportItems } from "../exchange.ts";
import { detailOf } from "../http/audited.ts";
import { lineLimits, linesTakenSchema, takeLines } from "../http/ndjson.ts";
import { type Route, route, streamOf } from "../http/route.ts";
import { listQuarantined } from "../quarantine.ts";

const NDJSON = "application/x-ndjson";
const ids = z.array(z.string().min(1).max(128)).max(10_000);

const quarantinedSchema: z.ZodType<Quarantined> = z
  .object({
    id: z.string(),
    source: z.string(),
    part: z.string(),
    line: z.number(),
    reason: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    kind: z.enum(["event", "item", "line"]),
    input: z.unknown(),
    at: z.number(),
  })
  .meta({ id: "Quarantined" });

export const exchangeRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/export/events",
    id: "exportEvents",
    tag: "import and export",
    summary: "The whole log as lines of JSON",
    scope: "secret",
    audit: "always",
    shop: "required",
    slow: true,
    produces: NDJSON,
    run: ({ platform, shop }) => exportEvents(platform, shop),
  }),
  route({
    method: "GET",
    path: "/v1/export/items",
    id: "exportItems",
    tag: "import and export",
    summary: "The whole catalogue as lines of JSON",
    scope: "secret",
    audit: "always",
    shop: "required",
    slow: true,
    produces: NDJSON,
    run: ({ platform, shop }) => exportItems(platform, shop),
  }),
  route({
    method: "POST",
    path: "/v1/import",
    id: "importLines",
    tag: "import and export",
    summary: "Take what an export gave: events and items as lines of JSON",
    about: "A line with `item` is an item, any other an event. Sending it twice changes nothing.",
    scope: "secret",
    shop: "required",
    slow: true,
    stage: "append",
    consumes: [NDJSON],
    answer: linesTakenSchema,
    problems: ["storage-full"],
    run: ({ platform, shop, request }) =>
      takeLines(platform.collect, shop, {
        source: streamOf(request),
        limits: lineLimits(platform.config),
        items: true,
      }),
    words: (_call, { events, items, rejected }) => ({
      target: null,
      detail: detailOf({ events, items, rejected }),
    }),
  }),
  route({
    method: "GET",
    path: "/v1/imports/sources",
    id: "listImportSources",
    tag: "import and export",
    summary: "What can be imported",
    scope: "secret",
    shop: "any",
    answer: listOf(z.object({ name: z.string(), about: z.string() })),
    run: ({ platform }) => ({ rows: platform.importer.sources(), next: null }),
  }),
  route({
    method: "GET",
    path: "/v1/quarantine",
    id: "listQuarantine",
    tag: "quarantine",
    summary: "What was refused from files, with the reason",
    scope: "secret",
    shop: "required",
    query: pagedSchema,
    answer: listOf(quarantinedSchema),
    run: ({ platform, shop, query }) => listQuarantined(platform, shop, query),
  }),
  route({
    method: "POST",
    path: "/v1/quarantine/replay",
    id: "replayQuarantine",
    tag: "quarantine",
    summary: "Try again what was refused; all of it when no ids are given",
    scope: "secret",
    shop: "required",
    slow: true,
    body: z.strictObject({ ids: ids.optional() }).meta({ id: "ReplayRequest" }),
    answer: z.object({ taken: z.int(), refused: z.int() }).meta({ id: "Replayed" }),
    run: ({ platform, shop, body }) => platform.importer.replay(shop, body.ids),
  }),
  route({
    method: "POST",
    path: "/v1/quarantine/discard",
    id: "discardQuarantine",
    tag: "quarantine",
    summary: "Give up what was refused",
    scope: "secret",
    shop: "required",
    body: z.strictObject({ ids: ids.min(1) }).meta({ id: "DiscardRequest" }),
    answer: countSchema("discarded"),
    run: async ({ platform, shop, body }) => ({
      discarded: await platform.importer.discard(shop, body.ids),
    }),
  }),
];
