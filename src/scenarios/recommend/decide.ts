import { assert } from "../../assert.ts";
import { askedPriceMinor, type Item } from "../../collect/item.ts";
import { problem } from "../../errors.ts";
import type { Catalogue } from "../../features/catalogue.ts";
import type { RecentEvent } from "../../features/recent.ts";
import { localText } from "../../schema.ts";
import type { RecommendModel } from "./fit.ts";
import { placeOf } from "./list/candidates.ts";
import { type Composition, composeList, type Look } from "./list/compose.ts";
import { reasonsFor, type Told } from "./list/reasons.ts";
import { seedOf } from "./list/seed.ts";
import type { Shelf } from "./list/shelf.ts";
import { surfaceRules } from "./list/surfaces.ts";
import { noticed } from "./list/verdicts.ts";
import type { RecommendDecision, Recommended, RecommendRequest, RuleSet } from "./schema.ts";

/** What `decide` is handed beside model and request: all as it is at the moment of the answer. */
export interface RecommendNeeds {
  /** The model and the catalogue under one numbering, see list/shelf.ts. */
  readonly shelf: Shelf;
  readonly catalogue: Catalogue;
  /** What the shopper did lately, oldest first; empty when nobody is named or known. */
  readonly recent: readonly RecentEvent[];
  readonly rules: RuleSet;
  /** @unit epoch ms */
  readonly asOf: number;
  /** Id of this answer; chance is drawn from it. */
  readonly request: string;
  /** Version of the model, null when there is none. */
  readonly version: string | null;
  readonly limits: RecommendLimits;
  /** Where the picture is that was uploaded for a group; undefined for none. */
  pictureOf(group: string): string | undefined;
  /** Writes the exposure. */
  record(decision: RecommendDecision): Promise<void>;
}

export interface RecommendLimits {
  readonly limitDefault: number;
  readonly limitMax: number;
  readonly explorationShare: number;
  readonly sessionGapMinutes: number;
}

/** Look up, score, apply the shop's rules, explain, record. @throws problem `invalid-request` */
export async function decide(
  model: RecommendModel | null,
  request: RecommendRequest,
  needs: RecommendNeeds,
): Promise<RecommendDecision> {
  assert(needs.shelf.model === model, "the shelf is stocked for the model");
  const composition = await compose(request, needs);
  const decision = decisionOf(request, needs, composition);
  if (request.record) await needs.record(decision);
  return decision;
}

/** The list without its record: also what `explain` and `preview` look at. */
export function compose(
  request: RecommendRequest,
  needs: RecommendNeeds,
  look?: Look,
): Promise<Composition> {
  const around = {
    ...needs,
    seed: seedOf(needs.request),
    limit: limitOf(request, needs.limits),
    explorationShare: needs.limits.explorationShare,
    sessionGapMinutes: needs.limits.sessionGapMinutes,
  };
  return composeList(request, around, look);
}

export function decisionOf(
  request: RecommendRequest,
  needs: RecommendNeeds,
  composition: Composition,
): RecommendDecision {
  const { list, ruling, inquiry } = composition;
  const notices = [...inquiry.notices];
  if (list.tokens.length === 0) notices.push(noticed.empty[request.locale]);
  return {
    request: needs.request,
    surface: request.surface,
    items: list.tokens.map((token, position) =>
      recommended(request, needs, composition, token, position),
    ),
    model: needs.version,
    rules: ruling.version,
    seed: seedOf(needs.request),
    asOf: needs.asOf,
    notices,
  };
}

function recommended(
  request: RecommendRequest,
  needs: RecommendNeeds,
  composition: Composition,
  token: number,
  position: number,
): Recommended {
  const { shelf, catalogue } = needs;
  const { scored, list, pinned, moved, inquiry, candidates, admitted } = composition;
  const at = placeOf(candidates, token) ?? -1;
  const item = admitted.items[at];
  assert(item !== undefined, "what is in the list may be shown");
  const given = scored.parts(at);
  assert(Number.isFinite(scored.total[at]), "a score is a finite number");
  const usual = surfaceRules[request.surface].onlyBought ? "again" : "ranked";
  const standing = pinned.has(token) ? "pinned" : list.tried.has(token) ? "tried" : usual;
  const told: Told = {
    shelf,
    inquiry,
    locale: request.locale,
    itemOf: (group) => catalogue.variants(group)[0],
  };
  return {
    item: item.item,
    group: item.group,
    position,
    score: scored.total[at] as number,
    sources: given,
    propensity: list.propensities[position] as number,
    reasons: reasonsFor(token, given, standing, told),
    rules: moved.get(token) ?? [],
    ...faceOf(item, request),
    picture: needs.pictureOf(item.group),
  };
}

function faceOf(
  item: Item,
  { locale }: RecommendRequest,
): Pick<Recommended, "title" | "brand" | "priceMinor" | "currency" | "image" | "link"> {
  return {
    title: localText(item.title, locale),
    brand: item.brand,
    priceMinor: askedPriceMinor(item),
    currency: item.currency,
    image: item.images[0],
    link: item.link,
  };
}

/** @throws problem `invalid-request` with the field that is wrong */
function limitOf(request: RecommendRequest, limits: RecommendLimits): number {
  const { limit = limits.limitDefault } = request;
  if (limit > limits.limitMax) {
    const detail = `at most ${limits.limitMax} (recommend.limitMax)`;
    throw problem("invalid-request", `limit: ${detail}`, {
      errors: [{ pointer: "/limit", detail }],
    });
  }
  if (surfaceRules[request.surface].needsItems && request.items.length === 0) {
    const detail = `the surface ${request.surface} stands beside items: name at least one`;
    throw problem("invalid-request", detail, { errors: [{ pointer: "/items", detail }] });
  }
  return limit;
}
