import { type Provider, targetOf } from "../../tensor/runtime/providers.ts";
import { compileInference } from "../../tensor/serve/compile.ts";
import { openPredictor, type Predictor } from "../../tensor/serve/predictor.ts";
import type { EventTokens } from "./lexicon.ts";
import { eventInputs, type PredictionShape, predictionService } from "./network.ts";

/** The network in service: histories and what was counted of them in, what every head says out. */
export interface Forecaster {
  /**
   * A question asks about the events from .. to - 1 of the tokens, one at least, of which the last
   * `length` are read. @shape counted [questions, counted]
   */
  forecast(
    tokens: EventTokens,
    questions: readonly Question[],
    counted: Float32Array,
  ): Promise<Forecasts>;
  release(): Promise<void>;
}

export interface Question {
  readonly from: number;
  readonly to: number;
}

export interface Forecasts {
  /** @shape [questions, chances] @unit 0..1 */
  readonly chances: Float32Array;
  /** @shape [questions, choices] @unit 0..1 */
  readonly choices: Float32Array;
  /** @shape [questions] */
  readonly value: Float32Array;
}

export interface ForecasterOptions {
  readonly provider: Provider;
  readonly threads: number;
  /** Questions of one run. */
  readonly batch: number;
}

export async function openForecaster(
  shape: PredictionShape,
  parameters: ReadonlyMap<string, Float32Array>,
  { provider, threads, batch }: ForecasterOptions,
): Promise<Forecaster> {
  const { model } = await compileInference(predictionService(shape), {
    parameters,
    outputs: ["chances", "choices", "value"],
    target: targetOf(provider),
    batch: "free",
  });
  const predictor = await openPredictor(model, {
    provider,
    session: { threads, spins: false },
    kept: {},
    batchMost: batch,
  });
  return {
    async forecast(tokens, questions, counted) {
      const chances = new Float32Array(questions.length * shape.chances);
      const choices = new Float32Array(questions.length * shape.choices);
      const value = new Float32Array(questions.length);
      for (let from = 0; from < questions.length; from += batch) {
        const part = questions.slice(from, from + batch);
        const numbers = counted.subarray(
          from * shape.counted,
          (from + part.length) * shape.counted,
        );
        const said = await forecastPart(predictor, shape, tokens, part, numbers);
        chances.set(said.chances, from * shape.chances);
        choices.set(said.choices, from * shape.choices);
        value.set(said.value, from);
      }
      return { chances, choices, value };
    },
    release: () => predictor.release(),
  };
}

async function forecastPart(
  predictor: Predictor,
  shape: PredictionShape,
  tokens: EventTokens,
  questions: readonly Question[],
  counted: Float32Array,
): Promise<Forecasts> {
  const { length } = shape;
  const rows = questions.length;
  const segments = new Int32Array(rows * length);
  const at = new Int32Array(rows);
  questions.forEach(({ from, to }, row) => {
    const read = Math.min(length, to - from);
    segments.fill(1, row * length, row * length + read);
    at[row] = row * length + read - 1;
  });
  const column = (values: Int32Array): Int32Array => {
    const filled = new Int32Array(rows * length);
    questions.forEach(({ from, to }, row) => {
      filled.set(values.subarray(Math.max(from, to - length), to), row * length);
    });
    return filled;
  };
  const slot = (data: Int32Array) => ({ type: "int32", shape: [rows, length], data }) as const;
  const answers = await predictor.run({
    ...Object.fromEntries(eventInputs(shape).map((name) => [name, slot(column(tokens[name]))])),
    segments: slot(segments),
    at: { type: "int32", shape: [rows], data: at },
    counted: { type: "float32", shape: [rows, shape.counted], data: counted },
  });
  const data = (name: string): Float32Array => answers[name]?.data as Float32Array;
  return { chances: data("chances"), choices: data("choices"), value: data("value") };
}
