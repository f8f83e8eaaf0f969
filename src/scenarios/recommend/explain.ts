import type { Item } from "../../collect/item.ts";
import { problem } from "../../errors.ts";
import { localText } from "../../schema.ts";
import { compose, type RecommendNeeds } from "./decide.ts";
import type { Gate } from "./list/admission.ts";
import { placeOf } from "./list/candidates.ts";
import { type Composition, itemAt } from "./list/compose.ts";
import { groupOf } from "./list/inquiry.ts";
import { becauseOf } from "./list/reasons.ts";
import { type Said, said } from "./list/verdicts.ts";
import type { ItemExplanation, PartName, RecommendRequest } from "./schema.ts";

/**
 * Why an item stands in the list of a request, or why it does not: the list is made once more, as
 * it would be made now, and each stage is asked what it did to the item.
 */
interface StageVerdict {
  readonly stage: string;
  readonly verdict: Said;
  /** Absent where the stage keeps nothing out. */
  readonly passed?: boolean;
}

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
  const token = shelf.tokenOf.get(group) ?? -1;
  const composition = await compose(request, needs, { also: token < 0 ? [] : [token] });
  const { candidates, admitted, scored, list, inquiry } = composition;
  const at = placeOf(candidates, token) ?? -1;
  const titleOf = (of: string): string =>
    localText(catalogue.variants(of)[0]?.title ?? {}, request.locale) || of;
  const candidate = admitted.items[at] !== undefined;
  const sources = candidate ? scored.parts(at) : {};
  const score = candidate ? (scored.total[at] as number) : null;
  const because = (Object.entries(sources) as [PartName, number][])
    .filter(([, part]) => part > 0)
    .flatMap(([name, part]) => becauseOf(token, name, part / (score ?? 1), { shelf, inquiry }))
    .sort((a, b) => b.share - a.share)
    .slice(0, BECAUSE_MOST)
    .map(({ group: from, source, share }) => ({ item: from, title: titleOf(from), source, share }));
  return {
    item: admitted.items[at]?.item ?? id,
    group,
    title: titleOf(group),
    shown: list.tokens.includes(token),
    rank: candidate ? rankOf(composition, at) : null,
    score,
    sources,
    because,
    stages: stagesOf(composition, needs, group, token).map((stage) => ({
      stage: stage.stage,
      verdict: stage.verdict[request.locale],
      passed: stage.passed ?? true,
    })),
  };
}

/** Candidates with a higher score, or as high a one and a lower number. O(candidates). */
function rankOf({ scored, admitted }: Composition, at: number): number {
  const own = scored.total[at] as number;
  let rank = 0;
  for (let other = 0; other < scored.total.length; other++) {
    if (admitted.mask[other] !== 0) continue;
    const score = scored.total[other] as number;
    if (score > own || (score === own && other < at)) rank++;
  }
  return rank;
}

function stagesOf(
  composition: Composition,
  needs: RecommendNeeds,
  group: string,
  token: number,
): readonly StageVerdict[] {
  const { admission, pinned, candidates } = composition;
  const offer = admission.offer(group);
  if ("refused" in offer) return [{ stage: "catalogue", verdict: offer.refused, passed: false }];
  const stages: StageVerdict[] = [
    { stage: "catalogue", verdict: said.offered(offer.item) },
    ...admission.gates.map((gate) => gateVerdict(gate, group, offer, pinned.has(token))),
  ];
  if (itemAt(composition, token) === undefined) return stages;
  const at = placeOf(candidates, token) ?? -1;
  return [
    ...stages,
    { stage: "score", verdict: scoreVerdict(composition, needs, token, at) },
    ...ruleVerdicts(composition, token),
    {
      stage: "list",
      verdict: listVerdict(composition, token, at),
      passed: composition.list.tokens.includes(token),
    },
  ];
}

function gateVerdict(gate: Gate, group: string, offer: Item, isPinned: boolean): StageVerdict {
  if (isPinned && gate.pinsPass) return { stage: gate.name, verdict: said.pinned };
  const refusal = gate.refuses(group, offer);
  return {
    stage: gate.name,
    verdict: refusal ?? said.passes,
    passed: refusal === undefined,
  };
}

function scoreVerdict(
  { scored }: Composition,
  { shelf }: RecommendNeeds,
  token: number,
  at: number,
): Said {
  if (token >= shelf.known) return said.newer;
  const parts = Object.entries(scored.parts(at)).sort((a, b) => b[1] - a[1]);
  if (parts.length === 0) return said.unspoken;
  const list = parts.map(([name, part]) => `${name} ${part.toPrecision(3)}`).join(", ");
  return { en: list, zh: list };
}

function ruleVerdicts({ ruling, moved, pinned }: Composition, token: number): StageVerdict[] {
  const by = moved.get(token) ?? [];
  const factors = ruling.factors.filter(({ rule }) => by.includes(rule.id));
  const verdicts: StageVerdict[] = factors.map(({ rule, factor }) => ({
    stage: `${rule.kind} ${rule.id}`,
    verdict: said.times(factor),
  }));
  for (const pin of ruling.pins.filter(({ id }) => by.includes(id) && pinned.has(token))) {
    verdicts.push({ stage: `pin ${pin.id}`, verdict: said.put(pin.position) });
  }
  return verdicts;
}

function listVerdict(composition: Composition, token: number, at: number): Said {
  const { list, ranked, admitted, ruling } = composition;
  const place = list.tokens.indexOf(token);
  if (place >= 0) return said.shown(place, list.tried.has(token));
  let better = 0;
  for (let other = 0; other < ranked.length; other++) {
    if (admitted.mask[other] !== 0) continue;
    if ((ranked[other] as number) > (ranked[at] as number)) better++;
  }
  return better >= list.tokens.length ? said.below(better) : said.displaced(ruling.caps.length > 0);
}
