import { countColumns } from "../../../algorithms/csr.ts";
import type { History } from "../../../algorithms/sequences.ts";
import { createTopK, topKInto } from "../../../algorithms/top-k.ts";
import { assert } from "../../../assert.ts";
import type { PriceBands } from "../../../features/item-text.ts";
import { type FitBehaviour, fitBehaviour } from "../../../model/behaviour/fit-behaviour.ts";
import type { NetworkShape } from "../../../model/behaviour/network.ts";
import { learnedQuestions, verdictOf } from "../../../model/behaviour/training/curves.ts";
import { placesIn, withReplay } from "../../../model/behaviour/training/onward.ts";
import type { OnwardFrom } from "../../../model/registry.ts";
import type { RecommendParams, SourceName } from "../schema.ts";
import {
  type BehaviourModel,
  behaviour,
  modelOf,
  orderOf,
  readingOf,
  settingsOf,
  sizeOf,
  WATCHED_MOST,
} from "./behaviour-source.ts";
import { blendScores, type FamilyBlend, maskInto, readAll, type Voice } from "./blending.ts";
import type { Learnable, RecommendFrame } from "./frame.ts";
import type { Family, Question } from "./held-out.ts";
import type { Asked, Engine, Scorer, Source } from "./source.ts";

/**
 * Learning on from the version in service: its behaviour model takes a few passes over what happened
 * since, beside a sample of what came before, and all other sources, which are cheap, learn anew. What is
 * held out happened after the version was made, so that both it and what becomes of it are asked what
 * neither has seen.
 */
export interface Before {
  readonly version: string;
  readonly model: FormerModel;
  /** Of what the behaviour model learns from, what is older than the version. @unit 0..1 */
  readonly replayShare: number;
}

interface FormerModel extends Fitted {
  readonly asOf: number;
  readonly features: readonly string[];
  readonly prices?: PriceBands | undefined;
  readonly onward?: OnwardFrom | undefined;
}

/** What is read of a model, of then as of now. */
interface Fitted {
  readonly groups: readonly string[];
  readonly sources: readonly { readonly name: SourceName; readonly model: unknown }[];
  readonly blends: Readonly<Record<Family, FamilyBlend>>;
}

/** Passes at most, and those without a better answer before it stops. */
const PASSES = { epochsMost: 8, patience: 2 };
/** Peak of a training from nothing times this: weights that serve need smaller steps. */
const RATE = 0.25;
const WARM_UP_STEPS = 20;
const K = 10;

/** What the behaviour model of a version began with, and how it went. */
export interface OnwardModel extends BehaviourModel {
  readonly onward: Pick<OnwardFrom, "fresh" | "older">;
}

const fittedIn = ({ sources }: Pick<Fitted, "sources">): BehaviourModel | undefined =>
  sources.find(({ name }) => name === behaviour.name)?.model as BehaviourModel | undefined;

/** The sources, of which the behaviour model goes on from the one before. */
export function goingOn(
  sources: readonly Source[],
  before: Before,
  frame: RecommendFrame,
): readonly Source[] {
  const served = fittedIn(before.model);
  if (served === undefined) return sources;
  const fitFrom = (learn: Learnable, params: RecommendParams, engine: Engine) =>
    orderFrom({ served, before, frame }, learn, params, engine);
  return sources.map((source) =>
    source.name === behaviour.name
      ? {
          ...source,
          fit: async (learn, params, _, engine) => [await judged(fitFrom(learn, params, engine))],
          refit: (learn, params, model, engine) =>
            whole(fitFrom(learn, params, engine), model as OnwardModel, engine),
        }
      : source,
  );
}

interface Going {
  readonly order: FitBehaviour;
  readonly onward: OnwardModel["onward"];
}

interface From {
  readonly served: BehaviourModel;
  readonly before: Before;
  readonly frame: RecommendFrame;
}

function orderFrom(
  { served, before, frame }: From,
  learn: Learnable,
  params: RecommendParams,
  engine: Engine,
): Going {
  const { model, replayShare } = before;
  const { vocabulary } = learn.persons;
  const shape = shapeNow(served.shape, learn, params);
  const { sequences, fresh, older } = withReplay(learn.persons, {
    since: model.asOf,
    replayShare,
    length: shape.length,
    seed: engine.seed,
  });
  const order = orderOf({ ...learn, persons: sequences }, params, engine, shape);
  // Steps as large as those that made it: of a few actions more often than not they lead astray.
  const settings = settingsOf(learn, params, engine, shape);
  return {
    onward: { fresh, older },
    order: {
      ...order,
      watched: learnedQuestions(sequences, WATCHED_MOST, engine.seed),
      settings: {
        ...settings,
        ...PASSES,
        learningRate: settings.learningRate * RATE,
        warmUpSteps: WARM_UP_STEPS,
      },
      start: {
        shape: served.shape,
        parameters: new Map(Object.entries(asLearned(served))),
        tokenOf: placesIn(model.groups, frame.groups),
        featureOf: placesIn(model.features, frame.features),
        counts: countColumns(learn.persons.tokens, vocabulary),
      },
    },
  };
}

/** Weights that were made smaller are none to learn on from. */
function asLearned({ parameters }: BehaviourModel): Readonly<Record<string, Float32Array>> {
  const packed = Object.values(parameters).some((kept) => "kind" in kept);
  assert(!packed, "what was compressed is not gone on from");
  return parameters as Readonly<Record<string, Float32Array>>;
}

