import { openHistoryMemo } from "../../../algorithms/history-memo.ts";
import type { History, Sequences } from "../../../algorithms/sequences.ts";
import { createTopK } from "../../../algorithms/top-k.ts";
import type { InvertedLists } from "../../../algorithms/vectors/inverted-lists.ts";
import { assert } from "../../../assert.ts";
import { type KeptParameters, valuesOf } from "../../../model/behaviour/compression/kept.ts";
import { type OpenKept, openKept } from "../../../model/behaviour/compression/open-kept.ts";
import {
  biasesByTime,
  needsMore,
  noContext,
  strengthsOf,
  tellsGaps,
} from "../../../model/behaviour/context.ts";
import {
  type FitBehaviour,
  type FittedBehaviour,
  fitBehaviour,
  type TrainingSettings,
} from "../../../model/behaviour/fit-behaviour.ts";
import { fitBest } from "../../../model/behaviour/fit-best.ts";
import type { NetworkShape } from "../../../model/behaviour/network.ts";
import {
  type CurvePoint,
  learnedQuestions,
  verdictOf,
} from "../../../model/behaviour/training/curves.ts";
import type { TrainingRun } from "../../../model/registry.ts";
import type { Provider } from "../../../tensor/runtime/providers.ts";
import type { RecommendParams } from "../schema.ts";
import type { Learnable } from "./frame.ts";
import { silence } from "./hearing.ts";
import {
  type Answer,
  type Asked,
  type Engine,
  noEvents,
  type ReadySource,
  type Source,
  sourceOf,
} from "./source.ts";

/**
 * The behaviour Transformer as a source: it reads a history once, as a vector, and scores every group
 * by how likely it comes next (softmax; shares of the likeliest, so that blends of all scales can use
 * it). It explains itself by leaving out: what an item's logit loses without an action is what that
 * action gave. Held-out actions judge whether items are better read by what they say of themselves or by
 * their ids alone, and when to stop learning; then it learns from everything for as many epochs.
 */
export interface BehaviourModel {
  readonly shape: NetworkShape;
  /** As the network names them, packed where the model was compressed. */
  readonly parameters: KeptParameters;
  readonly lists?: InvertedLists | undefined;
  /** Epochs after which the held-out actions were answered best. */
  readonly epochs: number;
  /** How each way of reading items learned, where it learned here. */
  readonly course?: readonly TrainingRun[] | undefined;
}

/** With fewer actions that follow one another the counting sources say all there is to say. */
const STEPS_LEAST = 500;
/** Of what items say: the rarest features, and the events at which an item is half its own vector. */
const CONTENT = { featuresMost: 12, eventsHalf: 2, hiddenShare: 0.1 };
/** Numbers in the item table; its trainer holds four times as many. */
const NUMBERS_MOST = 100_000_000;
/** Up to this many groups all of them are told apart, beyond it a drawn few. */
const FULL_SOFTMAX_MOST = 4_000;
const NEGATIVES = 256;
const PLACES_OF_STEP = 1_600;
const STEPS_OF_EPOCH = 60;
/** Only the last actions are left out, one after the other: the earlier ones seldom matter. */
const EXPLAINED_MOST = 5;
const BATCH = 64;
/**
 * Histories whose states are kept, of a few kB each: nothing is read twice until something is added. What
 * an 8-bit network makes of one depends on what is read with it: in service, what explains it and no other.
 */
const READ_MOST = 2_000;
/** Questions that are learned from and watched: enough to tell curves apart, a second for 100 000 groups. */
export const WATCHED_MOST = 1_000;
/** Steps between two checkpoints within an epoch. */
const KEPT_STEPS = 500;
/** Numbers in an item table that is kept on the way: a checkpoint has four times as many, 160 MB. */
const KEPT_NUMBERS_MOST = 10_000_000;

function unfit(learn: Learnable, params: RecommendParams): string | undefined {
  const { persons } = learn;
  const none = noEvents(learn);
  if (none !== undefined) return none;
  const steps = stepsOf(persons);
  if (steps < STEPS_LEAST) {
    return `${steps} actions that follow another are fewer than ${STEPS_LEAST}`;
  }
  const numbers = persons.vocabulary * params.behaviour.width;
  if (numbers <= NUMBERS_MOST) return undefined;
  return `a table of ${numbers} numbers is more than ${NUMBERS_MOST}; lower behaviour.width`;
}

function stepsOf({ rows, offsets }: Sequences): number {
  let steps = 0;
  for (let row = 0; row < rows; row++) {
    steps += Math.max(0, (offsets[row + 1] as number) - (offsets[row] as number) - 1);
  }
  return steps;
}

