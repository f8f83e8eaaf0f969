import { z } from "zod";
import { type Locale, locale, shopId } from "../../schema.ts";

/**
 * What is predicted: chances of yes, each with the time it looks ahead, and what is next. A head of a
 * visit is asked while a session is open, all others at any moment.
 */
export const chanceNames = [
  "purchase_session",
  "purchase_7d",
  "purchase_30d",
  "churn",
  "view_7d",
  "review_30d",
  "click_session",
  "return_1d",
  "return_7d",
  "return_30d",
] as const;
export type ChanceName = (typeof chanceNames)[number];

/**
 * Where a shopper stands with the shop, by two dates and a count, so that anybody can check it: what is
 * reported of probabilities is reported of each of these.
 */
export const segmentNames = [
  "unknown",
  "newcomer",
  "looker",
  "first_buyer",
  "regular",
  "slipping",
  "gone",
] as const;
export type SegmentName = (typeof segmentNames)[number];

/** What a head may be answered by; the one that does best on a later time answers. */
export const voiceNames = ["network", "trees", "logistic", "orders", "rate"] as const;
export type VoiceName = (typeof voiceNames)[number];

export interface PredictParams {
  /** Nobody heard of for so long is gone. @unit days */
  readonly churnDays: number;
  /** Value is what is spent within so long. @unit days */
  readonly valueDays: number;
  /** Moments of the calendar at which every timeline is asked about. */
  readonly calendarMoments: number;
  /** Moments within sessions that are asked about, of one person at most; heads of days learn from eight. */
  readonly visitMomentsMost: number;
  /** Moments in all; more are left out by lot. */
  readonly momentsMost: number;
  /** Moments learned from below which a head is left out. */
  readonly casesLeast: number;
  /** Moments learned from below which no network is trained. */
  readonly networkCasesLeast: number;
  /** Numbers in a vector of the network. */
  readonly width: number;
  readonly blocks: number;
  /** Events that the network looks back on. */
  readonly length: number;
  readonly epochsMost: number;
  /** Trees of a head; the best number of them is kept. */
  readonly treesMost: number;
  /** Voices left out on purpose. */
  readonly without: readonly VoiceName[];
}

export const predictParamsSchema: z.ZodType<PredictParams, unknown> = z
  .strictObject({
    churnDays: z.number().min(1).max(730).default(30),
    valueDays: z.number().min(1).max(730).default(30),
    calendarMoments: z.int().min(4).max(100).default(16),
    visitMomentsMost: z.int().min(0).max(100).default(24),
    momentsMost: z.int().min(100).max(2_000_000).default(40_000),
    casesLeast: z.int().min(20).max(1_000_000).default(200),
    networkCasesLeast: z.int().min(50).max(10_000_000).default(2_000),
    width: z.int().min(8).max(256).multipleOf(4).default(32),
    blocks: z.int().min(1).max(8).default(2),
    length: z.int().min(4).max(512).default(32),
    epochsMost: z.int().min(1).max(200).default(15),
    treesMost: z.int().min(1).max(5_000).default(400),
    without: z.array(z.enum(voiceNames)).default([]),
  })
  .prefault({})
  .meta({ id: "PredictParams" });

export interface PredictRequest {
  readonly shopper?: string | undefined;
  readonly anonymous?: string | undefined;
  /** True: say of each chance which events moved it. */
  readonly explain: boolean;
  readonly locale: Locale;
}

export const predictRequestSchema: z.ZodType<PredictRequest, unknown> = z
  .strictObject({
    shopper: shopId.optional(),
    anonymous: shopId.optional(),
    explain: z.boolean().default(true),
    locale: locale.default("en"),
  })
  .meta({ id: "PredictRequest" });

/** What one event, or several together, did to a chance. */
export interface PredictReason {
  /** Name of the event; `earlier` and `others` stand for several. */
  readonly event: string;
  /** The item group it was about. */
  readonly group?: string | undefined;
  /** @unit epoch ms */
  readonly at?: number | undefined;
  /** Added to the probability, below 0 where it took from it; parts add up to probability - usual. */
  readonly part: number;
  /** A sentence in the language of the request. */
  readonly text: string;
}

export interface PredictChance {
  readonly head: ChanceName;
  /** How far it looks ahead; null: until the session ends. @unit days */
  readonly days: number | null;
  /** Calibrated, 0..1. */
  readonly probability: number;
  /** Of a shopper of whom nothing is known: how often it came true. @unit 0..1 */
  readonly usual: number;
  readonly voice: VoiceName;
  readonly reasons: readonly PredictReason[];
}

export interface PredictValue {
  /** @unit days */
  readonly days: number;
  /** Expected, in minor units; null where the shop has no prices. */
  readonly expectedMinor: number | null;
  readonly currency: string | null;
  /** Expected, in median orders of the shop. */
  readonly orders: number;
  readonly voice: VoiceName;
}

/** When the next event of the shopper is expected, whatever it is. */
export interface PredictReturn {
  /** By then it is as likely as not; null: later than the horizon. @unit days */
  readonly medianDays: number | null;
  /** How far it looks ahead. @unit days */
  readonly horizonDays: number;
}

export interface PredictDecision {
  readonly request: string;
  /** Whose history was read; null where nothing is known. */
  readonly person: string | null;
  readonly segment: SegmentName;
  readonly chances: readonly PredictChance[];
  /** Null where the log was too short to learn it. */
  readonly value: PredictValue | null;
  /** Null where no head of returning was learned. */
  readonly returns: PredictReturn | null;
  /** Likeliest first; empty where no session is open. They add up to 1. */
  readonly next: readonly { readonly action: string; readonly probability: number }[];
  readonly model: string | null;
  readonly seed: number;
  /** @unit epoch ms */
  readonly asOf: number;
  readonly notices: readonly string[];
}

const share = z.number().min(0).max(1);

const reasonSchema = z.object({
  event: z.string(),
  group: z.string().optional(),
  at: z.number().optional(),
  part: z.number().min(-1).max(1),
  text: z.string(),
});

const chanceSchema = z.object({
  head: z.enum(chanceNames),
  days: z.number().nullable(),
  probability: share,
  usual: share,
  voice: z.enum(voiceNames),
  reasons: z.array(reasonSchema),
});

const valueSchema = z.object({
  days: z.number(),
  expectedMinor: z.number().nullable(),
  currency: z.string().nullable(),
  orders: z.number().min(0),
  voice: z.enum(voiceNames),
});

const returnSchema = z.object({
  medianDays: z.number().min(0).nullable(),
  horizonDays: z.number().min(0),
});

export const predictDecisionSchema: z.ZodType<PredictDecision> = z
  .object({
    request: z.string(),
    person: z.string().nullable(),
    segment: z.enum(segmentNames),
    chances: z.array(chanceSchema),
    value: valueSchema.nullable(),
    returns: returnSchema.nullable(),
    next: z.array(z.object({ action: z.string(), probability: share })),
    model: z.string().nullable(),
    seed: z.int(),
    asOf: z.number(),
    notices: z.array(z.string()),
  })
  .meta({ id: "PredictDecision" });
