import { problem } from "../../errors.ts";
import { compose, type RecommendNeeds } from "./decide.ts";
import type { Composition } from "./list/compose.ts";
import { groupOf } from "./list/inquiry.ts";
import { becauseOf } from "./list/reasons.ts";
import type { ItemExplanation, RecommendRequest, SourceName } from "./schema.ts";

/**
 * Why an item stands in the list of a request, or why it does not: the list is made once more, as
 * it would be made now, and each stage is asked what it did to the item.
 */
type StageVerdict = ItemExplanation["stages"][number];

const BECAUSE_MOST = 10;

/** @throws problem `unknown-item` when the catalogue does not know it */
export async function explain(
  request: RecommendRequest,
  id: string,
  needs: RecommendNeeds,
): Promise<ItemExplanation> {
  const { shelf, catalogue } = needs;
  const group = groupOf(catalogue, id);
  const variants = catalogue.variants(group);
  if (variants.length === 0) throw problem("unknown-item", `${id} is not in the catalogue`);
  const composition = await compose(request, needs);
  const token = shelf.tokenOf.get(group) ?? -1;
  const { admitted, scored, list, inquiry } = composition;
  const candidate = admitted.items[token] !== undefined;
  const sources = candidate ? scored.parts(token) : {};
  const score = candidate ? (scored.total[token] as number) : null;
  const because = (Object.entries(sources) as [SourceName, number][])
    .filter(([, part]) => part > 0)
    .flatMap(([name, part]) => becauseOf(token, name, part / (score ?? 1), { shelf, inquiry }))
    .sort((a, b) => b.share - a.share)
    .slice(0, BECAUSE_MOST)
    .map(({ group: from, source, share }) => ({ item: from, source, share }));
  return {
    item: admitted.items[token]?.item ?? id,
    group,
    shown: list.tokens.includes(token),
    rank: candidate ? rankOf(composition, token) : null,
    score,
    sources,
    because,
    stages: stagesOf(composition, needs, group, token),
  };
}

/** Candidates with a higher score, or as high a one and a lower number. O(groups). */
function rankOf({ scored, admitted }: Composition, token: number): number {
  const own = scored.total[token] as number;
  let rank = 0;
  for (let other = 0; other < scored.total.length; other++) {
    if (admitted.mask[other] !== 0) continue;
    const score = scored.total[other] as number;
    if (score > own || (score === own && other < token)) rank++;
  }
  return rank;
}

function stagesOf(
  composition: Composition,
  needs: RecommendNeeds,
  group: string,
  token: number,
): readonly StageVerdict[] {
  const { admission, pinned, admitted } = composition;
  const offer = admission.offer(group);
  if (typeof offer === "string") return [{ stage: "catalogue", verdict: offer }];
  const stages: StageVerdict[] = [
    { stage: "catalogue", verdict: `offered as ${offer.item}` },
    ...admission.gates.map((gate) => ({
      stage: gate.name,
      verdict:
        pinned.has(token) && gate.pinsPass
          ? "not asked, as it is pinned"
          : (gate.refuses(group, offer) ?? "passes"),
    })),
  ];
  if (admitted.items[token] === undefined) return stages;
  return [
    ...stages,
    { stage: "score", verdict: scoreVerdict(composition, needs, token) },
    ...ruleVerdicts(composition, token),
    { stage: "list", verdict: listVerdict(composition, token) },
  ];
}

function scoreVerdict({ scored }: Composition, { shelf }: RecommendNeeds, token: number): string {
  if (token >= shelf.known) return "newer than the model: scored by what it says of itself";
  const parts = Object.entries(scored.parts(token)).sort((a, b) => b[1] - a[1]);
  if (parts.length === 0) return "no source speaks for it";
  return parts.map(([name, part]) => `${name} ${part.toPrecision(3)}`).join(", ");
}

function ruleVerdicts({ ruling, moved, pinned }: Composition, token: number): StageVerdict[] {
  const by = moved.get(token) ?? [];
  const factors = ruling.factors.filter(({ rule }) => by.includes(rule.id));
  const verdicts = factors.map(({ rule, factor }) => ({
    stage: `${rule.kind} ${rule.id}`,
    verdict: `score times ${factor}`,
  }));
  for (const pin of ruling.pins.filter(({ id }) => by.includes(id) && pinned.has(token))) {
    verdicts.push({ stage: `pin ${pin.id}`, verdict: `put at place ${pin.position}` });
  }
  return verdicts;
}

function listVerdict(composition: Composition, token: number): string {
  const { list, ranked, admitted, ruling } = composition;
  const place = list.tokens.indexOf(token);
  if (place >= 0) {
    const tried = list.tried.has(token) ? ", drawn to be tried" : "";
    return `shown at place ${place}${tried}`;
  }
  let better = 0;
  for (let other = 0; other < ranked.length; other++) {
    if (admitted.mask[other] !== 0) continue;
    if ((ranked[other] as number) > (ranked[token] as number)) better++;
  }
  const length = list.tokens.length;
  if (better >= length) return `not shown: ${better} candidates stand above it`;
  const causes =
    ruling.caps.length > 0 ? "caps, diversity, pins or a trial" : "diversity, pins or a trial";
  return `not shown: its place went to others by ${causes}`;
}
