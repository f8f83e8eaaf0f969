import { assert } from "../../assert.ts";
import { encodeModel } from "../../tensor/onnx/encode.ts";
import { type Provider, targetOf } from "../../tensor/runtime/providers.ts";
import type { Slot } from "../../tensor/runtime/session.ts";
import { compileInference } from "../../tensor/serve/compile.ts";
import { openPredictor, type Predictor } from "../../tensor/serve/predictor.ts";
import { type QuantiseOptions, quantiseGraph } from "../../tensor/serve/quantise.ts";
import { contextInputs, needsMore, noContext, type Told, tokensOf } from "./context.ts";
import { type NetworkShape, stateNetwork } from "./network.ts";

/**
 * What the model makes of histories: a vector for each, whose product with the item table ranks what
 * comes next. Histories are laid side by side in rows, as in training, and a batch of rows goes through
 * together: short ones cost no more than their actions.
 */
export interface Encoder {
  /**
   * Tokens alone are enough for a model without context.
   * @shape histories each [n], result [histories, width]; a history of nothing is zeros
   */
  encode(histories: readonly Told[]): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface EncoderOptions {
  readonly provider: Provider;
  readonly threads: number;
  /** Rows of one run. */
  readonly batch: number;
  /** How a compressed model is read; undefined for one that is kept as it was learned. */
  readonly packed?: PackedReading | undefined;
}

/** The item table stands outside the network, which is given its rows. */
export interface PackedReading {
  /** Writes the vector of an item from place `at` of `out` on. */
  rowInto(token: number, out: Float32Array, at: number): void;
  /** Whether products are of whole numbers of 8 bits, which the processor computes whoever else is asked. */
  readonly int8: boolean;
}

/** Of products: 63 levels are safe on every processor. */
export const int8Options: QuantiseOptions = {
  relativeErrorMost: 0.03,
  levels: 63,
  valuesLeast: 1_024,
};

export async function openEncoder(
  shape: NetworkShape,
  parameters: ReadonlyMap<string, Float32Array>,
  { provider: asked, threads, batch, packed }: EncoderOptions,
): Promise<Encoder> {
  const items = packed === undefined ? "tokens" : "vectors";
  const provider = packed?.int8 ? "cpu" : asked;
  const { graph, model: whole } = await compileInference(stateNetwork(shape, items), {
    parameters,
    outputs: ["states"],
    target: targetOf(provider),
    batch: "free",
  });
  const model = packed?.int8
    ? encodeModel({ graph: quantiseGraph(graph, int8Options).graph, metadata: {} })
    : whole;
  const predictor = await openPredictor(model, {
    provider,
    session: { threads, spins: false },
    kept: {},
    batchMost: batch,
  });
  return {
    encode: async (histories) => {
      const { width, length } = shape;
      const out = new Float32Array(histories.length * width);
      const placed = placesOf(histories, length);
      for (let from = 0; from < placed.rows; from += batch) {
        const rows = Math.min(batch, placed.rows - from);
        const part = placed.stretches.filter(({ row }) => row >= from && row < from + rows);
        const states = await statesOf(predictor, shape, histories, { part, from, rows }, packed);
        for (const { at, row, start, count } of part) {
          const last = ((row - from) * length + start + count - 1) * width;
          out.set(states.subarray(last, last + width), at * width);
        }
      }
      return out;
    },
    release: () => predictor.release(),
  };
}

/** Where the last actions of a history stand: `count` places of a row, from `start` on. */
interface Stretch {
  readonly at: number;
  readonly row: number;
  readonly start: number;
  readonly count: number;
}

/** Rows with room that are looked at: more pack tighter and take longer. */
const OPEN_ROWS = 16;

/** First fit, in the order of the histories; those of nothing have no place. O(histories). */
function placesOf(
  histories: readonly Told[],
  length: number,
): { readonly rows: number; readonly stretches: readonly Stretch[] } {
  const used: number[] = [];
  const stretches: Stretch[] = [];
  histories.forEach((history, at) => {
    const count = Math.min(length, tokensOf(history).length);
    if (count === 0) return;
    let row = Math.max(0, used.length - OPEN_ROWS);
    while (row < used.length && (used[row] as number) + count > length) row++;
    const start = used[row] ?? 0;
    used[row] = start + count;
    stretches.push({ at, row, start, count });
  });
  return { rows: used.length, stretches };
}

interface RowsOfStretches {
  readonly part: readonly Stretch[];
  /** The first of the rows. */
  readonly from: number;
  readonly rows: number;
}

/** @shape result [rows, length, width] */
async function statesOf(
  predictor: Predictor,
  { width, length, positions, context = noContext }: NetworkShape,
  histories: readonly Told[],
  placed: RowsOfStretches,
  packed: PackedReading | undefined,
): Promise<Float32Array> {
  const { rows } = placed;
  const laid = layOut(histories, placed, length, needsMore(context));
  const told = contextInputs(context, { rows, length, ...laid });
  const slot = (data: Int32Array, shape: readonly number[]) =>
    ({ type: "int32", shape, data }) as const;
  const place = [rows, length] as const;
  const { states } = await predictor.run({
    ...(packed === undefined
      ? { tokens: slot(laid.tokens, place) }
      : { vectors: vectorsOf(packed, laid, [...place, width]) }),
    segments: slot(laid.segments, place),
    ...(positions === "learned" ? { positions: slot(laid.positions, place) } : {}),
    ...(told.gaps === undefined ? {} : { gaps: slot(told.gaps, place) }),
    ...(told.strengths === undefined ? {} : { strengths: slot(told.strengths, place) }),
    ...(told.between === undefined ? {} : { between: slot(told.between, [...place, length]) }),
  });
  return states?.data as Float32Array;
}

/** Zeros at padding, which nobody sees. @shape tokens, segments [rows, length] */
function vectorsOf(
  { rowInto }: PackedReading,
  { tokens, segments }: { readonly tokens: Int32Array; readonly segments: Int32Array },
  shape: readonly [number, number, number],
): Slot {
  const width = shape[2];
  const data = new Float32Array(tokens.length * width);
  tokens.forEach((token, at) => {
    if (segments[at] !== 0) rowInto(token, data, at * width);
  });
  return { type: "float32", shape, data };
}

/** Of each history the last actions, where it has its place. */
function layOut(
  histories: readonly Told[],
  { part, from, rows }: RowsOfStretches,
  length: number,
  needsTimes: boolean,
) {
  const laid = {
    tokens: new Int32Array(rows * length),
    segments: new Int32Array(rows * length),
    positions: new Int32Array(rows * length),
    times: new Float64Array(rows * length),
    strengths: new Float32Array(rows * length),
  };
  for (const { at, row, start, count } of part) {
    const history = histories[at] as Told;
    const known = history instanceof Int32Array ? undefined : history;
    assert(known !== undefined || !needsTimes, "a model with context is told times and strengths");
    const to = (row - from) * length + start;
    laid.tokens.set(tokensOf(history).slice(-count), to);
    laid.segments.fill(start + 1, to, to + count);
    for (let place = 0; place < count; place++) laid.positions[to + place] = place;
    if (known === undefined) continue;
    laid.times.set(known.times.slice(-count), to);
    laid.strengths.set(known.weights.slice(-count), to);
  }
  return laid;
}
