import { assert } from "../../assert.ts";
import { compileInference } from "../../tensor/serve/compile.ts";
import { openPredictor, type Predictor } from "../../tensor/serve/predictor.ts";
import { contextInputs, needsMore, noContext, type Told, tokensOf } from "./context.ts";
import { type NetworkShape, stateNetwork } from "./network.ts";

/**
 * What the model makes of histories: a vector for each, whose product with the item table ranks what
 * comes next. Batches of histories go through together, each in a row of its own.
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
  readonly threads: number;
  /** Rows of one run. */
  readonly batch: number;
}

export async function openEncoder(
  shape: NetworkShape,
  parameters: ReadonlyMap<string, Float32Array>,
  { threads, batch }: EncoderOptions,
): Promise<Encoder> {
  const { model } = await compileInference(stateNetwork(shape), {
    parameters,
    outputs: ["state"],
    target: "native",
    batch: "free",
  });
  const predictor = await openPredictor(model, {
    provider: "cpu",
    session: { threads, spins: false },
    kept: {},
    batchMost: batch,
  });
  return {
    encode: async (histories) => {
      const out = new Float32Array(histories.length * shape.width);
      for (let from = 0; from < histories.length; from += batch) {
        const part = histories.slice(from, from + batch);
        out.set(await encodePart(predictor, shape, part), from * shape.width);
      }
      return out;
    },
    release: () => predictor.release(),
  };
}

async function encodePart(
  predictor: Predictor,
  { length, width, positions, context = noContext }: NetworkShape,
  histories: readonly Told[],
): Promise<Float32Array> {
  const rows = histories.length;
  const laid = layOut(histories, length, needsMore(context));
  const told = contextInputs(context, { rows, length, ...laid });
  const slot = (data: Int32Array, shape: readonly number[]) =>
    ({ type: "int32", shape, data }) as const;
  const place = [rows, length];
  const { state } = await predictor.run({
    tokens: slot(laid.tokens, place),
    segments: slot(laid.segments, place),
    ...(positions === "learned" ? { positions: slot(laid.positions, place) } : {}),
    ...(told.gaps === undefined ? {} : { gaps: slot(told.gaps, place) }),
    ...(told.strengths === undefined ? {} : { strengths: slot(told.strengths, place) }),
    ...(told.between === undefined ? {} : { between: slot(told.between, [...place, length]) }),
    last: slot(laid.last, [rows]),
  });
  const values = state?.data as Float32Array;
  histories.forEach((history, row) => {
    if (tokensOf(history).length === 0) values.fill(0, row * width, (row + 1) * width);
  });
  return values;
}

/** Of each history the last actions, in a row of its own from the row's first place on. */
function layOut(histories: readonly Told[], length: number, needsTimes: boolean) {
  const places = histories.length * length;
  const laid = {
    tokens: new Int32Array(places),
    segments: new Int32Array(places),
    positions: new Int32Array(places),
    times: new Float64Array(places),
    strengths: new Float32Array(places),
    last: new Int32Array(histories.length),
  };
  histories.forEach((history, row) => {
    const known = history instanceof Int32Array ? undefined : history;
    assert(known !== undefined || !needsTimes, "a model with context is told times and strengths");
    const all = tokensOf(history);
    const from = Math.max(0, all.length - length);
    const [start, count] = [row * length, all.length - from];
    laid.tokens.set(all.subarray(from), start);
    laid.segments.fill(1, start, start + count);
    for (let place = 0; place < count; place++) laid.positions[start + place] = place;
    laid.last[row] = start + Math.max(0, count - 1);
    if (known === undefined) return;
    laid.times.set(known.times.subarray(from), start);
    laid.strengths.set(known.weights.subarray(from), start);
  });
  return laid;
}
