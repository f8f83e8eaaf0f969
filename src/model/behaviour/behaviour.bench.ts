import type { BenchRun } from "../../../scripts/bench.ts";
import { fitContentKnn } from "../../algorithms/content-knn.ts";
import { addNeighboursInto } from "../../algorithms/neighbours.ts";
import { defaultTelling, tellingWeights } from "../../algorithms/telling.ts";
import { openMatmul } from "../../tensor/matmul.ts";
import { type AskedSet, askedSet, publishedSet, retailrocket } from "./conformance/asked-sets.ts";
import {
  categoryPopularity,
  drawCold,
  historiesWithout,
  withoutItems,
} from "./conformance/cold-items.ts";
import { noContext, tokensOf } from "./context.ts";
import { openEncoder } from "./encode.ts";
import { type FittedBehaviour, fitBehaviour, type TrainingSettings } from "./fit-behaviour.ts";
import type { NetworkShape } from "./network.ts";
import { type Hits, hitsOf, type RankQuestion, rankedHits, rankOf } from "./rank.ts";

/**
 * The behaviour Transformer on published data, leave-one-out, the whole catalogue ranked: when to stop
 * is chosen on the last action but one of each shopper; the test, the last action, is asked once of the
 * model that never learned from the former, and once of one that learned from all but the test for as
 * many epochs. Published figures stand beside: most leave the last action but one out of training.
 * By ids alone, with what items say of themselves, and with what is told of an action beside its item;
 * and, of a tenth of the items, what is known of them without any event.
 */
interface Plan {
  readonly name: string;
  readonly read: (root: string, rowsMost: number) => Promise<AskedSet>;
  readonly seeds: readonly number[];
  readonly shape: Omit<NetworkShape, "vocabulary" | "content">;
  /** What items say of themselves is read. */
  readonly content?: Omit<NonNullable<NetworkShape["content"]>, "features">;
  readonly settings: Omit<TrainingSettings, "filterSeen" | "k">;
  /** Whether a second model learns from the last action but one too. */
  readonly refits: boolean;
  readonly published: Readonly<Record<string, Hits>>;
}

const published =
  (name: string): Plan["read"] =>
  (root, most) =>
    publishedSet(root, name, most);
const small: Plan["shape"] = {
  width: 64,
  blocks: 1,
  heads: 1,
  length: 50,
  hidden: 256,
  dropout: 0.35,
  positions: "relative",
};
const sampled: Plan["settings"] = {
  rows: 32,
  turns: 1,
  negatives: 256,
  sampling: { power: 1, uniformShare: 1 },
  corrects: false,
  chunk: 1_600,
  learningRate: 1e-3,
  warmUpSteps: 100,
  decay: 0,
  clipNorm: 5,
  epochsMost: 80,
  patience: 8,
};
/** Features are shared and soon known: twice the rate. */
const told = {
  content: { featuresMost: 12, eventsHalf: 2, hiddenShare: 0.1 },
  settings: {
    ...sampled,
    sampling: { ...sampled.sampling, from: "seen" },
    learningRate: 2e-3,
    epochsMost: 40,
    patience: 5,
  },
} as const satisfies Partial<Plan>;

const beauty: Plan = {
  name: "amazon-beauty",
  read: published("amazon-beauty"),
  seeds: [1, 2, 3],
  shape: small,
  settings: sampled,
  refits: true,
  published: {
    "first-order Markov count": { hitRate: 0.0684, ndcg: 0.0473 },
    "SASRec + sampled softmax": { hitRate: 0.0921, ndcg: 0.0531 },
    eSASRec: { hitRate: 0.0928, ndcg: 0.0523 },
  },
};
/** Fewer actions on more items: half is left out by chance, and it learns for longer, at twice the rate. */
const sports: Plan = {
  ...beauty,
  name: "amazon-sports",
  read: published("amazon-sports"),
  shape: { ...small, dropout: 0.5 },
  settings: { ...sampled, learningRate: 2e-3, epochsMost: 150, patience: 15 },
  published: {
    "first-order Markov count": { hitRate: 0.036, ndcg: 0.024 },
    "SASRec + sampled softmax": { hitRate: 0.0569, ndcg: 0.0314 },
    eSASRec: { hitRate: 0.056, ndcg: 0.0323 },
  },
};
const views: Plan = {
  name: "retailrocket",
  read: retailrocket,
  seeds: [1, 2, 3],
  shape: small,
  settings: { ...sampled, learningRate: 2e-3, epochsMost: 30, patience: 5 },
  refits: false,
  published: {},
};
const shapeWith = (context: Partial<typeof noContext>): Plan["shape"] => ({
  ...small,
  context: { ...noContext, ...context },
});

