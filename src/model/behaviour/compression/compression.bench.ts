import type { BenchRun } from "../../../../scripts/bench.ts";
import { createRandom } from "../../../tensor/random.ts";
import { type AskedSet, publishedSet } from "../conformance/asked-sets.ts";
import { type FitBehaviour, type FittedBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import type { NetworkShape } from "../network.ts";
import { compressed } from "./compress.ts";
import { studentOf } from "./distill.ts";
import type { KeptModel } from "./open-kept.ts";
import { type Trial, tried } from "./trial.ts";

/**
 * What each way of making the behaviour model smaller saves and costs: on amazon-beauty, leave-one-out,
 * full ranking, ids alone. A model of two blocks stops in time on the last action but one of each shopper;
 * then it and what it is compressed into are asked for the last. Bytes are of the model's numbers; times
 * are of one history read and all items scored on one thread, in turns; `drop` is the larger of the
 * shares lost of NDCG@10 and HR@10, and `passed` whether it is within the usual bound.
 */
const SEEDS = [1, 2, 3];
const BOUND = 0.02;
const K = 10;
const THREADS = 2;
const TINY_ROWS = 150;

const shape: Omit<NetworkShape, "vocabulary"> = {
  ...{ width: 64, blocks: 2, heads: 1, length: 50, hidden: 256, dropout: 0.35 },
  positions: "relative",
};
const settings: Omit<FitBehaviour["settings"], "filterSeen"> = {
  ...{ rows: 32, turns: 1, negatives: 256, corrects: false, chunk: 1_600, k: K },
  ...{ learningRate: 2e-3, warmUpSteps: 100, decay: 0, clipNorm: 5, epochsMost: 40, patience: 5 },
  sampling: { power: 1, uniformShare: 1 },
};

interface Way {
  readonly name: string;
  make(fitted: FittedBehaviour, fit: FitBehaviour): Promise<KeptModel>;
}

const ways: readonly Way[] = [
  packedBy("int8", { method: "int8" }),
  ...[0.1, 0.2, 0.3, 0.5].map((share) => packedBy(`prune ${share}`, { method: "prune", share })),
  ...([8, 16, 32] as const).map((times) => packedBy(`pq / ${times}`, { method: "pq", times })),
  {
    name: "distill 2 -> 1 blocks",
    make: async (fitted, fit) => {
      const plan = studentOf(fitted, 2);
      const asStudent = { ...fit, ...plan, questions: [] };
      const { epoch } = fitted.best;
      const taught = await fitBehaviour({
        ...asStudent,
        settings: { ...fit.settings, epochsMost: epoch },
      });
      return keptOf(taught);
    },
  },
];

function packedBy(
  name: string,
  how: Partial<Parameters<typeof compressed>[1]> & { method: "int8" | "prune" | "pq" },
): Way {
  const whole = { share: 0, times: 8, ...how } as const;
  return {
    name,
    make: async (fitted) => ({
      shape: fitted.shape,
      parameters: await compressed(fitted, whole, 1),
    }),
  };
}

const keptOf = ({ shape: of, parameters }: FittedBehaviour): KeptModel => ({
  shape: of,
  parameters: {
    ...Object.fromEntries(parameters),
    items: parameters.get("items") as Float32Array,
  },
});

export async function bench(run: BenchRun): Promise<unknown> {
  const runs = [];
  for (const seed of run.tiny ? [1] : SEEDS) {
    const found = await run.part(`amazon-beauty seed ${seed}`, () => runSeed(seed, run));
    if (found !== undefined) runs.push(found);
  }
  return {
    protocol:
      "leave-one-out, full ranking, what was seen filtered; the last action of each shopper",
    ...{
      data: "amazon-beauty",
      shape,
      settings,
      bound: BOUND,
      questionsMost: QUESTIONS_MOST,
      runs,
    },
  };
}

/** Enough that two models that differ by a hundredth are told apart. */
const QUESTIONS_MOST = 10_000;

async function runSeed(seed: number, run: BenchRun): Promise<unknown> {
  const rowsMost = run.tiny ? TINY_ROWS : Number.MAX_SAFE_INTEGER;
  const set = await publishedSet(run.dataRoot, "amazon-beauty", rowsMost);
  const fit = orderOf(set, seed, run);
  const fitted = await fitBehaviour(fit);
  const questions = drawn(set, seed);
  const rows: Record<string, unknown> = {};
  for (const { name, make } of ways) {
    const small = await make(fitted, fit);
    const trial = await tried(keptOf(fitted), small, questions, {
      ...{
        provider: "cpu" as const,
        threads: 1,
        filterSeen: set.filterSeen,
        timedMost: run.tiny ? 5 : 400,
      },
      onward: () => undefined,
    });
    rows[name] = rounded(trial);
    run.note(`${name}: ${JSON.stringify(rows[name])}`);
  }
  const { epoch, ndcg } = fitted.best;
  return { seed, epochs: epoch, validationNdcg: tidy(ndcg), questions: questions.length, rows };
}

function orderOf(set: AskedSet, seed: number, run: BenchRun): FitBehaviour {
  const { vocabulary } = set.train;
  const epochsMost = run.tiny ? 1 : settings.epochsMost;
  return {
    sequences: set.train,
    questions: set.validation,
    shape: { ...shape, vocabulary },
    settings: { ...settings, epochsMost, filterSeen: set.filterSeen },
    ...{ seed, provider: "cpu" as const, threads: THREADS, spins: false, signal: undefined },
    onEpoch: ({ epoch, ndcg, seconds }) =>
      run.note(`seed ${seed}: epoch ${epoch}, ${Math.round(seconds)} s, NDCG@10 ${tidy(ndcg)}`),
  };
}

function drawn({ test }: AskedSet, seed: number): AskedSet["test"] {
  const order = Int32Array.from(test, (_, at) => at);
  createRandom(seed).split("questions").shuffle(order);
  return [...order.subarray(0, QUESTIONS_MOST)].flatMap((at) => test[at] ?? []);
}

function rounded(trial: Trial): Record<string, unknown> {
  const { bytes, latencyMs, ndcg10, hitRate10, drop } = trial;
  const pair = ({ before, after }: Trial["bytes"]) => ({
    before: tidy(before),
    after: tidy(after),
    ratio: before === 0 ? 1 : tidy(after / before),
  });
  return {
    ...{ bytes: pair(bytes), latencyMs: pair(latencyMs) },
    ...{ ndcg10: pair(ndcg10), hitRate10: pair(hitRate10) },
    ...{ drop: tidy(drop), passed: drop <= BOUND },
  };
}

const tidy = (value: number): number => Number(value.toFixed(4));
