import { assert } from "../../../assert.ts";
import { isProblem, problem } from "../../../errors.ts";
import { createRandom, type Random } from "../../../tensor/random.ts";
import { type FitBehaviour, fitBehaviour } from "../fit-behaviour.ts";
import { judgeFitted } from "./cross-validation.ts";

/**
 * A small search for settings by successive halving: many candidates are trained a little, the best few
 * of them more, and so on, with as many tokens spent on every rung. A good setting is told from a bad one
 * long before it is done, so that the budget goes to those that may win.
 * Sources: Jamieson & Talwalkar 2016; Karnin et al. 2013. Left out: brackets of several lengths
 * (Hyperband), going on where a rung ended (each training has a schedule that ends with its rung), models
 * of the space. The winner's score is the best of many, thus too good: judge it on questions of its own.
 */
export type Range =
  | { readonly kind: "choice"; readonly values: readonly number[] }
  | { readonly kind: "uniform" | "log"; readonly from: number; readonly to: number };

export type Space = Readonly<Record<string, Range>>;
export type Candidate = Readonly<Record<string, number>>;

/** Each name has a stream of its own: another name more changes no other's draws. O(count names). */
export function drawCandidates(space: Space, count: number, seed: number): Candidate[] {
  const random = createRandom(seed).split("candidates");
  const drawn = Object.entries(space).map(([name, range]) => {
    const own = random.split(name);
    return [name, Array.from({ length: count }, () => draw(range, own))] as const;
  });
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries(drawn.map(([name, values]) => [name, values[at] as number])),
  );
}

function draw(range: Range, random: Random): number {
  if (range.kind === "choice") return random.pick(range.values);
  const { from, to } = range;
  assert(from <= to, "a range ends where it begins or later");
  if (range.kind === "uniform") return from + (to - from) * random.uniform();
  assert(from > 0, "the logarithm of a range exists");
  return from * (to / from) ** random.uniform();
}

export interface Rung {
  readonly candidates: number;
  /** @unit tokens */
  readonly tokensEach: number;
}

/** From all candidates to one, an equal share of the budget on each rung. O(log count). */
export function rungsOf(count: number, budgetTokens: number, keepOneOf: number): Rung[] {
  assert(Number.isInteger(count) && count >= 1, "there is a candidate");
  assert(keepOneOf > 1, "a rung drops candidates");
  const counts = [count];
  for (let left = count; left > 1; ) {
    left = Math.max(1, Math.floor(left / keepOneOf));
    counts.push(left);
  }
  return counts.map((candidates) => ({
    candidates,
    tokensEach: budgetTokens / counts.length / candidates,
  }));
}

export interface Trial<T> {
  /** From 0. */
  readonly rung: number;
  readonly candidate: T;
  readonly tokens: number;
  /** More is better; minus infinity where training diverged. */
  readonly score: number;
}

export interface Halving<T> {
  readonly best: Trial<T>;
  readonly trials: readonly Trial<T>[];
}

/**
 * Of equal scores the earlier candidate stays. Once it is over no trial begins, and the best of the rung that
 * was reached wins; the first trial always is. @throws what a trial throws, but `diverged`, which loses
 */
export async function successiveHalving<T>(
  candidates: readonly T[],
  rungs: readonly Rung[],
  trial: (candidate: T, tokens: number) => Promise<number>,
  isOver: () => boolean,
): Promise<Halving<T>> {
  const trials: Trial<T>[] = [];
  let left = candidates;
  let best: Trial<T> | undefined;
  for (const [rung, { candidates: count, tokensEach }] of rungs.entries()) {
    const round: Trial<T>[] = [];
    for (const candidate of left.slice(0, count)) {
      if (best !== undefined || round.length > 0) if (isOver()) break;
      const score = await scoreOf(() => trial(candidate, tokensEach));
      round.push({ rung, candidate, tokens: tokensEach, score });
    }
    trials.push(...round);
    const ranked = round.toSorted((a, b) => (a.score < b.score ? 1 : a.score > b.score ? -1 : 0));
    left = ranked.map(({ candidate }) => candidate);
    best = ranked[0] ?? best;
  }
  assert(best !== undefined, "there was a trial");
  return { best, trials };
}

async function scoreOf(trial: () => Promise<number>): Promise<number> {
  try {
    return await trial();
  } catch (error) {
    if (isProblem(error) && error.code === "diverged") return Number.NEGATIVE_INFINITY;
    throw error;
  }
}

export interface BehaviourSearch {
  /** What candidates are changes of; its questions judge them. */
  readonly fit: FitBehaviour;
  readonly space: Space;
  readonly change: (fit: FitBehaviour, candidate: Candidate) => FitBehaviour;
  readonly candidates: number;
  /** Of all trainings together, each place of a history counted in every epoch. @unit tokens */
  readonly budgetTokens: number;
  /** One of so many goes on to the next rung. */
  readonly keepOneOf: number;
  readonly onTrial: (trial: Candidate, tokens: number, ndcg: number) => void;
  /** Whether the time is up, however many tokens are left. */
  readonly isOver: () => boolean;
}

/**
 * The first candidate changes nothing, so that what is there already is only left for something better.
 * Whole epochs as far as the tokens of a rung reach, without early stop; judged by NDCG at the end.
 * @throws problem `limit-reached` for a budget of less than an epoch for each candidate
 */
export async function searchBehaviour(search: BehaviourSearch): Promise<Halving<Candidate>> {
  const { fit, space, candidates: count, budgetTokens, keepOneOf } = search;
  assert(fit.questions.length > 0, "there are questions to judge by");
  const epochTokens = tokensOf(fit);
  const rungs = rungsOf(count, budgetTokens, keepOneOf);
  const least = Math.min(...rungs.map(({ tokensEach }) => tokensEach));
  if (least < epochTokens) {
    throw problem(
      "limit-reached",
      `${budgetTokens} tokens give each of ${count} candidates ${Math.floor(least)}, and an epoch ` +
        `takes ${epochTokens}: take fewer candidates or a larger budget`,
    );
  }
  const drawn = [{}, ...drawCandidates(space, count - 1, fit.seed)];
  const trial = async (candidate: Candidate, tokens: number): Promise<number> => {
    const changed = search.change(fit, candidate);
    const epochsMost = Math.floor(tokens / epochTokens);
    const settings = { ...changed.settings, epochsMost };
    const fitted = await fitBehaviour({ ...changed, settings, questions: [] });
    const { ndcg } = await judgeFitted(fitted, fit.questions, changed);
    search.onTrial(candidate, epochsMost * epochTokens, ndcg);
    return ndcg;
  };
  return await successiveHalving(drawn, rungs, trial, search.isOver);
}

/** Places of an epoch that ask what follows. O(rows). */
export function tokensOf({ sequences: { rows, offsets } }: FitBehaviour): number {
  let tokens = 0;
  for (let row = 0; row < rows; row++) {
    tokens += Math.max(0, (offsets[row + 1] as number) - (offsets[row] as number) - 1);
  }
  return tokens;
}
