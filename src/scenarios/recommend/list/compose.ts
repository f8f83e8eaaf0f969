import type { Item } from "../../../collect/item.ts";
import type { Catalogue } from "../../../features/catalogue.ts";
import type { RecentEvent } from "../../../features/recent.ts";
import { createRandom } from "../../../tensor/random.ts";
import { valuesAt } from "../learning/hearing.ts";
import { type Ruling, rulingOf } from "../rules/ruling.ts";
import type { RecommendRequest, RuleSet } from "../schema.ts";
import { type Admission, type Admitted, admissionOf, admit } from "./admission.ts";
import { arrange, type Pin, wantedFor } from "./arrange.ts";
import {
  ADMITTED_LEAST,
  type Candidates,
  candidatesOf,
  completeOf,
  DEPTH_LEAST,
  placeOf,
  WHOLE_MOST,
  wholeShelf,
} from "./candidates.ts";
import { type Explored, explore } from "./explore.ts";
import { groupOf, type Inquiry, inquire } from "./inquiry.ts";
import { type Hearsay, hear, type Scored, scoreCandidates } from "./scoring.ts";
import type { Shelf } from "./shelf.ts";
import { surfaceRules } from "./surfaces.ts";

/** What a list is made of, apart from the request: all as it is at this moment. */
export interface Circumstances {
  readonly shelf: Shelf;
  readonly catalogue: Catalogue;
  /** What the shopper did lately, oldest first. */
  readonly recent: readonly RecentEvent[];
  readonly rules: RuleSet;
  /** @unit epoch ms */
  readonly asOf: number;
  /** Where chance begins. */
  readonly seed: number;
  readonly limit: number;
  /** @unit 0..0.5 */
  readonly explorationShare: number;
  /** @unit minutes */
  readonly sessionGapMinutes: number;
}

/** What else than the usual is looked at. */
export interface Look {
  /** All of the shelf, also where it is large. */
  readonly whole?: boolean;
  /** Groups that are asked about. */
  readonly also?: readonly number[];
}

/** A list and all that led to it: what is answered, explained and compared is read from here. */
export interface Composition {
  readonly ruling: Ruling;
  readonly inquiry: Inquiry;
  readonly admission: Admission;
  readonly candidates: Candidates;
  readonly admitted: Admitted;
  readonly scored: Scored;
  /** Scores after boost and bury. @shape [candidates] */
  readonly ranked: Float32Array;
  /** Rules that moved a group. */
  readonly moved: ReadonlyMap<number, readonly string[]>;
  readonly pinned: ReadonlySet<number>;
  readonly list: Explored;
  /** Per rule, how many candidates it removed or moved. */
  readonly effects: ReadonlyMap<string, number>;
}

/** What is known of a list before its candidates are. */
interface Draft {
  readonly request: RecommendRequest;
  readonly around: Circumstances;
  readonly ruling: Ruling;
  readonly inquiry: Inquiry;
  readonly admission: Admission;
  readonly pins: readonly Pin[];
  readonly heard: Hearsay;
}

/** The whole way from request to list, in the order in which it happens. O(sources groups). */
export async function composeList(
  request: RecommendRequest,
  around: Circumstances,
  look: Look = {},
): Promise<Composition> {
  const { shelf, catalogue, limit } = around;
  const ruling = rulingOf(around.rules, request.surface, around.asOf);
  const inquiry = inquire(request, around);
  const admission = admissionOf(request, shelf, catalogue, inquiry, ruling);
  const pins = pinsOf(ruling, shelf, catalogue);
  const heard = (await hear(request, shelf, inquiry))();
  const draft = { request, around, ruling, inquiry, admission, pins, heard };
  const wanted = wantedFor({ ruling, pins, limit, diversity: request.diversity });
  const few = lookedAt(draft, wanted, look);
  const admitted = admitTo(draft, few);
  if (few.complete || admitted.count >= Math.max(ADMITTED_LEAST, wanted)) {
    return listOf(draft, few, admitted);
  }
  const all = wholeShelf(shelf);
  return listOf(draft, all, admitTo(draft, all));
}

function lookedAt({ request, around, inquiry, pins, heard }: Draft, wanted: number, look: Look) {
  const { shelf } = around;
  if (look.whole === true || shelf.groups.length <= WHOLE_MOST) return wholeShelf(shelf);
  const { onlyBought, explores } = surfaceRules[request.surface];
  const beside = [...(heard.standIns?.keys() ?? [])];
  const also = [...pins.map(({ token }) => token), ...beside, ...(look.also ?? [])];
  if (onlyBought) {
    const bought = [...inquiry.bought].flatMap((group) => shelf.tokenOf.get(group) ?? []);
    return completeOf([...bought, ...also]);
  }
  const depth = Math.max(DEPTH_LEAST, wanted);
  return candidatesOf(shelf, heard, {
    depth,
    also,
    explores: explores && around.explorationShare > 0,
  });
}

