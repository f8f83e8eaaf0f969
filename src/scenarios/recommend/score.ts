import type { Scores } from "../../scenario.ts";
import { metricsOf, type RecommendModel } from "./fit.ts";
import type { RecommendFrame } from "./learning/frame.ts";
import { families } from "./learning/held-out.ts";
import type { RecommendDecision } from "./schema.ts";

/**
 * What good means here: what shoppers did next stands high in the list they were shown. The
 * baseline is the best single source: a blend that does not beat it is not worth its trouble.
 */
const K = 10;

/**
 * Decision i was made for row i of `outcomes`, whose groups are what the shopper went on to touch.
 * Rows without outcomes, and decisions beyond the rows, do not count. O(decisions K).
 */
export function score(decisions: readonly RecommendDecision[], outcomes: RecommendFrame): Scores {
  const { sequences, groups } = outcomes;
  let [cases, hits, gain] = [0, 0, 0];
  for (const [row, decision] of decisions.entries()) {
    const from = sequences.offsets[row] ?? 0;
    const to = sequences.offsets[row + 1] ?? from;
    if (to === from) continue;
    const right = new Set([...sequences.tokens.subarray(from, to)].map((token) => groups[token]));
    const places = decision.items
      .slice(0, K)
      .flatMap((item, place) => (right.has(item.group) ? [place] : []));
    cases++;
    if (places.length > 0) hits++;
    gain += dcg(places) / dcg(Array.from({ length: Math.min(K, right.size) }, (_, at) => at));
  }
  return { cases, hr10: cases === 0 ? 0 : hits / cases, ndcg10: cases === 0 ? 0 : gain / cases };
}

const dcg = (places: readonly number[]): number =>
  places.reduce((sum, place) => sum + 1 / Math.log2(place + 2), 0);

export interface Verdict {
  readonly good: boolean;
  /** In words, for the job's result and the log. */
  readonly why: string;
}

/** May this model go into service? Judged on questions that neither fit nor tuning has seen. */
export function verdictOn(model: RecommendModel): Verdict {
  const metrics = metricsOf(model);
  const bad = Object.entries(metrics).filter(([, value]) => !Number.isFinite(value));
  if (bad.length > 0) return { good: false, why: `not a number: ${bad[0]?.[0]}` };
  for (const family of families) {
    const { judged } = model.blends[family];
    const best = Math.max(0, ...judged.alone);
    if (judged.blend < best) {
      const why = `the blend of "${family}" reaches NDCG@10 ${judged.blend}, a source alone ${best}`;
      return { good: false, why };
    }
  }
  const { onward } = model;
  if (onward !== undefined && onward.ndcg < onward.ndcgBefore) {
    const [now, then] = [onward.ndcg.toFixed(4), onward.ndcgBefore.toFixed(4)];
    const asked = `of ${onward.cases} questions what comes next`;
    const why = `it reaches NDCG@10 ${now} ${asked}, and "${onward.version}", which serves, ${then}`;
    return { good: false, why };
  }
  return { good: true, why: "no source alone is better than the blend" };
}
