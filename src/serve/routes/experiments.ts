import { z } from "zod";
import { listOf } from "../answers.ts";
import { experimentOf, experimentSchema, listTrials, trialSchema } from "../experiments.ts";
import { type Route, route } from "../http/route.ts";

export const experimentRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/experiments",
    id: "listExperiments",
    tag: "experiments",
    summary: "Trials of a version of the recommender beside another, newest first",
    about:
      "Begin one with `POST /v1/models/{version}/canary`. Another share begins another trial; it ends " +
      "with share 0, and when a version is promoted or withdrawn. The last twenty are kept.",
    scope: "secret",
    shop: "required",
    answer: listOf(trialSchema),
    run: async ({ platform, shop }) => ({ rows: await listTrials(platform, shop), next: null }),
  }),
  route({
    method: "GET",
    path: "/v1/experiments/:trial",
    id: "getExperiment",
    tag: "experiments",
    summary: "What a trial says: shoppers, clicks, purchases, revenue, and whether they differ",
    about:
      "Each shopper counts once, for the version that showed them a list first, with what they did " +
      "from then on. Verdicts hold however often they are asked for.",
    scope: "secret",
    shop: "required",
    slow: true,
    params: z.object({ trial: z.string().min(1).max(64) }),
    query: z.strictObject({
      effect: z.coerce
        .number()
        .min(0.001)
        .max(10)
        .default(0.1)
        .describe("The difference worth telling, as a share of what the version in service has"),
    }),
    answer: experimentSchema,
    problems: ["unknown-experiment"],
    run: ({ platform, shop, path, query }) =>
      experimentOf(platform, shop, path.trial, query.effect),
  }),
];
