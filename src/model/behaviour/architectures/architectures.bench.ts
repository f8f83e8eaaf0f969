import type { BenchRun } from "../../../../scripts/bench.ts";
import { leaveOneOut } from "../../../features/splits.ts";
import { orderedSet } from "../../../scenarios/recommend/conformance/published-sets.ts";
import {
  type FitBehaviour,
  type FittedBehaviour,
  fitBehaviour,
  type TrainingSettings,
} from "../fit-behaviour.ts";
import type { NetworkShape } from "../network.ts";
import type { Hits } from "../rank.ts";
import { judgeFitted, questionsOf } from "../training/cross-validation.ts";
import { type ArchitectureName, architectures } from "./architectures.ts";

/**
 * The field's architectures beside the default: the same tokens, packing, loss, negatives, optimiser and
 * early stop, leave-one-out, the whole catalogue ranked. Each has the sizes its authors found good;
 * dropout and learning rate are the default's, so that none is tuned and the default is not either.
 * The last action but one of each shopper decides when to stop and is not learned from; the test is
 * the last. Published figures beside: of the same split, with one negative where not said otherwise.
 */
interface Plan {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly shape: Pick<NetworkShape, "length" | "dropout">;
  readonly blocks: number;
  readonly settings: Omit<TrainingSettings, "filterSeen" | "k">;
  readonly published: Readonly<Record<string, Hits>>;
}

const settings: Plan["settings"] = {
  rows: 16,
  turns: 1,
  negatives: 256,
  sampling: { power: 1, uniformShare: 1 },
  corrects: false,
  chunk: 800,
  learningRate: 2e-3,
  warmUpSteps: 100,
  decay: 0,
  clipNorm: 5,
  epochsMost: 15,
  patience: 4,
};
const plans: readonly Plan[] = [
  {
    name: "amazon-beauty",
    seeds: [1, 2, 3],
    shape: { length: 50, dropout: 0.35 },
    blocks: 1,
    settings,
    published: {
      "GRU4Rec (S3Rec's run, one negative)": { hitRate: 0.0283, ndcg: 0.0137 },
      "Caser (S3Rec's run, one negative)": { hitRate: 0.0347, ndcg: 0.0176 },
      "HSTU (recomputed)": { hitRate: 0.0788, ndcg: 0.0439 },
      "SASRec + sampled softmax": { hitRate: 0.0921, ndcg: 0.0531 },
    },
  },
  {
    name: "movielens-1m",
    seeds: [1],
    shape: { length: 200, dropout: 0.2 },
    blocks: 2,
    settings: { ...settings, rows: 8, learningRate: 1e-3, epochsMost: 12 },
    published: {
      "GRU4Rec (Klenitskiy & Vasilev)": { hitRate: 0.2811, ndcg: 0.1648 },
      "HSTU (stable order, another file)": { hitRate: 0.3226, ndcg: 0.188 },
      "SASRec+, 3000 negatives": { hitRate: 0.3159, ndcg: 0.1857 },
    },
  },
];

/** Wide as the item vectors but where the source says otherwise. */
const sizes: Readonly<Record<ArchitectureName, Pick<NetworkShape, "heads" | "hidden">>> = {
  transformer: { heads: 1, hidden: 256 },
  hstu: { heads: 1, hidden: 0 },
  gru: { heads: 1, hidden: 100 },
  lstm: { heads: 1, hidden: 64 },
  cnn: { heads: 1, hidden: 80 },
  perceptron: { heads: 1, hidden: 256 },
};

const names = Object.keys(architectures) as ArchitectureName[];
const WIDTH = 64;
const K = 10;
const THREADS = 1;
/** Questions that decide when to stop, spread over the shoppers. */
const QUESTIONS_MOST = 2_000;
const TINY_ROWS = 150;

export async function bench(run: BenchRun): Promise<unknown> {
  const sets: Record<string, unknown> = {};
  for (const plan of run.tiny ? plans.slice(0, 1) : plans) {
    const { shape, blocks, settings: how, published } = plan;
    const found: Record<string, unknown> = {};
    for (const architecture of names) found[architecture] = await runSeeds(plan, architecture, run);
    sets[plan.name] = {
      shape: { ...shape, blocks, width: WIDTH },
      settings: how,
      published,
      found,
    };
  }
  return {
    protocol:
      "leave-one-out, full ranking, what was seen filtered, items by their ids alone; the last " +
      "action but one of each shopper decides when to stop and is not learned from",
    sets,
  };
}

