import { z } from "zod";
import type { ImportRequest } from "../collect/importing.ts";
import { type Compression, compressionMethods } from "../model/behaviour/compression/report.ts";
import type { Platform } from "../platform.ts";
import type { PredictionsRecorded, RecordOrder } from "../scenarios/predict/predict.ts";
import {
  type PredictParams,
  predictParamsSchema,
  segmentNames,
} from "../scenarios/predict/schema.ts";
import type { EvaluateOptions, ReturnRequest } from "../scenarios/recommend/recommend.ts";
import { type RecommendParams, recommendParamsSchema } from "../scenarios/recommend/schema.ts";
import type { Job, JobKind } from "../storage/jobs.ts";
import { openReports } from "./reports.ts";

/** The long work that can be asked for: what is asked, and which function of the platform does it. */
export interface TrainWork {
  readonly params: RecommendParams | null;
  readonly seed: number;
  readonly resume: boolean;
  readonly from: "nothing" | "service";
  readonly replayShare: number;
}

/** Older actions beside the new: bench/incremental.json found no more to be worth its time. */
const REPLAY_SHARE = 0.8;

const seed = z.int().min(0).max(0xffff_ffff).default(1);

export const trainWorkSchema: z.ZodType<TrainWork, unknown> = z
  .strictObject({
    params: recommendParamsSchema
      .nullable()
      .default(null)
      .describe("Without any, the defaults, or those of the version that is gone on from"),
    seed,
    from: z
      .enum(["nothing", "service"])
      .default("nothing")
      .describe(
        "`service` goes on from the version in service: it learns what happened since and, beside " +
          "it, a share of what came before",
      ),
    replayShare: z
      .number()
      .min(0)
      .max(0.95)
      .default(REPLAY_SHARE)
      .describe("Of what is learned from where it goes on, what is older, 0..0.95"),
    resume: z
      .boolean()
      .default(false)
      .describe("Go on with the training that was stopped last, by its params and seed, if it can"),
  })
  .prefault({})
  .meta({ id: "TrainRequest" });

export interface SearchWork {
  readonly params: RecommendParams | null;
  readonly seed: number;
  readonly budgetMinutes: number;
  readonly candidatesMost: number;
}

export const searchWorkSchema: z.ZodType<SearchWork, unknown> = z
  .strictObject({
    params: recommendParamsSchema
      .nullable()
      .default(null)
      .describe("What candidates are changes of; without any, those of the version in service"),
    seed,
    budgetMinutes: z.number().gt(0).max(10_080).default(20),
    candidatesMost: z.int().min(2).max(200).default(27),
  })
  .prefault({})
  .meta({ id: "SearchRequest" });

export interface TrainPredictWork {
  readonly params: PredictParams;
  readonly seed: number;
}

export const trainPredictWorkSchema: z.ZodType<TrainPredictWork, unknown> = z
  .strictObject({ params: predictParamsSchema, seed })
  .prefault({ params: {} })
  .meta({ id: "TrainPredictRequest" });

export const recordPredictionsWorkSchema: z.ZodType<RecordOrder, unknown> = z
  .strictObject({
    segments: z
      .array(z.enum(segmentNames))
      .max(segmentNames.length)
      .default([])
      .describe("Only shoppers of these; of all where none is named"),
  })
  .prefault({})
  .meta({ id: "RecordPredictionsRequest" });

export const evaluateWorkSchema: z.ZodType<EvaluateOptions, unknown> = z
  .strictObject({
    split: z.enum(["leave_one_out", "global_time", "last_days"]).default("leave_one_out"),
    folds: z
      .strictObject({ by: z.enum(["shopper", "time"]), count: z.int().min(2).max(20) })
      .optional()
      .describe(
        "Measure so many parts of the past in place of `split`, each with a model of its own",
      ),
    testDays: z.number().gt(0).max(3_650).default(7),
    ks: z.array(z.int().min(1).max(1_000)).min(1).max(10).default([10]),
    filterSeen: z.boolean().default(true),
    casesMax: z.int().min(1).max(10_000_000).default(10_000),
    seed,
  })
  .prefault({})
  .meta({ id: "EvaluateRequest" });

export const importWorkSchema: z.ZodType<ImportRequest, unknown> = z
  .strictObject({
    source: z.string().min(1).max(64),
    from: z.string().min(1).max(4_096),
    mapping: z.string().min(1).max(4_096).optional(),
  })
  .meta({ id: "ImportRequest" });

export interface ExportModelWork {
  readonly version: string;
  /** A new folder of the server's machine. */
  readonly folder: string;
}

const folder = z.string().min(1).max(4_096);

export const exportModelWorkSchema: z.ZodType<Pick<ExportModelWork, "folder">, unknown> = z
  .strictObject({ folder })
  .meta({ id: "ExportModelRequest" });

export const importModelWorkSchema: z.ZodType<ReturnRequest, unknown> = z
  .strictObject({ folder, promote: z.boolean().default(false) })
  .meta({ id: "ImportModelRequest" });

export interface CompressModelWork {
  readonly version: string;
  readonly how: Compression;
}

export const compressModelWorkSchema: z.ZodType<Compression, unknown> = z
  .strictObject({
    method: z.enum(compressionMethods),
    dropMost: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("Largest share of NDCG@10 or HR@10 that may be lost, else no version is made"),
    share: z
      .number()
      .min(0.01)
      .max(0.99)
      .default(0.2)
      .describe("By prune: of the numbers, those that are left out"),
    times: z
      .literal([8, 16, 32])
      .default(8)
      .describe("By pq: how many times smaller the item table becomes, but for its centres"),
    temperature: z
      .number()
      .min(0.1)
      .max(20)
      .default(2)
      .describe("By distill: how far what the teacher says is softened"),
  })
  .meta({ id: "CompressModelRequest" });

