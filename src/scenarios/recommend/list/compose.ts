import type { Item } from "../../../collect/item.ts";
import type { Catalogue } from "../../../features/catalogue.ts";
import type { RecentEvent } from "../../../features/recent.ts";
import { createRandom } from "../../../tensor/random.ts";
import { type Ruling, rulingOf } from "../rules/ruling.ts";
import type { RecommendRequest, RuleSet } from "../schema.ts";
import { type Admission, type Admitted, admissionOf, admit } from "./admission.ts";
import { arrange, type Pin } from "./arrange.ts";
import { type Explored, explore } from "./explore.ts";
import { groupOf, type Inquiry, inquire } from "./inquiry.ts";
import { type Scored, scoreShelf } from "./scoring.ts";
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

/** A list and all that led to it: what is answered, explained and compared is read from here. */
export interface Composition {
  readonly ruling: Ruling;
  readonly inquiry: Inquiry;
  readonly admission: Admission;
  readonly admitted: Admitted;
  readonly scored: Scored;
  /** Scores after boost and bury. @shape [groups] */
  readonly ranked: Float32Array;
  /** Rules that moved a group. */
  readonly moved: ReadonlyMap<number, readonly string[]>;
  readonly pinned: ReadonlySet<number>;
  readonly list: Explored;
  /** Per rule, how many candidates it removed or moved. */
  readonly effects: ReadonlyMap<string, number>;
}

/** The whole way from request to list, in the order in which it happens. O(sources groups). */
export async function composeList(
  request: RecommendRequest,
  around: Circumstances,
): Promise<Composition> {
  const { shelf, catalogue } = around;
  const ruling = rulingOf(around.rules, request.surface, around.asOf);
  const inquiry = inquire(request, around);
  const admission = admissionOf(request, shelf, catalogue, inquiry, ruling);
  const refused = new Map<string, number>();
  const pinned = new Set(pinsOf(ruling, shelf, catalogue).map(({ token }) => token));
  const admitted = admit(shelf, admission, pinned, refused);
  const pins = pinsOf(ruling, shelf, catalogue).filter(({ token }) => admitted.items[token]);
  const scored = await scoreShelf(request, shelf, inquiry, admitted.mask);
  const { ranked, moved } = weighByRules(scored, ruling, admitted);
  for (const { token, rule } of pins) moved.set(token, [...(moved.get(token) ?? []), rule]);
  const arranged = arrange({
    ranked,
    mask: admitted.mask,
    items: admitted.items,
    ruling,
    pins,
    limit: around.limit,
    diversity: request.diversity,
    words: (token) => shelf.words(shelf.groups[token] as string, admitted.items[token]),
  });
  const list = explore(
    {
      tokens: arranged.tokens,
      pinned,
      mask: admitted.mask,
      items: admitted.items,
      ruling,
      evidence: shelf.evidence,
      share: surfaceRules[request.surface].explores ? around.explorationShare : 0,
    },
    createRandom(around.seed).split("explore"),
  );
  const effects = effectsOf(ruling, refused, moved, arranged.capped);
  return { ruling, inquiry, admission, admitted, scored, ranked, moved, pinned, list, effects };
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
  admitted: Admitted,
): { ranked: Float32Array; moved: Map<number, readonly string[]> } {
  const moved = new Map<number, readonly string[]>();
  if (factors.length === 0) return { ranked: total, moved };
  const ranked = total.slice();
  for (let token = 0; token < ranked.length; token++) {
    const item = admitted.items[token];
    if (item === undefined) continue;
    for (const { rule, factor, test } of factors) {
      if (!test(item)) continue;
      ranked[token] = (ranked[token] as number) * factor;
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

/** The variant to show of a token in the list. */
export function itemAt(composition: Composition, token: number): Item | undefined {
  return composition.admitted.items[token];
}
