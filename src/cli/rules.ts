import { readFileSync } from "node:fs";
import { Command } from "commander";
import { parse } from "yaml";
import { problem } from "../errors.ts";
import type { RecommendPreview } from "../scenarios/recommend/recommend.ts";
import type { Rule, RuleSet } from "../scenarios/recommend/schema.ts";
import { wholeOption } from "./options.ts";
import { decisionText, type ListOptions, listRequest, withListOptions } from "./recommend.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { moment, table } from "./terminal/print.ts";

interface Listed<T> {
  readonly rows: readonly T[];
}

export function rulesCommand(context: Context): Command {
  const rules = new Command("rules").description(
    "The merchandiser's rules: filter, boost, pin, cap",
  );
  rules.addCommand(listCommand(context), { isDefault: true });
  rules.addCommand(putCommand(context));
  rules.addCommand(removeCommand(context));
  rules.addCommand(historyCommand(context));
  rules.addCommand(restoreCommand(context));
  rules.addCommand(previewCommand(context));
  return rules;
}

function listCommand(context: Context): Command {
  return new Command("list")
    .description("The rules in force")
    .action((_options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const set = await session.connection.call<RuleSet>("GET", "/v1/rules", { shop });
        session.print(set, () => rulesText(set));
      }),
    );
}

function putCommand(context: Context): Command {
  return new Command("put")
    .argument("<file>", "YAML or JSON: one rule, or a list of rules")
    .description("Add or replace rules from a file")
    .option("--expect <version>", "refuse when the rules have changed since", wholeOption)
    .action((file: string, options: { expect?: number }, self: Command) =>
      withSession(context, self, async (session) => {
        const set = await putRules(session, readRules(file), options.expect);
        session.print(set, () => rulesText(set));
      }),
    );
}

/** One after the other; each is checked against the version that the one before has made. */
async function putRules(
  session: Session,
  rules: readonly unknown[],
  expect: number | undefined,
): Promise<RuleSet> {
  const shop = await session.shop();
  let set = await session.connection.call<RuleSet>("GET", "/v1/rules", { shop });
  let version = expect ?? set.version;
  for (const rule of rules) {
    const request = { shop, query: { expect: version }, body: rule };
    set = await session.connection.call<RuleSet>("PUT", "/v1/rules", request);
    version = set.version;
  }
  return set;
}

function readRules(file: string): readonly unknown[] {
  const read: unknown = parse(readFile(file));
  const list = Array.isArray(read) ? read : [read];
  if (list.every((rule) => typeof rule === "object" && rule !== null)) return list;
  throw problem("invalid-file", `${file} must hold one rule, or a list of rules`);
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw problem("invalid-file", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function removeCommand(context: Context): Command {
  return new Command("remove")
    .argument("<id>", "the rule's id")
    .description("Remove one rule")
    .action((id: string, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/rules/${encodeURIComponent(id)}`;
        const set = await session.connection.call<RuleSet>("DELETE", path, { shop });
        session.print(set, () => rulesText(set));
      }),
    );
}

function historyCommand(context: Context): Command {
  return new Command("history")
    .description("Former versions, newest first")
    .option("--limit <number>", "versions at most", wholeOption, 20)
    .action((options: { limit: number }, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const query = { limit: options.limit };
        const path = "/v1/rules/versions";
        const { rows } = await session.connection.call<Listed<RuleSet>>("GET", path, {
          shop,
          query,
        });
        session.print(rows, () => historyText(rows));
      }),
    );
}

function restoreCommand(context: Context): Command {
  return new Command("restore")
    .argument("<version>", "a version of the history", wholeOption)
    .description("Make an old version the newest again")
    .action((version: number, _options: unknown, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const path = `/v1/rules/versions/${version}/restore`;
        const set = await session.connection.call<RuleSet>("POST", path, { shop });
        session.print(set, () => rulesText(set));
      }),
    );
}

function previewCommand(context: Context): Command {
  return withListOptions(new Command("preview").argument("<file>", "rules to try, YAML or JSON"))
    .description("A list under other rules, before they are saved")
    .action((file: string, surface: string, options: ListOptions, self: Command) =>
      withSession(context, self, async (session) => {
        const shop = await session.shop();
        const body = { request: listRequest(surface, options), rules: readRules(file) };
        const path = "/v1/recommendations/preview";
        const preview = await session.connection.call<RecommendPreview>("POST", path, {
          shop,
          body,
        });
        session.print(preview, () => previewText(preview));
      }),
    );
}

export function rulesText(set: RuleSet): string {
  const list = table(
    set.rules,
    {
      rule: (rule) => rule.id,
      kind: (rule) => rule.kind,
      does: doesText,
      surfaces: (rule) => rule.surfaces.join(", ") || "all",
      state: (rule) => (rule.enabled ? "on" : "off"),
      from: (rule) => moment(rule.from),
      until: (rule) => moment(rule.until),
      note: (rule) => rule.note,
    },
    "no rules",
  );
  return `${list}\n\nversion ${set.version}`;
}

function doesText(rule: Rule): string {
  switch (rule.kind) {
    case "filter":
      return JSON.stringify(rule.where);
    case "boost":
    case "bury":
      return `x${rule.factor} ${JSON.stringify(rule.where)}`;
    case "pin":
      return `${rule.item} at ${rule.position + 1}`;
    case "cap":
      return `${rule.most} of one ${rule.by}`;
  }
}

function historyText(sets: readonly RuleSet[]): string {
  return table(
    sets,
    {
      version: (set) => set.version,
      at: (set) => moment(set.at),
      by: (set) => set.by,
      change: (set) => set.change,
      rules: (set) => set.rules.length,
    },
    "the rules were never changed",
  );
}

function previewText(preview: RecommendPreview): string {
  const effects = Object.entries(preview.effects);
  const columns = {
    rule: ([id]: [string, number]) => id,
    touches: ([, n]: [string, number]) => n,
  };
  return [
    "now",
    decisionText(preview.now),
    "\nunder these rules",
    decisionText(preview.then),
    "",
    table(effects, columns, "no rule touched an item"),
  ].join("\n");
}
