import { assert } from "../../assert.ts";
import {
  type EpochReport,
  type FitBehaviour,
  type FittedBehaviour,
  fitBehaviour,
} from "./fit-behaviour.ts";

/** The model that answered the held-out questions best, and how each of them did. */
export interface BestOf {
  /** Place in the list of what was tried. */
  readonly chosen: number;
  readonly fitted: FittedBehaviour;
  /** NDCG of each on the held-out questions. */
  readonly ndcgs: readonly number[];
  /** How each of them went. */
  readonly epochs: readonly (readonly EpochReport[])[];
}

/**
 * Trains several and lets the held-out questions choose, such as ids alone against content: what does not
 * help a shop is not kept. Name the simplest first, as of equals the first is taken. All are asked the
 * same questions.
 * @throws problem `diverged`, `cancelled`
 */
export async function fitBest(tried: readonly FitBehaviour[]): Promise<BestOf> {
  const [first] = tried;
  assert(first !== undefined && first.questions.length > 0, "questions are held out to choose by");
  let best: { readonly at: number; readonly fitted: FittedBehaviour } | undefined;
  const ndcgs: number[] = [];
  const epochs: (readonly EpochReport[])[] = [];
  for (const [at, fit] of tried.entries()) {
    assert(fit.questions === first.questions, "all are asked the same questions");
    const fitted = await fitBehaviour(fit);
    ndcgs.push(fitted.best.ndcg);
    epochs.push(fitted.epochs);
    if (best === undefined || fitted.best.ndcg > best.fitted.best.ndcg) best = { at, fitted };
  }
  assert(best !== undefined, "one was trained");
  return { chosen: best.at, fitted: best.fitted, ndcgs, epochs };
}
