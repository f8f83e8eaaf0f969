import { assert } from "../../assert.ts";

/**
 * Text as UTF-8 and back, without the platform's coder, which this zone does not know. Source:
 * RFC 3629. Strict: overlong forms, surrogates and values above U+10FFFF are refused.
 */

/** The bytes of a text. O(length). */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codeAt(text, i);
    if (code > 0xffff) i++;
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    const more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[at++] = ((0xff00 >> (more + 1)) & 0xff) | (code >> (6 * more));
    for (let left = more - 1; left >= 0; left--) bytes[at++] = 0x80 | ((code >> (6 * left)) & 0x3f);
  }
  return bytes;
}

function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = codeAt(text, i);
    if (code > 0xffff) i++;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}

function codeAt(text: string, at: number): number {
  const code = text.codePointAt(at) ?? 0;
  assert(code < 0xd800 || code > 0xdfff, "a text has no lone surrogate");
  return code;
}

/** Smallest value that needs so many bytes after the first. */
const smallest = [0, 0x80, 0x800, 0x10000] as const;
const PIECE = 8192;

/** The text of the bytes; undefined where they are not well-formed UTF-8. O(length). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const units = new Uint16Array(Math.min(bytes.length, PIECE));
  let used = 0;
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const more = bytesAfter(bytes[at]);
    const code = more === undefined ? undefined : codeOf(bytes, at, more);
    if (more === undefined || code === undefined) return undefined;
    at += 1 + more;
    if (code > 0xffff) {
      units[used++] = 0xd7c0 + (code >> 10);
      units[used++] = 0xdc00 | (code & 0x3ff);
    } else units[used++] = code;
    if (used < PIECE - 1) continue;
    text += String.fromCharCode(...units.subarray(0, used));
    used = 0;
  }
  return text + String.fromCharCode(...units.subarray(0, used));
}

/** How many bytes follow a first byte. */
function bytesAfter(first: number): number | undefined {
  if (first < 0x80) return 0;
  if (first >= 0xc0 && first < 0xe0) return 1;
  if (first >= 0xe0 && first < 0xf0) return 2;
  return first >= 0xf0 && first < 0xf8 ? 3 : undefined;
}

function codeOf(bytes: Uint8Array, at: number, more: number): number | undefined {
  if (at + more >= bytes.length) return undefined;
  let code = more === 0 ? bytes[at] : bytes[at] & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next = bytes[at + i];
    if ((next & 0xc0) !== 0x80) return undefined;
    code = (code << 6) | (next & 0x3f);
  }
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < smallest[more] || code > 0x10ffff || surrogate ? undefined : code;
}