/** Actions from which a second block pays, and of an item from which its own vector says all. */
const TWO_BLOCKS_LEAST = 500_000;
const WELL_KNOWN = 100;
const LENGTHS = [50, 100, 200] as const;

/**
 * What is not asked for, by the size of the log: as long as three quarters of the histories are, 50 to
 * 200 actions; a second block where there is much to learn from; less left out by chance where items are
 * touched often. Chosen on validation actions of amazon-beauty and movielens-1m.
 */
export function sizeOf(
  { persons }: Pick<Learnable, "persons">,
  { behaviour }: RecommendParams,
): Pick<NetworkShape, "blocks" | "length" | "dropout"> {
  const actions = persons.tokens.length;
  const lengths = Int32Array.from(
    { length: persons.rows },
    (_, row) => (persons.offsets[row + 1] as number) - (persons.offsets[row] as number),
  ).sort();
  const most = lengths[Math.floor(0.75 * lengths.length)] ?? 0;
  return {
    blocks: behaviour.blocks ?? (actions < TWO_BLOCKS_LEAST ? 1 : 2),
    length: behaviour.length ?? LENGTHS.find((length) => length >= most) ?? 200,
    dropout: behaviour.dropout ?? (isWellKnown(persons) ? 0.2 : 0.35),
  };
}

const isWellKnown = ({ tokens, vocabulary }: Sequences): boolean =>
  tokens.length >= WELL_KNOWN * vocabulary;

/** What is tried, the simplest first. */
export function shapesOf(learn: Learnable, params: RecommendParams): NetworkShape[] {
  const { persons, bags } = learn;
  const { architecture, width, heads, content } = params.behaviour;
  const context = contextOf(persons, params);
  const ids: NetworkShape = {
    architecture,
    vocabulary: persons.vocabulary,
    width,
    heads,
    ...sizeOf(learn, params),
    hidden: 4 * width,
    positions: "relative",
    ...(context === undefined ? {} : { context }),
  };
  const hasContent = content && bags.columns.length > 0 && !isWellKnown(persons);
  return hasContent ? [ids, { ...ids, content: { ...CONTENT, features: bags.width } }] : [ids];
}

/** Buckets of times, doublings of a second: a century; and strengths told apart. */
const TIME_BUCKETS = 33;
const STRENGTHS_MOST = 8;

function contextOf(
  { weights }: Sequences,
  { behaviour: { tells } }: RecommendParams,
): NetworkShape["context"] {
  if (tells.length === 0) return undefined;
  const told = new Set(tells);
  return {
    gapBuckets: told.has("gap") ? TIME_BUCKETS : 0,
    strengths: told.has("strength") ? strengthsOf(weights, STRENGTHS_MOST) : [],
    biasBuckets: told.has("time") ? TIME_BUCKETS : 0,
  };
}

/** What a network is told of, in the order of the alphabet. */
export const tellsOf = (
  context: NetworkShape["context"] = noContext,
): RecommendParams["behaviour"]["tells"] => [
  ...(tellsGaps(context) ? (["gap"] as const) : []),
  ...(context.strengths.length > 0 ? (["strength"] as const) : []),
  ...(biasesByTime(context) ? (["time"] as const) : []),
];

/** How long and by what steps it learns in a shop of this size. */
export function settingsOf(
  { persons }: Learnable,
  { behaviour: { epochsMost, actionsMost, learningRate } }: RecommendParams,
  { trials }: Pick<Engine, "trials">,
  { length }: Pick<NetworkShape, "length">,
): TrainingSettings {
  const rowsOfAll = Math.ceil(persons.tokens.length / length);
  const rowsOfStep = Math.min(PLACES_OF_STEP / length, rowsOfAll / STEPS_OF_EPOCH);
  const rows = 2 ** Math.max(0, Math.round(Math.log2(rowsOfStep)));
  return {
    rows,
    turns: 1,
    negatives: persons.vocabulary <= FULL_SOFTMAX_MOST ? "all" : NEGATIVES,
    sampling: { power: 1, uniformShare: 1 },
    corrects: false,
    chunk: rows * length,
    learningRate,
    warmUpSteps: 100,
    decay: 0,
    clipNorm: 5,
    epochsMost: Math.max(1, Math.min(epochsMost, Math.floor(actionsMost / persons.tokens.length))),
    patience: 5,
    k: 10,
    filterSeen: trials.filterSeen,
  };
}

/** What of the engine the behaviour model learns with. */
export type Training = Pick<
  Engine,
  "trials" | "seed" | "provider" | "threads" | "report" | "checkpoints" | "signal"
>;

