import { assert } from "../../assert.ts";
import { areFinite } from "../finite.ts";
import { type Arena, arenaBytes, openArena } from "../kernels/arena.ts";
import { quantiseRows } from "./int8.ts";

/**
 * The scores of all rows of a table for one state: what service asks at every request. Idea: a single
 * product of a matrix and a vector is bound by the memory it reads, so the table is kept as whole numbers
 * of 8 bits with a scale for each row, a quarter of the bytes, and SIMD multiplies them by the state in
 * 16 bits: sums of whole numbers, exact whatever their order. Rounding the rows is then the only loss, as
 * the state keeps 15 bits. The same in float32 loses nothing. Sources: Jacob et al. 2018 for the whole
 * numbers; the WebAssembly 2.0 specification for the instructions.
 * Left out: threads, and batches of states, where the runtime's product of matrices is faster.
 */
export interface ItemTable {
  readonly rows: number;
  readonly width: number;
  readonly precision: TablePrecision;
  /** Memory of the table's own, until it is released. */
  readonly bytes: number;
  /** What rounding changed: ||table - kept|| / ||table||. @unit 0..1 */
  readonly relativeError: number;
  /** out[row] = <row, state>. O(rows width). @shape state [width], out [rows] */
  scoreInto(state: Float32Array, out: Float32Array): void;
  /**
   * The same of some rows, and nothing of others: in runs, each from its first row, a multiple of 4, to
   * before its last. O(rows of the runs x width). @shape runs [count, 2], out [rows]
   */
  scoreRunsInto(state: Float32Array, runs: Int32Array, count: number, out: Float32Array): void;
  /** out[i] = <row some[i], state>, to the bit as above. O(some width). @shape some, out [some] */
  scoreSomeInto(state: Float32Array, some: Int32Array, out: Float32Array): void;
  /** Gives the memory back. Twice is once. */
  release(): void;
}

export type TablePrecision = "int8" | "float32";

export interface ItemTableOptions {
  readonly rows: number;
  readonly width: number;
  readonly precision: TablePrecision;
  /** @unit bytes */
  readonly bytesMost: number;
}

/** Largest whole numbers of a row and of a state. */
const rowLevels = 127;
const stateLevels = 32_767;

/** Rows named one by one that a kernel takes in one turn. */
const someAtOnce = 1_024;
/** Rows go in fours, and columns by what one turn of a kernel takes. */
const rowsAtOnce = 4;
const columnsAtOnce: Readonly<Record<TablePrecision, number>> = { int8: 16, float32: 4 };

/**
 * The values are copied. O(rows width). @shape values [rows, width], all finite
 * @throws problem `limit-reached` where the table takes more than `bytesMost`
 */
export function openItemTable(values: Float32Array, options: ItemTableOptions): ItemTable {
  const { rows, width, precision } = options;
  assert(rows > 0 && width > 0, "a table has rows and columns");
  assert(values.length === rows * width, "the values fill the table");
  assert(areFinite(values), "all values of a table are finite numbers");
  const layout = layoutOf(options);
  const arena = openArena({
    bytes: layout.bytes,
    bytesMost: options.bytesMost,
    purpose: "a table of vectors",
    remedy: "fewer rows, narrower ones or int8 take less",
  });
  const scorer =
    precision === "int8" ? bytesScorer(arena, values, layout) : floatsScorer(arena, values, layout);
  let open: Scorer | undefined = scorer;
  const whole = Int32Array.of(0, rows);
  const asked = (state: Float32Array): Scorer => {
    assert(open !== undefined, "a table is asked before it is released");
    assert(state.length === width, "a state is as wide as the table");
    open.take(state);
    return open;
  };
  const scoreRunsInto: ItemTable["scoreRunsInto"] = (state, runs, count, out) => {
    assert(out.length === rows, "there is a place for the score of every row");
    runsInto(asked(state), runs, count, out);
  };
  return {
    rows,
    width,
    precision,
    bytes: layout.bytes,
    relativeError: scorer.relativeError,
    scoreInto: (state, out) => scoreRunsInto(state, whole, 1, out),
    scoreRunsInto,
    scoreSomeInto: (state, some, out) => {
      assert(out.length === some.length, "there is a place for every score asked for");
      someInto(asked(state), rows, some, out);
    },
    release: () => {
      open = undefined;
    },
  };
}

interface Layout {
  readonly rows: number;
  readonly width: number;
  /** With what fills up the last turn of a kernel: zeros. */
  readonly paddedRows: number;
  readonly paddedWidth: number;
  readonly bytes: number;
}

function layoutOf({ rows, width, precision }: ItemTableOptions): Layout {
  const upTo = (length: number, step: number): number => Math.ceil(length / step) * step;
  const paddedRows = upTo(rows, rowsAtOnce);
  const paddedWidth = upTo(width, columnsAtOnce[precision]);
  const values = paddedRows * paddedWidth;
  const arrays =
    precision === "int8"
      ? [values / 4, paddedRows, paddedWidth / 2, paddedRows, someAtOnce, someAtOnce]
      : [values, paddedWidth, paddedRows, someAtOnce, someAtOnce];
  return { rows, width, paddedRows, paddedWidth, bytes: arenaBytes(arrays) };
}