/** The same network over what is sold now. */
const shapeNow = (
  shape: NetworkShape,
  learn: Learnable,
  params: RecommendParams,
): NetworkShape => ({
  ...shape,
  vocabulary: learn.persons.vocabulary,
  dropout: sizeOf(learn, params).dropout,
  content: shape.content && { ...shape.content, features: learn.bags.width },
});

async function judged({ order, onward }: Going): Promise<OnwardModel> {
  const fitted = await fitBehaviour(order);
  const points = fitted.epochs.flatMap(({ curve }) => (curve === undefined ? [] : [curve]));
  const course = [
    { run: readingOf(order.shape), chosen: true, points, verdict: verdictOf(points) },
  ];
  return { ...modelOf(fitted), course, onward };
}

/** From everything since, in as many passes as answered best. */
async function whole(
  { order, onward }: Going,
  { epochs, course }: OnwardModel,
  engine: Engine,
): Promise<OnwardModel> {
  const fitted = await fitBehaviour({
    ...order,
    questions: [],
    watched: undefined,
    checkpoints: engine.checkpoints && order.checkpoints && engine.checkpoints("everything"),
    settings: { ...order.settings, epochsMost: epochs },
    onEpoch: ({ epoch, loss }) => {
      if (epoch === 0) return;
      engine.report({
        stage: "behaviour, from everything since",
        done: epoch,
        total: epochs,
        note: `loss ${loss.toFixed(3)}`,
        measured: { run: "everything", step: epoch, values: { loss } },
      });
    },
  });
  return { ...modelOf(fitted), epochs, course, onward };
}

/** Whether lists leave out what was seen. */
interface Leaving {
  readonly filterSeen: boolean;
}

/** What became of the version before, once the blend is judged. O(questions sources vocabulary). */
export async function onwardOf(
  { version, model }: Before,
  now: Fitted & Leaving,
  questions: readonly Question[],
  voicesBefore: readonly Voice[],
): Promise<OnwardFrom> {
  const known = placesIn(model.groups, now.groups);
  const voices = voicesBefore.map(({ name, source }) => ({
    name,
    source: translated(source, known, model.groups.length),
  }));
  const own = fittedIn(now) as OnwardModel;
  const { judged: found } = now.blends.next;
  return {
    version,
    since: model.asOf,
    anewAt: model.onward?.anewAt ?? model.asOf,
    ...own.onward,
    passes: own.epochs,
    cases: questions.length,
    ndcgBefore: await ndcgOf(voices, model, questions, now),
    ndcg: found.blend,
  };
}

/** NDCG@10 of the blend of what comes next, as lists leave out what was seen now. */
async function ndcgOf(
  voices: readonly Voice[],
  { blends }: Fitted,
  questions: readonly Question[],
  { groups, filterSeen }: Fitted & Leaving,
): Promise<number> {
  const mask = new Uint8Array(groups.length);
  const top = createTopK(Math.min(K, groups.length));
  await readAll(
    voices,
    questions.map(({ asked }) => asked),
    false,
  );
  let sum = 0;
  for (const { asked, targets } of questions) {
    maskInto(mask, "next", asked, filterSeen);
    const { total } = blendScores(voices, blends.next.blend, asked, groups.length, mask);
    const found = topKInto(top, total, mask);
    const gain = (place: number): number => 1 / Math.log2(place + 2);
    const places = Array.from({ length: Math.min(K, targets.length) }, (_, place) => place);
    const best = places.reduce((all, place) => all + gain(place), 0);
    for (let place = 0; place < found; place++) {
      if ((top.scores[place] as number) <= 0) break;
      if (targets.includes(top.indexes[place] as number)) sum += gain(place) / best;
    }
  }
  return sum / Math.max(1, questions.length);
}

/**
 * A source of a former model, asked and answering in the tokens of now: what it did not know it has not
 * seen in a history, and gives 0. @shape known [vocabulary now]: its own token of each, or -1
 */
export function translated(source: Scorer, known: Int32Array, vocabularyThen: number): Scorer {
  const askedThen = new WeakMap<Asked, Asked>();
  const then = (asked: Asked): Asked => {
    const found = askedThen.get(asked);
    if (found !== undefined) return found;
    const made = { history: knownOf(asked.history, known), bought: knownOf(asked.bought, known) };
    askedThen.set(asked, made);
    return made;
  };
  const said = new Float32Array(vocabularyThen);
  return {
    read: async (asked, explains) => source.read?.(asked.map(then), explains),
    scoreInto(asked, out) {
      source.scoreInto(then(asked), said);
      for (let token = 0; token < out.length; token++) {
        const own = known[token] as number;
        out[token] = own < 0 ? 0 : (said[own] as number);
      }
    },
    explain: (asked, token) => source.explain(then(asked), known[token] as number),
    release: async () => source.release?.(),
  };
}

function knownOf({ tokens, times, weights, now }: History, known: Int32Array): History {
  const has = (_: number, at: number): boolean => (known[tokens[at] as number] as number) >= 0;
  return {
    tokens: tokens.map((token) => known[token] as number).filter(has),
    times: times.filter(has),
    weights: weights.filter(has),
    now,
  };
}
