import { Command, InvalidArgumentError, Option } from "commander";
import { problem } from "../errors.ts";
import type { ModelVersion } from "../model/registry.ts";
import { architectureNames, recommendParamsSchema } from "../scenarios/recommend/schema.ts";
import type { SearchReport } from "../scenarios/recommend/search-params.ts";
import { searchWorkSchema, trainWorkSchema } from "../serve/jobs.ts";
import { numberOption, oneMore, providerOption } from "./options.ts";
import { kept, runJob } from "./session/follow.ts";
import { type Context, type Session, withSession } from "./session/session.ts";
import { named } from "./settings.ts";
import { type Columns, number, table } from "./terminal/print.ts";
import { duration } from "./terminal/progress.ts";
import { Interrupted } from "./terminal/terminal.ts";

interface Options {
  readonly seed: number;
  readonly without?: readonly string[];
  readonly architecture?: string;
  readonly param?: readonly string[];
  readonly incremental?: boolean;
  readonly replay?: number;
  readonly resume?: boolean;
  readonly search?: boolean;
  readonly budget?: number;
}

export function trainCommand(context: Context): Command {
  return new Command("train")
    .description("Fit a new model on the shop's log and put it in service")
    .option("--seed <number>", "the same seed and data give the same model", numberOption, 1)
    .option("--without <source...>", "leave sources out, e.g. --without ease als")
    .addOption(
      new Option("--architecture <name>", "the body of the behaviour model").choices(
        architectureNames,
      ),
    )
    .addOption(providerOption())
    .option(
      "--param <name=value>",
      "any parameter of the model, e.g. behaviour.blocks=2; repeatable",
      oneMore,
      [],
    )
    .addOption(
      new Option("--search", "first look for better parameters of the behaviour model").conflicts(
        "incremental",
      ),
    )
    .addOption(
      new Option("--budget <time>", "how long it looks, e.g. 20m or 2h (20m)")
        .argParser(minutesOption)
        .implies({ search: true })
        .conflicts("incremental"),
    )
    .option("--incremental", "go on from the version in service with what happened since")
    .addOption(
      new Option("--replay <share>", "older actions among those it learns from then, 0..0.95")
        .argParser(numberOption)
        .implies({ incremental: true }),
    )
    .addOption(
      new Option(
        "--resume",
        "go on with the training that was stopped last, as it was asked for",
      ).conflicts(["search", "incremental"]),
    )
    .action((options: Options, command: Command) =>
      withSession(context, command, async (session) => {
        const shop = await session.shop();
        const better = options.search ? await searchShop(session, shop, options) : [];
        const param = [...(options.param ?? []), ...better];
        const version = await trainShop(session, shop, { ...options, param });
        session.print(version, () => versionText(version));
      }),
    );
}

/** "20m", "2h" or minutes. */
function minutesOption(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(m|h)?$/.exec(text) ?? [];
  if (amount === undefined)
    throw new InvalidArgumentError("write minutes, such as 20m, or hours, 2h.");
  return Number(amount) * (unit === "h" ? 60 : 1);
}

/** What won, as settings of --param; nothing where it is not better than what is there. */
async function searchShop(
  session: Session,
  shop: string,
  options: Options,
): Promise<readonly string[]> {
  const { seed, budget } = options;
  const asked = paramsOf(options);
  const params = Object.keys(asked).length === 0 ? {} : { params: asked };
  const body = { seed, budgetMinutes: budget, ...params };
  const work = { path: "/v1/train/search", shop, body, payload: kept(searchWorkSchema, body) };
  const found = await runJob<SearchReport>(session, work);
  const { best, improves, checked, trials } = found;
  const [then, now] = [checked.ndcgBefore.toFixed(4), checked.ndcg.toFixed(4)];
  const changes = (one: SearchReport["best"]): string[] =>
    Object.entries(one).map(([name, value]) => `behaviour.${name}=${value}`);
  const rows: Columns<SearchReport["trials"][number]> = {
    rung: (row) => String(row.rung),
    epochs: (row) => String(row.epochs),
    "ndcg@10": (row) => row.ndcg?.toFixed(4) ?? "diverged",
    changes: (row) => changes(row.changes).join(" ") || "as it is",
  };
  session.terminal.note(table([...trials], rows, "no trials"));
  const verdict = improves ? "what won is taken" : "nothing better was found: as it is";
  session.terminal.note(
    `NDCG@10 of ${checked.cases} other questions: ${now}, before ${then}; ${verdict}`,
  );
  return improves ? changes(best) : [];
}

