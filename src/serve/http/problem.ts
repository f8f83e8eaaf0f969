import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  type FieldError,
  isProblem,
  type Problem,
  type ProblemCode,
  problem,
  problemKind,
  problemKinds,
} from "../../errors.ts";

/**
 * Problems as RFC 9457 answers. This is the only place that makes HTTP of a problem; what is not a
 * problem is a bug of ours: it is logged whole and answered without a word of its inside.
 */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** This case, and what to do. */
  readonly detail: string;
  /** Id of the request, also in X-Request-Id and in the log. */
  readonly instance: string;
  readonly code: ProblemCode;
  readonly remedy: string;
  readonly errors?: readonly FieldError[] | undefined;
}

export const problemCodes = Object.keys(problemKinds) as [ProblemCode, ...ProblemCode[]];

export const problemSchema: z.ZodType<ProblemDocument> = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(problemCodes),
    remedy: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem. Every code is explained at its type." });

const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

export function problemDocument(found: Problem, instance: string): ProblemDocument {
  const kind = problemKind(found.code);
  return {
    type: `/problems/${found.code}`,
    title: kind.title,
    status: kind.status,
    detail: found.message,
    instance,
    code: found.code,
    remedy: kind.remedy,
    ...(found.errors.length > 0 ? { errors: found.errors } : {}),
  };
}

/** The error handler of the server. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const found = asProblem(error);
  if (!found || found.code === "internal-error" || found.code === "storage-damaged") {
    request.log.error({ err: error }, "a request failed by a mistake of ours");
  }
  answerProblem(found ?? problem("internal-error", OUR_MISTAKE), request, reply);
}

const OUR_MISTAKE = "the server's log holds the details under this request id";

export function answerProblem(found: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const document = problemDocument(found, request.id);
  const wait = found.retryAfterSeconds ?? RETRY_AFTER_SECONDS[document.status];
  if (wait !== undefined && !reply.hasHeader("retry-after")) reply.header("retry-after", wait);
  if (document.status === 401) reply.header("www-authenticate", 'Bearer realm="shopkeeper"');
  reply.code(document.status).type(PROBLEM_TYPE).send(JSON.stringify(document));
}

const RETRY_AFTER_SECONDS: Readonly<Record<number, number>> = { 429: 10, 503: 5 };

/** What the framework and the parsers throw, in our words; undefined when it is a bug. */
export function asProblem(error: unknown): Problem | undefined {
  if (isProblem(error)) return error;
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : FRAMEWORK[code];
  if (known) return problem(known[0], known[1], { cause: error });
  if (code === "ENOSPC") return problem("storage-full", "no space is left", { cause: error });
  if (statusCode === 400) {
    return problem("invalid-request", `the request cannot be read: ${error.message}`, {
      cause: error,
    });
  }
  return undefined;
}

/** Error codes of the framework that are the sender's doing. */
const FRAMEWORK: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ["wrong-media-type", "the content-type is not taken here"],
  FST_ERR_CTP_BODY_TOO_LARGE: ["too-large", "the body is larger than server.bodyLimitBytes"],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["invalid-request", "the body is empty where JSON is expected"],
  FST_ERR_CTP_INVALID_JSON_BODY: ["invalid-request", "the body is not JSON"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    "invalid-request",
    "the body is not as long as content-length says",
  ],
  FST_ERR_BAD_URL: ["invalid-request", "the path is not a valid URL"],
  FST_ERR_MAX_PARAM_LENGTH: ["invalid-request", "a part of the path is too long"],
};
