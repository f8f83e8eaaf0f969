import { z } from "zod";
import { problem } from "../../errors.ts";
import type { AnyScenarioRoute, ScenarioRoute } from "../../scenario.ts";
import { locale, shopId } from "../../schema.ts";
import { surfaceRules } from "./list/surfaces.ts";
import type { Recommend, RecommendPreview, RuleStep } from "./recommend.ts";
import { restingReasons } from "./rules/ruling.ts";
import {
  itemExplanationSchema,
  type RecommendDecision,
  type RecommendRequest,
  type RecommendSurface,
  type Rule,
  type RuleSet,
  recommendDecisionSchema,
  recommendRequestSchema,
  recommendSurfaces,
  ruleSchema,
} from "./schema.ts";

/** What a shop can ask of the recommender by HTTP; serve makes the server's routes of it. */
const route = <
  Body = undefined,
  Query = Record<string, never>,
  Path = Record<string, never>,
  Answer = undefined,
>(
  line: ScenarioRoute<Recommend, Body, Query, Path, Answer>,
): AnyScenarioRoute<Recommend> => line as unknown as AnyScenarioRoute<Recommend>;

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

const place = z.int().min(0).nullable();
const ruleStepSchema: z.ZodType<RuleStep> = z
  .object({
    rules: z.array(z.string()),
    changes: z.array(
      z.object({
        item: z.string(),
        title: z.string(),
        from: place.describe("0-based place before; null: not in the list"),
        to: place.describe("0-based place after; null: no longer in the list"),
        touched: z
          .boolean()
          .describe("The rule is about this item; else it only made or lost room"),
      }),
    ),
  })
  .meta({ id: "RuleStep" });

const previewSchema: z.ZodType<RecommendPreview> = z
  .object({
    now: recommendDecisionSchema as z.ZodType<RecommendDecision>,
    // biome-ignore lint/suspicious/noThenProperty: the contract's word; a list, never a function
    then: recommendDecisionSchema as z.ZodType<RecommendDecision>,
    effects: z.record(z.string(), z.number()),
    resting: z
      .array(z.object({ rule: z.string(), why: z.enum(restingReasons) }))
      .describe("Proposed rules that are not in force on this surface now"),
    steps: z
      .array(ruleStepSchema)
      .describe("From the list without rules to the one with all, in the order of application"),
  })
  .meta({ id: "RecommendPreview" });

const ruleSetSchema: z.ZodType<RuleSet> = z
  .object({
    version: z.int().min(0),
    at: z.number(),
    by: z.string().describe("Id of the key, or `user:` and the name, that made the change"),
    change: z.string(),
    rules: z.array(ruleSchema as z.ZodType<Rule>),
  })
  .meta({ id: "RuleSet" });

const ruleSetsSchema = z.object({
  rows: z.array(ruleSetSchema),
  next: z.null(),
});

const version = z.coerce.number().int().min(0).max(1_000_000_000);
const versionPath = z.object({ version });
const rulePath = z.object({ rule: z.string().min(1).max(64) });
const expected = z.strictObject({
  expect: version.optional().describe("Version that the writer saw; another one is a conflict"),
});

/**
 * A publishable key is read by every visitor, and a surface that holds nothing but what a shopper
 * bought would tell whoever has it the purchases of anybody whose id they know or guess.
 * @throws problem `not-allowed`
 */
function judgeSurface(surface: RecommendSurface, isSecret: boolean): void {
  if (isSecret || !surfaceRules[surface].onlyBought) return;
  throw problem(
    "not-allowed",
    `${surface} tells what a shopper bought; ask from the shop's server, with the secret key`,
  );
}

/** What somebody of the shop looks at was shown to no shopper: it is not on record, whatever was asked. */
const asPreview = (request: RecommendRequest, isSignedIn: boolean): RecommendRequest =>
  isSignedIn ? { ...request, record: false } : request;

const NEEDS_SECRET = "`buy_again` needs a secret key: it tells what a shopper bought.";

