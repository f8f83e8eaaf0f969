import { problem } from "../../errors.ts";
import type { Timelines } from "../../features/timelines.ts";
import { type Lexicon, lexiconOf } from "../../model/prediction/lexicon.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import { type ChanceModel, chanceOf, fitChance } from "./chance-voices.ts";
import type { CountingScale } from "./counted.ts";
import {
  type Drawn,
  drawFrom,
  isEnough,
  keptHeads,
  type Question,
  questionsIn,
  stretchAt,
} from "./drawn.ts";
import { SESSION_GAP_MINUTES } from "./gather.ts";
import type { ChanceHead } from "./heads.ts";
import { unfinishedOf } from "./moments.ts";
import { type NetworkModel, type TrainingWay, trainNetwork } from "./network-voice.ts";
import { fitNext, type NextModel } from "./next-voices.ts";
import { chanceNames, type PredictParams } from "./schema.ts";
import { segmentOf } from "./segments.ts";
import type { Slices } from "./slices.ts";
import { fitValue, type ValueModel, type ValueTask } from "./value-voices.ts";

/**
 * Learns what shoppers do next: draws moments of the past, sees what came of each, trains one network
 * for all heads and simple voices for each, and lets the better speak. Pure: same frame, params and
 * seed, same bytes. A model holds weights, sums and groups, and no person.
 * Memory: moments x columns x 8 bytes twice over, the timelines, the network's memory.
 */
export interface PredictModel {
  readonly format: 1;
  readonly asOf: number;
  readonly seed: number;
  readonly params: PredictParams;
  readonly lexicon: Lexicon;
  readonly scale: CountingScale;
  readonly currency: string | null;
  readonly chances: readonly ChanceModel[];
  readonly value: ValueModel | null;
  readonly next: NextModel | null;
  readonly network: NetworkModel | null;
  /** What was left out, who lost to whom, and why. */
  readonly notes: readonly string[];
}

export interface FitArgument {
  readonly frame: Timelines;
  readonly params: PredictParams;
  readonly seed: number;
  /** Who computes the network. */
  readonly provider: Provider;
  readonly threads: number;
}

const GROUPS_MOST = 20_000;
const GROUP_EVENTS_LEAST = 5;

/** @see PredictModel. Run it in a worker thread. @throws problem `too-little-data`, `diverged` */
export async function fitPredict(
  argument: FitArgument,
  _report?: unknown,
  signal?: TrainingWay["signal"],
): Promise<PredictModel> {
  const { frame, params, seed, provider, threads } = argument;
  const random = createRandom(seed).split("predict");
  const options = { groupsMost: GROUPS_MOST, eventsLeast: GROUP_EVENTS_LEAST };
  const lexicon = lexiconOf(frame, options);
  const scale: CountingScale = {
    orderMedianMinor: medianOf(frame.paidMinor.filter((paid) => paid > 0)),
    priceMedianMinor: lexicon.priceMedianMinor,
    sessionGapMinutes: SESSION_GAP_MINUTES,
  };
  const drawn = drawFrom(frame, params, scale, random);
  const kept = keptHeads(drawn);
  if (kept.length === 0) {
    const least = `${params.casesLeast} moments whose outcome is known`;
    throw problem("too-little-data", `no head has ${least}: ${drawn.notes.join("; ")}`);
  }
  const questions = questionsIn(drawn, kept);
  const asked = questions.map(({ head }) => head);
  const trained = await trainNetwork(drawn, asked, lexicon, { seed, provider, threads, signal });
  const heads = questions
    .flatMap((question, column) => {
      const own = { ...question, place: kept.indexOf(question.head), column };
      return chanceModels(drawn, own, asked.length, trained?.said.chances, random);
    })
    .sort((a, b) => chanceNames.indexOf(a.head.name) - chanceNames.indexOf(b.head.name));
  const buying = buyingOf(drawn, heads, asked.length, trained?.said.chances);
  const value = valueModel(drawn, trained?.said.value, buying, random);
  const next = nextModel(drawn, trained?.said.choices);
  sayWhoSpeaks(heads, value, next, drawn.notes);
  return {
    format: 1,
    asOf: frame.asOf,
    seed,
    params,
    lexicon,
    scale,
    currency: frame.currency,
    chances: heads,
    value,
    next,
    network: trained?.model ?? null,
    notes: drawn.notes,
  };
}

/** A question of which it is known where its head stands among the model's, and in the network. */
interface PlacedQuestion extends Question {
  readonly place: number;
  readonly column: number;
}

