import type { Timelines } from "../../features/timelines.ts";
import { type Forecaster, openForecaster } from "../../model/prediction/forecaster.ts";
import { tokensOf } from "../../model/prediction/lexicon.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import { chanceOf, toldBy } from "./chance-voices.ts";
import { COUNTED, countStretch, type Stretch } from "./counted.ts";
import type { PredictModel } from "./fit.ts";
import { nextActions } from "./heads.ts";
import { standardised } from "./network-voice.ts";
import { nextChances } from "./next-voices.ts";
import { amountOf } from "./value-voices.ts";

/** A fitted model, opened to be asked: its network is held by the runtime until it is released. */
export interface Oracle {
  readonly model: PredictModel;
  /** What the model says of stretches of timelines; one of no events is answered by what is usual. */
  answer(timelines: Timelines, stretches: readonly Stretch[]): Promise<Answers>;
  release(): Promise<void>;
}

export interface Answers {
  /** @shape [stretches, heads of the model] @unit 0..1, calibrated */
  readonly chances: Float64Array;
  /** NaN without a head for it. @shape [stretches] @unit median orders */
  readonly values: Float64Array;
  /** See `nextActions`; zeros without a head for it. @shape [stretches, choices] @unit 0..1 */
  readonly next: Float32Array;
}

export interface OracleOptions {
  readonly provider: Provider;
  readonly threads: number;
}

/** Questions of one run. */
const BATCH = 256;

export async function openOracle(model: PredictModel, how: OracleOptions): Promise<Oracle> {
  const { network } = model;
  const forecaster =
    network === null
      ? undefined
      : await openForecaster(network.shape, new Map(Object.entries(network.parameters)), {
          ...how,
          batch: BATCH,
        });
  return {
    model,
    answer: (timelines, stretches) => answer(model, forecaster, timelines, stretches),
    release: async () => {
      await forecaster?.release();
    },
  };
}

/** O(stretches (their events + network + trees)). */
async function answer(
  model: PredictModel,
  forecaster: Forecaster | undefined,
  timelines: Timelines,
  stretches: readonly Stretch[],
): Promise<Answers> {
  const heads = model.chances.length;
  const choices = nextActions.length;
  const found = {
    chances: new Float64Array(stretches.length * heads),
    values: new Float64Array(stretches.length).fill(model.value?.usual ?? Number.NaN),
    next: new Float32Array(stretches.length * choices),
  };
  const told = stretches.flatMap((stretch, at) => (stretch.to > stretch.from ? [at] : []));
  const asked = told.map((at) => stretches[at] as Stretch);
  const counted = new Float64Array(asked.length * COUNTED);
  asked.forEach((stretch, row) => {
    counted.set(countStretch(timelines, stretch, model.scale), row * COUNTED);
  });
  const said = await forecasts(model, forecaster, timelines, asked, counted);
  for (let at = 0; at < stretches.length; at++) {
    model.chances.forEach(({ usual }, head) => {
      found.chances[at * heads + head] = usual;
    });
  }
  const columns = model.network?.shape.chances ?? 0;
  asked.forEach((stretch, row) => {
    const at = told[row] as number;
    const chances = found.chances.subarray(at * heads, (at + 1) * heads);
    model.chances.forEach((chance, head) => {
      const { column, twin } = chance;
      const network = said?.chances[row * columns + column] ?? 0;
      // A twin comes after the head it is told by.
      chances[head] =
        twin === undefined
          ? chanceOf(chance, counted, row, network)
          : toldBy(twin, chances[twin.of] as number);
    });
    if (model.value !== null) {
      found.values[at] = amountOf(model.value, counted, row, said?.value[row] ?? 0, chances);
    }
    if (model.next === null) return;
    const last = timelines.names[stretch.to - 1] as number;
    const network = said?.choices.subarray(row * choices, (row + 1) * choices);
    found.next.set(nextChances(model.next, last, network ?? new Float32Array()), at * choices);
  });
  return found;
}

async function forecasts(
  { network, lexicon }: PredictModel,
  forecaster: Forecaster | undefined,
  timelines: Timelines,
  asked: readonly Stretch[],
  counted: Float64Array,
) {
  if (network === null || forecaster === undefined || asked.length === 0) return undefined;
  const standard = standardised(counted, network.means, network.deviations);
  return forecaster.forecast(tokensOf(lexicon, timelines), asked, standard);
}
