import { assert } from "../assert.ts";

/**
 * Sums over the rows of a table of vectors, at four numbers an instruction. Idea: the runtime's
 * matrix products cannot gather rows, and plain loops over float32 convert every number twice; 200
 * bytes of WebAssembly do it about ten times as fast. The vectors must lie in its memory, where
 * matrix products may read and write them too. Source: the WebAssembly 2.0 specification (opcodes).
 * Left out: threads, growth of the memory (it would detach the arrays handed out).
 */
export interface VectorKernel {
  /** Zeros in the kernel's memory, aligned to 16 bytes. There is no way to give them back. */
  floats(length: number): Float32Array;
  integers(length: number): Int32Array;
  /**
   * out += sum over i of values[i] (constant + slope <x, v>) v, with v = table row columns[i].
   * O(count width). @shape columns [count], values [count], x [width], out [width]
   */
  addProjections(out: Float32Array, at: number, x: Float32Array, sum: Projections): void;
  /**
   * out = table x. O(rows width), width a multiple of 8.
   * @shape out [rows], table [rows, width], x [width]
   */
  multiplyRows(out: Float32Array, table: Float32Array, x: Float32Array): void;
}

/** A run of entries of a sparse row, by the places `from` .. `to` - 1. */
export interface Projections {
  readonly columns: Int32Array;
  readonly values: Float32Array;
  from: number;
  to: number;
  readonly table: Float32Array;
  /** Numbers in a vector; `at` counts whole numbers from the start of x and out. @unit multiple of 8 */
  readonly width: number;
  readonly constant: number;
  readonly slope: number;
}

/** In every runtime we support, yet in neither the language's own library nor this zone's types. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

type Entry = (
  columns: number,
  values: number,
  count: number,
  table: number,
  widthBytes: number,
  x: number,
  out: number,
  constant: number,
  slope: number,
) => void;

const pageBytes = 65_536;
const maxBytes = 2 ** 32 - pageBytes;

/** Opens a kernel with room for so many bytes of arrays (rounded up; 16 bytes lost per array). */
export function openVectorKernel(bytes: number): VectorKernel {
  assert(bytes >= 0 && bytes <= maxBytes, "the arrays fit into 4 GB");
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) + 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(program()), {
    k: { m: memory },
  });
  const run = instance.exports["run"] as Entry;
  const all = instance.exports["all"] as Entry;
  let used = 0;
  const take = (length: number): number => {
    const start = used;
    used += Math.ceil((length * 4) / 16) * 16;
    assert(used <= memory.buffer.byteLength, "the kernel was opened with enough room");
    return start;
  };
  return {
    floats: (length) => new Float32Array(memory.buffer, take(length), length),
    integers: (length) => new Int32Array(memory.buffer, take(length), length),
    addProjections: (out, at, x, sum) => {
      run(
        sum.columns.byteOffset + 4 * sum.from,
        sum.values.byteOffset + 4 * sum.from,
        sum.to - sum.from,
        sum.table.byteOffset,
        4 * sum.width,
        x.byteOffset + 4 * at,
        out.byteOffset + 4 * at,
        sum.constant,
        sum.slope,
      );
    },
    multiplyRows: (out, table, x) => {
      assert(x.length % 8 === 0, "width is a multiple of 8");
      assert(table.length === out.length * x.length, "the table has a row for every result");
      const width = 4 * x.length;
      all(0, 0, out.length, table.byteOffset, width, x.byteOffset, out.byteOffset, 0, 0);
    },
  };
}

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const number = (value: number): number[] => [0x41, value];
const add = 0x6a;
const simd = (code: number): number[] => (code < 0x80 ? [0xfd, code] : [0xfd, code, 0x01]);
const load4 = (offset: number): number[] => [...simd(0x00), 2, offset];
const store4 = (offset: number): number[] => [...simd(0x0b), 2, offset];
const add4 = simd(0xe4);
const multiply4 = simd(0xe6);
const lane = (index: number): number[] => [...simd(0x1f), index];
const zero4 = [...simd(0x0c), ...new Array<number>(16).fill(0)];
const block = [0x02, 0x40];
const loop = [0x03, 0x40];
const end = 0x0b;

