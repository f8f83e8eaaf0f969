import { z } from "zod";
import type { ModelVersion } from "../../model/registry.ts";
import { jobSchema, type Listed, listOf, modelVersionSchema } from "../answers.ts";
import { type Route, route } from "../http/route.ts";
import { compressModelWorkSchema } from "../jobs.ts";
import { demoteModel, promoteModel, tryModel, withdrawModel } from "../models.ts";
import { startJob } from "../work.ts";

const scenarioName = z.string().min(1).max(64);
const servingSchema = z
  .object({
    inService: modelVersionSchema.nullable(),
    canary: z.object({ version: modelVersionSchema, share: z.number() }).nullable(),
  })
  .meta({ id: "Serving" });
const versionPath = z.object({ version: z.string().min(1).max(128) });

export const modelRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/v1/models",
    id: "listModels",
    tag: "models",
    summary: "Model versions, newest first",
    scope: "secret",
    shop: "required",
    query: z.strictObject({ scenario: scenarioName.optional() }),
    answer: listOf(modelVersionSchema),
    run: async ({ platform, shop, query }): Promise<Listed<ModelVersion>> => ({
      rows: await platform.models.list(shop, query.scenario),
      next: null,
    }),
  }),
  route({
    method: "GET",
    path: "/v1/models/serving",
    id: "getServing",
    tag: "models",
    summary: "The version that answers, and the one that is tried out beside it",
    scope: "secret",
    shop: "required",
    query: z.strictObject({ scenario: scenarioName.default("recommend") }),
    answer: servingSchema,
    run: async ({ platform, shop, query }) => {
      const { inService, canary } = await platform.models.serving(shop, query.scenario);
      return { inService: inService ?? null, canary: canary ?? null };
    },
  }),
  route({
    method: "GET",
    path: "/v1/models/:version",
    id: "getModel",
    tag: "models",
    summary: "One model version",
    scope: "secret",
    shop: "required",
    params: versionPath,
    answer: modelVersionSchema,
    problems: ["unknown-model"],
    run: ({ platform, shop, path }) => platform.models.get(shop, path.version),
  }),
  route({
    method: "POST",
    path: "/v1/models/:version/promote",
    id: "promoteModel",
    tag: "models",
    summary: "Put a version in service",
    scope: "secret",
    shop: "required",
    params: versionPath,
    answer: modelVersionSchema,
    problems: ["unknown-model", "storage-damaged"],
    run: ({ platform, shop, path }) => promoteModel(platform, shop, path.version),
  }),
  route({
    method: "POST",
    path: "/v1/models/:version/compress",
    id: "compressModel",
    tag: "models",
    summary: "Make a smaller version of a version, where its answers lose no more than they may",
    about:
      "`int8` keeps tables and weights in 8 bits, `prune` leaves out the numbers nearest to 0, `pq` keeps " +
      "the item table as numbers of centres, `distill` teaches a network of half the blocks. What it " +
      "costs is measured on held-out actions, by a model that learned without them; the job's result is " +
      "the report and the new version, or null where more than `dropMost` was lost. Answers as every " +
      "job does: 202, or 200 when it ends within `Prefer: wait=seconds`.",
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    params: versionPath,
    body: compressModelWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, path, body, ...http }) => {
      const payload = { ...path, how: body };
      return startJob(platform, { shop, kind: "compress-model", payload }, http);
    },
  }),
  route({
    method: "POST",
    path: "/v1/models/:version/canary",
    id: "tryModel",
    tag: "models",
    summary: "Try a version on a share of the shoppers beside the one in service; 0 ends the trial",
    scope: "secret",
    shop: "required",
    params: versionPath,
    body: z.strictObject({ share: z.number().min(0).max(0.5) }).meta({ id: "CanaryRequest" }),
    answer: modelVersionSchema,
    problems: ["unknown-model", "storage-damaged"],
    run: ({ platform, shop, path, body }) => tryModel(platform, shop, path.version, body.share),
  }),
  route({
    method: "POST",
    path: "/v1/models/:version/withdraw",
    id: "withdrawModel",
    tag: "models",
    summary: "Never use a version again; one in service leaves service",
    scope: "secret",
    shop: "required",
    params: versionPath,
    body: z.strictObject({ why: z.string().min(1).max(1_000) }).meta({ id: "WithdrawRequest" }),
    answer: modelVersionSchema,
    problems: ["unknown-model"],
    run: ({ platform, shop, path, body }) => withdrawModel(platform, shop, path.version, body.why),
  }),
  route({
    method: "POST",
    path: "/v1/models/rollback",
    id: "rollbackModel",
    tag: "models",
    summary: "Back to the version that was in service before",
    scope: "secret",
    shop: "required",
    body: z.strictObject({ scenario: scenarioName }).meta({ id: "RollbackRequest" }),
    answer: modelVersionSchema,
    problems: ["unknown-model"],
    run: ({ platform, shop, body }) => demoteModel(platform, shop, body.scenario),
  }),
];
