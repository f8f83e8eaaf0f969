import type { Audit } from "../access/audit.ts";
import type { Caller } from "./auth.ts";

/** What the audit log is told of a change beside who made it and where. */
export interface AuditWords {
  readonly target: string | null;
  readonly detail: string;
}

/**
 * When a route is told of: always, only of users (a shop's program changes items all day), or never.
 */
export type AuditRule = "always" | "users" | "never";

export interface Change {
  readonly route: string;
  readonly caller: Caller;
  readonly address: string;
  readonly words: AuditWords;
}

export const isTold = (rule: AuditRule, { signedIn }: Caller): boolean =>
  rule === "always" || (rule === "users" && signedIn !== undefined);

export function tell(audit: Audit, { route, caller, address, words }: Change): Promise<void> {
  const { key: who, shop } = caller;
  return audit.add({ who, shop, route, ...words, outcome: "done", address });
}

/** What most changes say of themselves: the part of the path, or the id that came of it. */
export function plainWords(path: unknown, body: unknown, answer: unknown): AuditWords {
  const parts = Object.values((path ?? {}) as Record<string, unknown>);
  return { target: parts.length > 0 ? parts.join("/") : idOf(answer), detail: detailOf(body) };
}

function idOf(answer: unknown): string | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { id, version } = answer as { id?: unknown; version?: unknown };
  const found = typeof id === "string" ? id : version;
  return typeof found === "string" || typeof found === "number" ? String(found) : null;
}

const DETAIL_LENGTH_MOST = 300;
const SECRET = /password|secret|token|credential/i;

/** The body as text, its secrets masked and its end cut off; nothing of a stream. */
export function detailOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  if (!Array.isArray(body) && Object.getPrototypeOf(body) !== Object.prototype) return "";
  const text = JSON.stringify(body, (name, value: unknown) => (SECRET.test(name) ? "…" : value));
  if (text === "{}") return "";
  const isLong = text.length > DETAIL_LENGTH_MOST;
  // Half of a character, where the cut went through one, has no UTF-8.
  return isLong ? `${Buffer.from(text.slice(0, DETAIL_LENGTH_MOST)).toString("utf8")}…` : text;
}
