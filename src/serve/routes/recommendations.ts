import { z } from "zod";
import type { RecommendPreview } from "../../scenarios/recommend/recommend.ts";
import {
  itemExplanationSchema,
  type RecommendDecision,
  type RecommendRequest,
  recommendDecisionSchema,
  recommendRequestSchema,
  recommendSurfaces,
  ruleSchema,
} from "../../scenarios/recommend/schema.ts";
import { locale, shopId } from "../../schema.ts";
import { type Route, route } from "../http/route.ts";

const itemList = z
  .string()
  .max(16_384)
  .transform((text) => text.split(",").filter((id) => id !== ""))
  .pipe(z.array(shopId).max(100) as z.ZodType<string[], string[]>);

const yesNo = z.enum(["true", "false"]).transform((text) => text === "true");

const surfacePath = z.object({ surface: z.enum(recommendSurfaces) });

const surfaceQuery = z.strictObject({
  shopper: shopId.optional(),
  anonymous: shopId.optional(),
  items: itemList.optional().describe("Item ids with commas between"),
  exclude: itemList.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  diversity: z.coerce.number().min(0).max(1).optional(),
  personalise: yesNo.optional(),
  locale: locale.optional(),
  record: yesNo.optional(),
});

const explainRequest = z
  .strictObject({ request: recommendRequestSchema, item: shopId })
  .meta({ id: "ExplainRequest" });

const previewRequest = z
  .strictObject({ request: recommendRequestSchema, rules: z.array(ruleSchema).max(10_000) })
  .meta({ id: "PreviewRequest" });

const previewSchema: z.ZodType<RecommendPreview> = z
  .object({
    now: recommendDecisionSchema as z.ZodType<RecommendDecision>,
    // biome-ignore lint/suspicious/noThenProperty: the contract's word; a list, never a function
    then: recommendDecisionSchema as z.ZodType<RecommendDecision>,
    effects: z.record(z.string(), z.number()),
  })
  .meta({ id: "RecommendPreview" });

export const recommendationRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/v1/recommendations",
    id: "recommend",
    tag: "recommendations",
    summary: "Ask for a list",
    about:
      "Send `request` of the answer back as `context.request` of the clicks and purchases that " +
      "follow. The list is logged as an exposure unless `record` is false.",
    scope: "publishable",
    shop: "required",
    stage: "decide",
    body: recommendRequestSchema,
    answer: recommendDecisionSchema,
    run: ({ platform, shop, body }) => platform.recommend.decide(shop, body),
  }),
  route({
    method: "GET",
    path: "/v1/recommendations/:surface",
    id: "recommendOnSurface",
    tag: "recommendations",
    summary: "Ask for a list by its address alone",
    scope: "publishable",
    shop: "required",
    stage: "decide",
    params: surfacePath,
    query: surfaceQuery,
    answer: recommendDecisionSchema,
    run: ({ platform, shop, path, query }) =>
      platform.recommend.decide(
        shop,
        recommendRequestSchema.parse({ ...path, ...query }) as RecommendRequest,
      ),
  }),
  route({
    method: "POST",
    path: "/v1/recommendations/explain",
    id: "explainRecommendation",
    tag: "recommendations",
    summary: "Why an item stands in a list, or why it does not",
    scope: "secret",
    shop: "required",
    stage: "explain",
    body: explainRequest,
    answer: itemExplanationSchema,
    problems: ["unknown-item", "no-model"],
    run: ({ platform, shop, body }) => platform.recommend.explain(shop, body.request, body.item),
  }),
  route({
    method: "POST",
    path: "/v1/recommendations/preview",
    id: "previewRules",
    tag: "recommendations",
    summary: "The list under other rules, before they are saved",
    scope: "secret",
    shop: "required",
    stage: "preview",
    body: previewRequest,
    answer: previewSchema,
    problems: ["invalid-rule"],
    run: ({ platform, shop, body }) => platform.recommend.preview(shop, body.request, body.rules),
  }),
];
