import { Command, InvalidArgumentError, Option } from "commander";
import type { FoldedReport } from "../evaluate/folded-report.ts";
import { formatReport, type RankingReport } from "../evaluate/report.ts";
import { numberOption, providerOption, wholeListOption, wholeOption } from "./options.ts";
import { runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { table } from "./terminal/print.ts";

interface Options {
  readonly split: string;
  readonly folds?: Folds;
  readonly testDays: number;
  readonly k: readonly number[];
  readonly cases: number;
  readonly keepSeen?: boolean;
  readonly allMetrics?: boolean;
  readonly seed: number;
}

interface Folds {
  readonly by: "shopper" | "time";
  readonly count: number;
}

interface Report {
  readonly id: string;
  readonly result: unknown;
}

export const EVALUATE_DEFAULTS: Options = {
  split: "leave_one_out",
  testDays: 7,
  k: [10],
  cases: 10_000,
  seed: 1,
};

export function evaluateCommand(context: Context): Command {
  const { split, testDays, k, cases, seed } = EVALUATE_DEFAULTS;
  const splits = ["leave_one_out", "global_time", "last_days"];
  return new Command("evaluate")
    .description("Measure every method on the shop's own log, by a named protocol")
    .addOption(
      new Option("--split <name>", "how past and future are cut").choices(splits).default(split),
    )
    .option(
      "--folds <count>",
      "measure so many folds: 5 by shopper, or time:4 by time",
      foldsOption,
    )
    .option("--test-days <days>", "length of the test period", numberOption, testDays)
    .option("--k <list>", "lengths of the lists, e.g. 5,10,20", wholeListOption, k)
    .option("--cases <number>", "shoppers or sessions at most", wholeOption, cases)
    .option("--keep-seen", "let methods suggest what the shopper has already seen")
    .option("--all-metrics", "print every metric, not those that are read first")
    .addOption(providerOption())
    .option("--seed <number>", "for the choice of cases and the intervals", wholeOption, seed)
    .action((options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const report = await evaluateShop(session, await session.shop(), options);
        for (const advice of adviceOn(report.result)) session.terminal.note(advice);
        session.print(report, () => reportText(report.result, options.allMetrics));
      }),
    );
}

export async function evaluateShop(
  session: Session,
  shop: string,
  options: Options,
): Promise<Report> {
  const body = {
    split: options.split,
    ...(options.folds === undefined ? {} : { folds: options.folds }),
    testDays: options.testDays,
    ks: options.k,
    casesMax: options.cases,
    filterSeen: options.keepSeen !== true,
    seed: options.seed,
  };
  const { report } = await runJob<{ report: string }>(session, {
    path: "/v1/evaluate",
    shop,
    body,
  });
  return session.connection.call<Report>("GET", `/v1/reports/${report}`, { shop });
}

/** "5" or "time:4". */
function foldsOption(text: string): Folds {
  const [, by = "shopper", count] = /^(?:(shopper|time):)?(\d{1,2})$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("write a number, or time: and a number.");
  return { by: by as Folds["by"], count: Number(count) };
}

/** Share of the targets from which on the protocol itself is worth a remark. */
const MANY_UNREACHABLE = 0.3;

export function adviceOn(result: unknown): readonly string[] {
  const { filterSeen, unreachableTargets, targets } = (result as RankingReport).protocol;
  if (!filterSeen || unreachableTargets < targets * MANY_UNREACHABLE) return [];
  const share = Math.round((unreachableTargets / targets) * 100);
  return [`${share} % of the targets had been seen before and were filtered: see --keep-seen`];
}

/** The protocol, the methods and how they compare: by what is read first, or by every metric. */
export function reportText(result: unknown, isAll: boolean | undefined): string {
  const report = result as RankingReport & Partial<FoldedReport>;
  const folded = report.spread === undefined ? "" : `\n\n${spreadText(report.spread)}`;
  if (isAll) return formatReport(report) + folded;
  const { cases, targets } = report.protocol;
  const wanted = cases === targets ? ["hr", "ndcg", "mrr"] : ["hr", "recall", "ndcg", "mrr"];
  const names = Object.keys(report.scorers[0]?.metrics ?? {});
  const read = names.filter((name) => wanted.includes(name.split("@")[0] ?? ""));
  return formatReport(report, read) + folded;
}

/** How far the folds lie apart. */
function spreadText(spread: FoldedReport["spread"]): string {
  const rows = Object.entries(spread);
  const names = Object.keys(rows[0]?.[1] ?? {}).filter((name) => name.startsWith("ndcg"));
  const columns = names.map((name) => [
    `${name} over the folds`,
    ([, metrics]: (typeof rows)[number]) => {
      const { mean = 0, deviation = 0 } = metrics[name] ?? {};
      return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
    },
  ]);
  return table(rows, { method: ([name]) => name, ...Object.fromEntries(columns) }, "no methods");
}
