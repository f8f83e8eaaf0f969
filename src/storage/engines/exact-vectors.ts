import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import { areFinite } from "../../tensor/finite.ts";
import type { Hit, Vectors } from "../vectors.ts";

/**
 * Nearest rows by inner product, exactly: every row is multiplied, the best k are kept in a bounded
 * heap. Exact search needs no building, takes any mask for free and is quick enough to about
 * 50 000 rows of 128; above that use an approximate index. Left out: persistence (tables are loaded
 * from blobs at start) and threads. The event loop gets a turn after every block of rows.
 */
interface Table {
  readonly ids: readonly string[];
  readonly matrix: Float32Array;
  readonly width: number;
}

/** About 5 ms of multiplying. @unit multiplications */
const BLOCK = 4_000_000;

/** @unit maxBytes bytes of all matrices together; more is problem `limit-reached` */
export function exactVectors(maxBytes: number): Vectors {
  const tables = new Map<string, Table>();
  return {
    load: async (name, ids, matrix, width) => {
      assert(width > 0, "a vector has at least one component");
      assert(matrix.length === ids.length * width, "the matrix has one row for each id");
      assert(areFinite(matrix), "vectors are finite");
      refuseBeyond(maxBytes, tables, name, matrix.byteLength);
      tables.set(name, { ids: [...ids], matrix: matrix.slice(), width });
    },
    search: async (name, query, k, mask) => {
      const table = tables.get(name);
      if (table === undefined) return [];
      assert(query.length === table.width, "the query is as wide as the table");
      assert(mask === undefined || mask.length === table.ids.length, "the mask has one flag a row");
      return await search(table, query, Math.min(k, table.ids.length), mask);
    },
    size: async (name) => tables.get(name)?.ids.length ?? 0,
    drop: async (name) => void tables.delete(name),
  };
}

function refuseBeyond(
  maxBytes: number,
  tables: ReadonlyMap<string, Table>,
  name: string,
  bytes: number,
): void {
  let sum = bytes;
  for (const [other, table] of tables) if (other !== name) sum += table.matrix.byteLength;
  if (sum <= maxBytes) return;
  throw problem("limit-reached", `vectors would take ${sum} bytes, the limit is ${maxBytes}`);
}

async function search(
  table: Table,
  query: Float32Array,
  k: number,
  mask: Uint8Array | undefined,
): Promise<readonly Hit[]> {
  const best = emptyBest(k);
  const rows = table.ids.length;
  const step = Math.max(1, Math.floor(BLOCK / table.width));
  for (let start = 0; start < rows && k > 0; start += step) {
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    scanInto(best, table.matrix, query, mask, start, Math.min(rows, start + step));
  }
  return ordered(best).map(([row, score]) => ({ id: table.ids[row] as string, score }));
}

/** A heap of the best rows so far, the worst of them on top. */
interface Best {
  readonly scores: Float64Array;
  readonly rows: Int32Array;
  size: number;
}

const emptyBest = (k: number): Best => ({
  scores: new Float64Array(k),
  rows: new Int32Array(k),
  size: 0,
});

/**
 * Multiplies rows [start, end) with the query and keeps the best. O((end - start) width), and
 * O(log k) for each row that enters. Ties go to the earlier row.
 * @shape matrix [n, width], query [width], mask [n]
 * @unit start rows, end rows
 */
function scanInto(
  best: Best,
  matrix: Float32Array,
  query: Float32Array,
  mask: Uint8Array | undefined,
  start: number,
  end: number,
): void {
  const width = query.length;
  for (let row = start; row < end; row += 1) {
    if (mask !== undefined && mask[row] === 0) continue;
    const score = dot(matrix, row * width, query, width);
    if (best.size < best.rows.length) push(best, row, score);
    else if (score > (best.scores[0] as number)) replaceTop(best, row, score);
  }
}

/** Four sums side by side keep the processor's adders busy; the order of adding is fixed. */
function dot(matrix: Float32Array, offset: number, query: Float32Array, width: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = width - (width % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (matrix[offset + i] as number) * (query[i] as number);
    b += (matrix[offset + i + 1] as number) * (query[i + 1] as number);
    c += (matrix[offset + i + 2] as number) * (query[i + 2] as number);
    d += (matrix[offset + i + 3] as number) * (query[i + 3] as number);
  }
  for (let i = whole; i < width; i += 1) {
    a += (matrix[offset + i] as number) * (query[i] as number);
  }
  return a + b + (c + d);
}

/** Whether place `i` of the heap is worse than place `j`: lower score, then later row. */
function worse(best: Best, i: number, j: number): boolean {
  const x = best.scores[i] as number;
  const y = best.scores[j] as number;
  return x < y || (x === y && (best.rows[i] as number) > (best.rows[j] as number));
}

function swap(best: Best, i: number, j: number): void {
  const score = best.scores[i] as number;
  const row = best.rows[i] as number;
  best.scores[i] = best.scores[j] as number;
  best.rows[i] = best.rows[j] as number;
  best.scores[j] = score;
  best.rows[j] = row;
}

function push(best: Best, row: number, score: number): void {
  let place = best.size;
  best.size += 1;
  best.scores[place] = score;
  best.rows[place] = row;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!worse(best, place, parent)) return;
    swap(best, place, parent);
    place = parent;
  }
}

function replaceTop(best: Best, row: number, score: number): void {
  best.scores[0] = score;
  best.rows[0] = row;
  let place = 0;
  for (;;) {
    let worst = place;
    const left = 2 * place + 1;
    if (left < best.size && worse(best, left, worst)) worst = left;
    if (left + 1 < best.size && worse(best, left + 1, worst)) worst = left + 1;
    if (worst === place) return;
    swap(best, place, worst);
    place = worst;
  }
}

function ordered(best: Best): (readonly [row: number, score: number])[] {
  const found = Array.from(
    { length: best.size },
    (_, i) => [best.rows[i] as number, best.scores[i] as number] as const,
  );
  return found.sort(([rowA, a], [rowB, b]) => b - a || rowA - rowB);
}
