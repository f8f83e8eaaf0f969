import { z } from "zod";
import type { Shop } from "../../collect/shops.ts";
import { INSTALLATION } from "../../storage/records.ts";
import { providers } from "../../tensor/runtime/providers.ts";
import { jobSchema, listOf } from "../answers.ts";
import { detailOf } from "../http/audited.ts";
import { type Route, route } from "../http/route.ts";
import { type Computing, computing, createKey, maskedConfig } from "../installation.ts";
import { backupWorkSchema } from "../jobs.ts";
import type { Key } from "../keys.ts";
import { shopStatus, shopStatusSchema } from "../shop-status.ts";
import { startJob } from "../work.ts";

const shopSchema: z.ZodType<Shop> = z
  .object({ id: z.string(), name: z.string(), createdAt: z.number() })
  .meta({ id: "Shop" });

const role = z.enum(["publishable", "secret", "owner"]);
const shopName = z.string().min(1).max(63);

const keySchema: z.ZodType<Key> = z
  .object({
    id: z.string(),
    role,
    shop: z.string().nullable(),
    name: z.string(),
    masked: z.string(),
    createdAt: z.number(),
    lastUsedDay: z.string().nullable(),
    revokedAt: z.number().nullable(),
  })
  .meta({ id: "Key" });

const newKeySchema = z
  .object({ key: keySchema, secret: z.string().describe("Shown this once") })
  .meta({ id: "NewKey" });

const provider = z.enum(providers);

const computingSchema: z.ZodType<Computing> = z
  .object({
    asked: provider.describe("The setting compute.provider"),
    inUse: provider,
    fallbacks: z
      .array(z.object({ provider, why: z.string(), remedy: z.string() }))
      .describe("Passed over, in the order in which they were tried"),
    threads: z.int(),
  })
  .meta({ id: "Computing" });

export const installationRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/status",
    id: "getStatus",
    tag: "shops",
    summary: "How the shop stands: events, items, model, freshness",
    scope: "secret",
    shop: "required",
    answer: shopStatusSchema,
    run: ({ platform, shop }) => shopStatus(platform, shop),
  }),
  route({
    method: "GET",
    path: "/v1/shops",
    id: "listShops",
    tag: "shops",
    summary: "The shops of the installation",
    scope: "owner",
    shop: "none",
    answer: listOf(shopSchema),
    run: async ({ platform }) => ({ rows: await platform.shops.list(), next: null }),
  }),
  route({
    method: "POST",
    path: "/v1/shops",
    id: "createShop",
    tag: "shops",
    summary: "Open a shop, unless it is there",
    scope: "owner",
    shop: "none",
    body: z
      .strictObject({ id: shopName, name: z.string().min(1).max(256).optional() })
      .meta({ id: "NewShop" }),
    answer: shopSchema,
    problems: ["limit-reached"],
    run: ({ platform, body }) => platform.shops.ensure(body.id, body.name),
  }),
  route({
    method: "GET",
    path: "/v1/keys",
    id: "listKeys",
    tag: "keys",
    summary: "API keys, masked, with the day of last use",
    scope: "owner",
    shop: "any",
    answer: listOf(keySchema),
    run: ({ keys, shop }) => ({
      rows: keys.list(shop === INSTALLATION ? null : shop),
      next: null,
    }),
  }),
  route({
    method: "POST",
    path: "/v1/keys",
    id: "createKey",
    tag: "keys",
    summary: "Make an API key; it is shown this once",
    scope: "owner",
    shop: "none",
    status: 201,
    body: z
      .strictObject({ role, shop: shopName.optional(), name: z.string().min(1).max(256) })
      .meta({ id: "NewKeyRequest" }),
    answer: newKeySchema,
    problems: ["unknown-shop", "limit-reached"],
    run: ({ platform, keys, body }) => createKey(keys, platform.shops, body),
    words: ({ body }, { key }) => ({ target: key.id, detail: detailOf(body) }),
  }),
  route({
    method: "DELETE",
    path: "/v1/keys/:key",
    id: "revokeKey",
    tag: "keys",
    summary: "Revoke an API key, from now on",
    scope: "owner",
    shop: "none",
    params: z.object({ key: z.string().min(1).max(64) }),
    answer: keySchema,
    problems: ["unknown-key"],
    run: ({ keys, path }) => keys.revoke(path.key),
  }),
  route({
    method: "POST",
    path: "/v1/backup",
    id: "startBackup",
    tag: "installation",
    summary: "Copy everything into an empty folder while running",
    scope: "owner",
    shop: "none",
    status: 202,
    slow: true,
    body: backupWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, body, ...http }) =>
      startJob(platform, { shop: INSTALLATION, kind: "backup", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/rebuild",
    id: "startRebuild",
    tag: "installation",
    summary: "Make all that is derived again from the log",
    scope: "owner",
    shop: "none",
    status: 202,
    slow: true,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, ...http }) =>
      startJob(platform, { shop: INSTALLATION, kind: "rebuild", payload: {} }, http),
  }),
  route({
    method: "GET",
    path: "/v1/warnings",
    id: "listWarnings",
    tag: "installation",
    summary: "What was found amiss since the start, the newest last",
    scope: "owner",
    shop: "none",
    answer: listOf(z.string()),
    run: ({ platform }) => ({ rows: platform.warnings, next: null }),
  }),
  route({
    method: "GET",
    path: "/v1/compute",
    id: "getCompute",
    tag: "installation",
    summary: "Who computes networks: the provider asked for, the one in use, and why not another",
    scope: "owner",
    shop: "none",
    answer: computingSchema,
    run: ({ platform }) => computing(platform),
  }),
  route({
    method: "GET",
    path: "/v1/config",
    id: "getConfig",
    tag: "installation",
    summary: "The settings in force, secrets masked",
    scope: "owner",
    shop: "none",
    answer: z.record(z.string(), z.unknown()),
    run: ({ platform }) => maskedConfig(platform.config) as Record<string, unknown>,
  }),
];
