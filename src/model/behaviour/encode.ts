import { compileInference } from "../../tensor/serve/compile.ts";
import { openPredictor, type Predictor } from "../../tensor/serve/predictor.ts";
import { type NetworkShape, stateNetwork } from "./network.ts";

/**
 * What the model makes of histories: a vector for each, whose product with the item table ranks what
 * comes next. Batches of histories go through together, each in a row of its own.
 */
export interface Encoder {
  /** @shape histories each [n], result [histories, width]; a history of nothing is zeros */
  encode(histories: readonly Int32Array[]): Promise<Float32Array>;
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
  { length, width, positions }: NetworkShape,
  histories: readonly Int32Array[],
): Promise<Float32Array> {
  const rows = histories.length;
  const tokens = new Int32Array(rows * length);
  const segments = new Int32Array(rows * length);
  const places = new Int32Array(rows * length);
  const last = new Int32Array(rows);
  histories.forEach((history, row) => {
    const recent = history.subarray(Math.max(0, history.length - length));
    tokens.set(recent, row * length);
    segments.fill(1, row * length, row * length + recent.length);
    for (let place = 0; place < recent.length; place++) places[row * length + place] = place;
    last[row] = row * length + Math.max(0, recent.length - 1);
  });
  const shape = [rows, length];
  const slot = (data: Int32Array) => ({ type: "int32", shape, data }) as const;
  const { state } = await predictor.run({
    tokens: slot(tokens),
    segments: slot(segments),
    ...(positions === "learned" ? { positions: slot(places) } : {}),
    last: { type: "int32", shape: [rows], data: last },
  });
  const values = state?.data as Float32Array;
  histories.forEach((history, row) => {
    if (history.length === 0) values.fill(0, row * width, (row + 1) * width);
  });
  return values;
}
