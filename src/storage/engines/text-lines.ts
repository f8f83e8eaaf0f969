import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";

/** A text file as numbered lines in bounded memory, in pieces as the disk gives them. */
export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Without its end. Cut to MAX_SHOWN characters when the line is too long. */
  readonly text: string;
  /** Why this line cannot be read, if so. */
  readonly fault: string | undefined;
}

export interface Piece {
  readonly lines: readonly Line[];
  /** @unit bytes read so far */
  readonly bytes: number;
}

const READ_BYTES = 65_536;
const MAX_SHOWN = 1000;
const LF = 10;
const CR = 13;
const BOM = "\ufeff";

/** Where a line is taken up that the last piece did not finish. */
interface Rest {
  bytes: Buffer;
  /** The line is longer than allowed: it is dropped up to its end, but for its beginning. */
  overlong: boolean;
  number: number;
}

/** @unit maxLineBytes bytes; a longer line is a fault, not a failure */
export async function* piecesOf(path: string, maxLineBytes: number): AsyncGenerator<Piece> {
  const rest: Rest = { bytes: Buffer.alloc(0), overlong: false, number: 0 };
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    bytes += (chunk as Buffer).length;
    yield { lines: cut(rest, chunk as Buffer, maxLineBytes), bytes };
  }
  if (rest.bytes.length === 0) return;
  yield { lines: [lineOf(rest, rest.bytes, maxLineBytes)], bytes };
}

function cut(rest: Rest, chunk: Buffer, maxLineBytes: number): Line[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
    const part = chunk.subarray(start, end);
    const whole = rest.bytes.length === 0 ? part : Buffer.concat([rest.bytes, part]);
    lines.push(lineOf(rest, whole, maxLineBytes));
    rest.bytes = rest.bytes.subarray(0, 0);
    start = end + 1;
  }
  keep(rest, chunk.subarray(start), maxLineBytes);
  return lines;
}

/** Of a line that is too long already only the beginning is kept. */
function keep(rest: Rest, part: Buffer, maxLineBytes: number): void {
  if (rest.overlong) return;
  rest.bytes = Buffer.concat([rest.bytes, part]);
  if (rest.bytes.length <= maxLineBytes) return;
  rest.overlong = true;
  rest.bytes = Buffer.from(rest.bytes.subarray(0, 4 * MAX_SHOWN));
}

function lineOf(rest: Rest, bytes: Buffer, maxLineBytes: number): Line {
  rest.number += 1;
  const { number } = rest;
  const overlong = rest.overlong || bytes.length > maxLineBytes;
  rest.overlong = false;
  if (overlong) {
    const text = bytes.toString("utf8", 0, 4 * MAX_SHOWN).slice(0, MAX_SHOWN);
    return { number, text, fault: `the line is longer than ${maxLineBytes} bytes` };
  }
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  const decoded = bytes.toString("utf8", 0, end);
  const text = number === 1 && decoded.startsWith(BOM) ? decoded.slice(1) : decoded;
  const broken = text.includes("\ufffd") && !isUtf8(bytes);
  return { number, text, fault: broken ? "the line is not UTF-8" : undefined };
}
