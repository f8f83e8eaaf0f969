import { assert } from "../../assert.ts";
import { monotonicMs } from "../../clock.ts";
import { problem } from "../../errors.ts";
import { type FitBehaviour, fitBehaviour } from "../../model/behaviour/fit-behaviour.ts";
import { judgeFitted } from "../../model/behaviour/training/cross-validation.ts";
import {
  type Candidate,
  rungsOf,
  type Space,
  searchBehaviour,
  tokensOf,
} from "../../model/behaviour/training/search.ts";
import type { StopSign } from "../../storage/jobs.ts";
import { openMatmul } from "../../tensor/matmul.ts";
import { createRandom } from "../../tensor/random.ts";
import type { Provider } from "../../tensor/runtime/providers.ts";
import { lessonOf } from "./fit.ts";
import { behaviour, orderOf, shapesOf } from "./learning/behaviour-source.ts";
import type { Learnable, RecommendFrame } from "./learning/frame.ts";
import type { Engine, Learning } from "./learning/source.ts";
import type { BehaviourParams, RecommendParams } from "./schema.ts";

/**
 * A search for parameters of a shop's behaviour model within a time: how many candidates it affords is
 * measured by an epoch of the parameters that are there, which are a candidate themselves. Half of the
 * held-out questions choose; the other half says whether what won is better, as the best of many looks
 * better than it is. Items are read by their ids alone meanwhile. Not repeatable to the byte: how far it
 * comes is a matter of the machine's speed.
 */
export interface SearchArgument {
  readonly frame: RecommendFrame;
  readonly params: RecommendParams;
  readonly seed: number;
  readonly provider: Provider;
  readonly threads: number;
  readonly budgetSeconds: number;
  readonly candidatesMost: number;
}

export interface SearchReport {
  /** What won, as changes of the parameters that were there; nothing where those won. */
  readonly best: Partial<BehaviourParams>;
  /** Whether it answers the questions better that did not choose it. */
  readonly improves: boolean;
  /** NDCG@10 on those questions after as many epochs, before and with what won. */
  readonly checked: { readonly cases: number; readonly ndcgBefore: number; readonly ndcg: number };
  readonly trials: readonly SearchTrial[];
  readonly seconds: number;
}

export interface SearchTrial {
  /** From 1: each rung drops most of the candidates, and trains the others longer. */
  readonly rung: number;
  readonly changes: Partial<BehaviourParams>;
  readonly epochs: number;
  /** NDCG@10 on the questions that choose; null where training diverged. */
  readonly ndcg: number | null;
}

const SPACE: Space = {
  width: { kind: "choice", values: [32, 64, 96, 128] },
  blocks: { kind: "choice", values: [1, 2, 3] },
  length: { kind: "choice", values: [20, 50, 100] },
  dropout: { kind: "uniform", from: 0.1, to: 0.6 },
  learningRate: { kind: "log", from: 5e-4, to: 6e-3 },
};
const KEEP_ONE_OF = 3;
/** Of the budget, for the trials; the rest is for wider candidates and for checking what won. */
const TRIALS_SHARE = 0.6;
/** Fewer questions of either half tell nothing apart. */
const QUESTIONS_LEAST = 30;

/** Numbers that people can write down; a whole one is as it is, for a width of 128 is none of 130. */
export const changesOf = (candidate: Candidate): Partial<BehaviourParams> =>
  Object.fromEntries(
    Object.entries(candidate).map(([name, value]) => [
      name,
      Number.isInteger(value) ? value : Number(value.toPrecision(2)),
    ]),
  );

/** Run it in a worker thread. @throws problem `too-little-data`, `limit-reached`, `cancelled` */
export async function searchParams(
  argument: SearchArgument,
  report: (progress: Learning) => void = () => undefined,
  signal?: StopSign,
): Promise<SearchReport> {
  const matmul = openMatmul({ threads: argument.threads });
  try {
    const random = createRandom(argument.seed);
    const lesson = lessonOf(argument.frame, argument.params, argument.seed);
    const { seed, provider, threads } = argument;
    const { trials } = lesson;
    const engine = {
      matmul,
      random,
      seed,
      provider,
      threads,
      trials,
      report: () => undefined,
      signal,
    };
    return await searched(argument, lesson.held.learn, engine, report);
  } finally {
    await matmul.close();
  }
}

/** What candidates are trained and judged by. */
interface Bench {
  readonly learn: Learnable;
  readonly params: RecommendParams;
  readonly engine: Engine;
  /** Questions that choose. */
  readonly choose: FitBehaviour["questions"];
}

function orderBy({ learn, params, engine, choose }: Bench, candidate: Candidate): FitBehaviour {
  const changed = { ...params, behaviour: { ...params.behaviour, ...changesOf(candidate) } };
  const [shape] = shapesOf(learn, changed);
  assert(shape !== undefined, "there is a shape");
  const order = orderOf(learn, changed, engine, shape);
  return { ...order, questions: choose, watched: undefined, onEpoch: () => undefined };
}

function trained(bench: Bench, candidate: Candidate, epochsMost: number) {
  const order = orderBy(bench, candidate);
  const settings = { ...order.settings, epochsMost };
  return fitBehaviour({ ...order, settings, questions: [] });
}

