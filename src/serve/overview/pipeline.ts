import { z } from "zod";
import type { Lately } from "../../evaluate/lately.ts";
import type { StageTimes } from "../../evaluate/stage-times.ts";
import { type LogSize, logSize } from "../../features/log-size.ts";
import type { ModelVersion } from "../../model/registry.ts";
import type { Platform } from "../../platform.ts";
import type { UnfinishedTraining } from "../../scenarios/recommend/recommend.ts";
import { type RecommendParams, recommendParamsSchema } from "../../scenarios/recommend/schema.ts";
import type { Job } from "../../storage/jobs.ts";
import { jobSchema } from "../answers.ts";
import type { Reports } from "../reports.ts";
import { type ShopStatus, shopStatus } from "../shop-status.ts";
import { latelySchema } from "./freshness.ts";

/** The way of the data, stage by stage: how much went through, when last, and what runs now. */
export interface Pipeline {
  readonly shop: string;
  readonly at: number;
  readonly stages: readonly Stage[];
  /** A training that was stopped on its way and can go on. */
  readonly unfinished: UnfinishedTraining | null;
}

export interface Stage {
  readonly stage: StageName;
  /** `waiting`: nothing went through it yet; `amiss`: something waits to be mended. */
  readonly state: "waiting" | "ready" | "running" | "amiss";
  /** When something went through it last. */
  readonly lastAt: number | null;
  /** How long its last run took. */
  readonly seconds: number | null;
  /** How long its batches or runs took since the start, where it is timed; null before the first. */
  readonly lately: Lately | null;
  /** How much of what; the names are the stage's own. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was chosen or found, in a word. */
  readonly word: string | null;
  /** What runs or waits now, else what failed last. */
  readonly job: Job | null;
}

const stageNames = [
  "collect",
  "clean",
  "features",
  "design",
  "train",
  "evaluate",
  "deploy",
  "optimise",
] as const;
export type StageName = (typeof stageNames)[number];

const stageSchema: z.ZodType<Stage> = z
  .object({
    stage: z.enum(stageNames),
    state: z.enum(["waiting", "ready", "running", "amiss"]),
    lastAt: z.number().nullable(),
    seconds: z.number().nullable().describe("How long its last run took, or the last import"),
    lately: latelySchema.describe(
      "How long batches took to be durable (collect) or checked (clean), and runs of the projection " +
        "(features): of the last thousand since the start; null before the first, and elsewhere",
    ),
    counts: z.record(z.string(), z.number()),
    word: z.string().nullable(),
    job: jobSchema.nullable().describe("What runs or waits now, else what failed last"),
  })
  .meta({ id: "PipelineStage" });

export const pipelineSchema: z.ZodType<Pipeline> = z
  .object({
    shop: z.string(),
    at: z.number(),
    stages: z.array(stageSchema),
    unfinished: z
      .object({
        at: z.number(),
        asOf: z.number(),
        measured: z.array(
          z.object({ run: z.string(), step: z.number(), values: z.record(z.string(), z.number()) }),
        ),
      })
      .nullable()
      .describe("A training that was stopped on its way; train with `resume` goes on with it"),
  })
  .meta({ id: "Pipeline" });

const JOBS_LOOKED_AT = 100;
const SCENARIO = "recommend";

/** O(rows of `actions`), a scan of a few columns; the rest is small records. */
export async function pipelineOf(
  platform: Platform,
  reports: Reports,
  shop: string,
): Promise<Pipeline> {
  const { clock, storage, models, recommend } = platform;
  const [past, status, versions, serving, jobs, quarantined, kept, unfinished] = await Promise.all([
    platform.past(shop),
    shopStatus(platform, shop),
    models.list(shop, SCENARIO),
    models.serving(shop, SCENARIO),
    storage.jobs.list(shop, JOBS_LOOKED_AT),
    storage.records.count(shop, "quarantine"),
    reports.list(shop),
    recommend.unfinished(shop),
  ]);
  const at = clock();
  const size = await logSize(past, at, serving.inService?.asOf ?? 0);
  const seen: Seen = {
    status,
    size,
    versions,
    serving,
    quarantined,
    jobs,
    times: platform.stageTimes(shop),
  };
  const stages = [
    collect(seen),
    clean(seen),
    features(seen),
    design(seen),
    train(seen),
    evaluate(seen, kept),
    deploy(seen),
    optimise(seen),
  ];
  return { shop, at, stages, unfinished: unfinished ?? null };
}

