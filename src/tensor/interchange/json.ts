import { type Problem, problem } from "../../errors.ts";
import { decodeUtf8 } from "./utf8.ts";

/**
 * Reads JSON more strictly than the language does: well-formed UTF-8, not nested deep, no name
 * twice in one record. Idea: the language keeps one of two equal names, so the colons of the text
 * outside of its strings are more than the members of the value. Source: RFC 8259, section 4.
 */
const maxDepth = 16;

export const badFile = (detail: string, cause?: unknown): Problem =>
  problem("invalid-model-file", detail, { cause });

/** The value of a JSON text. O(bytes). @throws problem `invalid-model-file` */
export function readJson(bytes: Uint8Array, what: string): unknown {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw badFile(`${what} is not UTF-8`);
  const colons = countColons(text, what);
  const value = parse(text, what);
  if (countMembers(value) !== colons) throw badFile(`${what} has a name twice in one record`);
  return value;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw badFile(`${what} is not JSON`, cause);
  }
}

function countColons(text: string, what: string): number {
  let count = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') at = endOfString(text, at);
    else if (letter === ":") count++;
    else if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    if (depth > maxDepth) throw badFile(`${what} is nested deeper than ${maxDepth}`);
  }
  return count;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const parts = Object.values(value);
  const own = Array.isArray(value) ? 0 : parts.length;
  return parts.reduce((sum: number, part: unknown) => sum + countMembers(part), own);
}

/** The record that a value must be. @throws problem `invalid-model-file` */
export function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badFile(`${what} is not a record`);
  }
  return value as Record<string, unknown>;
}
