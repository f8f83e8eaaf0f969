import { z } from "zod";
import { availabilities, itemInputSchema } from "../../collect/item.ts";
import { itemPath, itemSchema, itemsTakenSchema, listOf, pageParts } from "../answers.ts";
import { findItem, type ItemQuery, listItems, takeItems } from "../catalogue.ts";
import { importReportSchema, takeFeed } from "../feed.ts";
import { type Route, route } from "../http/route.ts";
import { insightsOf, itemInsightsSchema } from "../item-insights.ts";

const batch = z.strictObject({ items: z.array(itemInputSchema).min(1) }).meta({ id: "ItemBatch" });

const itemPatchSchema = z
  .looseObject({
    priceMinor: z.int().min(0).optional(),
    salePriceMinor: z.int().min(0).nullable().optional(),
    stock: z.int().min(0).optional(),
    hidden: z.boolean().optional(),
    availability: z.enum(availabilities).optional(),
  })
  .meta({ id: "ItemPatch" });

const itemQuery: z.ZodType<ItemQuery, unknown> = z.strictObject({
  ...pageParts,
  q: z
    .string()
    .max(256)
    .optional()
    .describe("Words that id, title, brand or category must hold, in either language"),
  category: z.string().max(256).optional(),
  brand: z.string().max(256).optional(),
  stock: z.enum(["in", "out"]).optional(),
  hidden: z
    .enum(["true", "false"])
    .transform((said) => said === "true")
    .optional(),
});

const upsert = (method: "POST" | "PUT", id: string): Route =>
  route({
    method,
    path: "/v1/items",
    id,
    tag: "items",
    summary: "Add or replace items",
    about: "An item is replaced whole. POST and PUT do the same; `rejected` names the faulty ones.",
    scope: "secret",
    audit: "users",
    shop: "required",
    body: z.unknown(),
    bodyLike: z.union([batch, itemInputSchema]),
    answer: itemsTakenSchema,
    problems: ["invalid-item", "storage-full"],
    run: ({ platform, shop, body }) => takeItems(platform.collect, shop, body),
  });

export const itemRoutes: readonly Route[] = [
  upsert("POST", "upsertItems"),
  upsert("PUT", "putItems"),
  route({
    method: "GET",
    path: "/v1/items",
    id: "listItems",
    tag: "items",
    summary: "List the catalogue, or search it",
    about: "In order of ids; a search in the order in which items came.",
    scope: "secret",
    shop: "required",
    query: itemQuery,
    answer: listOf(itemSchema),
    run: ({ platform, shop, query }) => listItems(platform, shop, query),
  }),
  route({
    method: "POST",
    path: "/v1/items/merchant",
    id: "uploadMerchantFeed",
    tag: "items",
    summary: "Upload a Google Merchant feed",
    about: "TSV or XML as it is. Lines that cannot be taken are kept in quarantine.",
    scope: "secret",
    shop: "required",
    slow: true,
    consumes: ["text/tab-separated-values", "application/xml", "text/xml"],
    answer: importReportSchema,
    problems: ["invalid-file", "storage-full"],
    run: ({ platform, shop, ...http }) => takeFeed(platform, shop, http),
  }),
  route({
    method: "GET",
    path: "/v1/items/:item",
    id: "getItem",
    tag: "items",
    summary: "Get one item",
    scope: "secret",
    shop: "required",
    params: itemPath,
    answer: itemSchema,
    problems: ["unknown-item"],
    run: ({ platform, shop, path }) => findItem(platform, shop, path.item),
  }),
  route({
    method: "GET",
    path: "/v1/items/:item/insights",
    id: "getItemInsights",
    tag: "items",
    summary: "How an item did, day by day, and who dealt with it",
    about: "All variants of its group together; days are of UTC.",
    scope: "secret",
    shop: "required",
    slow: true,
    params: itemPath,
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(366).default(30) }),
    answer: itemInsightsSchema,
    problems: ["unknown-item"],
    run: ({ platform, shop, path, query }) => insightsOf(platform, shop, path.item, query.days),
  }),
  route({
    method: "PATCH",
    path: "/v1/items/:item",
    id: "patchItem",
    tag: "items",
    summary: "Change price, stock or visibility of one item",
    about: "Holds in the very next answer.",
    scope: "secret",
    audit: "users",
    shop: "required",
    params: itemPath,
    body: z.looseObject({}),
    bodyLike: itemPatchSchema,
    answer: itemSchema,
    problems: ["unknown-item", "invalid-item", "conflict"],
    run: ({ platform, shop, path, body }) => platform.collect.patchItem(shop, path.item, body),
  }),
  route({
    method: "DELETE",
    path: "/v1/items/:item",
    id: "removeItem",
    tag: "items",
    summary: "Remove one item",
    scope: "secret",
    audit: "users",
    shop: "required",
    status: 204,
    params: itemPath,
    problems: ["unknown-item"],
    run: ({ platform, shop, path }) =>
      platform.collect.removeItem(shop, path.item) as Promise<undefined>,
  }),
];
