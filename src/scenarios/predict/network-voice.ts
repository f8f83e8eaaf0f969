import {
  type FittedPrediction,
  fitPrediction,
  questionsOf,
} from "../../model/prediction/fit-prediction.ts";
import { openForecaster } from "../../model/prediction/forecaster.ts";
import { type EventTokens, type Lexicon, tokensOf } from "../../model/prediction/lexicon.ts";
import type { Moments } from "../../model/prediction/moments.ts";
import type { PredictionShape } from "../../model/prediction/network.ts";
import type { StopSign } from "../../storage/jobs.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import { COUNTED } from "./counted.ts";
import type { Drawn } from "./drawn.ts";
import { nextActions } from "./heads.ts";
import type { PredictParams } from "./schema.ts";
import { LEARN, STOP } from "./slices.ts";

/** The voice that all heads share: one network, told the moments drawn, with what it is scaled by. */
export interface NetworkModel {
  readonly shape: PredictionShape;
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Counted numbers are set to mean 0 and variance 1. @shape each [COUNTED] */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

const FORECASTS = 512;
const DAY_MS = 86_400_000;

export interface Trained {
  readonly model: NetworkModel;
  /** Of every moment that is not learned from by all heads. */
  readonly said: {
    readonly chances: Float32Array;
    readonly choices: Float32Array;
    readonly value: Float32Array;
  };
}

export interface TrainingWay {
  readonly seed: number;
  readonly provider: Provider;
  readonly threads: number;
  /** Whether to stop; looked at between two steps. */
  readonly signal: StopSign | undefined;
}

export async function trainNetwork(
  drawn: Drawn,
  kept: readonly number[],
  lexicon: Lexicon,
  { signal, ...way }: TrainingWay,
): Promise<Trained | undefined> {
  const { frame, params, counted, notes } = drawn;
  const [learn, choose] = [LEARN, STOP].map((slice) => placesOfAny(drawn, kept, slice)) as [
    Int32Array,
    Int32Array,
  ];
  if (params.without.includes("network")) {
    notes.push("network: left out by the params");
    return undefined;
  }
  if (learn.length < params.networkCasesLeast) {
    notes.push(`network: left out, ${learn.length} moments to learn from`);
    return undefined;
  }
  const { means, deviations } = momentsOfColumns(counted, learn);
  const standard = standardised(counted, means, deviations);
  const tokens = tokensOf(lexicon, frame);
  const isPlaced = frame.surfaces.some((code) => code > 0);
  const shape = shapeOf(params, lexicon, kept.length, isPlaced);
  const fitted = await fitPrediction({
    history: { tokens, offsets: frame.offsets },
    learn: momentsAt(drawn, kept, learn, standard, LEARN),
    choose: momentsAt(drawn, kept, thinned(choose, JUDGED_MOST), standard, STOP),
    shape,
    settings: {
      rows: 16,
      learningRate: 0.002,
      decay: 0.02,
      clipNorm: 1,
      epochsMost: params.epochsMost,
      patience: 3,
    },
    ...way,
    signal,
  });
  const { best, epochs } = fitted;
  notes.push(
    `network: ${learn.length} moments, best of ${epochs.length} epochs is ${best.epoch}, ` +
      `loss ${best.loss.toFixed(4)} learned and ${best.judged.toFixed(4)} held out`,
  );
  const said = await sayLater(fitted, tokens, drawn, standard, way);
  const parameters = Object.fromEntries(fitted.parameters);
  return { model: { shape, parameters, means, deviations }, said };
}

/** Moments that an epoch is judged on. */
const JUDGED_MOST = 3_000;

/** At most about so many, evenly. @shape places [n] */
function thinned(places: Int32Array, most: number): Int32Array {
  const step = Math.ceil(places.length / most);
  return step <= 1 ? places : places.filter((_, at) => at % step === 0);
}

function shapeOf(
  of: PredictParams,
  known: Lexicon,
  chances: number,
  isPlaced: boolean,
): PredictionShape {
  return {
    items: known.groups.length + 1,
    width: of.width,
    blocks: of.blocks,
    heads: 2,
    length: of.length,
    counted: COUNTED,
    hidden: 2 * of.width,
    dropout: 0.2,
    chances,
    choices: nextActions.length,
    ...(isPlaced ? { surfaces: true } : {}),
  };
}

/** Asked of what calibrates and judges, and of what is not over; the others are left at 0. */
async function sayLater(
  { shape, parameters }: FittedPrediction,
  tokens: EventTokens,
  { frame, moments, slices, heads }: Drawn,
  standard: Float32Array,
  { provider, threads }: Pick<TrainingWay, "provider" | "threads">,
): Promise<Trained["said"]> {
  const open = frame.asOf - Math.max(...heads.map(({ days }) => days ?? 0)) * DAY_MS;
  const later = [...moments.ends.keys()].filter(
    (at) =>
      slices.some(({ codes }) => (codes[at] as number) > LEARN) ||
      (moments.visits[at] === 0 && (moments.nows[at] as number) > open),
  );
  const ends = Int32Array.from(later, (at) => moments.ends[at] as number);
  const counted = new Float32Array(later.length * COUNTED);
  later.forEach((at, row) => {
    counted.set(standard.subarray(at * COUNTED, (at + 1) * COUNTED), row * COUNTED);
  });
  const forecaster = await openForecaster(shape, parameters, {
    provider,
    threads,
    batch: FORECASTS,
  });
  try {
    const said = await forecaster.forecast(tokens, questionsOf(frame, { ends }), counted);
    return {
      chances: spread(said.chances, later, moments.count),
      choices: spread(said.choices, later, moments.count),
      value: spread(said.value, later, moments.count),
    };
  } finally {
    await forecaster.release();
  }
}

/** Rows to their places among all. @shape rows [places, width], result [count, width] */
function spread(rows: Float32Array, places: readonly number[], count: number): Float32Array {
  const width = places.length === 0 ? 1 : rows.length / places.length;
  const all = new Float32Array(count * width);
  places.forEach((at, row) => {
    all.set(rows.subarray(row * width, (row + 1) * width), at * width);
  });
  return all;
}

/** Moments that any head, value or what is next has in the slice. */
function placesOfAny(drawn: Drawn, kept: readonly number[], slice: number): Int32Array {
  const { heads, slices, moments } = drawn;
  const columns = [...kept, heads.length, heads.length + 1];
  const found: number[] = [];
  for (let at = 0; at < moments.count; at++) {
    if (columns.some((column) => slices[column]?.codes[at] === slice)) found.push(at);
  }
  return Int32Array.from(found);
}

/** Moments as the network is asked about them; what is of another slice is not known. */
function momentsAt(
  drawn: Drawn,
  kept: readonly number[],
  places: Int32Array,
  standard: Float32Array,
  slice: number,
): Moments {
  const { heads, slices, moments, outcomes, values } = drawn;
  const isIn = (column: number, at: number): boolean => slices[column]?.codes[at] === slice;
  const cells = Array.from(places).flatMap((at) => kept.map((column) => ({ at, column })));
  const counted = new Float32Array(places.length * COUNTED);
  places.forEach((at, row) => {
    counted.set(standard.subarray(at * COUNTED, (at + 1) * COUNTED), row * COUNTED);
  });
  return {
    count: places.length,
    ends: Int32Array.from(places, (at) => moments.ends[at] as number),
    counted,
    happened: Uint8Array.from(
      cells,
      ({ at, column }) => outcomes.happened[at * heads.length + column] as number,
    ),
    known: Uint8Array.from(cells, ({ at, column }) => (isIn(column, at) ? 1 : 0)),
    next: Int32Array.from(places, (at) =>
      isIn(heads.length, at) ? (outcomes.next[at] as number) : -1,
    ),
    values: Float32Array.from(places, (at) =>
      isIn(heads.length + 1, at) ? (values[at] as number) : Number.NaN,
    ),
  };
}

/** O(places columns). @shape counted [moments, COUNTED] */
function momentsOfColumns(
  counted: Float64Array,
  places: Int32Array,
): { readonly means: Float64Array; readonly deviations: Float64Array } {
  const means = new Float64Array(COUNTED);
  const deviations = new Float64Array(COUNTED);
  for (let column = 0; column < COUNTED; column++) {
    let [sum, square] = [0, 0];
    for (const at of places) {
      const value = counted[at * COUNTED + column] as number;
      sum += value;
      square += value * value;
    }
    const mean = sum / places.length;
    means[column] = mean;
    // A column that hardly moves while it is learned says nothing later.
    deviations[column] = Math.max(1e-3, Math.sqrt(Math.max(0, square / places.length - mean ** 2)));
  }
  return { means, deviations };
}

const STANDARD_MOST = 6;

/** Far values are drawn in. @shape counted and result [rows, COUNTED], means, deviations [COUNTED] */
export function standardised(
  counted: Float64Array,
  means: Float64Array,
  deviations: Float64Array,
): Float32Array {
  return Float32Array.from(counted, (value, at) => {
    const column = at % COUNTED;
    const far = (value - (means[column] as number)) / (deviations[column] as number);
    return Math.min(STANDARD_MOST, Math.max(-STANDARD_MOST, far));
  });
}
