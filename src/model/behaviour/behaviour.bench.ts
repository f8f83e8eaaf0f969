import type { BenchRun } from "../../../scripts/bench.ts";
import type { Sequences } from "../../algorithms/sequences.ts";
import { historyOfCase, targetsOfCase } from "../../features/cases.ts";
import {
  orderedSet,
  type PublishedSet,
} from "../../scenarios/recommend/conformance/published-sets.ts";
import { openMatmul } from "../../tensor/matmul.ts";
import { openEncoder } from "./encode.ts";
import { type FittedBehaviour, fitBehaviour, type TrainingSettings } from "./fit-behaviour.ts";
import type { NetworkShape } from "./network.ts";
import { type Hits, type RankQuestion, rankedHits } from "./rank.ts";

/**
 * The behaviour Transformer on published data, leave-one-out, the whole catalogue ranked: when to stop
 * is chosen on the last action but one of each shopper; the test, the last action, is asked once of the
 * model that never learned from the former, and once of one that learned from all but the test for as
 * many epochs. Published figures stand beside: most leave the last action but one out of training.
 */
interface Plan {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly shape: Omit<NetworkShape, "vocabulary">;
  readonly settings: Omit<TrainingSettings, "filterSeen" | "k">;
  readonly published: Readonly<Record<string, Hits>>;
}

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
const plans: readonly Plan[] = [
  {
    name: "amazon-beauty",
    seeds: [1, 2, 3],
    shape: small,
    settings: sampled,
    published: {
      "first-order Markov count": { hitRate: 0.0684, ndcg: 0.0473 },
      "SASRec + sampled softmax": { hitRate: 0.0921, ndcg: 0.0531 },
      eSASRec: { hitRate: 0.0928, ndcg: 0.0523 },
    },
  },
  {
    name: "amazon-sports",
    seeds: [1, 2, 3],
    shape: small,
    settings: sampled,
    published: {
      "first-order Markov count": { hitRate: 0.036, ndcg: 0.024 },
      "SASRec + sampled softmax": { hitRate: 0.0569, ndcg: 0.0314 },
      eSASRec: { hitRate: 0.056, ndcg: 0.0323 },
    },
  },
  {
    name: "movielens-1m",
    seeds: [1],
    shape: { ...small, blocks: 2, length: 200, dropout: 0.2 },
    settings: { ...sampled, rows: 16, turns: 2, negatives: "all", epochsMost: 40, patience: 5 },
    published: {
      "SASRec, binary loss": { hitRate: 0.25, ndcg: 0.1341 },
      "SASRec+, 3000 negatives": { hitRate: 0.3159, ndcg: 0.1857 },
    },
  },
];

const K = 10;
/** Questions that decide when to stop, spread over the shoppers. */
const QUESTIONS_MOST = 4_000;
const TINY_ROWS = 150;

export async function bench(run: BenchRun): Promise<unknown> {
  const sets: Record<string, unknown> = {};
  for (const plan of run.tiny ? plans.slice(0, 1) : plans) {
    const runs = [];
    for (const seed of run.tiny ? [1] : plan.seeds) {
      const found = await run.part(`${plan.name} seed ${seed}`, () => runSeed(plan, seed, run));
      if (found !== undefined) runs.push(found);
    }
    const { published, shape, settings } = plan;
    if (runs.length > 0) sets[plan.name] = { shape, settings, published, ...meansOf(runs), runs };
  }
  return {
    protocol: "leave-one-out, full ranking, what was seen filtered, items by their ids alone",
    sets,
  };
}

interface SeedRun {
  readonly seed: number;
  readonly epochs: number;
  readonly validation: Hits;
  /** Of the model that stopped in time. */
  readonly test: Hits;
  /** Of the model that learned from the last action but one too. */
  readonly refitted: Hits;
  readonly fitSeconds: number;
  readonly tokensPerSecond: number;
  readonly paddingShare: number;
}

