import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import type { Session, Slot } from "../runtime/session.ts";
import { type CacheSpec, cacheName, presentName, rowName } from "./decoding.ts";

/**
 * Owns the caches of one sequence and runs a step network on it, one place after another; several
 * decoders share one session. What is remembered is 2 layers heads width capacity values.
 */
export interface DecoderOptions {
  readonly layers: Readonly<Record<string, CacheSpec>>;
  /** Places that fit. */
  readonly capacity: number;
  /**
   * "refuse": a sequence ends at capacity, and states equal those of the whole network.
   * "slide": the oldest place makes room. What later places had learned of it stays in their rows, so
   * states are not those of the last places alone; only for networks without absolute positions.
   */
  readonly whenFull: "refuse" | "slide";
  /** Results of the network that are wanted, with the shape of one place: [1, 1, ...]. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

export interface Decoder {
  /** Places appended since the beginning. */
  readonly length: number;
  /**
   * Runs one place and remembers it. Results are overwritten by the next call. One call at a time.
   * @throws problem `limit-reached` when full and refusing; then nothing has changed
   */
  append(inputs: Readonly<Record<string, Slot>>): Promise<Readonly<Record<string, Float32Array>>>;
  /** Forgets the sequence. */
  reset(): void;
}

/** Keys or values of one layer. */
interface Cache {
  readonly heads: number;
  readonly width: number;
  readonly whole: Slot;
  /** The row that a run gives. */
  readonly row: Slot;
}

export function createDecoder(session: Session, options: DecoderOptions): Decoder {
  const { capacity, whenFull } = options;
  assert(capacity > 0, "a sequence has room for a place");
  const caches = cachesOf(options);
  const present = floats([1, capacity]);
  const feeds: Record<string, Slot> = { [presentName]: present };
  const fetches: Record<string, Slot> = {};
  for (const { cache, row, of } of caches) {
    feeds[cache] = of.whole;
    fetches[row] = of.row;
  }
  const results = Object.entries(options.outputs).map(([name, shape]): [string, Float32Array] => {
    fetches[name] = floats(shape);
    return [name, fetches[name].data as Float32Array];
  });
  let length = 0;
  let isRunning = false;
  const append: Decoder["append"] = async (inputs) => {
    assert(!isRunning, "a decoder appends one place at a time");
    if (length >= capacity && whenFull === "refuse") {
      throw problem("limit-reached", `the sequence is full: it has ${capacity} places`);
    }
    const at = length % capacity;
    // The oldest is out of sight; after a run that fails, the next one takes the same place.
    present.data[at] = 0;
    isRunning = true;
    try {
      await session.run({ ...feeds, ...inputs }, fetches);
    } finally {
      isRunning = false;
    }
    for (const { of } of caches) writeRow(of, at, capacity);
    present.data[at] = 1;
    length++;
    return Object.fromEntries(results);
  };
  return {
    get length() {
      return length;
    },
    append,
    reset: () => {
      assert(!isRunning, "a decoder is reset between its runs");
      present.data.fill(0);
      length = 0;
    },
  };
}

interface NamedCache {
  readonly cache: string;
  readonly row: string;
  readonly of: Cache;
}

function cachesOf({ layers, capacity }: DecoderOptions): NamedCache[] {
  return Object.entries(layers).flatMap(([layer, { heads, keyWidth, valueWidth }]) => {
    const make = (part: "keys" | "values", width: number): NamedCache => ({
      cache: cacheName(part, layer),
      row: rowName(part, layer),
      of: {
        heads,
        width,
        whole: floats([1, heads, capacity, width]),
        row: floats([1, heads, 1, width]),
      },
    });
    return [make("keys", keyWidth), make("values", valueWidth)];
  });
}

const floats = (shape: readonly number[]): Slot & { readonly data: Float32Array } => ({
  type: "float32",
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

/** The row of each head to its place. @shape row [heads, width], whole [heads, capacity, width] */
function writeRow({ heads, width, whole, row }: Cache, at: number, capacity: number): void {
  const from = row.data as Float32Array;
  const to = whole.data as Float32Array;
  for (let head = 0; head < heads; head++) {
    const start = (head * capacity + at) * width;
    for (let column = 0; column < width; column++) to[start + column] = from[head * width + column];
  }
}
