import type { ConditionInput, Rule, RuleInput } from "../../../../client/src/made/schemas.ts";
import type { Condition, RecommendSurface } from "../schema.ts";

/** Why a rule is not in force. */
export type Resting = "off" | "elsewhere" | "early" | "over";

/** A rule while it is written: what every kind needs, so that a change of kind loses nothing. */
export interface Draft {
  readonly id: string;
  readonly note: string;
  readonly enabled: boolean;
  readonly surfaces: readonly RecommendSurface[];
  /** @unit epoch ms */
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly kind: Rule["kind"];
  readonly where: Condition;
  readonly raise: number;
  readonly lower: number;
  readonly item: string;
  /** 0-based. */
  readonly position: number;
  readonly by: "brand" | "category" | "seller";
  readonly most: number;
}

export const NO_CONDITION: Condition = { all: [] };

export function emptyDraft(rules: readonly Rule[]): Draft {
  return {
    id: freeId("pin", rules),
    note: "",
    enabled: true,
    surfaces: [],
    from: undefined,
    until: undefined,
    kind: "pin",
    where: NO_CONDITION,
    raise: 1.5,
    lower: 0.5,
    item: "",
    position: 0,
    by: "brand",
    most: 2,
  };
}

/** "pin-1", "pin-2", …: the first that no rule has. */
export function freeId(kind: Rule["kind"], rules: readonly Rule[]): string {
  const taken = new Set(rules.map(({ id }) => id));
  let number = 1;
  while (taken.has(`${kind}-${number}`)) number++;
  return `${kind}-${number}`;
}

export function draftOf(rule: Rule): Draft {
  const { id, note = "", enabled, surfaces, from, until, kind } = rule;
  const draft = { ...emptyDraft([]), id, note, enabled, surfaces, from, until, kind };
  switch (rule.kind) {
    case "filter":
      return { ...draft, where: rule.where };
    case "boost":
      return { ...draft, where: rule.where, raise: rule.factor };
    case "bury":
      return { ...draft, where: rule.where, lower: rule.factor };
    case "pin":
      return { ...draft, item: rule.item, position: rule.position };
    case "cap":
      return { ...draft, by: rule.by, most: rule.most };
  }
}

export function ruleOf(draft: Draft): RuleInput {
  const { id, note, enabled, surfaces, from, until, kind } = draft;
  const base = {
    ...{ id, enabled, surfaces },
    ...(note === "" ? {} : { note }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
  // The editor nests no deeper than the API allows.
  const where = draft.where as ConditionInput;
  switch (kind) {
    case "filter":
      return { ...base, kind, where };
    case "boost":
      return { ...base, kind, where, factor: draft.raise };
    case "bury":
      return { ...base, kind, where, factor: draft.lower };
    case "pin":
      return { ...base, kind, item: draft.item, position: draft.position };
    case "cap":
      return { ...base, kind, by: draft.by, most: draft.most };
  }
}

/** In the place of the rule with its id, else at the end: as the server would keep it. */
export function rulesWith(rules: readonly Rule[], own: RuleInput): readonly RuleInput[] {
  const isKnown = rules.some(({ id }) => id === own.id);
  return isKnown ? rules.map((rule) => (rule.id === own.id ? own : rule)) : [...rules, own];
}

/** Why a rule is not in force now; undefined where it is. @unit now epoch ms */
export function restingNow(rule: Rule, now: number): Exclude<Resting, "elsewhere"> | undefined {
  if (!rule.enabled) return "off";
  if (rule.from !== undefined && now < rule.from) return "early";
  if (rule.until !== undefined && now >= rule.until) return "over";
  return undefined;
}
