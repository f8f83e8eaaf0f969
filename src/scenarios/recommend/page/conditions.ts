import type { Condition } from "../schema.ts";

/** A condition as people write it: groups of which all, some or none must hold, and tests. */
export type Comparison = Extract<Condition, { field: string }>;
export type GroupKind = "all" | "any" | "none";
export interface Group {
  readonly kind: GroupKind;
  readonly parts: readonly Condition[];
}

export const DEPTH_MOST = 6;
export const PARTS_MOST = 20;

export const isComparison = (condition: Condition): condition is Comparison => "field" in condition;

/** "None of" is kept as the opposite of "some of". */
export function groupOf(condition: Condition): Group {
  if ("all" in condition) return { kind: "all", parts: condition.all };
  if ("any" in condition) return { kind: "any", parts: condition.any };
  if ("not" in condition) {
    const { not } = condition;
    return { kind: "none", parts: "any" in not ? not.any : [not] };
  }
  return { kind: "all", parts: [condition] };
}

export function conditionOf({ kind, parts }: Group): Condition {
  if (kind === "none") return { not: { any: parts } };
  return kind === "all" ? { all: parts } : { any: parts };
}

/** Levels that "none of" takes: it is two in one. */
export const levelsOf = (kind: GroupKind): number => (kind === "none" ? 2 : 1);

export type ValueKind = "text" | "number" | "money" | "time" | "list";

const KINDS: Readonly<Record<string, ValueKind>> = {
  priceMinor: "money",
  salePriceMinor: "money",
  costMinor: "money",
  stock: "number",
  images: "number",
  createdAt: "time",
  updatedAt: "time",
  categories: "list",
};

export const kindOfField = (field: string): ValueKind => KINDS[field] ?? "text";

type Test = Comparison["is"];
const TESTS: Readonly<Record<"text" | "number", readonly Test[]>> = {
  text: ["eq", "ne", "in", "contains", "exists"],
  number: ["lt", "le", "gt", "ge", "eq", "ne", "exists"],
};

/** The tests that make sense for a field. */
export function testsOf(field: string): readonly Test[] {
  const kind = kindOfField(field);
  if (field.startsWith("attributes")) return [...TESTS.text, "lt", "le", "gt", "ge"];
  return TESTS[kind === "text" || kind === "list" ? "text" : "number"];
}

/** The comparison with another test or field; a value that no longer fits is let go. */
export function retested(comparison: Comparison, field: string, is: Test): Comparison {
  const test = testsOf(field).includes(is) ? is : (testsOf(field)[0] as Test);
  if (test === "exists") return { field, is: test, value: true };
  const isSame = kindOfField(field) === kindOfField(comparison.field);
  const { value } = comparison;
  if (test === "in") return { field, is: test, value: isSame ? asList(value) : [] };
  const one = Array.isArray(value) ? value[0] : value;
  const kept = isSame && typeof one !== "boolean" ? one : undefined;
  const usual = kindOfField(field) === "text" || kindOfField(field) === "list" ? "" : 0;
  return { field, is: test, value: kept ?? usual };
}

const asList = (value: Comparison["value"]): readonly (string | number)[] => {
  if (Array.isArray(value)) return value;
  return typeof value === "string" && value !== "" ? [value] : [];
};

/** Whether there is anything to test: a group without a test would hold for every item or none. */
export function isWritten(condition: Condition): boolean {
  if (isComparison(condition)) {
    const { field, is, value } = condition;
    if (field === "attributes." || field === "") return false;
    if (is === "exists") return true;
    return Array.isArray(value) ? value.length > 0 : value !== "" && value !== undefined;
  }
  const { parts } = groupOf(condition);
  return parts.length > 0 && parts.every(isWritten);
}