async function runSeed(plan: Plan, seed: number, run: BenchRun): Promise<SeedRun> {
  const rows = run.tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER;
  const set = await orderedSet(run.dataRoot, plan.name, rows);
  const { sequences } = set.train;
  const shape = { ...plan.shape, vocabulary: sequences.vocabulary };
  const settings = { ...plan.settings, k: K, filterSeen: set.filterSeen };
  const short = run.tiny ? { ...settings, epochsMost: 2 } : settings;
  const { train, questions } = withoutLast(sequences);
  const common = { shape, seed, threads: 2, spins: false, signal: undefined };
  const say = (what: string, ndcg: number): void =>
    run.note(`${plan.name} seed ${seed}: ${what} NDCG@${K} ${ndcg.toFixed(4)}`);
  const stopped = await fitBehaviour({
    ...common,
    sequences: train,
    questions,
    settings: short,
    onEpoch: ({ epoch, ndcg, seconds }) => say(`epoch ${epoch}, ${Math.round(seconds)} s,`, ndcg),
  });
  const refitted = await fitBehaviour({
    ...common,
    sequences,
    questions: [],
    settings: { ...short, epochsMost: stopped.best.epoch },
    onEpoch: () => undefined,
  });
  const found = { test: await ask(set, stopped), refitted: await ask(set, refitted) };
  say("test", found.test.ndcg);
  say("test, refitted", found.refitted.ndcg);
  const { epoch, hitRate, ndcg, paddingShare } = stopped.best;
  return {
    seed,
    epochs: epoch,
    validation: rounded({ hitRate, ndcg }),
    test: rounded(found.test),
    refitted: rounded(found.refitted),
    fitSeconds: Math.round(stopped.epochs.at(-1)?.seconds ?? 0),
    tokensPerSecond: Math.round(median(stopped.epochs.map((one) => one.tokensPerSecond))),
    paddingShare: Number(paddingShare.toFixed(4)),
  };
}

/** All but the last action of each row, and the last as a question. */
function withoutLast(all: Sequences): { train: Sequences; questions: RankQuestion[] } {
  const places: number[] = [];
  const offsets = new Int32Array(all.rows + 1);
  const questions: RankQuestion[] = [];
  for (let row = 0; row < all.rows; row++) {
    const [from, to] = [all.offsets[row] as number, all.offsets[row + 1] as number];
    for (let place = from; place < to - 1; place++) places.push(place);
    offsets[row + 1] = places.length;
    const target = all.tokens[to - 1];
    if (to - from < 2 || target === undefined) continue;
    questions.push({ history: all.tokens.slice(from, to - 1), target });
  }
  const every = Math.max(1, Math.floor(questions.length / QUESTIONS_MOST));
  return {
    train: {
      rows: all.rows,
      vocabulary: all.vocabulary,
      offsets,
      tokens: Int32Array.from(places, (place) => all.tokens[place] as number),
      times: Float64Array.from(places, (place) => all.times[place] as number),
      weights: new Float32Array(places.length).fill(1),
    },
    questions: questions.filter((_, at) => at % every === 0),
  };
}

async function ask({ cases, filterSeen }: PublishedSet, fitted: FittedBehaviour): Promise<Hits> {
  const questions = Array.from({ length: cases.count }, (_, at) => ({
    history: historyOfCase(cases, at).tokens,
    target: targetsOfCase(cases, at)[0] as number,
  }));
  const encoder = await openEncoder(fitted.shape, fitted.parameters, { threads: 2, batch: 128 });
  const matmul = openMatmul({ threads: 2 });
  const states = await encoder.encode(questions.map(({ history }) => history));
  const items = fitted.parameters.get("items") as Float32Array;
  const { width } = fitted.shape;
  const hits = await rankedHits(matmul, questions, states, items, { k: K, filterSeen, width });
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

/** Over the seeds. */
function meansOf(runs: readonly SeedRun[]): {
  meanOverSeeds: Record<string, Hits>;
  sdNdcg: number;
} {
  const mean = (of: (one: SeedRun) => number): number =>
    runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
  const hits = (which: "test" | "refitted"): Hits =>
    rounded({ hitRate: mean((one) => one[which].hitRate), ndcg: mean((one) => one[which].ndcg) });
  const refitted = hits("refitted");
  const spread = mean((one) => (one.refitted.ndcg - refitted.ndcg) ** 2);
  return {
    meanOverSeeds: { test: hits("test"), refitted },
    sdNdcg: Number(Math.sqrt(spread).toFixed(4)),
  };
}
