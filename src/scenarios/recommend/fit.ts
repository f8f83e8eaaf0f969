import type { Csr } from "../../algorithms/csr.ts";
import { countColumns } from "../../algorithms/csr.ts";
import { defaultTelling, tellingWeights } from "../../algorithms/telling.ts";
import { assert } from "../../assert.ts";
import { problem } from "../../errors.ts";
import type { PriceBands } from "../../features/item-text.ts";
import type { OnwardFrom, TrainingRun } from "../../model/registry.ts";
import { type Matmul, openMatmul } from "../../tensor/matmul.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import type { BehaviourModel } from "./learning/behaviour-source.ts";
import {
  type FamilyBlend,
  ndcgAlone,
  QUESTIONS_LEAST,
  singleBlend,
  tuneBlend,
  type Voice,
} from "./learning/blending.ts";
import { type Learnable, learnableOf, type RecommendFrame } from "./learning/frame.ts";
import {
  type Family,
  families,
  type HeldOut,
  holdOut,
  holdOutSince,
  type Question,
} from "./learning/held-out.ts";
import { type Before, goingOn, onwardOf } from "./learning/onward.ts";
import { searchable } from "./learning/searched.ts";
import type { Engine, KeptRun, Learning, Source, Trials } from "./learning/source.ts";
import { readyVoices, sources } from "./learning/sources.ts";
import { type TrainedElsewhere, taught } from "./learning/trained-elsewhere.ts";
import type { RecommendParams, SourceName } from "./schema.ts";

/**
 * Fits the recommender of a shop: hides the last thing each person did, lets every source learn
 * from the rest, keeps each source's best variant, tunes the blends on what was hidden, and then
 * lets the chosen sources learn from everything. Pure: same frame, params and seed, same bytes.
 * Memory: the frame three times over, the neighbour tables (groups x neighbours x 8 bytes for each
 * source), EASE's inverse while it is fitted (groups^2 x 2 bytes), ALS's factors of all persons.
 */
export interface RecommendModel {
  readonly format: 1;
  readonly asOf: number;
  readonly seed: number;
  readonly params: RecommendParams;
  /** Token to item group. */
  readonly groups: readonly string[];
  /** Events of each group. @shape [groups] */
  readonly evidence: Int32Array;
  /** Sources in the order of the blends' weights. */
  readonly sources: readonly { readonly name: SourceName; readonly model: unknown }[];
  readonly blends: Readonly<Record<Family, FamilyBlend>>;
  /** True where hardly anything is touched twice: then what was seen is not offered again. */
  readonly filterSeen: boolean;
  /** True where shoppers seldom buy again what they bought: then it is not offered as news. */
  readonly hidesBought: boolean;
  readonly bags: Csr;
  readonly features: readonly string[];
  /** By which a group that comes later is described alike; versions before had none. */
  readonly prices?: PriceBands;
  /** How much each feature tells of what goes together; versions before had none. @shape [features] */
  readonly telling?: Float32Array;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** What it went on from; absent where it learned everything anew. */
  readonly onward?: OnwardFrom | undefined;
}

/** Below this share of repeats among held-out actions, a shop's shoppers do not come back to items. */
const REPEATS_LEAST = 0.02;
/** Below this share of what is bought again, what was bought is no news to its buyer. */
const REBUYS_LEAST = 0.1;
/** Questions on which variants of a source are told apart. */
const VARIANT_QUESTIONS = 600;
/** Questions that say when to stop learning. */
const TRIALS_MOST = 3_000;

export interface FitArgument {
  readonly frame: RecommendFrame;
  readonly params: RecommendParams;
  readonly seed: number;
  /** Who computes networks. */
  readonly provider: Provider;
  /** Threads of matrix products and networks. */
  readonly threads: number;
  /** The behaviour source as it was trained elsewhere: it learns nothing here, and is judged as ever. */
  readonly elsewhere?: TrainedElsewhere | undefined;
  /** The version to go on from; absent where everything is learned anew. */
  readonly before?: Before | undefined;
  /** How far runs of this very training came before it was stopped; absent where none is to be kept. */
  readonly kept?: Readonly<Record<string, Uint8Array>> | undefined;
}

/** @see RecommendModel. Run it in a worker thread: minutes on large logs. */
export async function fitRecommend(
  argument: FitArgument,
  report: (said: Learning | KeptRun) => void = () => undefined,
  signal?: Engine["signal"],
): Promise<RecommendModel> {
  const matmul = openMatmul({ threads: argument.threads });
  const chosen: Chosen[] = [];
  try {
    return await fitWith(argument, matmul, chosen, report, signal);
  } finally {
    for (const { voice } of chosen) await voice.source.release?.();
    await matmul.close();
  }
}

/** A source, the variant of it that did best, and that variant as it learned without what is hidden. */
interface Chosen {
  readonly source: Source;
  readonly variant: number;
  readonly judged: unknown;
  readonly voice: Voice;
}

