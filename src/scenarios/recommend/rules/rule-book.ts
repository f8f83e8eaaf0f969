import type { Clock } from "../../../clock.ts";
import { fieldErrors, problem } from "../../../errors.ts";
import type { Change, Records } from "../../../storage/records.ts";
import type { RuleBook } from "../recommend.ts";
import { type Rule, type RuleSet, ruleSchema } from "../schema.ts";
import { compileCondition } from "./conditions.ts";

/**
 * A shop's rules as a line of versions: every change writes the whole set under the next number,
 * and old sets stay readable. Two writers who saw the same version cannot both win.
 */
const KIND = "rule-set";
const NEWEST = "newest";
/** Older versions than this many are let go. */
const VERSIONS_KEPT = 1_000;
const none: RuleSet = { version: 0, at: 0, by: "", change: "no rules yet", rules: [] };

export function openRuleBook(records: Records, clock: Clock, rulesMost: number): RuleBook {
  const current = async (shop: string): Promise<RuleSet> =>
    (await records.get<RuleSet>(shop, KIND, NEWEST))?.value ?? none;
  const version = async (shop: string, wanted: number): Promise<RuleSet> => {
    if (wanted === 0) return none;
    const found = await records.get<RuleSet>(shop, KIND, versionId(wanted));
    if (found === undefined) throw problem("unknown-rule", `there is no version ${wanted}`);
    return found.value;
  };
  const write = async (
    shop: string,
    seen: RuleSet,
    made: Pick<RuleSet, "by" | "change" | "rules">,
  ): Promise<RuleSet> => {
    const next: RuleSet = { version: seen.version + 1, at: clock(), ...made };
    await records.write(shop, versionChanges(next));
    return next;
  };
  return {
    current,
    version,
    history: (shop, limit) => history(records, shop, limit),
    async put(shop, input, by, expect) {
      const rule = parseRule(input);
      const seen = await seenAs(current(shop), expect);
      const others = seen.rules.filter((one) => one.id !== rule.id);
      if (others.length >= rulesMost) {
        throw problem("limit-reached", `${rulesMost} rules are the most (recommend.rulesPerShop)`);
      }
      const change = `${others.length < seen.rules.length ? "changed" : "added"} ${rule.id}`;
      return write(shop, seen, { by, change, rules: replaced(seen.rules, rule) });
    },
    async remove(shop, id, by, expect) {
      const seen = await seenAs(current(shop), expect);
      const rules = seen.rules.filter((one) => one.id !== id);
      if (rules.length === seen.rules.length) {
        throw problem("unknown-rule", `there is no rule "${id}" in version ${seen.version}`);
      }
      return write(shop, seen, { by, change: `removed ${id}`, rules });
    },
    async restore(shop, wanted, by) {
      const [seen, old] = [await current(shop), await version(shop, wanted)];
      return write(shop, seen, { by, change: `restored version ${wanted}`, rules: old.rules });
    },
  };
}

/** One rule as the schema and the conditions allow it. @throws problem `invalid-rule` */
export function parseRule(input: unknown): Rule {
  const parsed = ruleSchema.safeParse(input);
  if (!parsed.success) {
    const errors = fieldErrors(parsed.error.issues);
    const words = errors.map((error) => `${error.pointer || "/"}: ${error.detail}`).join("; ");
    throw problem("invalid-rule", words, { errors });
  }
  const rule = parsed.data;
  if ("where" in rule) compileCondition(rule.where, "/where", "invalid-rule");
  if (rule.from !== undefined && rule.until !== undefined && rule.until <= rule.from) {
    const detail = "must be later than from";
    throw problem("invalid-rule", `until ${detail}`, { errors: [{ pointer: "/until", detail }] });
  }
  return rule;
}

/** In the place of the rule with its id, else at the end. */
function replaced(rules: readonly Rule[], rule: Rule): readonly Rule[] {
  const known = rules.some((one) => one.id === rule.id);
  return known ? rules.map((one) => (one.id === rule.id ? rule : one)) : [...rules, rule];
}

async function seenAs(current: Promise<RuleSet>, expect: number | undefined): Promise<RuleSet> {
  const seen = await current;
  if (expect === undefined || expect === seen.version) return seen;
  throw problem("conflict", `the rules are at version ${seen.version}, not ${expect}`);
}

/** Ids that sort as the numbers do. */
const versionId = (version: number): string => String(version).padStart(10, "0");

function versionChanges(next: RuleSet): readonly Change[] {
  const changes: Change[] = [
    { put: next, kind: KIND, id: NEWEST, expect: next.version - 1 },
    { put: next, kind: KIND, id: versionId(next.version) },
  ];
  const old = next.version - VERSIONS_KEPT;
  if (old > 0) changes.push({ remove: true, kind: KIND, id: versionId(old) });
  return changes;
}

async function history(records: Records, shop: string, limit: number): Promise<readonly RuleSet[]> {
  const newest = (await records.get<RuleSet>(shop, KIND, NEWEST))?.value.version ?? 0;
  const most = Math.min(limit, VERSIONS_KEPT, newest);
  const ids = Array.from({ length: most }, (_, back) => versionId(newest - back));
  const rows = await records.getMany<RuleSet>(shop, KIND, ids);
  return rows.flatMap((row) => (row === undefined ? [] : [row.value]));
}