const plans: readonly Plan[] = [
  beauty,
  { ...beauty, ...told, name: "amazon-beauty with content" },
  sports,
  { ...sports, ...told, name: "amazon-sports with content" },
  {
    name: "movielens-1m",
    read: published("movielens-1m"),
    seeds: [1, 2, 3],
    shape: { ...small, blocks: 2, length: 200, dropout: 0.2 },
    settings: {
      ...sampled,
      ...{ rows: 16, turns: 2, negatives: "all", learningRate: 2e-3, epochsMost: 22, patience: 4 },
    },
    refits: false,
    published: {
      "SASRec, binary loss": { hitRate: 0.25, ndcg: 0.1341 },
      "gSASRec, 256 negatives": { hitRate: 0.3003, ndcg: 0.1726 },
      "SASRec+, 3000 negatives": { hitRate: 0.3159, ndcg: 0.1857 },
    },
  },
  views,
  { ...views, name: "retailrocket with gaps", shape: shapeWith({ gapBuckets: 24 }) },
  { ...views, name: "retailrocket with strengths", shape: shapeWith({ strengths: [1, 3, 5] }) },
  { ...views, name: "retailrocket with a bias by time", shape: shapeWith({ biasBuckets: 24 }) },
  {
    ...views,
    name: "retailrocket with all three",
    shape: shapeWith({ gapBuckets: 24, strengths: [1, 3, 5], biasBuckets: 24 }),
  },
  {
    ...beauty,
    name: "amazon-beauty by gBCE",
    seeds: [1],
    settings: { ...sampled, gbce: 0.75, learningRate: 2e-3, epochsMost: 30, patience: 5 },
    refits: false,
  },
];
const coldPlan: Plan = {
  ...beauty,
  ...told,
  settings: { ...told.settings, epochsMost: 16 },
};

const K = 10;
const TINY_ROWS = 150;
const THREADS = 2;

export async function bench(run: BenchRun): Promise<unknown> {
  const sets: Record<string, unknown> = {};
  for (const plan of run.tiny ? plans.filter(({ name }) => inTiny.has(name)) : plans) {
    const runs = [];
    for (const seed of run.tiny ? [1] : plan.seeds) {
      const found = await run.part(`${plan.name} seed ${seed}`, () => runSeed(plan, seed, run));
      if (found !== undefined) runs.push(found);
    }
    const { shape, content, settings } = plan;
    const how = { shape, content, settings, published: plan.published };
    if (runs.length > 0) sets[plan.name] = { ...how, ...meansOf(runs), runs };
  }
  const cold = await coldRuns(run);
  return {
    protocol:
      "leave-one-out, full ranking; what was seen filtered, but on retailrocket, where it comes again",
    sets,
    coldItems: { share: COLD_SHARE, timesPopularity: timesPopularity(cold), runs: cold },
  };
}

async function coldRuns(run: BenchRun): Promise<readonly ColdRun[]> {
  const cold = [];
  for (const seed of run.tiny ? [1] : coldPlan.seeds) {
    const found = await run.part(`cold items, amazon-beauty seed ${seed}`, () =>
      runCold(coldPlan, seed, run),
    );
    if (found !== undefined) cold.push(found);
  }
  return cold;
}

/** One of each kind. */
const inTiny = new Set([
  "amazon-beauty",
  "amazon-beauty with content",
  "retailrocket with all three",
]);

interface SeedRun {
  readonly seed: number;
  readonly epochs: number;
  readonly validation: Hits;
  /** Of the model that stopped in time. */
  readonly test: Hits;
  /** Of the model that learned from the last action but one too. */
  readonly refitted?: Hits;
  readonly fitSeconds: number;
  readonly tokensPerSecond: number;
  readonly paddingShare: number;
}

interface Fits {
  readonly stopped: FittedBehaviour;
  /** Learns from everything for as many epochs. */
  readonly refit: () => Promise<FittedBehaviour>;
}