interface Seen {
  readonly status: ShopStatus;
  readonly size: LogSize;
  /** Newest first. */
  readonly versions: readonly ModelVersion[];
  readonly serving: Awaited<ReturnType<Platform["models"]["serving"]>>;
  readonly quarantined: number;
  /** Newest first. */
  readonly jobs: readonly Job[];
  readonly times: StageTimes;
}

/** A stage from what it is about and the jobs that do it. */
function stageOf(
  stage: StageName,
  jobs: readonly Job[],
  said: Partial<Stage> & { readonly counts: Stage["counts"] },
): Stage {
  const open = jobs.find(({ state }) => state === "queued" || state === "running");
  const ended = jobs.find(({ state }) => state === "done" || state === "failed");
  const failed = ended?.state === "failed" ? ended : undefined;
  const went = {
    ...{ lastAt: ended?.endedAt ?? null, seconds: secondsOf(ended) },
    ...{ lately: null, word: null },
  };
  const quiet = Object.values(said.counts).some((count) => count > 0) ? "ready" : "waiting";
  const state = open ? "running" : failed ? "amiss" : quiet;
  return { stage, state, ...went, job: open ?? failed ?? null, ...said };
}

const secondsOf = (job: Job | undefined): number | null =>
  job?.endedAt == null || job.startedAt === null ? null : (job.endedAt - job.startedAt) / 1_000;

const lastSeconds = (took: Lately | null): number | null =>
  took === null ? null : took.lastMs / 1_000;

const ofKind = (jobs: readonly Job[], kind: string): readonly Job[] =>
  jobs.filter((job) => job.kind === kind);

const collect = ({ status, size, jobs, times }: Seen): Stage =>
  stageOf("collect", ofKind(jobs, "import"), {
    lastAt: status.lastEventAt,
    lately: times.stored,
    counts: { events: status.events, eventsOfDay: size.eventsOfDay, items: status.items },
  });

const clean = ({ status, quarantined, times: { checked } }: Seen): Stage =>
  stageOf("clean", [], {
    lastAt: status.lastEventAt,
    seconds: lastSeconds(checked),
    lately: checked,
    counts: { kept: status.events, quarantined },
    ...(quarantined > 0 && { state: "amiss" }),
  });

const features = ({ status, size, times: { projected } }: Seen): Stage =>
  stageOf("features", [], {
    lastAt: status.lastEventAt,
    seconds: lastSeconds(projected),
    lately: projected,
    counts: { lines: size.lines, shoppers: size.shoppers, sessions: size.sessions },
  });

function design({ versions, serving }: Seen): Stage {
  const version = serving.inService ?? versions[0];
  const { behaviour } = recommendParamsSchema.parse(version?.params ?? {}) as RecommendParams;
  const { architecture, width, blocks, heads, length } = behaviour;
  const sizes = blocks === undefined || length === undefined ? {} : { blocks, length };
  return stageOf("design", [], {
    lastAt: version?.createdAt ?? null,
    word: architecture,
    counts: { width, heads, ...sizes },
  });
}

function train({ versions, jobs }: Seen): Stage {
  const [newest] = versions;
  const chosen = newest?.course?.find((run) => run.chosen);
  return stageOf("train", ofKind(jobs, "train"), {
    ...(newest && { lastAt: newest.createdAt, seconds: newest.fitSeconds }),
    word: chosen?.verdict.fit ?? null,
    counts: { versions: versions.length, epochs: chosen?.points.length ?? 0 },
  });
}

function evaluate({ versions, jobs }: Seen, reports: readonly { createdAt: number }[]): Stage {
  const metrics = versions[0]?.metrics ?? {};
  return stageOf("evaluate", ofKind(jobs, "evaluate"), {
    lastAt: reports[0]?.createdAt ?? null,
    counts: {
      reports: reports.length,
      ndcgOfNext: metrics["next.blend.ndcg10"] ?? 0,
      cases: metrics["next.cases"] ?? 0,
    },
  });
}

function deploy({ serving: { inService, canary } }: Seen): Stage {
  return stageOf("deploy", [], {
    lastAt: inService?.createdAt ?? null,
    word: inService?.version ?? null,
    counts: { bytes: inService?.bytes ?? 0, canaryShare: canary?.share ?? 0 },
  });
}

const optimise = ({ status, size }: Seen): Stage =>
  stageOf("optimise", [], {
    lastAt: status.lastEventAt,
    counts: {
      listsOfDay: size.listsOfDay,
      exploredOfDay: size.exploredOfDay,
      eventsSince: size.eventsSince,
    },
  });