const admitTo = ({ around, admission, pins }: Draft, candidates: Candidates): Admitted =>
  admit(around.shelf, candidates, admission, new Set(pins.map(({ token }) => token)));

function listOf(draft: Draft, candidates: Candidates, admitted: Admitted): Composition {
  const { request, around, ruling, inquiry, admission } = draft;
  const { shelf } = around;
  const { tokens } = candidates;
  const { mask, items } = admitted;
  const scored = scoreCandidates(draft.heard, shelf, candidates, mask);
  const { ranked, moved } = weighByRules(scored, ruling, candidates, admitted);
  const pins = draft.pins.flatMap((pin) => {
    const at = placeOf(candidates, pin.token);
    return at === undefined || items[at] === undefined ? [] : [{ ...pin, token: at }];
  });
  for (const { token: at, rule } of pins) {
    const token = tokens[at] as number;
    moved.set(token, [...(moved.get(token) ?? []), rule]);
  }
  const arranged = arrange({
    ...{ ranked, mask, items, ruling, pins },
    limit: around.limit,
    diversity: request.diversity,
    words: (at) => shelf.words(shelf.groups[tokens[at] as number] as string, items[at]),
  });
  const share = surfaceRules[request.surface].explores ? around.explorationShare : 0;
  const pinned = new Set(pins.map(({ token }) => token));
  const evidence = valuesAt(shelf.evidence, tokens);
  const list = explore(
    { tokens: arranged.tokens, pinned, mask, items, ruling, evidence, share },
    createRandom(around.seed).split("explore"),
  );
  return {
    ...{ ruling, inquiry, admission, candidates, admitted, scored, ranked, moved },
    pinned: new Set(draft.pins.map(({ token }) => token)),
    list: onShelf(list, tokens),
    effects: effectsOf(ruling, admitted.refused, moved, arranged.capped),
  };
}

/** Numbers of candidates become those of the shelf. */
function onShelf({ tokens, propensities, tried }: Explored, of: Int32Array): Explored {
  const token = (at: number): number => of[at] as number;
  return { tokens: tokens.map(token), propensities, tried: new Set([...tried].map(token)) };
}

/** Pins by position; of two on one group the first counts. */
function pinsOf(ruling: Ruling, shelf: Shelf, catalogue: Catalogue): readonly Pin[] {
  const pins = new Map<number, Pin>();
  for (const rule of ruling.pins.toSorted((a, b) => a.position - b.position)) {
    const token = shelf.tokenOf.get(groupOf(catalogue, rule.item));
    if (token === undefined || pins.has(token)) continue;
    pins.set(token, { rule: rule.id, token, position: rule.position });
  }
  return [...pins.values()];
}

/** Boost and bury: scores times the factors of the rules that hold. O(admitted rules). */
function weighByRules(
  { total }: Scored,
  { factors }: Ruling,
  { tokens }: Candidates,
  admitted: Admitted,
): { ranked: Float32Array; moved: Map<number, readonly string[]> } {
  const moved = new Map<number, readonly string[]>();
  if (factors.length === 0) return { ranked: total, moved };
  const ranked = total.slice();
  for (let at = 0; at < ranked.length; at++) {
    const item = admitted.items[at];
    const token = tokens[at] as number;
    if (item === undefined) continue;
    for (const { rule, factor, test } of factors) {
      if (!test(item)) continue;
      ranked[at] = (ranked[at] as number) * factor;
      moved.set(token, [...(moved.get(token) ?? []), rule.id]);
    }
  }
  return { ranked, moved };
}

function effectsOf(
  ruling: Ruling,
  refused: ReadonlyMap<string, number>,
  moved: ReadonlyMap<number, readonly string[]>,
  capped: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const effects = new Map<string, number>(capped);
  for (const { rule } of ruling.filters)
    effects.set(rule.id, refused.get(`filter ${rule.id}`) ?? 0);
  for (const { rule } of ruling.factors) effects.set(rule.id, 0);
  for (const rule of ruling.pins) effects.set(rule.id, 0);
  for (const { rule } of ruling.resting) effects.set(rule.id, 0);
  for (const rules of moved.values()) {
    for (const id of rules) effects.set(id, (effects.get(id) ?? 0) + 1);
  }
  return effects;
}

/** The variant to show of a token; undefined where it may not be shown. */
export function itemAt({ candidates, admitted }: Composition, token: number): Item | undefined {
  const at = placeOf(candidates, token);
  return at === undefined ? undefined : admitted.items[at];
}
