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

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
