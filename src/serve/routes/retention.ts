import { z } from "zod";
import { consentSchema } from "../../collect/event.ts";
import type {
  RetentionCertificate,
  RetentionChange,
  RetentionPreview,
  RetentionRules,
} from "../../collect/retention/retention.ts";
import { jobSchema, listOf } from "../answers.ts";
import { type Route, route } from "../http/route.ts";
import { startJob } from "../work.ts";

/** How long events are kept, and what is allowed to who was not asked. */
const DAYS_MOST = 36_500;
const days = z.int().min(1).max(DAYS_MOST).nullable();
const shopperDays = days.describe("Days that events of known shoppers are kept; null: for ever");
const anonymousDays = days.describe("Days that events of nobody known are kept; null: for ever");
const consent = consentSchema.describe("What who has said nothing allows, from now on");

const rulesSchema = z.object({ shopperDays, anonymousDays, consent });

interface RetentionAnswer extends RetentionRules {
  readonly appliedAt: number | null;
}

const answerSchema: z.ZodType<RetentionAnswer> = rulesSchema
  .extend({ appliedAt: z.number().nullable().describe("When they were last applied to the end") })
  .meta({ id: "Retention" });

const changeSchema: z.ZodType<RetentionChange, unknown> = z
  .strictObject({
    shopperDays: shopperDays.optional(),
    anonymousDays: anonymousDays.optional(),
    consent: z.strictObject({ measure: z.boolean(), personalise: z.boolean() }).optional(),
  })
  .meta({ id: "RetentionChange" });

const affected = z.object({
  events: z.int().describe("All there are"),
  goes: z.int().describe("Those that would go"),
  oldestAt: z.number().nullable().describe("When the oldest that goes happened"),
});

const previewSchema: z.ZodType<RetentionPreview> = z
  .object({
    ...{ at: z.number(), shoppers: affected, anonymous: affected },
    quarantine: affected.describe("Refused rows that may tell of a shopper, by the shorter rule"),
  })
  .meta({ id: "RetentionPreview" });

const certificateSchema: z.ZodType<RetentionCertificate> = z
  .object({
    id: z.string(),
    at: z.number(),
    rules: rulesSchema.omit({ consent: true }),
    shopperEvents: z.int(),
    anonymousEvents: z.int(),
    persons: z.int().describe("How many persons' events they were"),
    quarantined: z.int().optional().describe("Refused rows among what went"),
    oldestAt: z.number().describe("When the oldest of them happened"),
    newestAt: z.number(),
    derived: z.array(z.string()).describe("What they were taken out of"),
    complete: z.boolean().describe("False when it was stopped before its end"),
  })
  .meta({ id: "RetentionCertificate" });

const every = { tag: "retention", shop: "required" } as const;

export const retentionRoutes: readonly Route[] = [
  route({
    ...every,
    method: "GET",
    path: "/v1/retention",
    id: "getRetention",
    summary: "How long events are kept, and what is allowed to who was not asked",
    scope: "secret",
    answer: answerSchema,
    run: ({ platform: { collect }, shop }) => ({
      ...collect.retention.rules(shop),
      appliedAt: collect.retention.appliedAt(shop),
    }),
  }),
  route({
    ...every,
    method: "PATCH",
    path: "/v1/retention",
    id: "changeRetention",
    summary: "Change the rules; they are applied once a day, and when asked for",
    scope: "owner",
    body: changeSchema,
    answer: answerSchema,
    run: async ({ platform: { collect }, shop, body }) => ({
      ...(await collect.retention.change(shop, body)),
      appliedAt: collect.retention.appliedAt(shop),
    }),
  }),
  route({
    ...every,
    method: "POST",
    path: "/v1/retention/preview",
    id: "previewRetention",
    summary: "How many events a change of the rules would let go of; nothing is changed",
    scope: "secret",
    reads: true,
    slow: true,
    body: changeSchema,
    answer: previewSchema,
    run: ({ platform: { collect }, shop, body }) => collect.retention.preview(shop, body),
  }),
  route({
    ...every,
    method: "POST",
    path: "/v1/retention/apply",
    id: "applyRetention",
    summary: "Let go of what is too old by the rules, now; cannot be undone",
    about:
      "Answers 202 with the job, whose result is a certificate, or null when nothing was too old.",
    scope: "owner",
    status: 202,
    slow: true,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, ...http }) =>
      startJob(platform, { shop, kind: "retention", payload: {} }, http),
  }),
  route({
    ...every,
    method: "GET",
    path: "/v1/retention/certificates",
    id: "listRetentionCertificates",
    summary: "What was let go of, newest first",
    scope: "secret",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }),
    answer: listOf(certificateSchema),
    run: async ({ platform: { collect }, shop, query }) => ({
      rows: await collect.retention.certificates(shop, query.limit),
      next: null,
    }),
  }),
];
