import type { Sequences } from "../../../algorithms/sequences.ts";
import { assert } from "../../../assert.ts";
import { problem } from "../../../errors.ts";
import { type Spread, spreadOf } from "../../../evaluate/folded-report.ts";
import { type Cases, historyOfCase, targetsOfCase } from "../../../features/cases.ts";
import { globalTime, kFold, momentsOfFolds } from "../../../features/splits.ts";
import { openMatmul } from "../../../tensor/matmul.ts";
import { openEncoder } from "../encode.ts";
import { type FitBehaviour, type FittedBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import type { RankQuestion } from "../rank.ts";
import { type Judged, judged } from "./curves.ts";

/**
 * The same training on several parts of the past, each judged on what was hidden from it. Over shoppers
 * (k folds): does it serve those it has never met? Over time (forward chaining): does what was learned
 * until a moment hold for what came next? Only the second is free of others' future.
 * No fold is used to choose when to stop: each trains all its epochs and is judged once, at the end, or
 * the best of many looks would be taken for the rule. Folds share most of what they learn from, so the
 * spread between them is no interval of the mean.
 * Sources: Stone 1974; Bergmeir & Benítez 2012 (time); Bengio & Grandvalet 2004 (no unbiased variance).
 */
export interface BehaviourFold {
  readonly protocol: string;
  readonly train: Sequences;
  readonly questions: readonly RankQuestion[];
}

/** Each case as a question for its first target. O(cases). */
export const questionsOf = (cases: Cases): RankQuestion[] =>
  Array.from({ length: cases.count }, (_, at) => ({
    history: historyOfCase(cases, at),
    target: targetsOfCase(cases, at)[0] as number,
  }));

/** Shoppers in k folds, each held out once and asked for its last action. O(actions) a fold. */
export function* shopperFolds(
  sequences: Sequences,
  k: number,
  seed: number,
): Generator<BehaviourFold> {
  for (const { protocol, train, test } of kFold(sequences, k, seed)) {
    yield { protocol, train, questions: questionsOf(test) };
  }
}

/**
 * k + 1 stretches of time with as many actions each: fold i learns from the first i and is asked what
 * each shopper did first in the next. O(actions log actions).
 */
export function* timeFolds(sequences: Sequences, k: number): Generator<BehaviourFold> {
  const moments = momentsOfFolds(sequences.times, k);
  for (let fold = 1; fold <= k; fold++) {
    const [from, until] = [moments[fold - 1] as number, moments[fold] as number];
    const moment = { validationAt: from, testAt: from, until };
    const split = globalTime(sequences, { ...moment, targets: "next", minHistory: 1 });
    yield {
      protocol: `fold ${fold} of ${k} by time: ${split.protocol}`,
      train: split.trainAndValidation,
      questions: questionsOf(split.test),
    };
  }
}

export interface FoldScore extends Judged {
  readonly protocol: string;
  readonly questions: number;
}

/** Over the folds. */
export interface CrossValidation {
  readonly folds: readonly FoldScore[];
  readonly ndcg: Spread;
  readonly hitRate: Spread;
  readonly loss: Spread;
}

/**
 * O(folds) trainings; one fold is in memory at a time. The fit's own sequences and questions are
 * not looked at. @throws problem `too-little-data` for a fold that asks or teaches nothing, and what
 * training throws
 */
export async function crossValidate(
  fit: FitBehaviour,
  folds: Iterable<BehaviourFold>,
): Promise<CrossValidation> {
  const found: FoldScore[] = [];
  for (const { protocol, train, questions } of folds) {
    const what = train.tokens.length === 0 ? "teaches" : "asks";
    if (train.tokens.length === 0 || questions.length === 0) {
      throw problem("too-little-data", `${protocol} ${what} nothing: take fewer folds`);
    }
    const fitted = await fitBehaviour({ ...fit, sequences: train, questions: [] });
    const score = await judgeFitted(fitted, questions, fit);
    found.push({ protocol, questions: questions.length, ...score });
  }
  assert(found.length > 0, "there is a fold");
  return {
    folds: found,
    ndcg: spreadOf(found.map(({ ndcg }) => ndcg)),
    hitRate: spreadOf(found.map(({ hitRate }) => hitRate)),
    loss: spreadOf(found.map(({ loss }) => loss)),
  };
}

/** How a trained model answers. O(questions (encoding + vocabulary width)). */
export async function judgeFitted(
  { shape, parameters }: Pick<FittedBehaviour, "shape" | "parameters">,
  questions: readonly RankQuestion[],
  { settings, provider, threads }: Pick<FitBehaviour, "settings" | "provider" | "threads">,
): Promise<Judged> {
  const items = parameters.get("items");
  assert(items !== undefined, "the model has an item table");
  const encoder = await openEncoder(shape, parameters, { provider, threads, batch: ENCODE_BATCH });
  const matmul = openMatmul({ threads });
  try {
    const { k, filterSeen } = settings;
    return await judged(questions, { encoder, matmul, items, width: shape.width, k, filterSeen });
  } finally {
    await encoder.release();
    await matmul.close();
  }
}

const ENCODE_BATCH = 128;
