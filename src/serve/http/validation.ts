import type { FastifySchemaCompiler } from "fastify";
import type { z } from "zod";
import { type FieldError, fieldErrors, problem } from "../../errors.ts";

/**
 * The schemas of a route at its door. A field that is wrong is named by a JSON pointer: into the
 * body as it was sent, or below /query or /path.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const base = BASES[httpPart ?? "body"] ?? "";
  return (data: unknown) => {
    const parsed = schema.safeParse(data);
    if (parsed.success) return { value: parsed.data };
    const errors = explainIssues(parsed.error.issues, base);
    return { error: problem("invalid-request", sentence(errors), { errors }) };
  };
};

const BASES: Readonly<Record<string, string>> = { querystring: "/query", params: "/path" };
const ERRORS_MOST = 50;

/** One error per wrong field, at most 50. A failed union is explained by its nearest variant. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], base: string): FieldError[] {
  return fieldErrors(issues.flatMap(unfold).slice(0, ERRORS_MOST), base);
}

interface Plain {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function unfold(issue: z.core.$ZodIssue): Plain[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: "is not known here" }));
  }
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const [nearest] = issue.errors
    .map((branch) => branch.flatMap(unfold))
    .sort((left, right) => depth(right) - depth(left) || left.length - right.length);
  return (nearest ?? []).map((inner) => ({
    path: [...issue.path, ...inner.path],
    message: inner.message,
  }));
}

const depth = (issues: readonly Plain[]): number =>
  Math.max(...issues.map((issue) => issue.path.length));

function sentence(errors: readonly FieldError[]): string {
  const [first] = errors;
  const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return first ? `${first.pointer || "the body"}: ${first.detail}${rest}` : "the request is wrong";
}
