import type { Item } from "../../../collect/item.ts";
import type { RecommendSurface, Rule, RuleSet } from "../schema.ts";
import { compileCondition, type Test } from "./conditions.ts";

/** Why a rule is not in force: switched off, for other surfaces, its time to come or over. */
export const restingReasons = ["off", "elsewhere", "early", "over"] as const;
export type Resting = (typeof restingReasons)[number];

/** The rules in force on a surface at a moment, made ready to be asked for every candidate. */
export interface Ruling {
  readonly version: number;
  readonly filters: readonly { readonly rule: Rule; readonly test: Test }[];
  /** Boost and bury: the product of the factors of those that hold. */
  readonly factors: readonly {
    readonly rule: Rule;
    readonly factor: number;
    readonly test: Test;
  }[];
  readonly pins: readonly Extract<Rule, { kind: "pin" }>[];
  readonly caps: readonly Extract<Rule, { kind: "cap" }>[];
  /** Rules that are not in force, and why. */
  readonly resting: readonly { readonly rule: Rule; readonly why: Resting }[];
}

/** O(rules). @unit now epoch ms */
export function rulingOf(set: RuleSet, surface: RecommendSurface, now: number): Ruling {
  const resting = set.rules.flatMap((rule) => {
    const why = whyResting(rule, surface, now);
    return why === undefined ? [] : [{ rule, why }];
  });
  const active = set.rules.filter((rule) => whyResting(rule, surface, now) === undefined);
  const tested = (where: Parameters<typeof compileCondition>[0], rule: Rule) => ({
    rule,
    test: compileCondition(where, "/where", "invalid-rule"),
  });
  return {
    version: set.version,
    filters: active.flatMap((rule) => (rule.kind === "filter" ? [tested(rule.where, rule)] : [])),
    factors: active.flatMap((rule) =>
      rule.kind === "boost" || rule.kind === "bury"
        ? [{ ...tested(rule.where, rule), factor: rule.factor }]
        : [],
    ),
    pins: active.flatMap((rule) => (rule.kind === "pin" ? [rule] : [])),
    caps: active.flatMap((rule) => (rule.kind === "cap" ? [rule] : [])),
    resting,
  };
}

function whyResting(rule: Rule, surface: RecommendSurface, now: number): Resting | undefined {
  if (!rule.enabled) return "off";
  if (rule.surfaces.length > 0 && !rule.surfaces.includes(surface)) return "elsewhere";
  if (rule.from !== undefined && now < rule.from) return "early";
  if (rule.until !== undefined && now >= rule.until) return "over";
  return undefined;
}

/** What a cap counts by; undefined when the item has none of it. */
export function capKey(item: Item, by: "brand" | "category" | "seller"): string | undefined {
  return by === "category" ? item.categories.at(-1) : item[by];
}
