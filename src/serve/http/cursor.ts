import { problem } from "../../errors.ts";

/**
 * A cursor says where a list goes on. To the caller it is opaque: what it holds may change, and one
 * of another list or shop is refused.
 */
export function writeCursor(list: string, after: string | undefined): string | null {
  if (after === undefined) return null;
  return Buffer.from(JSON.stringify([list, after])).toString("base64url");
}

/** @throws problem `invalid-request` when the cursor is not one of this list */
export function readCursor(list: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const parts = decode(cursor);
  if (Array.isArray(parts) && parts[0] === list && typeof parts[1] === "string") return parts[1];
  const detail = "is not a cursor of this list; begin without one";
  throw problem("invalid-request", `/query/cursor ${detail}`, {
    errors: [{ pointer: "/query/cursor", detail }],
  });
}

/** Places further on are not gone to: who needs them exports. */
const PLACE_MOST = 1_000_000;

/** The place at which a list goes on that is counted, not keyed; 0 at its begin. */
export function readPlace(list: string, cursor: string | undefined): number {
  const place = Number(readCursor(list, cursor) ?? 0);
  return Number.isSafeInteger(place) && place >= 0 && place <= PLACE_MOST ? place : 0;
}

/** A page of a list that is counted, of `limit` rows; `rows` holds one more when there are more. */
export function pageAt<T>(
  list: string,
  rows: readonly T[],
  place: number,
  limit: number,
): { readonly rows: readonly T[]; readonly next: string | null } {
  const next = rows.length > limit ? String(place + limit) : undefined;
  return { rows: rows.slice(0, limit), next: writeCursor(list, next) };
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