async function fitWith(
  { frame, params, seed, provider, threads, elsewhere, before, kept }: FitArgument,
  matmul: Matmul,
  chosen: Chosen[],
  report: (said: Learning | KeptRun) => void,
  signal: Engine["signal"],
): Promise<RecommendModel> {
  const { held, all, trials } = lessonOf(frame, params, seed, before?.model.asOf);
  const { filterSeen } = trials;
  refuseFew(before, trials.questions.length);
  const checkpoints = kept && placesOf(kept, report);
  const random = createRandom(seed);
  const how = { seed, provider, threads, report, checkpoints, signal };
  const engine: Engine = { matmul, random, trials, ...how };
  const notes = elsewhere === undefined ? [] : [`behaviour: ${elsewhere.how}`];
  for (const source of sourcesFor({ frame, elsewhere, before })) {
    if (signal?.aborted) throw problem("cancelled", `stopped before ${source.name}`);
    const why = params.without.includes(source.name)
      ? "left out by the params"
      : (source.unfit(all, params) ?? source.unfit(held.learn, params));
    if (why === undefined) chosen.push(await bestVariant(source, held, params, filterSeen, engine));
    else notes.push(`${source.name}: ${why}`);
  }
  const voices = chosen.map(({ voice }) => voice);
  const tuning = {
    vocabulary: frame.groups.length,
    filterSeen,
    former: before && blendsOfSame(before.model, voices),
  };
  const blends = await tuneAll(voices, held, tuning, notes);
  if (signal?.aborted) throw problem("cancelled", "stopped before learning from everything");
  const fitted = await fromEverything(chosen, all, { params, engine, held }, notes);
  const model: RecommendModel = {
    format: 1,
    asOf: frame.asOf,
    seed,
    params,
    groups: frame.groups,
    evidence: countColumns(frame.sequences.tokens, frame.groups.length),
    sources: fitted,
    blends,
    filterSeen,
    hidesBought: held.rebuyShare < REBUYS_LEAST,
    bags: frame.bags,
    features: frame.features,
    prices: frame.prices,
    telling: tellingWeights(frame.bags, all.persons, defaultTelling),
    notes,
  };
  return before === undefined
    ? model
    : { ...model, onward: await wentOn(before, model, held.questions.next, provider) };
}

const sourcesFor = ({
  frame,
  elsewhere,
  before,
}: Pick<FitArgument, "frame" | "elsewhere" | "before">): readonly Source[] => {
  if (elsewhere !== undefined) return taught(sources, elsewhere);
  return before === undefined ? sources : goingOn(sources, before, frame);
};

/** @throws problem `too-little-data` where what happened since cannot tell better from worse */
function refuseFew(before: Before | undefined, questions: number): void {
  if (before === undefined || questions >= QUESTIONS_LEAST) return;
  throw problem(
    "too-little-data",
    `${questions} shoppers can be asked what they did since "${before.version}" was trained, and ` +
      `${QUESTIONS_LEAST} are needed: wait for more, or train in full`,
  );
}

async function wentOn(
  before: Before,
  model: RecommendModel,
  questions: readonly Question[],
  provider: Provider,
): Promise<OnwardFrom> {
  const voices = readyVoices(before.model.sources, provider);
  try {
    return await onwardOf(before, model, questions, voices);
  } finally {
    for (const { source } of voices) await source.release?.();
  }
}

/** Reads what was kept before, and says what is to be kept from now on. */
const placesOf =
  (
    kept: Readonly<Record<string, Uint8Array>>,
    report: (said: KeptRun) => void,
  ): NonNullable<Engine["checkpoints"]> =>
  (run) => ({
    read: async () => kept[run],
    write: async (bytes) => report({ run, bytes }),
    everySteps: Number.POSITIVE_INFINITY,
  });

/** What is learned from, and what is asked, before any source has learned. */
export interface RecommendLesson {
  readonly held: HeldOut;
  readonly all: Learnable;
  readonly trials: Trials;
}

/** O(n log n). @param since only what happened from then on is hidden @unit since epoch ms */
export function lessonOf(
  frame: RecommendFrame,
  params: RecommendParams,
  seed: number,
  since?: number,
): RecommendLesson {
  const held =
    since === undefined ? holdOut(frame, params, seed) : holdOutSince(frame, params, seed, since);
  const filterSeen = held.repeatShare < REPEATS_LEAST;
  const all = learnableOf(frame, params.supportMin, () => true);
  return { held, all, trials: { questions: trialsOf(held), filterSeen } };
}

async function learnedAgain(
  { source, variant, judged }: Chosen,
  all: Learnable,
  params: RecommendParams,
  engine: Engine,
): Promise<unknown> {
  if (source.refit !== undefined) return source.refit(all, params, judged, engine);
  const [model] = await source.fit(all, params, [variant], engine);
  return model;
}

/** As each was judged, and searched by lists where that misses little. */
async function fromEverything(
  chosen: readonly Chosen[],
  all: Learnable,
  { params, engine, held }: { params: RecommendParams; engine: Engine; held: HeldOut },
  notes: string[],
): Promise<RecommendModel["sources"]> {
  const fitted = [];
  for (const one of chosen) {
    const learned = await learnedAgain(one, all, params, engine);
    const { model, note } = await searchable(one.source, learned, held.questions.next, engine);
    if (note !== undefined) notes.push(note);
    fitted.push({ name: one.source.name, model });
  }
  return fitted;
}

