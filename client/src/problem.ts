import type { Problem as ProblemDocument } from "./made/schemas.ts";

/**
 * What went wrong, in the server's own words (RFC 9457), or in ours when no answer came that could
 * be read. `code` decides what to do; `remedy` says it to a person.
 */
export type ShopkeeperProblemCode =
  | ProblemDocument["code"]
  /** No connection, or it broke. */
  | "unreachable"
  /** No answer within `timeoutMs`. */
  | "no-answer-in-time"
  /** An answer that is not the API's: a proxy's page, say. */
  | "unreadable-answer"
  /** A limit of this client was reached. */
  | "client-limit";

export interface ShopkeeperProblem extends Error {
  readonly code: ShopkeeperProblemCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly remedy: string;
  /** JSON pointers to wrong fields of the request. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** Id of the request, also in the server's log. */
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}

const MARK: unique symbol = Symbol.for("shopkeeper-client.problem");

export interface ProblemParts {
  readonly code: ShopkeeperProblemCode;
  readonly detail: string;
  readonly status?: number;
  readonly remedy?: string;
  readonly errors?: ShopkeeperProblem["errors"] | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

export function problem(parts: ProblemParts): ShopkeeperProblem {
  const error = new Error(parts.detail, { cause: parts.cause });
  error.name = "ShopkeeperProblem";
  return Object.assign(error, {
    [MARK]: true,
    code: parts.code,
    status: parts.status ?? 0,
    remedy: parts.remedy ?? "",
    errors: parts.errors ?? [],
    requestId: parts.requestId,
    retryAfterSeconds: parts.retryAfterSeconds,
  });
}

/** True of a problem of any copy of this module. */
export const isProblem = (value: unknown): value is ShopkeeperProblem =>
  typeof value === "object" && value !== null && MARK in value;

/** The problem that an answer with a bad status tells of. */
export async function problemOf(answer: Response, now: () => number): Promise<ShopkeeperProblem> {
  const retryAfterSeconds = retryAfter(answer.headers.get("retry-after"), now);
  const requestId = answer.headers.get("x-request-id") ?? undefined;
  const { status } = answer;
  const text = await answer.text();
  const document = answer.headers.get("content-type")?.startsWith("application/problem+json")
    ? (JSON.parse(text) as ProblemDocument)
    : undefined;
  if (document === undefined) {
    const detail = `status ${status} with a body that is not the API's: ${text.slice(0, 200)}`;
    return problem({ code: "unreadable-answer", detail, status, requestId, retryAfterSeconds });
  }
  const { code, detail, remedy, errors } = document;
  return problem({ code, detail, remedy, errors, status, requestId, retryAfterSeconds });
}

/** Seconds, or a date of HTTP. */
function retryAfter(said: string | null, now: () => number): number | undefined {
  if (said === null) return undefined;
  if (/^\d{1,9}$/.test(said)) return Number(said);
  const at = Date.parse(said);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now()) / 1_000);
}
