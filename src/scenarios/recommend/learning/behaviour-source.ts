import type { History } from "../../../algorithms/sequences.ts";
import { assert } from "../../../assert.ts";
import {
  type FittedBehaviour,
  fitBehaviour,
  type TrainingSettings,
} from "../../../model/behaviour/fit-behaviour.ts";
import type { NetworkShape } from "../../../model/behaviour/network.ts";
import { openReader } from "../../../model/behaviour/reader.ts";
import { type ItemTable, openItemTable } from "../../../tensor/serve/item-table.ts";
import type { RecommendParams } from "../schema.ts";
import type { Learnable } from "./frame.ts";
import {
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
 * action gave. When to stop learning is judged on held-out actions; then it learns from everything for
 * as many epochs.
 */
export interface BehaviourModel {
  readonly shape: NetworkShape;
  /** As the network names them; of the item table a row is read as often as it is scored. */
  readonly parameters: Readonly<Record<string, Float32Array>> & { readonly items: Float32Array };
  /** Epochs after which the held-out actions were answered best. */
  readonly epochs: number;
}

/** With less than this the counting sources say all there is to say. */
const ACTIONS_LEAST = 1_000;
/** Numbers in the item table; its trainer holds four times as many. */
const NUMBERS_MOST = 100_000_000;
/** Up to this many groups all of them are told apart, beyond it a drawn few. */
const FULL_SOFTMAX_MOST = 4_000;
const NEGATIVES = 256;
const PLACES_OF_STEP = 1_600;
const STEPS_OF_EPOCH = 60;
/** Only the last actions are left out, one after the other: the earlier ones seldom matter. */
const EXPLAINED_MOST = 10;
const BATCH = 64;
/** Up to this many groups their vectors are scored as they are, beyond it in 8 bits. */
const FLOATS_MOST = 20_000;
const TABLE_BYTES_MOST = 2 ** 30;

function unfit(learn: Learnable, params: RecommendParams): string | undefined {
  const { persons } = learn;
  const none = noEvents(learn);
  if (none !== undefined) return none;
  if (persons.tokens.length < ACTIONS_LEAST) {
    return `${persons.tokens.length} actions are fewer than ${ACTIONS_LEAST}`;
  }
  const numbers = persons.vocabulary * params.behaviour.width;
  if (numbers <= NUMBERS_MOST) return undefined;
  return `a table of ${numbers} numbers is more than ${NUMBERS_MOST}; lower behaviour.width`;
}

function shapeOf({ persons }: Learnable, { behaviour }: RecommendParams): NetworkShape {
  const { width, blocks, heads, length, dropout } = behaviour;
  return {
    vocabulary: persons.vocabulary,
    width,
    blocks,
    heads,
    length,
    hidden: 4 * width,
    dropout,
    positions: "relative",
  };
}

function settingsOf(
  { persons }: Learnable,
  { behaviour }: RecommendParams,
  { trials }: Engine,
): TrainingSettings {
  const { length, epochsMost, actionsMost } = behaviour;
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
    learningRate: 1e-3,
    warmUpSteps: 100,
    decay: 0,
    clipNorm: 5,
    epochsMost: Math.max(1, Math.min(epochsMost, Math.floor(actionsMost / persons.tokens.length))),
    patience: 8,
    k: 10,
    filterSeen: trials.filterSeen,
  };
}

async function learnedFrom(
  learn: Learnable,
  params: RecommendParams,
  engine: Engine,
  stop: { readonly after: number } | "in time",
): Promise<BehaviourModel> {
  const settings = settingsOf(learn, params, engine);
  const epochsMost = stop === "in time" ? settings.epochsMost : stop.after;
  const stage =
    stop === "in time" ? "behaviour, to know when to stop" : "behaviour, from everything";
  const fitted = await fitBehaviour({
    sequences: learn.persons,
    questions: stop === "in time" ? engine.trials.questions.map(asTokens) : [],
    shape: shapeOf(learn, params),
    settings: { ...settings, epochsMost },
    seed: engine.seed,
    threads: engine.threads,
    spins: false,
    signal: undefined,
    onEpoch: ({ epoch, loss, ndcg }) => {
      const found = stop === "in time" ? `, NDCG@10 ${ndcg.toFixed(4)}` : "";
      const note = `loss ${loss.toFixed(3)}${found}`;
      engine.report({ stage, done: epoch, total: epochsMost, note });
    },
  });
  return modelOf(fitted);
}