/** Stops in time, and says how far it is. */
async function fitPlan(plan: Plan, set: AskedSet, seed: number, run: BenchRun): Promise<Fits> {
  const { bags, filterSeen } = set;
  const { vocabulary } = set.train;
  const content = plan.content && { ...plan.content, features: bags.width };
  const settings = { ...plan.settings, k: K, filterSeen };
  const common = {
    shape: { ...plan.shape, vocabulary, content },
    bags,
    seed,
    provider: "cpu" as const,
    threads: THREADS,
    spins: false,
    signal: undefined,
  };
  const short = run.tiny ? { ...settings, epochsMost: 2 } : settings;
  const stopped = await fitBehaviour({
    ...common,
    sequences: set.train,
    questions: set.validation,
    settings: short,
    onEpoch: ({ epoch, ndcg, seconds }) =>
      run.note(
        `${plan.name} seed ${seed}: epoch ${epoch}, ${Math.round(seconds)} s, ${shown(ndcg)}`,
      ),
  });
  const refit = (): Promise<FittedBehaviour> =>
    fitBehaviour({
      ...common,
      sequences: set.trainAndValidation,
      questions: [],
      settings: { ...short, epochsMost: stopped.best.epoch },
      onEpoch: () => undefined,
    });
  return { stopped, refit };
}

const shown = (ndcg: number): string => `NDCG@${K} ${ndcg.toFixed(4)}`;

async function runSeed(plan: Plan, seed: number, run: BenchRun): Promise<SeedRun> {
  const set = await plan.read(run.dataRoot, run.tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER);
  const { stopped, refit } = await fitPlan(plan, set, seed, run);
  const test = await ask(stopped, set.test, { filterSeen: set.filterSeen });
  run.note(`${plan.name} seed ${seed}: test ${shown(test.ndcg)}`);
  const again = plan.refits ? await refit() : undefined;
  const refitted = again && (await ask(again, set.test, { filterSeen: set.filterSeen }));
  if (refitted) run.note(`${plan.name} seed ${seed}: test, refitted, ${shown(refitted.ndcg)}`);
  const { epoch, hitRate, ndcg, paddingShare } = stopped.best;
  return {
    seed,
    epochs: epoch,
    validation: rounded({ hitRate, ndcg }),
    test: rounded(test),
    ...(refitted ? { refitted: rounded(refitted) } : {}),
    fitSeconds: Math.round(stopped.epochs.at(-1)?.seconds ?? 0),
    tokensPerSecond: Math.round(median(stopped.epochs.map((one) => one.tokensPerSecond))),
    paddingShare: Number(paddingShare.toFixed(4)),
  };
}

const COLD_SHARE = 0.1;

type ColdRun = Awaited<ReturnType<typeof runCold>>;

/** NDCG of likeness as told by histories over that of popularity within category: means over the seeds. */
function timesPopularity(runs: readonly ColdRun[]): Record<string, number | null> {
  const times = (where: "coldAmongAll" | "coldAmongCold"): number | null => {
    const sum = (of: "likenessByHistories" | "popularityInCategory"): number =>
      runs.reduce((total, run) => total + run[where][of].ndcg, 0);
    const popular = sum("popularityInCategory");
    return popular === 0 ? null : Number((sum("likenessByHistories") / popular).toFixed(2));
  };
  return { amongAll: times("coldAmongAll"), amongCold: times("coldAmongCold") };
}

/** What a shop's newcomers are compared by: the last actions, and what items say of themselves. */
const ALIKE = {
  keep: 1_000,
  maxShare: 1,
  attention: { places: 20, power: 1, halfLifeMs: Infinity },
};

/**
 * A tenth of the items is drawn and all that was done with them is hidden from training; then the test is
 * asked, of them and of the others: of the model that reads what items say of themselves, and of plain
 * likeness, by rarity and by what histories tell of features. Popularity within category knows as much.
 */
