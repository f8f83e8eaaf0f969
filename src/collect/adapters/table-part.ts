import { join } from "node:path";
import type { TableBatch, TableRow, Tables } from "../../storage/tables.ts";
import type { Candidate, Part, PartBatch } from "../importing.ts";

/** Parts of a published data set that lie in one Parquet file. */
export interface PartSource {
  readonly tables: Tables;
  readonly folder: string;
  readonly file: string;
  readonly batchRows: number;
  /** SELECT-list over the file's columns; absent: all of them. */
  readonly select?: string;
}

export type Values = TableRow["values"];

/** What one row says. Nothing set means: left out by the data set's documented protocol. */
export interface RowSays {
  readonly event?: unknown;
  readonly item?: unknown;
  readonly refused?: string;
}

/** One event or item of each row. */
export async function rowPart(
  name: string,
  source: PartSource,
  say: (values: Values) => RowSays,
): Promise<Part> {
  return {
    name,
    total: await countRows(source),
    async *read(afterLine) {
      for await (const batch of readRows(source, afterLine)) {
        const gathering = emptyBatch();
        for (const { line, values } of batch.rows) {
          put(gathering, line, say(values), () => JSON.stringify(values));
        }
        yield { ...gathering, ...extentOf(batch.rows, afterLine) };
      }
    },
  };
}

/**
 * Events of each run of rows with one key (an invoice, a basket, a person). A run never spans two
 * batches, so that an import resumes between runs; `say` sees it whole.
 */
export async function runPart(
  name: string,
  source: PartSource,
  key: (values: Values) => unknown,
  say: (rows: readonly TableRow[]) => readonly (RowSays & { readonly row: TableRow })[],
): Promise<Part> {
  const told = (rows: readonly TableRow[], afterLine: number): PartBatch => {
    const gathering = emptyBatch();
    for (const run of runsOf(rows, key)) {
      for (const says of say(run)) {
        put(gathering, says.row.line, says, () => JSON.stringify(says.row.values));
      }
    }
    return { ...gathering, skipped: 0, rows: rows.length, line: rows.at(-1)?.line ?? afterLine };
  };
  return {
    name,
    total: await countRows(source),
    async *read(afterLine) {
      let open: readonly TableRow[] = [];
      for await (const { rows } of readRows(source, afterLine)) {
        const all = [...open, ...rows];
        const last = lastRunStart(all, key);
        if (last > 0) yield told(all.slice(0, last), afterLine);
        open = all.slice(last);
      }
      if (open.length > 0) yield told(open, afterLine);
    },
  };
}

/** Items that are known only by being mentioned: each id once, in order of first mention. */
export async function mentionedItems(
  source: PartSource,
  id: (values: Values) => string,
  item: (id: string) => unknown,
): Promise<Part> {
  return {
    name: "items",
    total: await countRows(source),
    async *read(afterLine) {
      const seen = new Set<string>();
      for await (const batch of readRows(source, 0)) {
        const gathering = emptyBatch();
        for (const { line, values } of batch.rows) {
          const known = seen.size;
          seen.add(id(values));
          if (seen.size === known || line <= afterLine) continue;
          put(gathering, line, { item: item(id(values)) }, String);
        }
        const rows = batch.rows.filter(({ line }) => line > afterLine);
        if (rows.length > 0) yield { ...gathering, ...extentOf(rows, afterLine), skipped: 0 };
      }
    },
  };
}

async function countRows({ tables, folder, file }: PartSource): Promise<number> {
  return tables.count(join(folder, file), "parquet");
}

function readRows(source: PartSource, afterLine: number): AsyncIterable<TableBatch> {
  const { tables, folder, file, batchRows, select } = source;
  const options = { format: "parquet", afterLine, batch: batchRows } as const;
  return tables.read(join(folder, file), select === undefined ? options : { ...options, select });
}

interface Gathering {
  readonly items: Candidate[];
  readonly events: Candidate[];
  readonly bad: PartBatch["bad"][number][];
  skipped: number;
}

function emptyBatch(): Gathering {
  return { items: [], events: [], bad: [], skipped: 0 };
}

function put(into: Gathering, line: number, says: RowSays, text: () => string): void {
  if (says.event !== undefined) into.events.push({ line, input: says.event });
  else if (says.item !== undefined) into.items.push({ line, input: says.item });
  else if (says.refused !== undefined) {
    into.bad.push({ line, text: text(), reason: says.refused });
  } else into.skipped += 1;
}

function extentOf(
  rows: readonly TableRow[],
  afterLine: number,
): { readonly rows: number; readonly line: number } {
  return { rows: rows.length, line: rows.at(-1)?.line ?? afterLine };
}

function lastRunStart(rows: readonly TableRow[], key: (values: Values) => unknown): number {
  const last = rows.at(-1);
  if (last === undefined) return 0;
  const wanted = key(last.values);
  let start = rows.length - 1;
  while (start > 0 && sameKey(rows[start - 1], wanted, key)) start -= 1;
  return start;
}

function sameKey(
  row: TableRow | undefined,
  wanted: unknown,
  key: (values: Values) => unknown,
): boolean {
  return row !== undefined && key(row.values) === wanted;
}

function* runsOf(
  rows: readonly TableRow[],
  key: (values: Values) => unknown,
): Generator<readonly TableRow[]> {
  let start = 0;
  for (let at = 1; at <= rows.length; at++) {
    const first = rows[start];
    if (first === undefined) return;
    if (at < rows.length && sameKey(rows[at], key(first.values), key)) continue;
    yield rows.slice(start, at);
    start = at;
  }
}