export interface BackupWork {
  /** An empty folder, or one that is not there yet. */
  readonly folder: string;
}

export const backupWorkSchema: z.ZodType<BackupWork, unknown> = z
  .strictObject({ folder })
  .meta({ id: "BackupRequest" });

/** Tells the job engine how each kind is done. Call once, before `storage.jobs.start()`. */
export function registerJobs(platform: Platform): void {
  const { jobs } = platform.storage;
  jobs.handle(trainKind(platform));
  jobs.handle(searchKind(platform));
  jobs.handle(trainPredictKind(platform));
  jobs.handle(recordPredictionsKind(platform));
  jobs.handle(evaluateKind(platform));
  jobs.handle(importKind(platform));
  jobs.handle(rebuildKind(platform));
  jobs.handle(backupKind(platform));
  jobs.handle(retentionKind(platform));
  jobs.handle(exportModelKind(platform));
  jobs.handle(importModelKind(platform));
  jobs.handle(compressModelKind(platform));
}

function trainKind({ recommend }: Platform): JobKind<TrainWork, unknown> {
  return {
    kind: "train",
    resumable: true,
    exclusive: true,
    // What was kept since the job was asked for is its own: it was interrupted and goes on.
    run: ({ shop, payload, createdAt }, control) => {
      const { params, seed, resume, from, replayShare } = payload;
      const keptSince = resume ? 0 : createdAt;
      return from === "service"
        ? recommend.trainOn(
            shop,
            { params: params ?? undefined, seed, replayShare },
            control,
            keptSince,
          )
        : recommend.train(shop, params ?? defaultParams(), seed, control, keptSince);
    },
  };
}

const defaultParams = (): RecommendParams => recommendParamsSchema.parse({}) as RecommendParams;

function trainPredictKind({ predict }: Platform): JobKind<TrainPredictWork, unknown> {
  return {
    kind: "train-predict",
    resumable: true,
    exclusive: true,
    run: ({ shop, payload }, control) => predict.train(shop, payload.params, payload.seed, control),
  };
}

function recordPredictionsKind({ predict }: Platform): JobKind<RecordOrder, PredictionsRecorded> {
  return {
    kind: "record-predictions",
    resumable: true,
    exclusive: true,
    // As of when it was asked for, so that going on after an interruption repeats nothing.
    run: ({ shop, payload, createdAt }, control) =>
      predict.record(shop, payload, createdAt, control),
  };
}

function searchKind({ recommend }: Platform): JobKind<SearchWork, unknown> {
  return {
    kind: "search-params",
    resumable: true,
    exclusive: true,
    run: ({ shop, payload }, control) => {
      const { params, ...order } = payload;
      return recommend.search(shop, { ...order, params: params ?? undefined }, control);
    },
  };
}

function evaluateKind(platform: Platform): JobKind<EvaluateOptions, unknown> {
  const { storage, clock, config, recommend } = platform;
  const reports = openReports(storage.records, clock, config.evaluate.reportsKept);
  return {
    kind: "evaluate",
    resumable: true,
    exclusive: true,
    async run({ shop, payload }, control) {
      const result = await recommend.evaluate(shop, payload, control);
      const report = await reports.add(shop, payload, result);
      return { report: report.id };
    },
  };
}

function importKind({ importer }: Platform): JobKind<ImportRequest, unknown> {
  return {
    kind: "import",
    resumable: true,
    exclusive: true,
    run: ({ shop, payload }, control) => importer.run(shop, payload, control),
  };
}

function rebuildKind(platform: Platform): JobKind<unknown, unknown> {
  return {
    kind: "rebuild",
    resumable: true,
    exclusive: true,
    run: (_job, control) => platform.rebuild(control),
  };
}

function retentionKind({ collect }: Platform): JobKind<unknown, unknown> {
  return {
    kind: "retention",
    resumable: true,
    exclusive: true,
    run: ({ shop }, control) => collect.retention.apply(shop, control),
  };
}

function exportModelKind({ recommend }: Platform): JobKind<ExportModelWork, unknown> {
  return {
    kind: "export-model",
    resumable: false,
    exclusive: true,
    run: ({ shop, payload: { version, folder } }, control) =>
      recommend.exportModel(shop, version, folder, control),
  };
}

/** Found interrupted it fails: it may have made its version already. */
function importModelKind({ recommend }: Platform): JobKind<ReturnRequest, unknown> {
  return {
    kind: "import-model",
    resumable: false,
    exclusive: true,
    run: ({ shop, payload }, control) => recommend.importModel(shop, payload, control),
  };
}

/** Found interrupted it fails: it may have made its version already. */
function compressModelKind({ recommend }: Platform): JobKind<CompressModelWork, unknown> {
  return {
    kind: "compress-model",
    resumable: false,
    exclusive: true,
    run: ({ shop, payload: { version, how } }, control) =>
      recommend.compressModel(shop, version, how, control),
  };
}

function backupKind({ storage }: Platform): JobKind<BackupWork, unknown> {
  return {
    kind: "backup",
    resumable: false,
    exclusive: true,
    run: ({ payload }: Job & { payload: BackupWork }, control) =>
      storage.backup(payload.folder, (share) =>
        control.progress({
          stage: "copying",
          done: Math.round(share * 100),
          total: 100,
          unit: "percent",
        }),
      ),
  };
}
