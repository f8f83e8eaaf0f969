import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRun } from "../../../scripts/bench.ts";
import { createAlsScratch, defaultAls, fitAls, scoreAlsInto } from "../../algorithms/als.ts";
import { historyOf, sequencesOf } from "../../algorithms/sequences.ts";
import { createTopK, nothingMasked, topKInto } from "../../algorithms/top-k.ts";
import {
  fitInvertedLists,
  openSearchedTable,
  type SearchedTable,
} from "../../algorithms/vectors/inverted-lists.ts";
import { fileTables } from "../../storage/engines/file-tables.ts";
import { openArena } from "../kernels/arena.ts";
import { openMatmul } from "../matmul.ts";
import { createRandom } from "../random.ts";
import { type ItemTable, openItemTable, type TablePrecision } from "./item-table.ts";

/**
 * Milliseconds to score a whole table for one state, in turns with a plain loop, the runtime's product of
 * matrices on one thread, and a bare reading of as much memory; then how many of the best 100 rows the 8
 * bits find, on drawn vectors and on those that ALS learns from the clicks of diginetica-sessions; and how
 * many a search of some lists finds of what a look at all rows finds.
 */
const seed = 1;
const width = 64;
const bytesMost = 2 ** 30;

interface Vectors {
  /** @shape [rows, width] */
  readonly table: Float32Array;
  readonly states: readonly Float32Array[];
}

export async function bench(run: BenchRun): Promise<unknown> {
  const rows = run.tiny ? 500 : 100_000;
  const vectors = drawn(rows, run.tiny ? 3 : 200);
  const speed = await run.part("speed", () => speedOf(vectors, run.tiny ? 3 : 200));
  if (speed !== undefined) run.note(JSON.stringify(speed));
  const k = run.tiny ? 10 : 100;
  const learned = () => learnt(run.dataRoot, run.tiny ? 2000 : 1e9, run.tiny ? 3 : 1000);
  const recall = await run.part("recall", async () => ({
    drawn: recallOf(vectors, k),
    als: recallOf(await learned(), k),
  }));
  run.note(JSON.stringify(recall));
  const lists = await run.part("lists", async () => ({
    drawn: await listsOf(vectors, k),
    als: await listsOf(await learned(), k),
  }));
  run.note(JSON.stringify(lists));
  return { seed, rows, width, k, speed, recall, lists };
}

function drawn(rows: number, count: number): Vectors {
  const random = createRandom(seed).split("vectors");
  const vector = (length: number): Float32Array =>
    Float32Array.from({ length }, () => random.normal());
  return {
    table: vector(rows * width),
    states: Array.from({ length: count }, () => vector(width)),
  };
}

const open = ({ table }: Vectors, precision: TablePrecision): ItemTable =>
  openItemTable(table, { rows: table.length / width, width, precision, bytesMost });

async function speedOf(vectors: Vectors, turns: number): Promise<unknown> {
  const { table, states } = vectors;
  const [int8, float32] = [open(vectors, "int8"), open(vectors, "float32")];
  const out = new Float32Array(int8.rows);
  const matmul = openMatmul({ threads: 1 });
  const sizes = { m: 1, n: out.length, k: width } as const;
  const form = { ...sizes, transposeA: false, transposeB: true, alpha: 1, beta: 0 } as const;
  const reader = openReader(table);
  const ways: Record<string, (state: Float32Array) => unknown> = {
    int8: (state) => int8.scoreInto(state, out),
    float32: (state) => float32.scoreInto(state, out),
    plainLoop: (state) => loopInto(table, state, out),
    runtimeProduct: (state) => matmul.multiplyInto(out, state, table, form),
    readFloat32: () => reader(table.length),
    readInt8: () => reader(table.length / 4),
  };
  const times: Record<string, number[]> = {};
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, way] of Object.entries(ways)) {
      const begun = performance.now();
      await way(states[turn % states.length]);
      times[name] = [...(times[name] ?? []), performance.now() - begun];
    }
  }
  await matmul.close();
  const ms = Object.fromEntries(
    Object.entries(times).map(([name, own]) => [name, { p50: at(own, 0.5), p10: at(own, 0.1) }]),
  );
  return { turns, ms, bytes: { int8: int8.bytes, float32: float32.bytes } };
}

const at = (values: readonly number[], share: number): number =>
  rounded(values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]);

/** Sums the squares of so many values of its own memory: what merely reading them takes. */
function openReader(values: Float32Array): (count: number) => number {
  const bytes = 4 * values.length + 64;
  const arena = openArena({ bytes, bytesMost, purpose: "reading", remedy: "fewer values" });
  const inside = arena.floats(values.length);
  inside.set(values);
  return (count) => arena.kernels.squaredNorm(inside.byteOffset, count);
}

/** @shape table [rows, width], state [width], out [rows] */
function loopInto(table: Float32Array, state: Float32Array, out: Float32Array): void {
  for (let row = 0, place = 0; row < out.length; row++) {
    let sum = 0;
    for (let column = 0; column < state.length; column++) sum += table[place++] * state[column];
    out[row] = sum;
  }
}

