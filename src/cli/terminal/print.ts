import Table from "cli-table3";
import colors from "picocolors";
import { type Problem, problemKind } from "../../errors.ts";

/** A heading and how to read its cell from a row. Numbers stand right, text left. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => unknown>>;

const noBorders: Record<string, string> = Object.fromEntries(
  "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid"
    .split(" ")
    .map((edge) => [edge, ""]),
);

/** Rows as an aligned table (Chinese width included); a sentence when there are none. */
export function table<Row>(rows: readonly Row[], columns: Columns<Row>, none: string): string {
  if (rows.length === 0) return none;
  const cells = rows.map((row) => Object.values(columns).map((read) => read(row)));
  const drawn = new Table({
    head: Object.keys(columns),
    chars: { ...noBorders, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: Object.keys(columns).map((_, at) =>
      cells.some((row) => typeof row[at] === "number") ? "right" : "left",
    ),
  });
  for (const row of cells) drawn.push(row.map(cell));
  const [head = "", ...body] = drawn.toString().split("\n");
  return [colors.bold(head.trimEnd()), ...body].map((line) => line.trimEnd()).join("\n");
}

function cell(value: unknown): string {
  if (value === undefined || value === null || value === "") return "-";
  if (typeof value === "number") return number(value);
  return String(value);
}

/** Counts with separators, shares with four places. */
export function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return value.toLocaleString("en-US", { minimumFractionDigits: 4, maximumFractionDigits: 4 });
}

/** Epoch milliseconds as a date that sorts; "-" for none. */
export function moment(at: number | null | undefined): string {
  if (at === null || at === undefined) return "-";
  return new Date(at).toISOString().replace("T", " ").slice(0, 19);
}

/** A problem in words: what it is, this case, each field, and what to do. */
export function problemText(trouble: Problem): string {
  const kind = problemKind(trouble.code);
  const fields = trouble.errors
    .map((error) => `${error.pointer || "/"}: ${error.detail}`)
    .filter((field) => !trouble.message.includes(field))
    .map((field) => `  ${field}`);
  const wait = trouble.retryAfterSeconds;
  return [
    `${colors.red(kind.title)} (${trouble.code})`,
    trouble.message,
    ...fields,
    wait === undefined ? kind.remedy : `${kind.remedy} Try again in ${wait} s.`,
  ].join("\n");
}
