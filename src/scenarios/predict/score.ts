import { judge } from "../../evaluate/segments.ts";
import type { Timelines } from "../../features/timelines.ts";
import type { Scores } from "../../scenario.ts";
import { metricsOf, type PredictModel } from "./fit.ts";
import { type ChanceHead, chanceHeads } from "./heads.ts";
import { momentsOf, outcomesOf } from "./moments.ts";
import type { ChanceName, PredictDecision } from "./schema.ts";

/**
 * What good means here: probabilities that order shoppers rightly (AUC) and are right in size (log loss,
 * Brier, calibration error), against the usual rate of the shop and against boosted trees.
 */
const judging = { bins: 10, casesLeast: 20 } as const;

/**
 * Decisions are held against what their persons went on to do in `outcomes`, gathered later; those of
 * unknown persons, and outcomes that lie beyond its end, do not count. O(decisions places).
 */
export function score(decisions: readonly PredictDecision[], outcomes: Timelines): Scores {
  const rows = new Map(outcomes.persons.map((person, row) => [person, row]));
  const held = new Map<ChanceName, { labels: number[]; said: number[] }>();
  for (const decision of decisions) {
    const row = rows.get(decision.person ?? "");
    for (const chance of row === undefined ? [] : decision.chances) {
      const label = labelOf(decision, chance, outcomes, row as number);
      if (label === undefined) continue;
      const own = held.get(chance.head) ?? { labels: [], said: [] };
      own.labels.push(label);
      own.said.push(chance.probability);
      held.set(chance.head, own);
    }
  }
  const scores: Record<string, number> = {};
  for (const [head, { labels, said }] of held) {
    const { cases, auc, logLoss, brier, ece } = judge(labels, said, judging);
    const named = { cases, auc, logLoss, brier, ece };
    for (const [metric, value] of Object.entries(named)) scores[`${head}.${metric}`] = value;
  }
  return scores;
}

/** Whether it came true; undefined where nobody knows yet. */
function labelOf(
  { asOf }: PredictDecision,
  { head: name, days }: PredictDecision["chances"][number],
  outcomes: Timelines,
  row: number,
): number | undefined {
  const head = chanceHeads(days ?? 1).find((one) => one.name === name) as ChanceHead;
  const { moments } = momentsOf(outcomes, [{ row, now: asOf }]);
  const asked = { ...moments, visits: moments.visits.fill(days === null ? 1 : 0) };
  const { known, happened } = outcomesOf(outcomes, asked, [head], days ?? 1);
  return known[0] === 1 ? (happened[0] as number) : undefined;
}

export interface Verdict {
  readonly good: boolean;
  /** In words, for the job's result and the log. */
  readonly why: string;
}

/** May this model go into service? Its heads fall back one by one, so only nonsense keeps it out. */
export function verdictOn(model: PredictModel): Verdict {
  const bad = Object.entries(metricsOf(model)).find(([, value]) => !Number.isFinite(value));
  return bad === undefined
    ? { good: true, why: "every head is answered by the best of its voices" }
    : { good: false, why: `not a number: ${bad[0]}` };
}
