import { z } from "zod";
import { ruleSchema } from "../../scenarios/recommend/schema.ts";
import { listOf, ruleSetSchema } from "../answers.ts";
import { type Route, route } from "../http/route.ts";

const version = z.coerce.number().int().min(0).max(1_000_000_000);
const versionPath = z.object({ version });
const rulePath = z.object({ rule: z.string().min(1).max(64) });
const expected = z.strictObject({
  expect: version.optional().describe("Version that the writer saw; another one is a conflict"),
});

export const ruleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/rules",
    id: "getRules",
    tag: "rules",
    summary: "The rules in force",
    scope: "secret",
    shop: "required",
    answer: ruleSetSchema,
    run: ({ platform, shop }) => platform.recommend.rules.current(shop),
  }),
  route({
    method: "GET",
    path: "/v1/rules/versions",
    id: "listRuleVersions",
    tag: "rules",
    summary: "Former versions of the rules, newest first",
    scope: "secret",
    shop: "required",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(20) }),
    answer: listOf(ruleSetSchema),
    run: async ({ platform, shop, query }) => ({
      rows: await platform.recommend.rules.history(shop, query.limit),
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
    shop: "required",
    params: versionPath,
    answer: ruleSetSchema,
    problems: ["unknown-rule"],
    run: ({ platform, shop, path }) => platform.recommend.rules.version(shop, path.version),
  }),
  route({
    method: "POST",
    path: "/v1/rules/versions/:version/restore",
    id: "restoreRuleVersion",
    tag: "rules",
    summary: "Make an old version the newest again",
    scope: "secret",
    shop: "required",
    params: versionPath,
    answer: ruleSetSchema,
    problems: ["unknown-rule"],
    run: ({ platform, shop, path, caller }) =>
      platform.recommend.rules.restore(shop, path.version, caller.key),
  }),
  route({
    method: "PUT",
    path: "/v1/rules",
    id: "putRule",
    tag: "rules",
    summary: "Add or replace one rule",
    scope: "secret",
    shop: "required",
    query: expected,
    body: z.looseObject({}),
    bodyLike: ruleSchema,
    answer: ruleSetSchema,
    problems: ["invalid-rule", "conflict", "limit-reached"],
    run: ({ platform, shop, body, query, caller }) =>
      platform.recommend.rules.put(shop, body, caller.key, query.expect),
  }),
  route({
    method: "DELETE",
    path: "/v1/rules/:rule",
    id: "removeRule",
    tag: "rules",
    summary: "Remove one rule",
    scope: "secret",
    shop: "required",
    params: rulePath,
    query: expected,
    answer: ruleSetSchema,
    problems: ["unknown-rule", "conflict"],
    run: ({ platform, shop, path, query, caller }) =>
      platform.recommend.rules.remove(shop, path.rule, caller.key, query.expect),
  }),
];