/** A training of these by this shape, reported epoch by epoch. */
export function orderOf(
  learn: Learnable,
  params: RecommendParams,
  engine: Training,
  shape: NetworkShape,
): FitBehaviour {
  const settings = settingsOf(learn, params, engine, shape);
  const how = readingOf(shape);
  return {
    sequences: learn.persons,
    questions: engine.trials.questions,
    bags: learn.bags,
    shape,
    settings,
    seed: engine.seed,
    provider: engine.provider,
    threads: engine.threads,
    spins: false,
    signal: engine.signal,
    watched: learnedQuestions(learn.persons, WATCHED_MOST, engine.seed),
    checkpoints: placeOf(how, learn, shape, engine),
    onEpoch: ({ epoch, loss, ndcg, curve }) =>
      engine.report({
        stage: `behaviour by ${how}, until held-out actions are answered best`,
        done: epoch,
        total: settings.epochsMost,
        note: `loss ${loss.toFixed(3)}, NDCG@10 ${ndcg.toFixed(4)}`,
        measured: {
          run: how,
          step: epoch,
          values: { ...(epoch === 0 ? {} : { loss }), ...measuredOf(curve) },
        },
      }),
  };
}

async function learnedInTime(
  learn: Learnable,
  params: RecommendParams,
  engine: Engine,
): Promise<BehaviourModel> {
  const orders = shapesOf(learn, params).map((shape) => orderOf(learn, params, engine, shape));
  const { fitted, chosen, epochs } = await fitBest(orders);
  const course = orders.map(({ shape }, at): TrainingRun => {
    const points = (epochs[at] ?? []).flatMap(({ curve }) => (curve === undefined ? [] : [curve]));
    return { run: readingOf(shape), chosen: at === chosen, points, verdict: verdictOf(points) };
  });
  return { ...modelOf(fitted), course };
}

/** What a run is called. */
export const readingOf = ({ content }: NetworkShape): string =>
  content === undefined ? "ids" : "content";

function measuredOf(curve: CurvePoint | undefined): Record<string, number> {
  if (curve === undefined) return {};
  const { learned, heldOut } = curve;
  return {
    learnedLoss: learned.loss,
    heldOutLoss: heldOut.loss,
    learnedNdcg: learned.ndcg,
    heldOutNdcg: heldOut.ndcg,
  };
}

/** Where this run is kept on the way; nowhere where a checkpoint would be too large. */
function placeOf(
  run: string,
  { persons }: Learnable,
  { width }: NetworkShape,
  { checkpoints }: Training,
): FitBehaviour["checkpoints"] {
  const place = checkpoints?.(run);
  if (place === undefined || persons.vocabulary * width > KEPT_NUMBERS_MOST) return undefined;
  return { ...place, everySteps: Math.min(place.everySteps, KEPT_STEPS) };
}

/** The run that serves. */
const EVERYTHING: LaterRun = { run: "everything", stage: "behaviour, from everything" };

/** A run after the one that found the shape and the epochs. */
export interface LaterRun {
  readonly run: string;
  readonly stage: string;
  /** Where it learns from a larger model besides. */
  readonly student?: FitBehaviour["student"];
}

/** As the judged model was. */
export async function learnedAgain(
  learn: Learnable,
  params: RecommendParams,
  { shape, epochs, course }: Pick<BehaviourModel, "shape" | "epochs" | "course">,
  engine: Training,
  { run, stage, student }: LaterRun,
): Promise<BehaviourModel> {
  const order = orderOf(learn, params, engine, shape);
  const fitted = await fitBehaviour({
    ...order,
    questions: [],
    watched: undefined,
    student,
    checkpoints: placeOf(run, learn, shape, engine),
    settings: { ...order.settings, epochsMost: epochs },
    onEpoch: ({ epoch, loss }) =>
      engine.report({
        stage,
        done: epoch,
        total: epochs,
        note: `loss ${loss.toFixed(3)}`,
        measured: { run, step: epoch, values: { loss } },
      }),
  });
  return { ...modelOf(fitted), course };
}

export function modelOf({ shape, parameters, best }: FittedBehaviour): BehaviourModel {
  const items = parameters.get("items");
  assert(items !== undefined, "the network has an item table");
  return { shape, parameters: { ...Object.fromEntries(parameters), items }, epochs: best.epoch };
}

/** What was read of a question. */
interface Read {
  /** @shape [width] */
  readonly state: Float32Array;
  /** Without each of the last actions, the last first. @shape each [width] */
  readonly without: readonly Float32Array[];
  readonly explains: boolean;
}