const lists: readonly AnyScenarioRoute<Recommend>[] = [
  route({
    method: "POST",
    path: "/v1/recommendations",
    id: "recommend",
    tag: "recommendations",
    summary: "Ask for a list",
    about:
      "Send `request` of the answer back as `context.request` of the clicks and purchases that " +
      "follow. The list is logged as an exposure unless `record` is false, and never for a user who is " +
      `signed in: what they look at was shown to no shopper. ${NEEDS_SECRET}`,
    scope: "publishable",
    reads: true,
    stage: "decide",
    body: recommendRequestSchema,
    answer: recommendDecisionSchema,
    asMade: true,
    run: (recommend, { shop, isSecret, isSignedIn, body }) => {
      judgeSurface(body.surface, isSecret);
      return recommend.decide(shop, asPreview(body, isSignedIn));
    },
  }),
  route({
    method: "GET",
    path: "/v1/recommendations/:surface",
    id: "recommendOnSurface",
    tag: "recommendations",
    summary: "Ask for a list by its address alone",
    about: NEEDS_SECRET,
    scope: "publishable",
    stage: "decide",
    params: surfacePath,
    query: surfaceQuery,
    answer: recommendDecisionSchema,
    asMade: true,
    run: (recommend, { shop, isSecret, isSignedIn, path, query }) => {
      judgeSurface(path.surface, isSecret);
      const request = recommendRequestSchema.parse({ ...path, ...query }) as RecommendRequest;
      return recommend.decide(shop, asPreview(request, isSignedIn));
    },
  }),
  route({
    method: "POST",
    path: "/v1/recommendations/explain",
    id: "explainRecommendation",
    tag: "recommendations",
    summary: "Why an item stands in a list, or why it does not",
    scope: "secret",
    reads: true,
    stage: "explain",
    body: explainRequest,
    answer: itemExplanationSchema,
    problems: ["unknown-item", "no-model"],
    run: (recommend, { shop, body }) => recommend.explain(shop, body.request, body.item),
  }),
  route({
    method: "POST",
    path: "/v1/recommendations/preview",
    id: "previewRules",
    tag: "recommendations",
    summary: "The list under other rules, before they are saved",
    scope: "secret",
    reads: true,
    stage: "preview",
    body: previewRequest,
    answer: previewSchema,
    problems: ["invalid-rule"],
    run: (recommend, { shop, body }) => recommend.preview(shop, body.request, body.rules),
  }),
];

const rules: readonly AnyScenarioRoute<Recommend>[] = [
  route({
    method: "GET",
    path: "/v1/rules",
    id: "getRules",
    tag: "rules",
    summary: "The rules in force",
    scope: "secret",
    answer: ruleSetSchema,
    run: (recommend, { shop }) => recommend.rules.current(shop),
  }),
  route({
    method: "GET",
    path: "/v1/rules/versions",
    id: "listRuleVersions",
    tag: "rules",
    summary: "Former versions of the rules, newest first",
    scope: "secret",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(20) }),
    answer: ruleSetsSchema,
    run: async (recommend, { shop, query }) => ({
      rows: await recommend.rules.history(shop, query.limit),
      next: null,
    }),
  }),
  route({
    method: "GET",
    path: "/v1/rules/versions/:version",
    id: "getRuleVersion",
    tag: "rules",
    summary: "One version of the rules",
    scope: "secret",
    params: versionPath,
    answer: ruleSetSchema,
    problems: ["unknown-rule"],
    run: (recommend, { shop, path }) => recommend.rules.version(shop, path.version),
  }),
  route({
    method: "POST",
    path: "/v1/rules/versions/:version/restore",
    id: "restoreRuleVersion",
    tag: "rules",
    summary: "Make an old version the newest again",
    scope: "secret",
    params: versionPath,
    answer: ruleSetSchema,
    problems: ["unknown-rule"],
    run: (recommend, { shop, path, by }) => recommend.rules.restore(shop, path.version, by),
  }),
  route({
    method: "PUT",
    path: "/v1/rules",
    id: "putRule",
    tag: "rules",
    summary: "Add or replace one rule",
    scope: "secret",
    query: expected,
    body: z.looseObject({}),
    bodyLike: ruleSchema,
    answer: ruleSetSchema,
    problems: ["invalid-rule", "conflict", "limit-reached"],
    run: (recommend, { shop, body, query, by }) =>
      recommend.rules.put(shop, body, by, query.expect),
  }),
  route({
    method: "DELETE",
    path: "/v1/rules/:rule",
    id: "removeRule",
    tag: "rules",
    summary: "Remove one rule",
    scope: "secret",
    params: rulePath,
    query: expected,
    answer: ruleSetSchema,
    problems: ["unknown-rule", "conflict"],
    run: (recommend, { shop, path, query, by }) =>
      recommend.rules.remove(shop, path.rule, by, query.expect),
  }),
];

export const recommendRoutes: readonly AnyScenarioRoute<Recommend>[] = [...lists, ...rules];