/** Names of the parameters and locals of the one function. */
const [columns, values, count, table, width, x, out, constant, slope] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [vector, at, scalar, even, odd] = [9, 10, 11, 12, 13];

/** even += x[at ..] * vector[at ..], and the same for the next four numbers. */
const multiplyAdd = (into: number, offset: number): number[] => [
  ...[...get(into), ...get(x), ...get(at), add, ...load4(offset)],
  ...[...get(vector), ...get(at), add, ...load4(offset), ...multiply4, ...add4, ...set(into)],
];

/** out[at ..] += even * vector[at ..]. */
const spread = (offset: number): number[] => [
  ...[...get(out), ...get(at), add],
  ...[...get(out), ...get(at), add, ...load4(offset)],
  ...[...get(vector), ...get(at), add, ...load4(offset), ...get(even), ...multiply4, ...add4],
  ...store4(offset),
];

/** at = 0; do { body; at += 32 } while (at < width). */
const eachEight = (body: number[]): number[] => [
  ...[...number(0), ...set(at), ...loop, ...body],
  ...[...get(at), ...number(32), add, 0x22, at, ...get(width), 0x49, 0x0d, 0, end],
];

const advance = (local: number): number[] => [...get(local), ...number(4), add, ...set(local)];

/** The sum of x times the row at `vector`. */
const product = (): number[] => [
  ...[...zero4, ...set(even), ...zero4, ...set(odd)],
  ...eachEight([...multiplyAdd(even, 0), ...multiplyAdd(odd, 16)]),
  ...[...get(even), ...get(odd), ...add4, ...set(even)],
  ...[...get(even), ...lane(0), ...get(even), ...lane(1), 0x92],
  ...[...get(even), ...lane(2), ...get(even), ...lane(3), 0x92, 0x92],
];

/** while (count > 0) { body; count -= 1 } */
const eachRow = (body: number[]): number[] => [
  ...[...block, ...loop, ...get(count), 0x45, 0x0d, 1, ...body],
  ...[...get(count), ...number(1), 0x6b, ...set(count), 0x0c, 0, end, end],
];

const projections = (): number[] =>
  eachRow([
    // vector = table + columns[0] * width
    ...[...get(table), ...get(columns), 0x28, 2, 0, ...get(width), 0x6c, add, ...set(vector)],
    // scalar = values[0] * (constant + slope * product)
    ...[...get(values), 0x2a, 2, 0, ...get(constant), ...get(slope), ...product()],
    ...[0x94, 0x92, 0x94, ...set(scalar), ...get(scalar), ...simd(0x13), ...set(even)],
    ...eachEight([...spread(0), ...spread(16)]),
    ...[...advance(columns), ...advance(values)],
  ]);

const rowProducts = (): number[] =>
  eachRow([
    ...[...get(table), ...set(vector), ...get(out), ...product(), 0x38, 2, 0],
    ...[...get(table), ...get(width), add, ...set(table), ...advance(out)],
  ]);

/** The module: one type, the memory brought in, two functions, sent out as "run" and "all". */
function program(): Uint8Array {
  const type = [0x60, 9, i32, i32, i32, i32, i32, i32, i32, f32, f32, 0];
  const locals = [3, 2, i32, 1, f32, 2, v128];
  const bodies = [projections(), rowProducts()].map((code) => [...locals, ...code, end]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(2, [1, 1, 0x6b, 1, 0x6d, 0x02, 0x00, 1]),
    ...section(3, [2, 0, 0]),
    ...section(7, [2, 3, 0x72, 0x75, 0x6e, 0x00, 0, 3, 0x61, 0x6c, 0x6c, 0x00, 1]),
    ...section(10, [2, ...bodies.flatMap((body) => [...length(body.length), ...body])]),
  ]);
}

const section = (id: number, bytes: number[]): number[] => [id, ...length(bytes.length), ...bytes];

/** A size as LEB128 of two bytes, enough for 16 kB. */
const length = (size: number): number[] => [(size & 0x7f) | 0x80, size >> 7];