/** Of the best k rows in float32, the share among the best k in int8, and of the best 1. @unit 0..1 */
function recallOf(vectors: Vectors, k: number): unknown {
  const [int8, float32] = [open(vectors, "int8"), open(vectors, "float32")];
  const [exact, found] = [createTopK(k), createTopK(k)];
  const out = new Float32Array(int8.rows);
  let [hits, firsts] = [0, 0];
  for (const state of vectors.states) {
    float32.scoreInto(state, out);
    topKInto(exact, out, nothingMasked);
    int8.scoreInto(state, out);
    topKInto(found, out, nothingMasked);
    const best = new Set(exact.indexes);
    for (const index of found.indexes) if (best.has(index)) hits++;
    if (exact.indexes[0] === found.indexes[0]) firsts++;
  }
  const states = vectors.states.length;
  const { rows, relativeError } = int8;
  return {
    ...{ rows, states, relativeError: rounded(relativeError) },
    ...{ recall: rounded(hits / (states * k)), firstSame: rounded(firsts / states) },
  };
}

const shares = [1, 0.02, 0.05, 0.1, 0.25];

/**
 * Of the best 10 and k rows, those found when a share of the rows is looked at, list by list, and how long
 * that takes with the choice of the best; a share of 1 is all rows in one run. In turns.
 */
async function listsOf({ table, states }: Vectors, k: number): Promise<unknown> {
  const matmul = openMatmul({ threads: 1 });
  const began = performance.now();
  const lists = await fitInvertedLists(table, width, createRandom(seed), matmul);
  const buildMs = Math.round(performance.now() - began);
  await matmul.close();
  const size = { rows: table.length / width, width, precision: "int8", bytesMost } as const;
  const open = (share: number): SearchedTable =>
    openSearchedTable(table, { ...size, lists: share === 1 ? undefined : { ...lists, share } });
  const ways = shares.map((share) => ({ share, table: open(share), ms: [] as number[] }));
  const hits = ways.map(() => ({ ten: 0, k: 0 }));
  const top = createTopK(k);
  for (const state of states) {
    const found = ways.map(({ table: searched, ms }) => {
      const from = performance.now();
      const count = searched.bestInto(state, top);
      ms.push(performance.now() - from);
      return top.indexes.slice(0, count);
    });
    const best = [...(found[0] as Int32Array)];
    found.forEach((own, way) => {
      const had = new Set(own);
      const of = (some: readonly number[]): number => some.filter((row) => had.has(row)).length;
      hits[way].ten += of(best.slice(0, 10)) / (10 * states.length);
      hits[way].k += of(best) / (k * states.length);
    });
  }
  const searched = ways.map(({ share, ms }, way) => ({
    ...{ share, recall10: rounded(hits[way].ten), recall: rounded(hits[way].k) },
    ...{ p50Ms: at(ms, 0.5), p10Ms: at(ms, 0.1) },
  }));
  return { rows: size.rows, lists: lists.centres.length / width, buildMs, searched };
}

/** What ALS learns from all sessions, and the states of the first of them. */
async function learnt(dataRoot: string, most: number, count: number): Promise<Vectors> {
  const lists = await sessionsOf(join(dataRoot, "diginetica-sessions", "train.parquet"), most);
  const ids = new Map([...new Set(lists.flat())].sort((a, b) => a - b).map((id, to) => [id, to]));
  const sequences = sequencesOf(
    lists.map((list) => list.map((id) => ids.get(id) as number)),
    ids.size,
  );
  const matmul = openMatmul({ threads: 2 });
  const model = await fitAls(sequences, defaultAls, createRandom(seed), matmul);
  await matmul.close();
  const scratch = createAlsScratch(model);
  const scores = new Float32Array(ids.size);
  const states = Array.from({ length: count }, (_, row) => {
    scoreAlsInto(model, scratch, historyOf(sequences, row, 1e9), scores);
    return scratch.vector.slice();
  });
  return { table: model.tokens, states };
}

async function sessionsOf(path: string, most: number): Promise<number[][]> {
  const limits = { memoryMib: 1024, threads: 2, maxLineBytes: 2 ** 20, maxBadLines: 0 };
  const tables = fileTables({ ...limits, temporary: tmpdir() });
  const how = {
    format: "parquet",
    afterLine: 0,
    batch: 10_000,
    select: "session_id, item_id",
    where: "item_id IS NOT NULL",
    orderBy: "session_id, position",
  } as const;
  const lists: number[][] = [];
  let [last, read]: [unknown, number] = [undefined, 0];
  for await (const batch of tables.read(path, how)) {
    for (const { values } of batch.rows) {
      if (values["session_id"] !== last) lists.push([]);
      last = values["session_id"];
      lists.at(-1)?.push(Number(values["item_id"]));
    }
    read += batch.rows.length;
    if (read >= most) break;
  }
  await tables.close();
  return lists;
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