export async function trainShop(
  session: Session,
  shop: string,
  options: Omit<Options, "search" | "budget">,
): Promise<ModelVersion> {
  const { seed, replay, incremental, resume } = options;
  const asked = paramsOf(options);
  const params = incremental && Object.keys(asked).length === 0 ? {} : { params: asked };
  const onward = incremental
    ? { from: "service", ...(replay === undefined ? {} : { replayShare: replay }) }
    : {};
  const body = { seed, ...params, ...onward, ...(resume ? { resume } : {}) };
  const payload = kept(trainWorkSchema, body);
  try {
    return await runJob<ModelVersion>(session, { path: "/v1/train", shop, body, payload });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted("train was stopped; to go on with it: shopkeeper train --resume");
  }
}

const PARAM = { option: "--param", see: "RecommendParams at /docs" };

function paramsOf({
  without,
  architecture,
  param = [],
}: Omit<Options, "search" | "budget">): Record<string, unknown> {
  if (without?.includes("behaviour") && architecture !== undefined) {
    const detail = "--architecture is of the behaviour model, which --without leaves out";
    throw problem("invalid-request", detail);
  }
  const chosen = architecture === undefined ? [] : [`behaviour.architecture=${architecture}`];
  const params = named(recommendParamsSchema.parse({}), [...chosen, ...param], PARAM);
  return without === undefined ? params : { ...params, without };
}

export function versionText(version: ModelVersion): string {
  return [
    trainedText(version),
    ...onwardText(version),
    ...(version.withdrawn === undefined ? [] : [version.withdrawn]),
    "",
    metricsText(version.metrics),
  ].join("\n");
}

export function trainedText({ version, bytes, fitSeconds }: ModelVersion): string {
  return `${version} trained in ${duration(fitSeconds)}, ${number(Math.round(bytes / 1024))} kB`;
}

function onwardText({ onward }: ModelVersion): string[] {
  if (onward === undefined) return [];
  const { version, fresh, older, passes, cases, ndcgBefore, ndcg } = onward;
  const [then, now] = [ndcgBefore.toFixed(4), ndcg.toFixed(4)];
  return [
    `from ${version} by ${fresh} actions since and ${older} older ones, ${passes} passes`,
    `NDCG@10 of ${cases} new questions what comes next: ${now}, before ${then}`,
  ];
}

/**
 * Metrics are named "question.method.metric": a row for each method, a column for each question.
 * What has a shorter name is said in a line of its own.
 */
function metricsText(metrics: Readonly<Record<string, number>>): string {
  const rows = new Map<string, Map<string, number>>();
  const columns = new Set<string>();
  const alone: string[] = [];
  for (const [name, value] of Object.entries(metrics)) {
    const [question = "", method = "", metric] = name.split(".");
    if (metric === undefined) {
      alone.push(`${name} ${number(value)}`);
      continue;
    }
    const column = `${question} ${metric}`;
    columns.add(column);
    const row = rows.get(method) ?? new Map<string, number>();
    rows.set(method, row.set(column, value));
  }
  const read = [...columns].map((column) => [column, (row: MetricRow) => row[1].get(column)]);
  const heads: Columns<MetricRow> = { method: (row) => row[0], ...Object.fromEntries(read) };
  return [table([...rows], heads, "no metrics were taken"), "", alone.join(", ")].join("\n").trim();
}

type MetricRow = readonly [method: string, values: ReadonlyMap<string, number>];
