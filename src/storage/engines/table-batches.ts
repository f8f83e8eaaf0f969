import type { BadLine, TableBatch, TableRow } from "../tables.ts";

/** Collects rows and bad lines and hands them out in batches, in the order of the file. */
export interface TableBatches {
  add(rows: readonly TableRow[], bad: readonly BadLine[]): void;
  /** The batches that are full. `share` of the file read so far, 0..1. */
  full(share: number): Generator<TableBatch>;
  /** What is left at the end. */
  rest(): Generator<TableBatch>;
}

/** Nothing up to and including `afterLine` is handed out. */
export function tableBatches(size: number, afterLine: number): TableBatches {
  let rows: TableRow[] = [];
  let bad: BadLine[] = [];
  const take = (count: number, share: number): TableBatch => {
    const taken = rows.slice(0, count);
    rows = rows.slice(count);
    const until = rows[0]?.line ?? Number.POSITIVE_INFINITY;
    const before = bad.filter((line) => line.line < until);
    bad = bad.filter((line) => line.line >= until);
    return { rows: taken, bad: before, share };
  };
  return {
    add: (newRows, newBad) => {
      for (const row of newRows) if (row.line > afterLine) rows.push(row);
      for (const line of newBad) if (line.line > afterLine) bad.push(line);
    },
    *full(share) {
      while (rows.length >= size || bad.length >= size) yield take(size, share);
    },
    *rest() {
      if (rows.length + bad.length > 0) yield take(size, 1);
    },
  };
}