function chanceModels(
  drawn: Drawn,
  { head, twins, place, column }: PlacedQuestion,
  columns: number,
  said: Float32Array | undefined,
  random: Random,
): readonly ChanceModel[] {
  const { frame, heads, moments, outcomes, counted, params } = drawn;
  const of = <T extends Uint8Array | Float64Array>(made: T, pick: (at: number) => number): T =>
    made.map((_, at) => pick(at)) as T;
  return fitChance({
    head: heads[head] as ChanceHead,
    twins: twins.map(({ head: other, isOpposite }) => ({
      head: heads[other] as ChanceHead,
      twin: { of: place, isOpposite },
    })),
    column,
    slices: drawn.slices[head] as Slices,
    happened: of(
      new Uint8Array(moments.count),
      (at) => outcomes.happened[at * heads.length + head] as number,
    ),
    counted,
    network:
      said === undefined
        ? undefined
        : of(new Float64Array(moments.count), (at) => said[at * columns + column] as number),
    unfinished: unfinishedOf(frame, moments, heads[head] as ChanceHead),
    segments: Array.from({ length: moments.count }, (_, at) =>
      segmentOf(frame, stretchAt(frame, moments, at)),
    ),
    rows: moments.rows,
    without: params.without,
    treesMost: params.treesMost,
    random: random.split(`head ${head}`),
  });
}

/** What the head of purchases in 30 days says of every moment, at the pace of that time. */
function buyingOf(
  { moments, counted }: Drawn,
  fitted: readonly ChanceModel[],
  columns: number,
  said: Float32Array | undefined,
): ValueTask["buying"] {
  const head = fitted.findIndex((one) => one.head.name === "purchase_30d");
  const found = fitted[head];
  if (found === undefined) return undefined;
  const chance = { ...found, pace: undefined };
  const chances = Float64Array.from({ length: moments.count }, (_, at) =>
    chanceOf(chance, counted, at, said?.[at * columns + chance.column] ?? 0),
  );
  return { head, chances };
}

function valueModel(
  { slices, heads, values, counted, params, notes }: Drawn,
  said: Float32Array | undefined,
  buying: ValueTask["buying"],
  random: Random,
): ValueModel | null {
  const own = slices[heads.length + 1] as Slices;
  const fitted = isEnough(own, params.casesLeast)
    ? fitValue({
        days: params.valueDays,
        slices: own,
        values,
        counted,
        network: said === undefined ? undefined : Float64Array.from(said),
        buying,
        without: params.without,
        treesMost: params.treesMost,
        random: random.split("value"),
      })
    : null;
  if (fitted === null) notes.push("value: left out, too little was spent to learn from");
  return fitted;
}

function nextModel(
  { frame, slices, heads, moments, outcomes, params, notes }: Drawn,
  said: Float32Array | undefined,
): NextModel | null {
  const own = slices[heads.length] as Slices;
  if (!isEnough(own, params.casesLeast)) {
    notes.push("next: left out, too few sessions to learn from");
    return null;
  }
  return fitNext({
    slices: own,
    last: Uint8Array.from(moments.ends, (end) => frame.names[end] as number),
    next: outcomes.next,
    network: said,
  });
}

/** A line for each head: who speaks, and what the others reached. */
function sayWhoSpeaks(
  chances: readonly ChanceModel[],
  value: ValueModel | null,
  next: NextModel | null,
  notes: string[],
): void {
  const others = (chosen: Readonly<Record<string, number>>): string =>
    Object.entries(chosen)
      .map(([voice, loss]) => `${voice} ${loss.toFixed(4)}`)
      .join(", ");
  for (const { head, voice, chosen, twin } of chances) {
    const answered = twin === undefined ? "" : `, asked as ${chances[twin.of]?.head.name}`;
    notes.push(`${head.name}: ${voice} speaks${answered} (log loss: ${others(chosen)})`);
  }
  if (next !== null) notes.push(`next: ${next.voice} speaks (log loss: ${others(next.chosen)})`);
  if (value !== null)
    notes.push(`value: ${value.voice} speaks (1 - Gini: ${others(value.chosen)})`);
}

/** The lower of the two in the middle, so that it is a number that occurs; 0 of nothing. */
function medianOf(values: Float64Array): number {
  return values.slice().sort()[Math.floor((values.length - 1) / 2)] ?? 0;
}

/** What a version says of itself: judged on the last time, by head and metric. */
export function metricsOf(model: PredictModel): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const { head, voice, judged } of model.chances) {
    const { cases, rate, auc, logLoss, brier, ece } = judged.overall;
    const named = { cases, rate, auc, logLoss, brier, ece };
    for (const [metric, value] of Object.entries(named)) {
      metrics[`${head.name}.${voice}.${metric}`] = value;
    }
  }
  if (model.next !== null) {
    const { voice, judged } = model.next;
    metrics[`next.${voice}.logLoss`] = judged.logLoss;
    metrics[`next.${voice}.accuracy`] = judged.accuracy;
  }
  if (model.value !== null) {
    const { voice, judged } = model.value;
    metrics[`value.${voice}.error`] = judged.error;
    metrics[`value.${voice}.errorOfMean`] = judged.errorOfMean;
  }
  return metrics;
}
