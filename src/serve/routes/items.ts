import { z } from "zod";
import { availabilities, itemInputSchema } from "../../collect/item.ts";
import { itemPath, itemSchema, itemsTakenSchema, listOf, pagedSchema } from "../answers.ts";
import { findItem, listItems, takeItems } from "../catalogue.ts";
import { importReportSchema, takeFeed } from "../feed.ts";
import { type Route, route } from "../http/route.ts";

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

const upsert = (method: "POST" | "PUT", id: string): Route =>
  route({
    method,
    path: "/v1/items",
    id,
    tag: "items",
    summary: "Add or replace items",
    about: "An item is replaced whole. POST and PUT do the same; `rejected` names the faulty ones.",
    scope: "secret",
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
    summary: "List the catalogue",
    scope: "secret",
    shop: "required",
    query: pagedSchema,
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
    method: "PATCH",
    path: "/v1/items/:item",
    id: "patchItem",
    tag: "items",
    summary: "Change price, stock or visibility of one item",
    about: "Holds in the very next answer.",
    scope: "secret",
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
    shop: "required",
    status: 204,
    params: itemPath,
    problems: ["unknown-item"],
    run: ({ platform, shop, path }) =>
      platform.collect.removeItem(shop, path.item) as Promise<undefined>,
  }),
];
