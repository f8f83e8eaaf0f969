import { z } from "zod";
import type { EventsTaken, ItemsTaken, Rejected } from "../collect/collect.ts";
import { availabilities, type Item } from "../collect/item.ts";
import {
  type CompressionReport,
  compressionMethods,
} from "../model/behaviour/compression/report.ts";
import type { ModelVersion, OnwardFrom, TrainingRun } from "../model/registry.ts";
import { shopId } from "../schema.ts";
import type { Job } from "../storage/jobs.ts";
import { problemCodes } from "./http/problem.ts";

/** Shapes of answers, and the parts of requests that several routes have. */
const fieldErrors = z.array(z.object({ pointer: z.string(), detail: z.string() }));

export const rejectedSchema: z.ZodType<Rejected> = z
  .object({
    index: z.int().min(0).describe("Place in the batch that was sent, from 0"),
    code: z.enum(problemCodes),
    detail: z.string(),
    errors: fieldErrors,
    remedy: z.string(),
  })
  .meta({ id: "Rejected" });

export const eventsTakenSchema: z.ZodType<EventsTaken> = z
  .object({
    accepted: z.int().describe("New events written"),
    duplicates: z.int().describe("Events that had been taken before: nothing changed"),
    withheld: z.int().describe("Events left out because their shopper did not consent"),
    rejected: z.array(rejectedSchema),
  })
  .meta({ id: "EventsTaken" });

export const itemsTakenSchema: z.ZodType<ItemsTaken> = z
  .object({
    upserted: z.int(),
    unchanged: z.int(),
    rejected: z.array(rejectedSchema),
  })
  .meta({ id: "ItemsTaken" });

const localText = z.object({ en: z.string().optional(), zh: z.string().optional() });
const amount = z.number().optional();

export const itemSchema: z.ZodType<Item> = z
  .object({
    item: z.string(),
    group: z.string(),
    title: localText,
    description: localText.optional(),
    brand: z.string().optional(),
    seller: z.string().optional(),
    supplier: z.string().optional(),
    categories: z.array(z.string()),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    images: z.array(z.string()),
    link: z.string().optional(),
    priceMinor: amount,
    salePriceMinor: amount,
    costMinor: amount,
    currency: z.string().optional(),
    stock: amount,
    availability: z.enum(availabilities),
    hidden: z.boolean(),
    createdAt: z.number(),
    updatedAt: z.number(),
    extra: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "CatalogueItem" });

export const jobSchema: z.ZodType<Job> = z
  .object({
    id: z.string(),
    shop: z.string(),
    kind: z.string(),
    payload: z.unknown(),
    state: z.enum(["queued", "running", "done", "failed", "cancelled"]),
    progress: z.object({
      stage: z.string(),
      done: z.number(),
      total: z.number().nullable(),
      unit: z.string(),
      note: z.string().optional(),
      measured: z
        .array(
          z.object({ run: z.string(), step: z.number(), values: z.record(z.string(), z.number()) }),
        )
        .optional()
        .describe("What was measured so far, such as the losses of each epoch"),
    }),
    createdAt: z.number(),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
    result: z.unknown(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  })
  .meta({ id: "Job" }) as unknown as z.ZodType<Job>;

const judgedSchema = z.object({ loss: z.number(), ndcg: z.number(), hitRate: z.number() });

const trainingRunSchema: z.ZodType<TrainingRun> = z
  .object({
    run: z.string(),
    chosen: z.boolean(),
    points: z.array(z.object({ epoch: z.number(), learned: judgedSchema, heldOut: judgedSchema })),
    verdict: z.object({
      fit: z.enum(["under", "over", "balanced", "unclear"]),
      lowestEpoch: z.number(),
      bestEpoch: z.number(),
      gap: z.number(),
      rise: z.number(),
      lateFallShare: z.number(),
      lostShare: z.number(),
      words: z.string(),
    }),
  })
  .meta({ id: "TrainingRun" });

const beforeAfterSchema = z.object({ before: z.number(), after: z.number() });

const compressionReportSchema: z.ZodType<CompressionReport> = z
  .object({
    method: z.enum(compressionMethods),
    share: z.number(),
    times: z.literal([8, 16, 32]),
    temperature: z.number(),
    dropMost: z.number(),
    of: z.string().describe("The version it was made of"),
    bytes: beforeAfterSchema,
    latencyMs: beforeAfterSchema,
    ndcg10: beforeAfterSchema,
    hitRate10: beforeAfterSchema,
    cases: z.number().describe("Held-out actions that were asked for"),
    drop: z.number().describe("The larger of the shares lost of NDCG@10 and HR@10"),
    passed: z.boolean(),
  })
  .meta({ id: "CompressionReport" });

const onwardSchema: z.ZodType<OnwardFrom> = z
  .object({
    version: z.string(),
    since: z.number().describe("Until when that version had learned, epoch ms"),
    anewAt: z
      .number()
      .describe(
        "Until when the last in its line had learned that learned everything anew, epoch ms",
      ),
    fresh: z.int().describe("Actions of since that were learned from in a pass"),
    older: z.int().describe("Older ones beside them, so that they are not forgotten"),
    passes: z.int().describe("0 where none answered better than the weights it began with"),
    cases: z.int().describe("Questions that both versions were asked"),
    ndcgBefore: z.number(),
    ndcg: z.number(),
  })
  .meta({ id: "OnwardFrom" });

export const modelVersionSchema: z.ZodType<ModelVersion> = z
  .object({
    shop: z.string(),
    scenario: z.string(),
    version: z.string(),
    createdAt: z.number(),
    asOf: z.number(),
    seed: z.number(),
    params: z.unknown(),
    dataFingerprint: z.string(),
    blob: z.string(),
    bytes: z.number(),
    metrics: z.record(z.string(), z.number()),
    fitSeconds: z.number(),
    course: z.array(trainingRunSchema).optional().describe("How it learned, epoch by epoch"),
    compression: compressionReportSchema
      .optional()
      .describe("What it cost to make it smaller than the version it was made of"),
    onward: onwardSchema
      .optional()
      .describe("The version it learned on from; absent where it learned everything anew"),
    withdrawn: z.string().optional(),
  })
  .meta({ id: "ModelVersion" });

export interface Paged {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** The parts of `?limit=&cursor=` of a list. */
export const pageParts: {
  readonly limit: z.ZodType<number>;
  readonly cursor: z.ZodType<string | undefined>;
} = {
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z.string().max(1_024).optional().describe("`next` of the page before"),
};

/** `?limit=&cursor=` of a list. */
export const pagedSchema: z.ZodType<Paged, unknown> = z.strictObject(pageParts);

export interface Listed<T> {
  readonly rows: readonly T[];
  /** Cursor of the next page; null on the last. */
  readonly next: string | null;
}

export const listOf = <T>(row: z.ZodType<T>): z.ZodType<Listed<T>> =>
  z.object({
    rows: z.array(row),
    next: z.string().nullable().describe("Cursor of the next page; null on the last"),
  });

export const itemPath: z.ZodType<{ item: string }, unknown> = z.object({ item: shopId });
export const shopperPath: z.ZodType<{ shopper: string }, unknown> = z.object({ shopper: shopId });
export const countSchema = <Name extends string>(name: Name): z.ZodType<Record<Name, number>> =>
  z.object({ [name]: z.int().min(0) } as Record<Name, z.ZodInt>) as unknown as z.ZodType<
    Record<Name, number>
  >;
