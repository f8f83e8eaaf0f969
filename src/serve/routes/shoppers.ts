import { z } from "zod";
import type { ErasureCertificate, Merged } from "../../collect/collect.ts";
import { findShoppers, type ShopperSummary } from "../../features/find-shoppers.ts";
import { shopId } from "../../schema.ts";
import { listOf, pageParts, shopperPath } from "../answers.ts";
import { detailOf } from "../http/audited.ts";
import { pageAt, readPlace } from "../http/cursor.ts";
import { type Route, route } from "../http/route.ts";
import { profileOf, shopperProfileSchema } from "../shopper-profile.ts";

const certificateSchema: z.ZodType<ErasureCertificate> = z
  .object({
    id: z.string(),
    at: z.number(),
    subject: z.string().describe("SHA-256 of shop and shopper id with the salt"),
    salt: z.string(),
    events: z.number(),
    aliases: z.number(),
    derived: z.array(z.string()),
  })
  .meta({ id: "ErasureCertificate" });

const mergedSchema: z.ZodType<Merged> = z
  .object({ person: z.string(), events: z.number() })
  .meta({ id: "Merged" });

const shopperSummarySchema: z.ZodType<ShopperSummary> = z
  .object({
    shopper: z.string(),
    firstSeen: z.number(),
    lastSeen: z.number(),
    events: z.number().describe("What they did; lists shown to them not counted"),
    purchases: z.number(),
  })
  .meta({ id: "ShopperSummary" });

/** The audit log is told of no shopper: who is erased is to be found nowhere. */
export const shopperRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/shoppers",
    id: "listShoppers",
    tag: "shoppers",
    summary: "Shoppers, latest here first",
    scope: "secret",
    shop: "required",
    slow: true,
    query: z.strictObject({
      ...pageParts,
      q: z.string().max(128).default("").describe("Letters that the id must hold, in any case"),
    }),
    answer: listOf(shopperSummarySchema),
    async run({ platform, shop, query: { q, limit, cursor } }) {
      const list = `shoppers:${shop}:${q}`;
      const offset = readPlace(list, cursor);
      const search = { text: q, limit: limit + 1, offset };
      return pageAt(list, await findShoppers(await platform.past(shop), search), offset, limit);
    },
  }),
  route({
    method: "GET",
    path: "/v1/shoppers/:shopper",
    id: "getShopper",
    tag: "shoppers",
    summary: "What is known of a shopper, with the timeline",
    scope: "secret",
    shop: "required",
    params: shopperPath,
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    answer: shopperProfileSchema,
    problems: ["unknown-shopper"],
    run: ({ platform, shop, path, query }) => profileOf(platform, shop, path.shopper, query.limit),
  }),
  route({
    method: "POST",
    path: "/v1/shoppers/merge",
    id: "mergeShopper",
    tag: "shoppers",
    summary: "Give all that an anonymous id did to a shopper",
    scope: "secret",
    shop: "required",
    body: z.strictObject({ anonymous: shopId, shopper: shopId }).meta({ id: "MergeRequest" }),
    answer: mergedSchema,
    problems: ["conflict", "limit-reached"],
    run: ({ platform, shop, body }) => platform.collect.merge(shop, body.anonymous, body.shopper),
    words: (_call, { events }) => ({ target: null, detail: detailOf({ events }) }),
  }),
  route({
    method: "DELETE",
    path: "/v1/shoppers/:shopper",
    id: "eraseShopper",
    tag: "shoppers",
    summary: "Erase a shopper from the log and all that is derived",
    about: "The certificate proves the erasure without keeping who it was of.",
    scope: "secret",
    shop: "required",
    slow: true,
    params: shopperPath,
    answer: certificateSchema,
    problems: ["unknown-shopper"],
    run: ({ platform, shop, path }) => platform.collect.erase(shop, path.shopper),
    words: (_call, { id, events }) => ({ target: id, detail: detailOf({ events }) }),
  }),
];