/** A table's kernels: what they score is that of the state taken last. */
interface Scorer {
  readonly relativeError: number;
  take(state: Float32Array): void;
  /** Of rows that follow one another, into `scores`; both are multiples of `rowsAtOnce`. */
  scoreRun(from: number, rows: number): void;
  /** @shape [paddedRows] */
  readonly scores: Float32Array;
  /** Of the rows named in `some`, into `someScores`. */
  scoreSome(count: number): void;
  /** @shape [someAtOnce] */
  readonly some: Int32Array;
  readonly someScores: Float32Array;
}

/** Scores each run, in whole turns of a kernel, and hands out what was asked for. */
function runsInto(
  { scoreRun, scores }: Scorer,
  runs: Int32Array,
  count: number,
  out: Float32Array,
): void {
  for (let run = 0; run < count; run++) {
    const from = runs[2 * run];
    const to = runs[2 * run + 1];
    scoreRun(from, Math.ceil((to - from) / rowsAtOnce) * rowsAtOnce);
    for (let row = from; row < to; row++) out[row] = scores[row];
  }
}

function someInto(scorer: Scorer, rows: number, asked: Int32Array, out: Float32Array): void {
  const { some, someScores } = scorer;
  for (let from = 0; from < asked.length; from += someAtOnce) {
    const count = Math.min(someAtOnce, asked.length - from);
    for (let at = 0; at < count; at++) {
      const row = asked[from + at];
      assert(row >= 0 && row < rows, "a row that is asked for is of the table");
      some[at] = row;
    }
    scorer.scoreSome(count);
    for (let at = 0; at < count; at++) out[from + at] = someScores[at];
  }
}

/** @shape values [rows, width] */
function floatsScorer(arena: Arena, values: Float32Array, layout: Layout): Scorer {
  const { rows, width, paddedRows, paddedWidth } = layout;
  const { kernels } = arena;
  const table = arena.floats(paddedRows * paddedWidth);
  for (let row = 0; row < rows; row++) {
    table.set(values.subarray(row * width, (row + 1) * width), row * paddedWidth);
  }
  const kept = arena.floats(paddedWidth);
  const scores = arena.floats(paddedRows);
  const [some, someScores] = [arena.integers(someAtOnce), arena.floats(someAtOnce)];
  const [first, second, third] = [table.byteOffset, kept.byteOffset, scores.byteOffset];
  const [places, found] = [some.byteOffset, someScores.byteOffset];
  return {
    relativeError: 0,
    take: (state) => {
      assert(Number.isFinite(largestOf(state)), "a state is made of finite numbers");
      kept.set(state);
    },
    scoreRun: (from, count) => {
      const row = first + 4 * from * paddedWidth;
      kernels.scoreFloats(row, second, third + 4 * from, count, paddedWidth);
    },
    scoreSome: (count) => kernels.scoreSomeFloats(first, second, places, found, count, paddedWidth),
    ...{ scores, some, someScores },
  };
}

/** @shape values [rows, width] */
function bytesScorer(arena: Arena, values: Float32Array, layout: Layout): Scorer {
  const { rows, width, paddedRows, paddedWidth } = layout;
  const { kernels } = arena;
  const whole = quantiseRows(values, [rows, width], rowLevels);
  const table = arena.bytes(paddedRows * paddedWidth);
  for (let row = 0; row < rows; row++) {
    table.set(whole.values.subarray(row * width, (row + 1) * width), row * paddedWidth);
  }
  const scales = arena.floats(paddedRows);
  scales.set(whole.scales);
  const room = arena.bytes(2 * paddedWidth);
  const kept = new Int16Array(room.buffer, room.byteOffset, paddedWidth);
  const scores = arena.floats(paddedRows);
  const [some, someScores] = [arena.integers(someAtOnce), arena.floats(someAtOnce)];
  const [first, second, third, fourth] = [table, scales, kept, scores].map(
    ({ byteOffset }) => byteOffset,
  );
  const [places, found] = [some.byteOffset, someScores.byteOffset];
  // So few levels that the sum over all columns stays below 2^31, whatever the values.
  const levels = Math.min(stateLevels, Math.floor((2 ** 31 - 1) / (rowLevels * width)));
  let scale = 0;
  return {
    relativeError: whole.relativeError,
    take: (state) => {
      scale = largestOf(state) / levels;
      assert(Number.isFinite(scale), "a state is made of finite numbers");
      for (let column = 0; column < width; column++) {
        kept[column] = scale === 0 ? 0 : Math.round(state[column] / scale);
      }
    },
    scoreRun: (from, count) => {
      const row = first + from * paddedWidth;
      const at = 4 * from;
      kernels.scoreBytes(row, second + at, third, fourth + at, count, paddedWidth, scale);
    },
    scoreSome: (count) =>
      kernels.scoreSomeBytes(first, second, third, places, found, count, paddedWidth, scale),
    ...{ scores, some, someScores },
  };
}

/** Largest absolute value; NaN where one is. @shape state [width] */
function largestOf(state: Float32Array): number {
  let largest = 0;
  for (let column = 0; column < state.length; column++) {
    largest = Math.max(largest, Math.abs(state[column]));
  }
  return largest;
}
