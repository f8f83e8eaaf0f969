import { localText } from "../../schema.ts";
import { compose, decisionOf, type RecommendNeeds } from "./decide.ts";
import { type Composition, itemAt } from "./list/compose.ts";
import type { PlaceChange, RecommendPreview, RuleStep } from "./recommend.ts";
import { parseRule } from "./rules/rule-book.ts";
import type { RecommendRequest, Rule } from "./schema.ts";

/**
 * The list under other rules. Both lists are made at one moment with one chance, so that only the
 * rules differ. Then the rules are added one by one in the order in which a list applies them, and
 * the list is made anew each time, without trials: what differs is what the rule did.
 * O(min(rules in force, stepsMost) lists). @throws problem `invalid-rule`
 */
export async function preview(
  request: RecommendRequest,
  needs: RecommendNeeds,
  proposed: readonly Rule[],
  stepsMost: number,
): Promise<RecommendPreview> {
  const rules = proposed.map(parseRule);
  const then = ruledBy(needs, rules);
  const composed = await compose(request, then, whole);
  const { resting } = composed.ruling;
  const asleep = new Set(resting.map(({ rule }) => rule.id));
  const inForce = rules
    .filter(({ id }) => !asleep.has(id))
    .toSorted((a, b) => order[a.kind] - order[b.kind]);
  return {
    now: decisionOf(request, needs, await compose(request, needs, whole)),
    // biome-ignore lint/suspicious/noThenProperty: a decision, not a function; the word is the API's
    then: decisionOf(request, then, composed),
    effects: Object.fromEntries(composed.effects),
    resting: resting.map(({ rule, why }) => ({ rule: rule.id, why })),
    steps: await stepsOf(request, needs, inForce, stepsMost),
  };
}

/** What a rule does is counted over all that may be shown. */
const whole = { whole: true } as const;

/** Kinds of rules in the order in which a list applies them. */
const order: Readonly<Record<Rule["kind"], number>> = {
  filter: 0,
  boost: 1,
  bury: 1,
  pin: 2,
  cap: 3,
};

const ruledBy = (needs: RecommendNeeds, rules: readonly Rule[]): RecommendNeeds => ({
  ...needs,
  rules: { ...needs.rules, rules },
});

async function stepsOf(
  request: RecommendRequest,
  needs: RecommendNeeds,
  rules: readonly Rule[],
  most: number,
): Promise<readonly RuleStep[]> {
  const untried = { ...needs, limits: { ...needs.limits, explorationShare: 0 } };
  const listOf = (count: number): Promise<Composition> =>
    compose(request, ruledBy(untried, rules.slice(0, count)), whole);
  const steps: RuleStep[] = [];
  let [before, done] = [await listOf(0), 0];
  while (done < rules.length) {
    const until = steps.length + 1 < most ? done + 1 : rules.length;
    const after = await listOf(until);
    const own = rules.slice(done, until).map(({ id }) => id);
    steps.push({ rules: own, changes: changesOf(before, after, own, request) });
    [before, done] = [after, until];
  }
  return steps;
}

/** Every item that is in one of the lists and not at the same place of the other. O(list). */
function changesOf(
  before: Composition,
  after: Composition,
  own: readonly string[],
  { locale }: RecommendRequest,
): readonly PlaceChange[] {
  const [left, right] = [before.list.tokens, after.list.tokens];
  const placeIn = (list: readonly number[], token: number): number | null => {
    const place = list.indexOf(token);
    return place < 0 ? null : place;
  };
  return [...new Set([...right, ...left])].flatMap((token) => {
    const [from, to] = [placeIn(left, token), placeIn(right, token)];
    const item = itemAt(after, token) ?? itemAt(before, token);
    if (from === to || item === undefined) return [];
    const movers = after.moved.get(token) ?? [];
    const touched = to === null || own.some((rule) => movers.includes(rule));
    return [{ item: item.item, title: localText(item.title, locale), from, to, touched }];
  });
}
