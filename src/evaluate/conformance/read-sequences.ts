import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sequences } from "../../algorithms/sequences.ts";
import { fileTables } from "../../storage/engines/file-tables.ts";

/** How a published file says who, what and in which order. */
export interface Columns {
  readonly row: string;
  readonly token: string;
  /** SQL that puts the rows of one sequence together and in order; rows without it are left out. */
  readonly position: string;
}

/**
 * A published file of interactions as sequences, without the log between: rows in order of their
 * ids, tokens numbered as they come, the position as the time.
 */
export async function readSequences(path: string, columns: Columns): Promise<Sequences> {
  const temporary = await mkdtemp(join(tmpdir(), "shopkeeper-data-"));
  const limits = { memoryMib: 512, threads: 2, maxLineBytes: 1_000_000, maxBadLines: 1 };
  const tables = fileTables({ ...limits, temporary });
  const rows: number[] = [];
  const tokens: number[] = [];
  const times: number[] = [];
  const numbers = new Map<unknown, number>();
  const reading = tables.read(path, {
    format: "parquet",
    afterLine: 0,
    batch: 20_000,
    select: `${columns.row} AS who, ${columns.token} AS what, ${columns.position} AS place`,
    orderBy: `${columns.row}, ${columns.position}`,
  });
  for await (const batch of reading) {
    for (const { values } of batch.rows) {
      const { who, what, place } = values as { who: unknown; what: unknown; place: unknown };
      if (place === null) continue;
      const token = numbers.get(what) ?? numbers.size;
      numbers.set(what, token);
      rows.push(Number(who));
      tokens.push(token);
      times.push(Number(place));
    }
  }
  await tables.close();
  await rm(temporary, { recursive: true });
  return {
    rows: new Set(rows).size,
    vocabulary: numbers.size,
    offsets: offsetsOfRuns(rows),
    tokens: Int32Array.from(tokens),
    times: Float64Array.from(times),
    weights: new Float32Array(tokens.length).fill(1),
  };
}

/** Where each run of equal numbers starts, and the end. */
function offsetsOfRuns(numbers: readonly number[]): Int32Array {
  const starts = numbers.flatMap((number, at) =>
    at > 0 && numbers[at - 1] === number ? [] : [at],
  );
  return Int32Array.from([...starts, numbers.length]);
}
