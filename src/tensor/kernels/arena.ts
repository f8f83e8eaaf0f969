import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import { kernelsHex } from "./kernels-wasm.ts";

/**
 * One memory for all that a trainer or a table of vectors touches: the runtime reads inputs from it and
 * writes outputs into it, and the kernels work on it in place, so that nothing is copied. It never grows,
 * as growing would detach the arrays handed out, and it is not shared, as the runtime refuses shared
 * memory.
 */
export interface Arena {
  readonly kernels: Kernels;
  /** Zeros; there is no way to give them back. @shape result [length], aligned to 64 bytes */
  floats(length: number): Float32Array;
  integers(length: number): Int32Array;
  bytes(length: number): Int8Array;
}

/** What kernels.as exports: places are byte offsets, n counts values. */
export interface Kernels {
  adam(p: number, m: number, v: number, g: number, n: number, ...numbers: number[]): void;
  adagrad(
    p: number,
    s: number,
    g: number,
    n: number,
    rate: number,
    eps: number,
    scale: number,
  ): void;
  descend(p: number, m: number, g: number, n: number, ...numbers: number[]): void;
  average(e: number, p: number, n: number, keep: number): void;
  scatter(table: number, indices: number, rows: number, count: number, width: number): void;
  distinct(...numbers: number[]): number;
  squaredNorm(g: number, n: number): number;
  firstBad(g: number, n: number): number;
  scoreFloats(table: number, state: number, out: number, rows: number, width: number): void;
  scoreBytes(table: number, scales: number, state: number, ...numbers: number[]): void;
  scoreSomeFloats(table: number, state: number, rows: number, ...numbers: number[]): void;
  scoreSomeBytes(table: number, scales: number, state: number, ...numbers: number[]): void;
  project(
    columns: number,
    values: number,
    count: number,
    table: number,
    width: number,
    x: number,
    out: number,
    constant: number,
    slope: number,
  ): void;
}

/** In every runtime we support, yet in neither the language's own library nor this zone's types. */
declare const WebAssembly: {
  Memory: new (limits: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const pageBytes = 65_536;
/** What WebAssembly can address. @unit bytes */
export const arenaBytesMost: number = 2 ** 32 - pageBytes;
const align = 64;

/** Bytes that arrays of so many values of 4 bytes take. */
export const arenaBytes = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum + Math.ceil((length * 4) / align) * align, 0);

export interface ArenaOptions {
  readonly bytes: number;
  readonly bytesMost: number;
  /** Who needs the memory, and what would need less, as the reader of a problem is told. */
  readonly purpose: string;
  readonly remedy: string;
}

/** @throws problem `limit-reached` where the memory asked for is more than allowed */
export function openArena({ bytes, bytesMost, purpose, remedy }: ArenaOptions): Arena {
  const most = Math.min(bytesMost, arenaBytesMost);
  if (bytes > most) {
    const say = (count: number): string =>
      count < 2 ** 20 ? `${Math.ceil(count / 2 ** 10)} KiB` : `${Math.ceil(count / 2 ** 20)} MiB`;
    throw problem(
      "limit-reached",
      `${purpose} needs ${say(bytes)} of memory and may take ${say(most)}: ${remedy}`,
    );
  }
  const pages = Math.ceil(bytes / pageBytes) + 1;
  const memory = reserve(pages, purpose);
  const module = new WebAssembly.Module(bytesOf(kernelsHex));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  // The first bytes stay free: place 0 is nobody's.
  let used = align;
  const take = (length: number): number => {
    const start = used;
    used += arenaBytes([length]);
    assert(used <= memory.buffer.byteLength, "the arena was opened with enough room");
    return start;
  };
  return {
    kernels: exports as Kernels,
    floats: (length) => new Float32Array(memory.buffer, take(length), length),
    integers: (length) => new Int32Array(memory.buffer, take(length), length),
    bytes: (length) => new Int8Array(memory.buffer, take(length / 4), length),
  };
}

function reserve(pages: number, purpose: string): { readonly buffer: ArrayBuffer } {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (cause) {
    const size = `${Math.ceil((pages * pageBytes) / 2 ** 20)} MiB`;
    throw problem(
      "limit-reached",
      `the machine has no ${size} of memory left: ${purpose} needs it`,
      {
        cause,
      },
    );
  }
}

function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}
