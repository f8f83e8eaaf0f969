import type { BadLine } from "../tables.ts";
import type { Line } from "./text-lines.ts";

/**
 * Lines as records of cells. @source RFC 4180, and for tabs the IANA registration of
 * text/tab-separated-values. DuckDB's reader was refused for files of strangers: after one quote
 * that is never closed it skipped 446 790 of 600 000 rows and reported one. Here the line with the
 * quote is bad and the next one is read again, so no line is lost. Left out: other escapes, other
 * quotes, comments, encodings beside UTF-8.
 */
export interface CsvRecord {
  /** 1-based line on which it begins. */
  readonly line: number;
  readonly cells: readonly (string | null)[];
}

export interface CsvReader {
  /** Takes lines and gives the records that are complete. `last`: no more lines will come. */
  read(lines: readonly Line[], last: boolean): CsvPart;
}

export interface CsvPart {
  readonly records: readonly CsvRecord[];
  readonly bad: readonly BadLine[];
}

/** A quoted cell may go over this many lines; else its quote counts as never closed. */
const MAX_LINES = 100;
const QUOTE = '"';

/** Beginning at a line: a record over `lines` lines, a reason why there is none, or too few lines. */
type Found =
  | { readonly cells: (string | null)[]; readonly lines: number }
  | { readonly reason: string }
  | "more";

/** Every record must have as many cells as the first one. */
export function csvReader(delimiter: "," | "\t"): CsvReader {
  let waiting: readonly Line[] = [];
  let width = 0;
  return {
    read: (lines, last) => {
      const all = waiting.length === 0 ? lines : [...waiting, ...lines];
      const part = { records: [] as CsvRecord[], bad: [] as BadLine[] };
      let at = 0;
      for (;;) {
        const found = recordAt(all, at, delimiter, width, last);
        if (found === "more") break;
        at += sortInto(part, all[at] as Line, found);
        if (width === 0) width = part.records[0]?.cells.length ?? 0;
      }
      waiting = all.slice(at);
      return part;
    },
  };
}

/** Returns how many lines are done with. */
function sortInto(
  part: { readonly records: CsvRecord[]; readonly bad: BadLine[] },
  { number: line, text }: Line,
  found: Exclude<Found, "more">,
): number {
  if ("reason" in found) {
    part.bad.push({ line, text, reason: found.reason });
    return 1;
  }
  if (found.cells.length > 0) part.records.push({ line, cells: found.cells });
  return found.lines;
}

function recordAt(
  lines: readonly Line[],
  at: number,
  delimiter: "," | "\t",
  width: number,
  last: boolean,
): Found {
  const first = lines[at];
  if (first === undefined) return "more";
  const { text, fault } = first;
  if (fault !== undefined) return { reason: fault };
  if (text === "" && width !== 1) return { cells: [], lines: 1 };
  const found = text.includes(QUOTE)
    ? quotedRecord(lines, at, delimiter, last)
    : { cells: text.split(delimiter).map(orNull), lines: 1 };
  const fits =
    found !== "more" && "cells" in found && (width === 0 || found.cells.length === width);
  if (found === "more" || fits) return found;
  const literal = text.split(delimiter).map(orNull);
  if (delimiter === "\t" && literal.length === width) return { cells: literal, lines: 1 };
  if ("reason" in found) return found;
  return { reason: `${width} columns expected, ${found.cells.length} found` };
}

const orNull = (cell: string): string | null => (cell === "" ? null : cell);

/** Adds lines until every quote is closed. */
function quotedRecord(lines: readonly Line[], at: number, delimiter: string, last: boolean): Found {
  let text = "";
  for (let count = 1; count <= MAX_LINES; count += 1) {
    const line = lines[at + count - 1];
    if (line === undefined) return last ? { reason: "a quote is never closed" } : "more";
    text = count === 1 ? line.text : `${text}\n${line.text}`;
    const cells = split(text, delimiter);
    if (cells === "stray") return { reason: "text follows a closing quote" };
    if (cells !== "open") return { cells, lines: count };
  }
  return { reason: `a quote is not closed within ${MAX_LINES} lines` };
}

/** The cells of a text whose quotes matter. */
function split(text: string, delimiter: string): (string | null)[] | "open" | "stray" {
  const cells: (string | null)[] = [];
  for (let at = 0; ; at += 1) {
    const cell = text[at] === QUOTE ? quotedCell(text, at) : plainCell(text, at, delimiter);
    if (cell === "open") return "open";
    cells.push(orNull(cell.text));
    at = cell.end;
    if (at >= text.length) return cells;
    if (text[at] !== delimiter) return "stray";
  }
}

interface CellText {
  readonly text: string;
  /** The place after it: a delimiter or the end, unless something strays there. */
  readonly end: number;
}

function quotedCell(text: string, at: number): CellText | "open" {
  const end = closingQuote(text, at + 1);
  if (end < 0) return "open";
  return { text: text.slice(at + 1, end).replaceAll('""', QUOTE), end: end + 1 };
}

/** A quote within it is a plain character. */
function plainCell(text: string, at: number, delimiter: string): CellText {
  const found = text.indexOf(delimiter, at);
  const end = found < 0 ? text.length : found;
  return { text: text.slice(at, end), end };
}

/** The place of the quote that ends the cell, skipping doubled ones; -1 when there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 2)) {
    if (text[at + 1] !== QUOTE) return at;
  }
  return -1;
}

/** Column names of a header: never empty, never twice. */
export function columnNames(cells: readonly (string | null)[]): string[] {
  const names: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const name = cell?.trim() || `column${index + 1}`;
    let free = name;
    for (let n = 1; names.includes(free); n += 1) free = `${name}_${n}`;
    names.push(free);
  }
  return names;
}
