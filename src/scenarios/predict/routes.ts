import { z } from "zod";
import type { AnyScenarioRoute, ScenarioRoute } from "../../scenario.ts";
import type {
  Predict,
  PredictOutcomes,
  PredictPage,
  PredictReport,
  SegmentForecasts,
} from "./predict.ts";
import {
  chanceNames,
  type PredictDecision,
  predictDecisionSchema,
  predictRequestSchema,
  segmentNames,
  voiceNames,
} from "./schema.ts";

/**
 * What a shop can ask about its shoppers by HTTP; serve makes the server's routes of it. All of it wants
 * a secret key: what somebody will probably do is nothing that a visitor's browser may ask.
 */
const route = <
  Body = undefined,
  Query = Record<string, never>,
  Path = Record<string, never>,
  Answer = undefined,
>(
  line: ScenarioRoute<Predict, Body, Query, Path, Answer>,
): AnyScenarioRoute<Predict> => line as unknown as AnyScenarioRoute<Predict>;

const LIMIT_MOST = 10_000;
const share = z.number().min(0).max(1);
const chances = z.partialRecord(z.enum(chanceNames), share);
const money = { expectedMinor: z.number().nullable(), currency: z.string().nullable() };

const pageSchema: z.ZodType<PredictPage> = z
  .object({
    rows: z.array(
      z.object({ person: z.string(), segment: z.enum(segmentNames), chances, ...money }),
    ),
    next: z.string().nullable().describe("Send it as `after` to go on"),
    model: z.string(),
    asOf: z.number(),
  })
  .meta({ id: "PredictPage" });

const segmentsSchema: z.ZodType<SegmentForecasts> = z
  .object({
    segments: z.array(
      z.object({ segment: z.enum(segmentNames), shoppers: z.int(), chances, ...money }),
    ),
    model: z.string(),
    asOf: z.number(),
  })
  .meta({ id: "SegmentForecasts" });

const judgement = z.object({
  cases: z.int(),
  rate: share,
  said: share,
  auc: share,
  logLoss: z.number(),
  brier: share,
  ece: share,
});

const judged = z.object({ overall: judgement, segments: z.record(z.string(), judgement) });

const lift = z.array(
  z.object({
    share,
    cases: z.int(),
    happened: z.number(),
    rate: share,
    lift: z.number(),
    gain: z.number(),
    said: share,
  }),
);

const outcomesSchema: z.ZodType<PredictOutcomes> = z
  .object({
    asOf: z.number(),
    models: z
      .array(
        z.object({
          model: z.string(),
          recorded: z.int(),
          firstAt: z.number(),
          lastAt: z.number(),
        }),
      )
      .describe("What each version has on record, the latest first"),
    judged: z
      .int()
      .describe(
        "Predictions of which anything is known; by lot where there are more than the limit",
      ),
    heads: z.array(
      z.object({
        head: z.enum(chanceNames),
        days: z.number(),
        cases: z.int().describe("Predictions whose time is over"),
        happened: z.int(),
        expected: z.number().describe("Sum of their chances"),
        judged: judged.nullable().describe("Null below a hundred cases, or where all ended alike"),
        lift,
      }),
    ),
    values: z.array(
      z.object({
        days: z.number(),
        cases: z.int(),
        currency: z.string(),
        expectedMinor: z.number(),
        paidMinor: z.number(),
        gini: z.number().min(-1).max(1),
      }),
    ),
  })
  .meta({ id: "PredictOutcomes" });

const reportSchema: z.ZodType<PredictReport> = z
  .object({
    model: z.string(),
    asOf: z.number(),
    protocol: z.object({
      seed: z.int(),
      learnShare: share.describe("Of the moments of the past, by time: the first teach,"),
      stopShare: share.describe("the next stop the training,"),
      calibrateShare: share.describe(
        "the next choose who speaks and make probabilities right in size,",
      ),
      judgeShare: share.describe("and the last alone judge"),
      bins: z.int(),
      segmentCasesLeast: z.int(),
    }),
    heads: z.array(
      z.object({
        head: z.enum(chanceNames),
        days: z.number().nullable(),
        voice: z.enum(voiceNames),
        calibration: z.string(),
        chosen: z.partialRecord(z.enum(voiceNames), z.number()),
        learnedFrom: z.int(),
        judged,
        lift,
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: "PredictReport" });

const outcomesQuery = z.strictObject({
  model: z.string().min(1).max(128).optional().describe("Of one version; without it, of all"),
});

const pageQuery = z.strictObject({
  after: z.string().max(256).default(""),
  limit: z.coerce.number().int().min(1).max(LIMIT_MOST).default(1_000),
});

export const predictRoutes: readonly AnyScenarioRoute<Predict>[] = [
  route({
    method: "POST",
    path: "/v1/predictions",
    id: "predict",
    tag: "predictions",
    summary: "What one shopper will probably do next, and why",
    about:
      "Chances are calibrated. With `explain`, each says which events moved it; the parts add up to " +
      "the probability less the usual one.",
    scope: "secret",
    reads: true,
    stage: "decide",
    body: predictRequestSchema,
    answer: predictDecisionSchema as z.ZodType<PredictDecision>,
    problems: ["no-model"],
    run: (predict, { shop, body }) => predict.decide(shop, body),
  }),
  route({
    method: "GET",
    path: "/v1/predictions",
    id: "listPredictions",
    tag: "predictions",
    summary: "Every shopper, in order of their ids",
    scope: "secret",
    stage: "decide",
    query: pageQuery,
    answer: pageSchema,
    problems: ["no-model"],
    run: (predict, { shop, query }) => predict.page(shop, query),
  }),
  route({
    method: "GET",
    path: "/v1/predictions/segments",
    id: "predictSegments",
    tag: "predictions",
    summary: "What each segment of shoppers is expected to do",
    about:
      "Counted over everybody, as of `asOf`: told again for a minute, for an hour while it is counted anew.",
    scope: "secret",
    stage: "decide",
    answer: segmentsSchema,
    problems: ["no-model"],
    run: (predict, { shop }) => predict.segments(shop),
  }),
  route({
    method: "GET",
    path: "/v1/predictions/report",
    id: "predictReport",
    tag: "predictions",
    summary: "How right the model in service was: calibration, lift and gain, by head and segment",
    scope: "secret",
    answer: reportSchema,
    problems: ["no-model"],
    run: (predict, { shop }) => predict.report(shop),
  }),
  route({
    method: "GET",
    path: "/v1/predictions/outcomes",
    id: "predictOutcomes",
    tag: "predictions",
    summary: "How the predictions on record came true",
    about:
      "Each is held against what its shopper did afterwards, once the time it looked ahead is over. " +
      "Of all versions it is told again for a minute, for an hour while it is counted anew. " +
      "`POST /v1/predictions/record` puts predictions on record.",
    scope: "secret",
    stage: "decide",
    query: outcomesQuery,
    answer: outcomesSchema,
    run: (predict, { shop, query }) => predict.outcomes(shop, query),
  }),
];