const asTokens = ({ history, target }: Engine["trials"]["questions"][number]) => ({
  history: history.tokens,
  target,
});

function modelOf({ shape, parameters, best }: FittedBehaviour): BehaviourModel {
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
}

function ready({ shape, parameters }: BehaviourModel): ReadySource {
  const { width } = shape;
  const { items } = parameters;
  const table = openItemTable(items, {
    rows: shape.vocabulary,
    width,
    precision: shape.vocabulary <= FLOATS_MOST ? "float32" : "int8",
    bytesMost: TABLE_BYTES_MOST,
  });
  const reader = openReader(shape, new Map(Object.entries(parameters)), {
    threads: 1,
    batch: BATCH,
  });
  const reads = new WeakMap<History, Read>();
  const readOf = ({ history }: Asked): Read => {
    const found = reads.get(history);
    assert(found !== undefined, "a question is read before it is answered");
    return found;
  };
  return {
    async read(asked, explains) {
      const histories = asked.map(({ history }) => history.tokens);
      const left = histories.map((tokens) => (explains ? withoutEach(tokens) : []));
      const states = await reader.read([...histories, ...left.flat()]);
      const stateAt = (at: number): Float32Array => states.slice(at * width, (at + 1) * width);
      let next = histories.length;
      for (const [at, { history }] of asked.entries()) {
        const without = (left[at] as Int32Array[]).map(() => stateAt(next++));
        reads.set(history, { state: stateAt(at), without });
      }
    },
    scoreInto(asked, out) {
      if (asked.history.tokens.length === 0) out.fill(0);
      else sharesInto(readOf(asked).state, table, out);
    },
    explain(asked, token) {
      const { state, without } = readOf(asked);
      const parts = new Float64Array(asked.history.tokens.length);
      const whole = logit(state, items, token);
      without.forEach((less, back) => {
        parts[parts.length - 1 - back] = Math.max(0, whole - logit(less, items, token));
      });
      return { from: "history", parts };
    },
    release: () => reader.release(),
  };
}

function withoutEach(tokens: Int32Array): Int32Array[] {
  const count = Math.min(tokens.length, EXPLAINED_MOST);
  return Array.from({ length: count }, (_, back) => {
    const place = tokens.length - 1 - back;
    return tokens.filter((_, at) => at !== place);
  });
}

function logit(state: Float32Array, items: Float32Array, token: number): number {
  let sum = 0;
  for (let i = 0, at = token * state.length; i < state.length; i++, at++) {
    sum += (state[i] as number) * (items[at] as number);
  }
  return sum;
}

/** Softmax as shares of the likeliest. O(vocabulary width). @shape state [width], out [vocabulary] */
function sharesInto(state: Float32Array, table: ItemTable, out: Float32Array): void {
  table.scoreInto(state, out);
  let most = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < out.length; token++) most = Math.max(most, out[token] as number);
  for (let token = 0; token < out.length; token++) {
    out[token] = Math.exp((out[token] as number) - most);
  }
}

export const behaviour: Source = sourceOf<BehaviourModel>({
  name: "behaviour",
  variants: 1,
  unfit,
  fit: async (learn, params, _, engine) => [await learnedFrom(learn, params, engine, "in time")],
  refit: (learn, params, judged, engine) =>
    learnedFrom(learn, params, engine, { after: judged.epochs }),
  ready,
  reason: (did) => (did === "bought" ? "because_you_bought" : "because_you_viewed"),
});