async function runCold(plan: Plan, seed: number, run: BenchRun) {
  const whole = await plan.read(run.dataRoot, run.tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER);
  const { vocabulary } = whole.train;
  const cold = drawCold(vocabulary, COLD_SHARE, seed);
  const warm = cold.map((one) => 1 - one);
  const known = askedSet(withoutItems(whole.whole, cold), whole, whole.filterSeen);
  const named = { ...plan, name: `cold items, ${plan.name}` };
  const { stopped } = await fitPlan(named, known, seed, run);
  const asked = historiesWithout(whole.test, cold);
  const isCold = ({ target }: RankQuestion): boolean => cold[target] === 1;
  const [ofCold, ofWarm] = [asked.filter(isCold), asked.filter((one) => !isCold(one))];
  const marks = Uint8Array.from(whole.features, (name) => Number(name.startsWith("mark=")));
  const scoreInto = categoryPopularity(known.train, whole.bags, marks);
  const by =
    (score: (history: Int32Array, out: Float32Array) => void) =>
    (questions: readonly RankQuestion[], among?: Uint8Array): Hits => {
      const scores = new Float32Array(vocabulary);
      const ranks = questions.map((question) => {
        score(tokensOf(question.history), scores);
        return rankOf(scores, question, { filterSeen: true, among });
      });
      return rounded(hitsOf(ranks, K));
    };
  const popular = by((history, out) => scoreInto(history.at(-1) ?? 0, out));
  const alikeBy = (telling?: Float32Array) => {
    const { neighbours, attention } = fitContentKnn(whole.bags, ALIKE, telling);
    return by((tokens, out) => {
      const evenly = { times: new Float64Array(tokens.length), now: 0 };
      const weights = new Float32Array(tokens.length).fill(1);
      out.fill(0);
      addNeighboursInto(neighbours, attention, { tokens, weights, ...evenly }, out);
    });
  };
  const alike = {
    likenessByRarity: alikeBy(),
    likenessByHistories: alikeBy(tellingWeights(whole.bags, known.train, defaultTelling)),
  };
  const model = async (questions: readonly RankQuestion[], among?: Uint8Array): Promise<Hits> =>
    rounded(await ask(stopped, questions, { filterSeen: true, among }));
  const all = async (questions: readonly RankQuestion[], among?: Uint8Array) => ({
    model: await model(questions, among),
    likenessByRarity: alike.likenessByRarity(questions, among),
    likenessByHistories: alike.likenessByHistories(questions, among),
    popularityInCategory: popular(questions, among),
  });
  const found = {
    seed,
    epochs: stopped.best.epoch,
    questions: { cold: ofCold.length, warm: ofWarm.length },
    coldAmongCold: await all(ofCold, cold),
    coldAmongAll: await all(ofCold),
    warmAmongAll: {
      model: await model(ofWarm),
      popularityInCategory: popular(ofWarm),
    },
    warmAmongWarm: { model: await model(ofWarm, warm) },
  };
  run.note(JSON.stringify(found));
  return found;
}

interface AskOptions {
  readonly filterSeen: boolean;
  /** @shape [vocabulary] */
  readonly among?: Uint8Array | undefined;
}

async function ask(
  { shape, parameters }: FittedBehaviour,
  questions: readonly RankQuestion[],
  options: AskOptions,
): Promise<Hits> {
  const encoder = await openEncoder(shape, parameters, {
    provider: "cpu",
    threads: THREADS,
    batch: 128,
  });
  const matmul = openMatmul({ threads: THREADS });
  const states = await encoder.encode(questions.map(({ history }) => history));
  const items = parameters.get("items") as Float32Array;
  const how = { ...options, k: K, width: shape.width };
  const hits = await rankedHits(matmul, questions, states, items, how);
  await encoder.release();
  await matmul.close();
  return hits;
}

const rounded = ({ hitRate, ndcg }: Hits): Hits => ({
  hitRate: Number(hitRate.toFixed(4)),
  ndcg: Number(ndcg.toFixed(4)),
});

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Over the seeds; the deviation is of what was learned from most. */
function meansOf(runs: readonly SeedRun[]): {
  meanOverSeeds: Record<string, Hits>;
  sdNdcg: number;
} {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const hits = (all: readonly Hits[]): Hits =>
    rounded({
      hitRate: mean(all.map(({ hitRate }) => hitRate)),
      ndcg: mean(all.map(({ ndcg }) => ndcg)),
    });
  const refits = runs.flatMap(({ refitted }) => (refitted ? [refitted] : []));
  const tests = runs.map(({ test }) => test);
  const last = refits.length > 0 ? refits : tests;
  const spread = mean(last.map(({ ndcg }) => (ndcg - hits(last).ndcg) ** 2));
  const means = { test: hits(tests), ...(refits.length > 0 ? { refitted: hits(refits) } : {}) };
  return { meanOverSeeds: means, sdNdcg: Number(Math.sqrt(spread).toFixed(4)) };
}