const trialsOf = ({ questions }: HeldOut): Trials["questions"] =>
  questions.next
    .slice(0, TRIALS_MOST)
    .flatMap(({ asked: { history }, targets: [target] }) =>
      target === undefined ? [] : [{ history, target }],
    );

/** The variant that does best on hidden actions; the first where there are too few to tell. */
async function bestVariant(
  source: Source,
  held: HeldOut,
  params: RecommendParams,
  filterSeen: boolean,
  engine: Engine,
): Promise<Chosen> {
  const family: Family =
    source.name === "personal" && held.questions.repeat.length >= QUESTIONS_LEAST
      ? "repeat"
      : "next";
  const questions = held.questions[family].slice(0, VARIANT_QUESTIONS);
  const few = questions.length < QUESTIONS_LEAST;
  const tried = few ? [0] : Array.from({ length: source.variants }, (_, variant) => variant);
  const models = await source.fit(held.learn, params, tried, engine);
  const { vocabulary } = held.learn.persons;
  let best: { chosen: Chosen; ndcg: number } | undefined;
  for (const [at, judged] of models.entries()) {
    const ready = source.ready(judged, engine.provider);
    const ndcg =
      models.length === 1 || few
        ? 0
        : await ndcgAlone(ready, family, questions, vocabulary, filterSeen);
    if (best !== undefined && ndcg <= best.ndcg) continue;
    const voice = { name: source.name, source: ready };
    best = { chosen: { source, variant: tried[at] as number, judged, voice }, ndcg };
  }
  assert(best !== undefined, "a source has a variant");
  return best.chosen;
}

/**
 * A family with too few questions borrows: baskets from items, what to show again from sessions, items
 * and sessions from what comes next, and what comes next from nobody: then the most popular are shown.
 */
const lender: Readonly<Record<Family, Family | undefined>> = {
  next: undefined,
  session: "next",
  item: "next",
  basket: "item",
  repeat: "session",
};

interface Tuning {
  readonly vocabulary: number;
  readonly filterSeen: boolean;
  /** Blends of the same sources from before, for families with too few questions now. */
  readonly former: RecommendModel["blends"] | undefined;
}

/** The blends of a former model, where its sources are these. */
const blendsOfSame = (
  { blends, sources: same }: Before["model"],
  voices: readonly Voice[],
): RecommendModel["blends"] | undefined =>
  voices.length === same.length && voices.every(({ name }, at) => name === same[at]?.name)
    ? blends
    : undefined;

async function tuneAll(
  voices: readonly Voice[],
  held: HeldOut,
  { vocabulary, filterSeen, former }: Tuning,
  notes: string[],
): Promise<Record<Family, FamilyBlend>> {
  const made: Partial<Record<Family, FamilyBlend>> = {};
  for (const family of families) {
    const questions: readonly Question[] = held.questions[family];
    const tuned = await tuneBlend(voices, family, questions, vocabulary, filterSeen);
    const borrowed = lender[family];
    made[family] =
      tuned ??
      former?.[family] ??
      (borrowed === undefined ? undefined : made[borrowed]) ??
      untuned(voices, family);
    if (tuned === undefined)
      notes.push(`${family}: ${questions.length} questions, too few to tune`);
  }
  assert(
    families.every((family) => made[family] !== undefined),
    "every family has a blend",
  );
  return made as Record<Family, FamilyBlend>;
}

/** Nothing to tune on: what was bought again, or what all like, with a little of everything. */
function untuned(voices: readonly Voice[], family: Family): FamilyBlend {
  const wanted = family === "repeat" ? "personal" : "popularity";
  const at = Math.max(
    0,
    voices.findIndex(({ name }) => name === wanted),
  );
  const model = singleBlend(voices.length, at);
  const judged = { cases: 0, blend: 0, alone: voices.map(() => 0) };
  return { blend: voices.length > 1 ? evened(model, at) : model, tunedOn: 0, judged };
}

function evened(model: FamilyBlend["blend"], at: number): FamilyBlend["blend"] {
  return {
    ...model,
    segments: model.segments.map((segment) => ({
      ...segment,
      weights: segment.weights.map((_, source) =>
        source === at ? 0.5 : 0.5 / (segment.weights.length - 1),
      ),
    })),
  };
}

/** How the behaviour source learned; undefined where it did not, or did so elsewhere. */
export function courseOf({ sources: fitted }: RecommendModel): readonly TrainingRun[] | undefined {
  const found = fitted.find(({ name }) => name === "behaviour");
  return (found?.model as BehaviourModel | undefined)?.course;
}

/** Judged NDCG@10 by family and source, as a version's metrics. */
export function metricsOf(model: RecommendModel): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const family of families) {
    const { judged } = model.blends[family];
    metrics[`${family}.cases`] = judged.cases;
    metrics[`${family}.blend.ndcg10`] = judged.blend;
    model.sources.forEach(({ name }, at) => {
      metrics[`${family}.${name}.ndcg10`] = judged.alone[at] ?? 0;
    });
  }
  return metrics;
}