function ready(model: BehaviourModel, provider: Provider): ReadySource {
  const { width } = model.shape;
  const table = openKept(model, { provider, threads: 1, batch: BATCH });
  const reads = new WeakMap<History, Read>();
  const byTime = needsMore(model.shape.context ?? noContext);
  const memo = openHistoryMemo<Read>({ most: READ_MOST, byTime });
  const readOf = ({ history }: Asked): Read => {
    const found = reads.get(history);
    assert(found !== undefined, "a question is read before it is answered");
    return found;
  };
  return {
    async read(asked, explains) {
      const histories = asked.flatMap(({ history }) => {
        const known = memo.get(history);
        if (known === undefined || (explains && !known.explains)) return [history];
        reads.set(history, known);
        return [];
      });
      if (histories.length === 0) return;
      const left = histories.map((history) => (explains ? withoutEach(history) : []));
      const states = await table.reader.read([...histories, ...left.flat()]);
      const stateAt = (at: number): Float32Array => states.slice(at * width, (at + 1) * width);
      let next = histories.length;
      for (const [at, history] of histories.entries()) {
        const without = (left[at] as History[]).map(() => stateAt(next++));
        const read = { state: stateAt(at), without, explains };
        reads.set(history, read);
        memo.set(history, read);
      }
    },
    scoreInto(asked, out) {
      if (asked.history.tokens.length === 0) out.fill(0);
      else sharesInto(readOf(asked).state, table, out);
    },
    answer(asked) {
      if (asked.history.tokens.length === 0) return silence;
      return answerOf(table, readOf(asked).state);
    },
    explain(asked, token) {
      const { state, without } = readOf(asked);
      const parts = new Float64Array(asked.history.tokens.length);
      const vector = new Float32Array(width);
      table.rowInto(token, vector, 0);
      const whole = product(state, vector);
      without.forEach((less, back) => {
        parts[parts.length - 1 - back] = Math.max(0, whole - product(less, vector));
      });
      return { from: "history", parts };
    },
    forget: () => memo.clear(),
    release: () => table.reader.release(),
  };
}

/** Shares of the likeliest among the found, as in `scoreInto`. */
function answerOf(table: OpenKept, state: Float32Array): Answer {
  const likeliest = createTopK(1);
  let most: number | undefined;
  const shares = (logits: Float32Array): Float32Array => {
    if (most === undefined) {
      table.bestInto(state, likeliest);
      most = likeliest.scores[0] as number;
    }
    for (let at = 0; at < logits.length; at++) {
      logits[at] = Math.exp((logits[at] as number) - most);
    }
    return logits;
  };
  return {
    bestInto(top) {
      const found = table.bestInto(state, top);
      most = top.scores[0];
      shares(top.scores.subarray(0, found));
      return found;
    },
    scoresOf: (tokens) => shares(table.scoresOf(state, tokens)),
  };
}

function withoutEach({ tokens, times, weights, now }: History): History[] {
  const n = tokens.length;
  return Array.from({ length: Math.min(n, EXPLAINED_MOST) }, (_, back) => {
    const place = n - 1 - back;
    const less: History = {
      tokens: tokens.slice(0, n - 1),
      times: times.slice(0, n - 1),
      weights: weights.slice(0, n - 1),
      now,
    };
    less.tokens.set(tokens.subarray(place + 1), place);
    less.times.set(times.subarray(place + 1), place);
    less.weights.set(weights.subarray(place + 1), place);
    return less;
  });
}

function product(state: Float32Array, vector: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < state.length; i++) sum += (state[i] as number) * (vector[i] as number);
  return sum;
}

/** Softmax as shares of the likeliest. O(vocabulary width). @shape state [width], out [vocabulary] */
function sharesInto(
  state: Float32Array,
  table: Pick<OpenKept, "scoreInto">,
  out: Float32Array,
): void {
  table.scoreInto(state, out);
  const most = largestOf(out);
  for (let token = 0; token < out.length; token++) {
    out[token] = Math.exp((out[token] as number) - most);
  }
}

function largestOf(values: Float32Array): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at++) {
    if ((values[at] as number) > most) most = values[at] as number;
  }
  return most;
}

export const behaviour: Source = sourceOf<BehaviourModel>({
  name: "behaviour",
  variants: 1,
  unfit,
  fit: async (learn, params, _, engine) => [await learnedInTime(learn, params, engine)],
  refit: (learn, params, judged, engine) => learnedAgain(learn, params, judged, engine, EVERYTHING),
  ready,
  table: {
    of: ({ shape: { width }, parameters: { items } }) =>
      "kind" in items && items.kind === "codes" ? undefined : { values: valuesOf(items), width },
    listed: (model, lists) => ({ ...model, lists }),
  },
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});