/** Undefined where no seed was run yet. */
async function runSeeds(
  plan: Plan,
  architecture: ArchitectureName,
  run: BenchRun,
): Promise<object | undefined> {
  const runs: SeedRun[] = [];
  for (const seed of run.tiny ? [1] : plan.seeds) {
    const part = `${plan.name} ${architecture} seed ${seed}`;
    const one = await run.part(part, () => runSeed(plan, architecture, seed, run));
    if (one !== undefined) runs.push(one);
  }
  return runs.length === 0 ? undefined : { ...sizes[architecture], ...meanOf(runs), runs };
}

interface SeedRun {
  readonly seed: number;
  /** With the best answers. */
  readonly epoch: number;
  readonly validation: Hits;
  readonly test: Hits;
  /** To the last epoch, judging included. */
  readonly fitSeconds: number;
  readonly tokensPerSecond: number;
  /** Those of the item table not counted. */
  readonly parameters: number;
}

async function runSeed(
  plan: Plan,
  architecture: ArchitectureName,
  seed: number,
  run: BenchRun,
): Promise<SeedRun> {
  const set = await orderedSet(
    run.dataRoot,
    plan.name,
    run.tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER,
  );
  const split = leaveOneOut(set.train.sequences);
  const questions = questionsOf(split.test);
  const every = Math.max(1, Math.floor(questions.length / QUESTIONS_MOST));
  const fit: FitBehaviour = {
    sequences: split.trainAndValidation,
    questions: questions.filter((_, at) => at % every === 0),
    shape: {
      ...plan.shape,
      ...sizes[architecture],
      architecture,
      blocks: plan.blocks,
      width: WIDTH,
      positions: "relative",
      vocabulary: set.train.sequences.vocabulary,
    },
    settings: {
      ...plan.settings,
      ...(run.tiny ? { epochsMost: 2 } : {}),
      k: K,
      filterSeen: set.filterSeen,
    },
    seed,
    provider: "cpu",
    threads: THREADS,
    spins: false,
    signal: undefined,
    onEpoch: ({ epoch, ndcg, seconds }) =>
      run.note(
        `${plan.name} ${architecture} seed ${seed}: epoch ${epoch}, ${Math.round(seconds)} s, ` +
          `NDCG@${K} ${ndcg.toFixed(4)}`,
      ),
  };
  const fitted = await fitBehaviour(fit);
  const test = await judgeFitted(fitted, questionsOf(set.cases), fit);
  run.note(`${plan.name} ${architecture} seed ${seed}: test NDCG@${K} ${test.ndcg.toFixed(4)}`);
  const { epoch, hitRate, ndcg } = fitted.best;
  return {
    seed,
    epoch,
    validation: rounded({ hitRate, ndcg }),
    test: rounded(test),
    fitSeconds: Math.round(fitted.epochs.at(-1)?.seconds ?? 0),
    tokensPerSecond: Math.round(median(fitted.epochs.map((one) => one.tokensPerSecond))),
    parameters: parametersOf(fitted),
  };
}

const parametersOf = ({ parameters }: FittedBehaviour): number =>
  [...parameters].reduce((sum, [name, { length }]) => sum + (name === "items" ? 0 : length), 0);

const rounded = ({ hitRate, ndcg }: Hits): Hits => ({
  hitRate: Number(hitRate.toFixed(4)),
  ndcg: Number(ndcg.toFixed(4)),
});

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Over the seeds. */
function meanOf(runs: readonly SeedRun[]): { readonly test: Hits; readonly sdNdcg: number } {
  const mean = (of: (one: SeedRun) => number): number =>
    runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
  const test = rounded({
    hitRate: mean((one) => one.test.hitRate),
    ndcg: mean((one) => one.test.ndcg),
  });
  const spread = mean((one) => (one.test.ndcg - test.ndcg) ** 2);
  return { test, sdNdcg: Number(Math.sqrt(spread).toFixed(4)) };
}