/** @throws problem `too-little-data` */
function halvesOf(learn: Learnable, params: RecommendParams, { questions }: Engine["trials"]) {
  const why = behaviour.unfit(learn, params);
  if (why !== undefined) throw problem("too-little-data", `there is nothing to search by: ${why}`);
  const [choose = [], check = []] = [0, 1].map((half) =>
    questions.filter((_, at) => at % 2 === half),
  );
  if (check.length >= QUESTIONS_LEAST) return { choose, check };
  const needed = 2 * QUESTIONS_LEAST;
  throw problem("too-little-data", `${questions.length} held-out questions, of ${needed} needed`);
}

async function searched(
  { params, budgetSeconds, candidatesMost }: SearchArgument,
  learn: Learnable,
  engine: Engine,
  report: (progress: Learning) => void,
): Promise<SearchReport> {
  const began = monotonicMs();
  const seconds = (): number => (monotonicMs() - began) / 1_000;
  const { choose, check } = halvesOf(learn, params, engine.trials);
  const bench: Bench = { learn, params, engine, choose };
  const base = orderBy(bench, {});
  await trained(bench, {}, 1);
  const epochTokens = tokensOf(base);
  const epoch = { tokens: epochTokens, seconds: seconds() };
  const plan = planOf(params, candidatesMost, epoch, budgetSeconds - seconds());
  const { best, trials } = await searchBehaviour({
    fit: base,
    space: SPACE,
    change: (_, candidate) => orderBy(bench, candidate),
    ...plan,
    keepOneOf: KEEP_ONE_OF,
    isOver: () => seconds() > budgetSeconds * (1 - (1 - TRIALS_SHARE) / 2),
    onTrial: tellTrials(plan, report),
  });
  const epochs = Math.max(1, Math.floor(best.tokens / epochTokens));
  const judge = async (candidate: Candidate): Promise<number> => {
    const fitted = await trained(bench, candidate, epochs);
    return (await judgeFitted(fitted, check, orderBy(bench, candidate))).ndcg;
  };
  const isBase = Object.keys(best.candidate).length === 0;
  const ndcgBefore = await judge({});
  const ndcg = isBase ? ndcgBefore : await judge(best.candidate);
  return {
    best: changesOf(best.candidate),
    improves: ndcg > ndcgBefore,
    checked: { cases: check.length, ndcgBefore, ndcg },
    trials: trials.map(({ rung, candidate, tokens, score }) => ({
      rung: rung + 1,
      changes: changesOf(candidate),
      epochs: Math.floor(tokens / epochTokens),
      ndcg: Number.isFinite(score) ? score : null,
    })),
    seconds: seconds(),
  };
}

interface SearchPlan {
  readonly candidates: number;
  readonly budgetTokens: number;
}

interface EpochCost {
  readonly tokens: number;
  readonly seconds: number;
}

/** @throws problem `limit-reached` */
function planOf(
  { behaviour: { epochsMost } }: RecommendParams,
  candidatesMost: number,
  epoch: EpochCost,
  secondsLeft: number,
): SearchPlan {
  const affords = (epoch.tokens * TRIALS_SHARE * secondsLeft) / epoch.seconds;
  const candidates = affordable(candidatesMost, affords, epoch);
  // The last candidate has a rung's tokens to itself, and no use for more epochs than a training.
  const rungs = rungsOf(candidates, affords, KEEP_ONE_OF).length;
  const useful = rungs * Math.max(candidates, epochsMost) * epoch.tokens;
  return { candidates, budgetTokens: Math.min(affords, useful) };
}

function tellTrials({ candidates, budgetTokens }: SearchPlan, report: (said: Learning) => void) {
  const rungs = rungsOf(candidates, budgetTokens, KEEP_ONE_OF);
  const total = rungs.reduce((sum, rung) => sum + rung.candidates, 0);
  let done = 0;
  return (candidate: Candidate, _: number, ndcg: number): void => {
    done++;
    report({
      stage: "trying parameters",
      done,
      total,
      note: `${wordsOf(changesOf(candidate))}: NDCG@10 ${ndcg.toFixed(4)}`,
      measured: { run: "trials", step: done, values: { heldOutNdcg: ndcg } },
    });
  };
}

/** As many candidates as can have an epoch each. @throws problem `limit-reached` */
function affordable(most: number, budgetTokens: number, epoch: EpochCost): number {
  for (let count = most; count >= 2; count--) {
    const least = Math.min(
      ...rungsOf(count, budgetTokens, KEEP_ONE_OF).map(({ tokensEach }) => tokensEach),
    );
    if (least >= epoch.tokens) return count;
  }
  const minutes = Math.ceil((6 * epoch.seconds) / TRIALS_SHARE / 60);
  throw problem(
    "limit-reached",
    `an epoch takes ${epoch.seconds.toFixed(0)} s here, so that the budget affords no two ` +
      `candidates: give it ${minutes} minutes or more`,
  );
}

const wordsOf = (changes: Partial<BehaviourParams>): string => {
  const words = Object.entries(changes).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? "as it is" : words.join(", ");
};
