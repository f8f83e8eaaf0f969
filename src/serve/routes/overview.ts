import { z } from "zod";
import { type Route, route } from "../http/route.ts";
import { type Overviews, overviewSchema } from "../overview/overview.ts";
import { pipelineOf, pipelineSchema } from "../overview/pipeline.ts";

export const overviewRoutes = (overviews: Overviews): readonly Route[] => [
  route({
    method: "GET",
    path: "/v1/overview",
    id: "getOverview",
    tag: "shops",
    summary: "The shop on one page: trade, lists, health, and what needs attention",
    about: "Today and the days before it, in UTC. At most five seconds old.",
    scope: "secret",
    shop: "required",
    slow: true,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(90).default(7) }),
    answer: overviewSchema,
    run: ({ shop, query }) => overviews.of(shop, query.days),
  }),
  route({
    method: "GET",
    path: "/v1/pipeline",
    id: "getPipeline",
    tag: "shops",
    summary: "The eight stages from an event to the next list: counts, last runs, what runs now",
    scope: "secret",
    shop: "required",
    slow: true,
    answer: pipelineSchema,
    run: ({ platform, reports, shop }) => pipelineOf(platform, reports, shop),
  }),
];
