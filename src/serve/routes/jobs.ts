import { z } from "zod";
import { jobSchema, type Listed, listOf } from "../answers.ts";
import { type Route, route } from "../http/route.ts";
import {
  evaluateWorkSchema,
  importWorkSchema,
  recordPredictionsWorkSchema,
  searchWorkSchema,
  trainPredictWorkSchema,
  trainWorkSchema,
} from "../jobs.ts";
import { type Report, reportSchema, reportSummarySchema } from "../reports.ts";
import { startJob, WAIT_SECONDS_MOST, waitForJob } from "../work.ts";

const jobPath = z.object({ job: z.string().min(1).max(128) });
const reportPath = z.object({ report: z.string().min(1).max(128) });

const AS_JOB =
  "Answers 202 with the job and its Location, or 200 when `Prefer: wait=seconds` is sent and the " +
  "job ends in time.";

export const jobRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/v1/train",
    id: "train",
    tag: "models",
    summary: "Train a new model version",
    about: AS_JOB,
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    body: trainWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "train", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/train/search",
    id: "searchParams",
    tag: "models",
    summary: "Look for better parameters of the behaviour model within a time",
    about:
      "By successive halving: many candidates are trained a little, the best of them longer. The job's " +
      `result holds every trial, and what won as changes of the parameters; it trains no version. ${AS_JOB}`,
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    body: searchWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "search-params", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/predictions/train",
    id: "trainPredictions",
    tag: "predictions",
    summary: "Train a new version of what predicts",
    about: AS_JOB,
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    body: trainPredictWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "train-predict", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/predictions/record",
    id: "recordPredictions",
    tag: "predictions",
    summary: "Write what is expected of every shopper into the log",
    about:
      "One `prediction` event a shopper, as of now; `GET /v1/predictions/outcomes` says later how they " +
      `came true. ${AS_JOB}`,
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    body: recordPredictionsWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "record-predictions", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/evaluate",
    id: "evaluate",
    tag: "reports",
    summary: "Measure every method on the shop's own log",
    about: AS_JOB,
    scope: "secret",
    shop: "required",
    status: 202,
    slow: true,
    body: evaluateWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "evaluate", payload: body }, http),
  }),
  route({
    method: "POST",
    path: "/v1/imports",
    id: "startImport",
    tag: "import and export",
    summary: "Import a file or folder of the server's machine",
    about: AS_JOB,
    scope: "owner",
    shop: "required",
    status: 202,
    slow: true,
    body: importWorkSchema,
    answer: jobSchema,
    problems: ["already-running", "limit-reached"],
    run: ({ platform, shop, body, ...http }) =>
      startJob(platform, { shop, kind: "import", payload: body }, http),
  }),
  route({
    method: "GET",
    path: "/v1/jobs",
    id: "listJobs",
    tag: "jobs",
    summary: "Jobs, newest first",
    scope: "secret",
    shop: "any",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    answer: listOf(jobSchema),
    run: async ({ platform, shop, query }) => ({
      rows: await platform.storage.jobs.list(shop, query.limit),
      next: null,
    }),
  }),
  route({
    method: "GET",
    path: "/v1/jobs/:job",
    id: "getJob",
    tag: "jobs",
    summary: "One job; with `wait`, once it has ended or the time is up",
    scope: "secret",
    shop: "any",
    slow: true,
    params: jobPath,
    query: z.strictObject({
      wait: z.coerce.number().int().min(0).max(WAIT_SECONDS_MOST).default(0).describe("Seconds"),
    }),
    answer: jobSchema,
    problems: ["unknown-job"],
    run: ({ platform, shop, path, query }) => waitForJob(platform, shop, path.job, query.wait),
  }),
  route({
    method: "POST",
    path: "/v1/jobs/:job/cancel",
    id: "cancelJob",
    tag: "jobs",
    summary: "Cancel a job",
    scope: "secret",
    shop: "any",
    params: jobPath,
    answer: jobSchema,
    problems: ["unknown-job", "conflict"],
    run: ({ platform, shop, path }) => platform.storage.jobs.cancel(shop, path.job),
  }),
  route({
    method: "GET",
    path: "/v1/reports",
    id: "listReports",
    tag: "reports",
    summary: "Reports of evaluations, newest first",
    scope: "secret",
    shop: "required",
    answer: listOf(reportSummarySchema),
    run: async ({ reports, shop }): Promise<Listed<Omit<Report, "result">>> => ({
      rows: await reports.list(shop),
      next: null,
    }),
  }),
  route({
    method: "GET",
    path: "/v1/reports/latest",
    id: "getLatestReport",
    tag: "reports",
    summary: "The newest report",
    scope: "secret",
    shop: "required",
    answer: reportSchema,
    problems: ["unknown-report"],
    run: ({ reports, shop }) => reports.latest(shop),
  }),
  route({
    method: "GET",
    path: "/v1/reports/:report",
    id: "getReport",
    tag: "reports",
    summary: "One report",
    scope: "secret",
    shop: "required",
    params: reportPath,
    answer: reportSchema,
    problems: ["unknown-report"],
    run: ({ reports, shop, path }) => reports.get(shop, path.report),
  }),
];
